"""Revise: compare and set, and nothing overwritten."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from memsvc.domain.errors import TurnNotFound, VersionMismatch
from memsvc.domain.ids import Position, TurnId
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Turn, TurnVersion
from memsvc.domain.recall import Filter
from tests.app.small import ALICE, BOB, ask, remember, said, texts, turns_of
from tests.worlds import World


def revise(world: World, turn: Turn, version: int, **new: object) -> Turn:
    facts = {"metadata": None, "place": None, **new}
    return world.service.revise(world.admin, ALICE, turn.id, version=version, **facts)  # type: ignore[arg-type]


@pytest.fixture
def turn(world: World) -> Turn:
    remember(world, said("I like tea.", place="home", metadata={"mood": "calm"}))
    return turns_of(world)[0]


def test_a_revision_changes_what_it_names_and_leaves_the_rest(world: World, turn: Turn) -> None:
    revised = revise(world, turn, turn.version, metadata={"mood": "glad"})

    assert (revised.metadata, revised.place, revised.content) == (
        {"mood": "glad"},
        "home",
        "I like tea.",
    )
    assert world.service.inspect.turn(world.admin, ALICE, turn.id) == revised


def test_a_revision_is_entered_in_the_ledger_and_its_position_is_the_version(
    world: World, turn: Turn
) -> None:
    revised = revise(world, turn, turn.version, place="garden")

    (entry,) = world.service.inspect.ledger(
        world.admin, ALICE, after=Position(turn.version), limit=10
    )
    assert (entry.change, entry.subject) == (Change.TURN_REVISED, turn.id)
    assert entry.position == revised.version > revised.position == turn.position


def test_every_version_stays_readable(world: World, turn: Turn) -> None:
    second = revise(world, turn, turn.version, place="garden")
    third = revise(world, turn, second.version, metadata={})

    assert world.service.inspect.versions(world.admin, ALICE, turn.id) == [
        TurnVersion(turn.version, "home", {"mood": "calm"}),
        TurnVersion(second.version, "garden", {"mood": "calm"}),
        TurnVersion(third.version, "garden", {}),
    ]


def test_a_stale_version_is_refused_and_changes_nothing(world: World, turn: Turn) -> None:
    current = revise(world, turn, turn.version, place="garden")

    with pytest.raises(VersionMismatch) as refused:
        revise(world, turn, turn.version, place="attic")

    assert refused.value.current == current.version
    assert world.service.inspect.turn(world.admin, ALICE, turn.id) == current


def test_of_eight_who_revise_at_once_one_wins(world: World, turn: Turn) -> None:
    def attempt(number: int) -> Turn | VersionMismatch:
        try:
            return revise(world, turn, turn.version, place=f"place {number}")
        except VersionMismatch as refused:
            return refused

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(8)))

    (winner,) = [answer for answer in answers if isinstance(answer, Turn)]
    assert world.service.inspect.turn(world.admin, ALICE, turn.id) == winner
    assert len(world.service.inspect.versions(world.admin, ALICE, turn.id)) == 2


def test_a_revised_turn_is_filtered_by_what_it_says_now(world: World, turn: Turn) -> None:
    revise(world, turn, turn.version, metadata={"mood": "glad"})

    assert texts(ask(world, "tea", where=Filter(metadata={"mood": "glad"}))) == ["I like tea."]
    assert texts(ask(world, "tea", where=Filter(metadata={"mood": "calm"}))) == []


def test_a_recall_after_a_revision_stands_at_its_position(world: World, turn: Turn) -> None:
    ask(world, "tea")

    revised = revise(world, turn, turn.version, place="garden")

    found = ask(world, "tea", min_position=revised.version)
    assert (found.position, found.hits[0].turn.place) == (revised.version, "garden")


def test_what_is_not_there_cannot_be_revised(world: World, turn: Turn) -> None:
    with pytest.raises(TurnNotFound):
        world.service.revise(
            world.admin, ALICE, TurnId("t_none"), version=1, metadata={}, place=None
        )


def test_a_turn_of_another_space_cannot_be_revised(world: World, turn: Turn) -> None:
    remember(world, said("one"), space=BOB)

    with pytest.raises(TurnNotFound):
        world.service.revise(
            world.admin, BOB, turn.id, version=turn.version, metadata={}, place=None
        )

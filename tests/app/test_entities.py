"""Entities: listed, read through merges, merged, and taken apart again."""

from datetime import timedelta
from typing import Any

import pytest

from memsvc.domain.access import Role
from memsvc.domain.errors import (
    EntityNotFound,
    MergeConflict,
    MergeNotFound,
    RoleTooWeak,
    SpaceNotFound,
)
from memsvc.domain.ids import MergeId, Position
from memsvc.domain.knowledge import Entity, Merge, NewFact
from tests.app.small import ALICE, BOB, ask, key_of, remember, said, texts, turns_of
from tests.worlds import World

BOARD = "We sailed to Lisbon with Ann Hart."
LATER = "In Lisbon it rained on Ann Hart and on Bob Crane."
FILM = "A thriller of 1975 that Steven Spielberg made."
BORN = "He came to the world in Cincinnati, Ohio."
QUESTION = "Where was the director of Jaws born?"


def listed(world: World, *, prefix: str = "", limit: int = 50) -> list[Entity]:
    found: list[Entity] = []
    after = None
    while True:
        page = world.service.entities.page(
            world.admin, ALICE, prefix=prefix, after=after, limit=limit
        )
        found += page.items
        after = page.next_cursor
        if after is None:
            return found


def entity(world: World, name: str) -> Entity:
    return world.service.entities.get(world.admin, ALICE, name).entity


def merge(world: World, name: str, into: str, **more: Any) -> Merge:
    return world.service.merging.merge(more.get("access", world.admin), ALICE, name, into)


def undo(world: World, merge_id: str) -> None:
    world.service.merging.undo(world.admin, ALICE, MergeId(merge_id))


def merges(world: World) -> list[Merge]:
    page = world.service.merging.merges(world.admin, ALICE, after=Position(0), limit=50)
    return list(page.items)


def state(world: World, subject: str, predicate: str, object_: str, *, by: str) -> None:
    """Have the turn of this text say a fact."""
    turns = tuple(turn.id for turn in turns_of(world) if turn.content == by)
    world.service.facts.state(world.admin, ALICE, [NewFact(subject, predicate, object_, turns)])


@pytest.fixture
def voyage(world: World) -> World:
    remember(world, said(BOARD), said(LATER), title="The Voyage")
    return world


def test_entities_are_listed_by_name_with_how_many_turns_name_them(voyage: World) -> None:
    found = listed(voyage)

    assert [one.name for one in found] == sorted(one.name for one in found)
    assert {one.name: (one.spelled, one.turns, one.about) for one in found} == {
        "ann hart": ("Ann Hart", 2, 0),
        "bob crane": ("Bob Crane", 1, 0),
        "lisbon": ("Lisbon", 2, 0),
        "voyage": ("The Voyage", 2, 2),
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_pages_of_any_size_hold_the_same(voyage: World, limit: int) -> None:
    assert listed(voyage, limit=limit) == listed(voyage)


def test_what_is_written_between_two_pages_shows_nothing_twice(voyage: World) -> None:
    page = voyage.service.entities.page(voyage.admin, ALICE, prefix="", after=None, limit=2)
    remember(voyage, said("Then to Algiers, and to Madeira."))

    rest = voyage.service.entities.page(
        voyage.admin, ALICE, prefix="", after=page.next_cursor, limit=50
    )

    assert [one.name for one in (*page.items, *rest.items)] == [
        "ann hart",
        "bob crane",
        "lisbon",
        "madeira",
        "voyage",
    ]


def test_a_prefix_in_any_spelling_narrows_the_list(voyage: World) -> None:
    assert [one.name for one in listed(voyage, prefix="LIS")] == ["lisbon"]
    assert [one.name for one in listed(voyage, prefix="the Voy")] == ["voyage"]
    assert listed(voyage, prefix="!") == []


def test_an_entity_is_read_in_any_spelling_with_its_newest_turns(voyage: World) -> None:
    found = voyage.service.entities.get(voyage.admin, ALICE, "ANN HART's")

    assert found.entity.name == "ann hart"
    assert [turn.content for turn in found.turns] == [LATER, BOARD]


@pytest.mark.parametrize("name", ["Nobody", "?!", "ann"])
def test_what_no_turn_names_is_not_found(voyage: World, name: str) -> None:
    with pytest.raises(EntityNotFound):
        entity(voyage, name)


def test_another_space_has_entities_of_its_own(voyage: World) -> None:
    with pytest.raises(SpaceNotFound):
        voyage.service.entities.page(voyage.admin, BOB, prefix="", after=None, limit=5)


def test_what_only_expired_turns_name_is_nobody(world: World) -> None:
    soon = world.clock.now() + timedelta(hours=1)
    remember(world, said(LATER, expires_at=soon), said(BOARD))
    assert entity(world, "Bob Crane").turns == 1

    world.clock.advance(timedelta(hours=2))

    assert {one.name: one.turns for one in listed(world)} == {"ann hart": 1, "lisbon": 1}
    assert [t.content for t in world.service.entities.get(world.admin, ALICE, "Lisbon").turns] == [
        BOARD
    ]
    with pytest.raises(EntityNotFound):
        entity(world, "Bob Crane")
    with pytest.raises(EntityNotFound):
        merge(world, "Bob Crane", "Lisbon")


def test_a_merged_entity_stands_under_the_other(voyage: World) -> None:
    made = merge(voyage, "Bob Crane", "ann hart")

    assert (made.name, made.into) == ("bob crane", "ann hart")
    assert merges(voyage) == [made]
    assert [one.name for one in listed(voyage)] == ["ann hart", "lisbon", "voyage"]
    assert entity(voyage, "Bob Crane") == entity(voyage, "Ann Hart")
    assert entity(voyage, "Ann Hart").merged == ["bob crane"]
    assert entity(voyage, "Ann Hart").turns == 2


def test_a_merged_name_that_only_expired_turns_have_is_not_told(world: World) -> None:
    soon = world.clock.now() + timedelta(hours=1)
    remember(world, said(LATER, expires_at=soon), said(BOARD))
    made = merge(world, "Bob Crane", "Ann Hart")
    assert (entity(world, "Ann Hart").merged, merges(world)) == (["bob crane"], [made])

    world.clock.advance(timedelta(hours=2))

    assert (entity(world, "Ann Hart").merged, merges(world)) == ([], [])


def test_a_merge_that_is_taken_back_leaves_everything_as_it_was(voyage: World) -> None:
    before = listed(voyage)
    undo(voyage, merge(voyage, "Bob Crane", "Ann Hart").id)

    assert listed(voyage) == before
    assert merges(voyage) == []


def test_merges_go_through_merges(voyage: World) -> None:
    merge(voyage, "Bob Crane", "Ann Hart")
    merge(voyage, "Ann Hart", "Lisbon")

    assert entity(voyage, "Bob Crane").name == "lisbon"
    assert entity(voyage, "Lisbon").merged == ["ann hart", "bob crane"]


def test_a_two_hop_question_is_answered_only_while_two_names_are_one(world: World) -> None:
    remember(world, said(FILM, speaker="Ann"), stream="film", title="Jaws")
    remember(world, said(BORN, speaker="Bob"), stream="man", title="S. A. Spielberg")
    remember(world, said(f"Jaws: {FILM}"), stream="film again", title="Jaws (film)")
    for number in range(3):  # so many that meaning and words alone do not propose it
        turns = [said(f"the director was late, time {n}") for n in range(100)]
        remember(world, *turns, stream=f"noise-{number}")

    def answers() -> bool:
        return BORN in texts(ask(world, QUESTION, k=10))

    assert not answers()
    made = merge(world, "S. A. Spielberg", "Steven Spielberg")
    assert answers()
    undo(world, made.id)
    assert not answers()


@pytest.mark.parametrize(
    ("name", "into"),
    [("Ann Hart", "ann hart"), ("Bob Crane", "Lisbon"), ("Ann Hart", "Bob Crane")],
    ids=["itself", "merged already", "a circle"],
)
def test_a_merge_that_cannot_be_is_refused_and_stores_nothing(
    voyage: World, name: str, into: str
) -> None:
    made = merge(voyage, "Bob Crane", "Ann Hart")
    position = voyage.service.inspect.space(voyage.admin, ALICE).space.position

    with pytest.raises(MergeConflict, match=r"entity already|back first"):
        merge(voyage, name, into)

    assert merges(voyage) == [made]
    assert voyage.service.inspect.space(voyage.admin, ALICE).space.position == position


def test_both_of_a_merge_must_be_named(voyage: World) -> None:
    for name, into in (("Ann Hart", "Nobody"), ("Nobody", "Ann Hart")):
        with pytest.raises(EntityNotFound, match="Nobody"):
            merge(voyage, name, into)


def test_a_merge_that_is_none_is_not_taken_back(voyage: World) -> None:
    with pytest.raises(MergeNotFound):
        undo(voyage, "m_none")


def test_a_reader_merges_nothing(voyage: World) -> None:
    with pytest.raises(RoleTooWeak):
        merge(voyage, "Bob Crane", "Ann Hart", access=key_of(Role.READER))


def test_the_ledger_tells_of_merges_by_id_and_names_nobody(voyage: World) -> None:
    made = merge(voyage, "Bob Crane", "Ann Hart")
    undo(voyage, made.id)

    *_, merged, unmerged = voyage.service.inspect.ledger(
        voyage.admin, ALICE, after=Position(0), limit=100
    )
    assert (merged.change, merged.subject) == ("entities.merged", made.id)
    assert (unmerged.change, unmerged.subject) == ("entities.unmerged", made.id)
    assert voyage.service.verify(voyage.admin, ALICE).is_whole


def test_a_merge_goes_with_the_last_turn_that_names_one_of_its_ends(voyage: World) -> None:
    merge(voyage, "Bob Crane", "Ann Hart")
    (turn,) = (turn for turn in turns_of(voyage) if turn.content == LATER)

    voyage.service.forget.turn(voyage.admin, ALICE, turn.id)

    assert merges(voyage) == []
    assert entity(voyage, "Ann Hart").merged == []


def test_pages_of_merges_hold_what_one_list_does(voyage: World) -> None:
    made = [merge(voyage, "Bob Crane", "Ann Hart"), merge(voyage, "Ann Hart", "Lisbon")]
    first = voyage.service.merging.merges(voyage.admin, ALICE, after=Position(0), limit=1)
    after = Position(int(first.next_cursor or ""))
    second = voyage.service.merging.merges(voyage.admin, ALICE, after=after, limit=1)

    assert [*first.items, *second.items] == made
    assert second.next_cursor is None


def test_facts_stand_with_the_entities_at_their_ends(voyage: World) -> None:
    state(voyage, "Ann Hart", "is captain of", "the Heron", by=LATER)
    state(voyage, "Bob Crane", "sails", "the Heron", by=LATER)
    merge(voyage, "Bob Crane", "Ann Hart")

    found = voyage.service.entities.get(voyage.admin, ALICE, "Ann Hart")

    assert found.entity.facts == 2
    assert [each.fact.predicate for each in found.facts] == ["is captain of", "sails"]
    assert {one.name: one.facts for one in listed(voyage)} == {
        "ann hart": 2,
        "heron": 2,
        "lisbon": 0,
        "voyage": 0,
    }


def test_a_fact_that_only_an_expired_turn_says_does_not_count(world: World) -> None:
    soon = world.clock.now() + timedelta(hours=1)
    remember(world, said(LATER, expires_at=soon), said(BOARD))
    state(world, "Ann Hart", "met", "Bob Crane", by=LATER)
    assert entity(world, "Ann Hart").facts == 1

    world.clock.advance(timedelta(hours=2))

    found = world.service.entities.get(world.admin, ALICE, "Ann Hart")
    assert (found.entity.facts, found.facts) == (0, ())

"""Unlinking: a turn does not name what was found in it, until that is taken back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from memsvc.app.survey import Format
from memsvc.domain.access import Role
from memsvc.domain.errors import (
    EntityNotFound,
    RoleTooWeak,
    SpaceNotFound,
    TurnNotFound,
    UnlinkConflict,
    UnlinkingNotFound,
)
from memsvc.domain.ids import Position, TurnId, UnlinkingId
from memsvc.domain.knowledge import Merge, NewFact, SynonymSearch, Unlinking
from memsvc.domain.memory import Page, SpaceSettings
from memsvc.domain.receipt import Wanted
from memsvc.domain.rollback import Goal, Thing, Undoing
from tests.app.small import (
    ALICE,
    BOB,
    ask,
    key_of,
    mentions_of,
    remember,
    rows,
    said,
    set_to,
    tamper,
    texts,
    turns_of,
)
from tests.worlds import World, open_world

BOARD = "We sailed to Lisbon with Ann Hart."
LATER = "In Lisbon it rained on Ann Hart and on Bob Crane."
FILM = "A thriller of 1975 that Steven Spielberg made."
BORN = "He came to the world in Cincinnati, Ohio."
QUESTION = "Where was the director of Jaws born?"


@pytest.fixture
def voyage(world: World) -> World:
    remember(world, said(BOARD), said(LATER))
    return world


def turn(world: World, text: str) -> TurnId:
    return next(each.id for each in turns_of(world) if each.content == text)


def unlink(world: World, name: str, *of: str, **more: Any) -> list[Unlinking]:
    turns = [turn(world, text) for text in of]
    return world.service.unlinking.unlink(more.get("access", world.admin), ALICE, name, turns)


def undo(world: World, unlinking: str) -> None:
    world.service.unlinking.undo(world.admin, ALICE, UnlinkingId(unlinking))


def page(world: World, *, limit: int = 50, **which: Any) -> Page[Unlinking]:
    asked = {"turn": None, "after": None, **which}
    return world.service.unlinking.page(world.admin, ALICE, limit=limit, **asked)


def unlinked(world: World) -> list[Unlinking]:
    return list(page(world).items)


def merge(world: World, name: str, into: str) -> Merge:
    return world.service.merging.merge(world.admin, ALICE, name, into)


def state(world: World, subject: str, object_: str, *, by: str) -> None:
    fact = NewFact(subject, "knows", object_, (turn(world, by),))
    world.service.facts.state(world.admin, ALICE, [fact])


def position(world: World) -> Position:
    return world.service.inspect.space(world.admin, ALICE).space.position


def seen(world: World) -> dict[str, Any]:
    """Return all that says which turn names what, whoever asks."""
    service, admin = world.service, world.admin
    entities = service.entities.page(admin, ALICE, prefix="", after=None, limit=500).items
    graph = service.survey.export(admin, ALICE, written_as=Format.JSON)
    assert isinstance(graph, dict)
    return {
        "mentions": mentions_of(world),
        "entities": entities,
        "details": [service.entities.get(admin, ALICE, one.name) for one in entities],
        "graph": sorted(
            (*sorted((edge["source"], edge["target"])), edge["kind"], edge["units"])
            for edge in graph["edges"]
        ),
        "stats": service.survey.stats(admin, ALICE),
        "unlinked": unlinked(world),
        "merges": service.merging.merges(admin, ALICE, after=Position(0), limit=500).items,
    }


def as_of(world: World, at: Position) -> World:
    past = world.service.look_back(world.admin, [ALICE], at)
    return replace(world, service=world.service.at(past))


def names(world: World) -> dict[str, int]:
    found = world.service.entities.page(world.admin, ALICE, prefix="", after=None, limit=50)
    return {one.name: one.turns for one in found.items}


def test_an_unlinked_turn_names_that_no_more_and_others_do(voyage: World) -> None:
    (made,) = unlink(voyage, "LISBON", BOARD)

    assert (made.turn, made.name) == (turn(voyage, BOARD), "lisbon")
    assert unlinked(voyage) == [made]
    assert set(mentions_of(voyage)[BOARD]) == {"ann hart"}
    assert names(voyage) == {"ann hart": 2, "bob crane": 1, "lisbon": 1}
    found = voyage.service.entities.get(voyage.admin, ALICE, "Lisbon")
    assert [each.content for each in found.turns] == [LATER]


def test_a_verb_that_was_taken_for_a_man_is_none(world: World) -> None:
    words, man = "And Mark my words!", "Then Mark came."
    remember(world, said(words), said(man))
    assert names(world) == {"mark": 2}

    unlink(world, "Mark", words)

    assert mentions_of(world) == {man: {"mark": False}}


def test_a_name_that_every_turn_is_unlinked_from_is_no_entity(voyage: World) -> None:
    unlink(voyage, "Lisbon", BOARD, LATER)

    assert "lisbon" not in names(voyage)
    with pytest.raises(EntityNotFound):
        voyage.service.entities.get(voyage.admin, ALICE, "Lisbon")
    with pytest.raises(EntityNotFound):
        merge(voyage, "Lisbon", "Ann Hart")


def test_taken_back_everything_is_as_it_was(voyage: World) -> None:
    voyage.service.survey.stats(voyage.admin, ALICE)  # the graph is drawn, and has to follow
    before = seen(voyage)
    made = unlink(voyage, "Lisbon", BOARD, LATER)
    assert seen(voyage) != before

    for one in made:
        undo(voyage, one.id)

    assert seen(voyage) == before


def test_a_turn_that_is_about_it_by_its_title_is_unlinked_as_well(world: World) -> None:
    remember(world, said(BOARD), said("Nothing much."), title="Lisbon")
    unlink(world, "Lisbon", BOARD)
    assert mentions_of(world) == {BOARD: {"ann hart": False}, "Nothing much.": {"lisbon": True}}


def test_two_hops_go_over_a_name_only_while_turns_name_it(world: World) -> None:
    remember(world, said(FILM, speaker="Ann"), stream="film", title="Jaws")
    remember(world, said(BORN, speaker="Bob"), stream="man", title="Steven Spielberg")
    remember(world, said(f"Jaws: {FILM}"), stream="film again", title="Jaws (film)")
    for number in range(3):  # so many that meaning and words alone do not propose it
        turns = [said(f"the director was late, time {n}") for n in range(100)]
        remember(world, *turns, stream=f"noise-{number}")

    def answers() -> bool:
        return BORN in texts(ask(world, QUESTION, k=10))

    assert answers()
    made = unlink(world, "Steven Spielberg", FILM, f"Jaws: {FILM}")
    assert not answers()
    for one in made:
        undo(world, one.id)
    assert answers()


def test_through_a_merge_what_the_turn_itself_has_is_unlinked(voyage: World) -> None:
    merge(voyage, "Bob Crane", "Lisbon")
    made = unlink(voyage, "Bob Crane", BOARD)
    assert [one.name for one in made] == ["lisbon"]

    both = unlink(voyage, "Ann Hart", LATER)
    assert [one.name for one in both] == ["ann hart"]
    assert names(voyage) == {"ann hart": 1, "lisbon": 1}


def test_a_merge_keeps_a_turn_for_each_of_its_names(voyage: World) -> None:
    made = merge(voyage, "Bob Crane", "Ann Hart")
    before = seen(voyage)

    with pytest.raises(UnlinkConflict, match="take that merge back") as refused:
        unlink(voyage, "Ann Hart", LATER)

    assert (refused.value.merge, refused.value.turn) == (made.id, None)
    assert seen(voyage) == before


def test_what_facts_say_stays(voyage: World) -> None:
    state(voyage, "Ann Hart", "Lisbon", by=BOARD)
    unlink(voyage, "Lisbon", BOARD, LATER)

    assert names(voyage)["lisbon"] == 1  # the turn that says so
    assert "lisbon" in mentions_of(voyage)[BOARD]
    voyage.service.facts.delete(
        voyage.admin,
        ALICE,
        voyage.service.entities.get(voyage.admin, ALICE, "Lisbon").facts[0].fact.id,
    )
    assert "lisbon" not in names(voyage)


@pytest.mark.parametrize("again", ["Lisbon", "Bob Crane"])
def test_what_is_not_found_in_a_turn_is_not_unlinked_from_it(voyage: World, again: str) -> None:
    made = unlink(voyage, "Lisbon", BOARD)
    before = position(voyage)

    with pytest.raises(UnlinkConflict, match="not found in the text") as refused:
        unlink(voyage, again, LATER, BOARD)

    assert (refused.value.turn, refused.value.merge) == (turn(voyage, BOARD), None)
    assert (unlinked(voyage), position(voyage)) == (made, before)


def test_what_is_not_there_is_not_unlinked(voyage: World) -> None:
    service, admin = voyage.service, voyage.admin
    with pytest.raises(EntityNotFound):
        unlink(voyage, "Nobody", BOARD)
    with pytest.raises(EntityNotFound):
        unlink(voyage, "!", BOARD)
    with pytest.raises(TurnNotFound):
        service.unlinking.unlink(admin, ALICE, "Lisbon", [TurnId("t_none")])
    with pytest.raises(SpaceNotFound):
        service.unlinking.unlink(admin, BOB, "Lisbon", [turn(voyage, BOARD)])
    with pytest.raises(UnlinkingNotFound):
        undo(voyage, "ul_none")
    with pytest.raises(RoleTooWeak):
        unlink(voyage, "Lisbon", BOARD, access=key_of(Role.READER))
    assert unlinked(voyage) == []


def test_one_space_says_nothing_of_another(voyage: World) -> None:
    remember(voyage, said(BOARD), space=BOB)
    (made,) = unlink(voyage, "Lisbon", BOARD)

    assert set(mentions_of(voyage, BOB)[BOARD]) == {"lisbon", "ann hart"}
    with pytest.raises(UnlinkingNotFound):
        voyage.service.unlinking.undo(voyage.admin, BOB, made.id)


def test_pages_hold_what_one_list_does_and_those_of_a_turn(voyage: World) -> None:
    made = [*unlink(voyage, "Lisbon", LATER, BOARD), *unlink(voyage, "Ann Hart", BOARD)]
    first = page(voyage, limit=2)
    second = page(voyage, limit=2, after=first.next_cursor)

    assert [*first.items, *second.items] == unlinked(voyage) == made
    assert second.next_cursor is None
    assert list(page(voyage, turn=turn(voyage, BOARD)).items) == made[1:]
    with pytest.raises(TurnNotFound):
        page(voyage, turn=TurnId("t_none"))


def test_of_a_turn_that_has_expired_nothing_is_told(world: World) -> None:
    soon = world.clock.now() + timedelta(hours=1)
    remember(world, said(LATER, expires_at=soon), said(BOARD))
    (made,) = unlink(world, "Lisbon", LATER)

    world.clock.advance(timedelta(hours=2))

    assert unlinked(world) == []
    with pytest.raises(UnlinkingNotFound):
        undo(world, made.id)


def test_the_ledger_tells_of_it_by_id_and_names_nothing(voyage: World) -> None:
    (made,) = unlink(voyage, "Lisbon", BOARD)
    undo(voyage, made.id)

    *_, away, back = voyage.service.inspect.ledger(
        voyage.admin, ALICE, after=Position(0), limit=100
    )
    assert (away.change, away.subject) == ("entity.unlinked", made.id)
    assert (back.change, back.subject) == ("entity.linked", made.id)
    assert voyage.service.verify(voyage.admin, ALICE).is_whole


# What it outlives, and what it does not ----------------------------------------------------------


def busy(world: World) -> None:
    """Unlink this and that, take some of it back, and write on."""
    remember(world, said(BOARD), said(LATER), title="The Voyage")
    unlink(world, "Lisbon", BOARD, LATER)
    unlink(world, "voyage", BOARD)
    undo(world, unlink(world, "Ann Hart", BOARD)[0].id)
    remember(world, said("Lisbon was far by then."), stream="late")
    unlink(world, "Bob Crane", LATER)


def test_a_restart_reads_what_following_led_to(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        busy(world)
        before = seen(world)
    with open_world(tmp_path) as world:
        assert seen(world) == before
        undo(world, unlinked(world)[0].id)
        again = seen(world)
    with open_world(tmp_path) as world:
        assert seen(world) == again != before


ANEW = "UPDATE store_facts SET value = 'names-0' WHERE name = 'mentions'"


@pytest.mark.parametrize("lost", [(), ("DELETE FROM mentions",)], ids=["anew", "at all"])
def test_names_that_are_made_again_are_unlinked_as_before(
    tmp_path: Path, lost: Sequence[str]
) -> None:
    with open_world(tmp_path) as world:
        busy(world)
        before = seen(world)
    for statement in (*lost, ANEW):
        tamper(tmp_path, statement)

    with open_world(tmp_path) as world:
        assert seen(world) == before


def test_as_of_before_it_the_turn_named_that(voyage: World) -> None:
    """What turns name by the indexes of now is no part of a look back."""
    before, then = seen(voyage), position(voyage)
    made = unlink(voyage, "Lisbon", BOARD, LATER)
    between, at = seen(voyage), position(voyage)
    for one in made:
        undo(voyage, one.id)

    assert seen(as_of(voyage, then)) == before
    assert seen(as_of(voyage, at)) | {"mentions": between["mentions"]} == between


def test_a_rollback_takes_it_back_and_makes_it_again(voyage: World) -> None:
    (made,) = unlink(voyage, "Lisbon", BOARD)
    between, at = voyage.service.take_digest(voyage.admin, ALICE), position(voyage)
    undo(voyage, made.id)
    (other,) = unlink(voyage, "Ann Hart", BOARD)

    done = voyage.service.roll_back(voyage.admin, ALICE, Goal(to=at), dry_run=False)

    assert [(one.thing, one.id, one.undoing) for one in done.undone] == [
        (Thing.UNLINKING, other.id, Undoing.RETIRED),
        (Thing.UNLINKING, made.id, Undoing.RESTORED),
    ]
    assert [(one.id, one.name) for one in unlinked(voyage)] == [(made.id, "lisbon")]
    assert set(mentions_of(voyage)[BOARD]) == {"ann hart"}
    assert voyage.service.take_digest(voyage.admin, ALICE).digest == between.digest


def test_it_goes_with_its_turn_and_its_words_are_nowhere(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said(BOARD), said(LATER))
        unlink(world, "Lisbon", BOARD)
        undo(world, unlink(world, "Ann Hart", BOARD)[0].id)

        world.service.forget.turn(world.admin, ALICE, turn(world, BOARD))

        assert unlinked(world) == []
        assert names(world) == {"ann hart": 1, "bob crane": 1, "lisbon": 1}
    assert rows(tmp_path, "SELECT * FROM unlinkings") == []


def test_it_goes_with_the_title_that_held_the_name(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        world.document("alice", "film", "It swims.", "It bites.", title="Jaws")
        unlink(world, "Jaws", "It swims.")
        assert mentions_of(world) == {"It bites.": {"jaws": True}}

        world.document("alice", "film", "It swims.", "It bites.", title="Orca")

        assert unlinked(world) == []
        assert mentions_of(world) == {"It swims.": {"orca": True}, "It bites.": {"orca": True}}
    assert rows(tmp_path, "SELECT * FROM unlinkings") == []


def test_forgetting_by_subject_passes_over_turns_that_do_not_name_it(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        remember(world, said(BOARD), said(LATER))
        unlink(world, "Ann Hart", BOARD)

        receipt = world.service.forget_wanted(
            world.admin, ALICE, Wanted(subject="Ann Hart"), dry_run=False
        )

        assert receipt.receipt.tally.turns == 1
        assert [each.content for each in turns_of(world)] == [BOARD]


def test_when_the_last_namer_goes_nothing_more_is_kept_of_the_name(voyage: World) -> None:
    """Of a name that only an unlinked turn has there is no merge, even when it is linked again."""
    early, late = "Then we saw Porto.", "There was Porto again."
    remember(voyage, said(early), said(late))
    merge(voyage, "Porto", "Lisbon")
    (made,) = unlink(voyage, "Porto", early)
    assert [one.name for one in seen(voyage)["merges"]] == ["porto"]

    voyage.service.forget.turn(voyage.admin, ALICE, turn(voyage, late))

    assert seen(voyage)["merges"] == ()
    undo(voyage, made.id)
    assert names(voyage) == {"ann hart": 2, "bob crane": 1, "lisbon": 2, "porto": 1}


SEEKING = SpaceSettings(synonyms=SynonymSearch(least_cosine=0.5))
WARS: Sequence[str] = ("We spoke of World War II.", "We spoke of World War Two.")


def work(world: World) -> None:
    while world.service.enrich.work_once():
        pass


def test_a_name_without_turns_has_no_synonyms_until_it_is_named_again(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        world.service.found(world.admin, ALICE)
        set_to(world, SEEKING)
        remember(world, *map(said, WARS))
        work(world)
        before = seen(world)
        assert len(rows(tmp_path, "SELECT * FROM synonyms")) == 1

        (made,) = unlink(world, "World War Two", WARS[1])
        work(world)
        assert rows(tmp_path, "SELECT * FROM synonyms") == []
        assert rows(tmp_path, "SELECT name FROM name_vectors") == [("world war ii",)]
        undo(world, made.id)
        work(world)

        assert len(rows(tmp_path, "SELECT * FROM synonyms")) == 1
        assert seen(world) == before

"""Renaming: an entity is called as somebody says, whether turns write that or not, and undone."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from graph.model import NodeKind
from memsvc.domain.access import Role
from memsvc.domain.errors import EntityNotFound, InvalidField, MergeConflict, RoleTooWeak
from memsvc.domain.ids import Position
from memsvc.domain.knowledge import Merge, Renamed
from memsvc.domain.receipt import Wanted
from memsvc.domain.rollback import Goal
from memsvc.world import CountingIds
from tests.app.small import ALICE, key_of, remember, said, turns_of
from tests.app.test_as_of import answers, position_of, then
from tests.app.test_entities import BOARD, LATER, entity, listed, merge, merges, state, undo
from tests.postgres import on_either
from tests.store.test_spaces import dump
from tests.worlds import World, open_world

ZORRO = "At night Zorro met Diego by the well."


@pytest.fixture
def voyage(world: World) -> World:
    remember(world, said(BOARD), said(LATER), stream="log", title="The Voyage")
    return world


def rename(world: World, name: str, to: str, **more: Any) -> Renamed:
    return world.service.merging.rename(more.get("access", world.admin), ALICE, name, to)


def given(world: World, name: str, to: str) -> Merge:
    """Rename to a name that makes a merge, and return that."""
    made = rename(world, name, to).merge
    assert made is not None
    return made


def names(world: World) -> list[str]:
    return [one.name for one in listed(world)]


def around(world: World, name: str) -> list[str]:
    """Return what stands beside an entity in the graph, by kind and id."""
    view = world.service.draw.around(world.admin, ALICE, (NodeKind.ENTITY, name), depth=1, limit=50)
    return [f"{one.named.kind.name} {one.named.id}" for one in view.nodes]


def tell(world: World) -> dict[str, Any]:
    """Ask what names are told in, but for what the ledger numbers."""
    told = answers(world, world.service)
    return {
        what: told[what] for what in ("entities", "details", "about", "graph", "stats", "walked")
    }


@on_either
def test_a_renamed_entity_is_called_so_and_found_by_both_names(voyage: World) -> None:
    state(voyage, "Bob Crane", "sails", "the Heron", by=LATER)
    beside = around(voyage, "Bob Crane")[1:]

    made = given(voyage, "bob crane", "Zoë  d'Arc")

    found = entity(voyage, "ZOË DARC")
    assert (found.name, found.spelled, found.merged) == ("zoë darc", "Zoë d'Arc", ["bob crane"])
    assert (found.turns, found.facts) == (1, 1)
    assert entity(voyage, "Bob Crane") == found
    assert [one for one in listed(voyage) if one.name == "zoë darc"] == [found]
    assert "bob crane" not in names(voyage)
    assert [one.name for one in listed(voyage, prefix="Zoë")] == ["zoë darc"]
    assert (
        around(voyage, "Zoë d'Arc")
        == around(voyage, "Bob Crane")
        == [
            "ENTITY zoë darc",
            *beside,
        ]
    )
    assert (made.name, made.into, made.spelled) == ("bob crane", "zoë darc", "Zoë d'Arc")
    assert merges(voyage) == [made]


def test_a_question_by_the_given_name_sets_out_from_the_entity(voyage: World) -> None:
    rename(voyage, "Bob Crane", "Zorro")

    view = voyage.service.draw.activated(voyage.admin, ALICE, "Who met Zorro?", limit=10)

    assert [one.named.label for one in view.nodes if one.named.kind == NodeKind.ENTITY][:1] == [
        "Zorro"
    ]


def test_facts_are_recalled_of_who_bears_a_given_name(voyage: World) -> None:
    """Their ends are names that turns write; which number they have goes through the rename."""
    state(voyage, "Bob Crane", "sails", "the Heron", by=LATER)
    while voyage.service.enrich.work_once():
        pass
    rename(voyage, "Bob Crane", "Zorro")

    found = voyage.service.entities.get(voyage.admin, ALICE, "Zorro")
    assert [one.fact.subject for one in found.facts] == ["Bob Crane"]
    key = voyage.service.inspect.space(voyage.admin, ALICE).space.key
    with voyage.service.shelf.open(key) as indexes:
        [fact] = (one.fact.key for one in found.facts)
        saying = indexes.knowledge.saying(fact)
        assert len(saying) == 1
        assert indexes.mentions.number_of("zorro") == indexes.mentions.number_of("bob crane")


@on_either
def test_taking_a_rename_back_leaves_everything_as_it_was(voyage: World) -> None:
    before = tell(voyage)

    undo(voyage, given(voyage, "Bob Crane", "Zorro").id)

    assert tell(voyage) == before
    assert merges(voyage) == []
    assert voyage.service.verify(voyage.admin, ALICE).is_whole


@on_either
def test_a_second_name_takes_the_place_of_the_first_until_it_is_taken_back(voyage: World) -> None:
    first = given(voyage, "Bob Crane", "Zorro")
    second = given(voyage, "zorro", "Diego")

    assert merges(voyage) == [second]
    assert (second.name, entity(voyage, "Diego").merged) == ("bob crane", ["bob crane"])
    with pytest.raises(EntityNotFound):
        entity(voyage, "Zorro")

    undo(voyage, second.id)

    [again] = merges(voyage)
    assert (again.id, again.into, entity(voyage, "Zorro").spelled) == (first.id, "zorro", "Zorro")
    undo(voyage, again.id)
    assert entity(voyage, "Bob Crane").name == "bob crane"


def test_a_rename_back_takes_the_given_name_away(voyage: World) -> None:
    rename(voyage, "Bob Crane", "Zorro")

    assert rename(voyage, "Zorro", "BOB CRANE") == Renamed("bob crane", None)
    assert merges(voyage) == []
    assert entity(voyage, "bob crane").spelled == "Bob Crane"


def test_what_an_entity_is_also_called_can_lead_and_lead_no_more(voyage: World) -> None:
    held = merge(voyage, "Bob Crane", "Ann Hart")
    before = tell(voyage)

    turned = given(voyage, "Ann Hart", "Bob Crane")

    assert (entity(voyage, "Ann Hart").name, turned.spelled) == ("bob crane", None)
    assert merges(voyage) == [turned]
    undo(voyage, turned.id)
    assert [one.id for one in merges(voyage)] == [held.id]
    assert tell(voyage) == before


def test_a_given_name_is_spelled_anew(voyage: World) -> None:
    rename(voyage, "Bob Crane", "ZORRO")

    assert given(voyage, "zorro", "Zorro").name == "bob crane"
    assert entity(voyage, "Bob Crane").spelled == "Zorro"


@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("Bob Crane", "Lisbon"),
        ("Bob Crane", "bob crane"),
        ("Ann Hart", "Zorro"),
        ("Lisbon", "Zorro"),
    ],
    ids=["another's", "its own", "its own that was given", "another's that was given"],
)
def test_a_rename_that_cannot_be_is_refused_and_stores_nothing(
    voyage: World, name: str, to: str
) -> None:
    rename(voyage, "Ann Hart", "Zorro")
    position = position_of(voyage)

    with pytest.raises(MergeConflict, match=r"another entity|called that already"):
        rename(voyage, name, to)

    assert position_of(voyage) == position


def test_a_rename_needs_an_entity_a_name_and_a_writer(voyage: World) -> None:
    with pytest.raises(EntityNotFound, match="Nobody"):
        rename(voyage, "Nobody", "Zorro")
    with pytest.raises(InvalidField, match="letters"):
        rename(voyage, "Bob Crane", "?!")
    with pytest.raises(InvalidField, match="bytes"):
        rename(voyage, "Bob Crane", "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 99)
    with pytest.raises(RoleTooWeak):
        rename(voyage, "Bob Crane", "Zorro", access=key_of(Role.READER))
    with pytest.raises(EntityNotFound, match="Zorro"):
        merge(voyage, "Bob Crane", "Zorro")


def test_a_merge_goes_by_the_name_that_turns_write(voyage: World) -> None:
    """So it is gone with the turns that name it, and holds no other name."""
    rename(voyage, "Bob Crane", "Zorro")

    assert merge(voyage, "Ann Hart", "Zorro").into == "bob crane"
    assert entity(voyage, "Ann Hart").name == "zorro"
    assert entity(voyage, "Zorro").merged == ["ann hart", "bob crane"]


def test_a_given_name_gives_way_to_a_merge_and_is_back_without_it(voyage: World) -> None:
    rename(voyage, "Bob Crane", "Zorro")

    made = merge(voyage, "Zorro", "Ann Hart")

    assert (made.name, entity(voyage, "Bob Crane").name) == ("bob crane", "ann hart")
    undo(voyage, made.id)
    assert entity(voyage, "Bob Crane").name == "zorro"


@on_either
def test_who_writes_a_given_name_later_means_the_same_and_may_be_forgotten(voyage: World) -> None:
    """The graph and the lists follow, with the name's own number and without it."""
    rename(voyage, "Bob Crane", "Zorro")
    around(voyage, "Zorro")  # drawn, so that it has to follow
    remember(voyage, said(ZORRO))

    assert entity(voyage, "Bob Crane").turns == 2
    assert len([one for one in around(voyage, "Zorro") if one.startswith("TURN")]) == 2
    (turn,) = (turn for turn in turns_of(voyage) if turn.content == ZORRO)
    voyage.service.forget.turn(voyage.admin, ALICE, turn.id)

    assert (entity(voyage, "Zorro").turns, entity(voyage, "Zorro").spelled) == (1, "Zorro")
    assert len([one for one in around(voyage, "Zorro") if one.startswith("TURN")]) == 1


def test_a_rename_goes_with_the_last_turn_that_names_what_was_renamed(voyage: World) -> None:
    rename(voyage, "Bob Crane", "Zorro")
    (turn,) = (turn for turn in turns_of(voyage) if turn.content == LATER)

    voyage.service.forget.turn(voyage.admin, ALICE, turn.id)

    assert merges(voyage) == []
    assert "zorro" not in names(voyage)


def test_a_renamed_entity_of_which_only_expired_turns_are_left_is_not_told(world: World) -> None:
    soon = world.clock.now() + timedelta(hours=1)
    remember(world, said(LATER, expires_at=soon), said(BOARD))
    rename(world, "Bob Crane", "Zorro")

    world.clock.advance(timedelta(hours=2))

    assert (merges(world), "zorro" in names(world)) == ([], False)
    with pytest.raises(EntityNotFound):
        entity(world, "Zorro")
    assert rename(world, "Ann Hart", "Zorro").name == "zorro"
    assert entity(world, "Zorro").merged == ["ann hart"]


@pytest.mark.parametrize(
    "wanted",
    [Wanted(subject="zorro"), Wanted(text="ZORR"), Wanted(subject="Bob Crane")],
    ids=["by the given name", "by a text in it", "by the name that turns write"],
)
def test_a_forgotten_name_is_nowhere(tmp_path: Path, wanted: Wanted) -> None:
    with open_world(tmp_path) as world:
        remember(world, said(BOARD), said(LATER))
        rename(world, "Bob Crane", "Zorro")
        done = world.service.forget_wanted(world.admin, ALICE, wanted, dry_run=False)
        assert done.receipt.tally.merges == 1
        assert merges(world) == []
        assert [name for name, rows in dump(tmp_path).items() if "orro" in str(rows)] == []
        assert world.service.receipts.verify(world.admin, ALICE, done.receipt.id).is_gone
        assert world.service.verify(world.admin, ALICE).is_whole
    for word in (b"zorro", b"Zorro"):
        assert [each.name for each in tmp_path.iterdir() if word in each.read_bytes()] == []


def test_a_name_that_was_taken_back_is_forgotten_too(world: World, tmp_path: Path) -> None:
    remember(world, said(BOARD), said(LATER))
    rename(world, "Bob Crane", "Zorro")
    second = given(world, "Bob Crane", "Diego")

    world.service.forget_wanted(world.admin, ALICE, Wanted(text="zorro"), dry_run=False)

    assert merges(world) == [second]
    assert [name for name, rows in dump(tmp_path).items() if "orro" in str(rows)] == []
    undo(world, second.id)  # and what had given way to it is not there any more
    assert merges(world) == []


def test_forgetting_with_a_filter_leaves_names_that_were_given(voyage: World) -> None:
    """A filter says which turns, and a name that was given is in none."""
    held = given(voyage, "Bob Crane", "Zorro")
    wanted = Wanted(text="zorro", turns=(turns_of(voyage)[0].id,))

    voyage.service.forget_wanted(voyage.admin, ALICE, wanted, dry_run=False)

    assert merges(voyage) == [held]


@on_either
def test_renames_are_seen_as_they_were(voyage: World) -> None:
    before = (position_of(voyage), answers(voyage, voyage.service))
    rename(voyage, "Bob Crane", "Zorro")
    first = (position_of(voyage), answers(voyage, voyage.service))
    remember(voyage, said(ZORRO))
    rename(voyage, "Ann Hart", "Diego Vega")
    rename(voyage, "Bob Crane", "Diego de la Vega")

    for position, told in (before, first):
        assert answers(voyage, then(voyage, position)) == told


@on_either
def test_a_rollback_gives_names_and_takes_them(voyage: World) -> None:
    rename(voyage, "Bob Crane", "Zorro")
    position, told = position_of(voyage), tell(voyage)
    rename(voyage, "Zorro", "Diego")
    rename(voyage, "Ann Hart", "Carolina")

    done = voyage.service.roll_back(voyage.admin, ALICE, Goal(to=position), dry_run=False)

    assert tell(voyage) == told
    assert len(done.undone) == 3
    voyage.service.roll_back(voyage.admin, ALICE, Goal(to=Position(done.before)), dry_run=False)
    assert {"carolina", "diego"} <= set(names(voyage))


def test_a_restart_tells_the_same(tmp_path: Path) -> None:
    ids = CountingIds()
    with open_world(tmp_path, ids=ids) as world:
        remember(world, said(BOARD), said(LATER), title="The Voyage")
        state(world, "Bob Crane", "sails", "the Heron", by=LATER)
        rename(world, "Bob Crane", "Zorro")
        merge(world, "Lisbon", "Zorro")
        rename(world, "Ann Hart", "Diego")
        remember(world, said(ZORRO))
        while world.service.enrich.work_once():
            pass
        before = tell(world)
    with open_world(tmp_path, ids=ids) as world:
        assert tell(world) == before

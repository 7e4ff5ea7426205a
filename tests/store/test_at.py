"""Views of the past: every table of a space has one, shaped like the table."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from memsvc.domain.ids import Position
from memsvc.domain.past import Past
from memsvc.ports.keeping import Unit
from memsvc.ports.notes import NotesSought
from store.at import VIEWS, WITHOUT_PAST
from store.opening import open_beside
from store.tables import metadata
from store.uow import Views
from tests.store.noting import note_step
from tests.store.opened import NORTH, NOW, Store, open_store, say


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


def test_every_table_of_a_space_says_how_it_was_or_why_nobody_asks() -> None:
    of_spaces = {name for name, table in metadata.tables.items() if "space" in table.c}
    exempt = {table.name for table in WITHOUT_PAST}

    assert of_spaces | {"spaces"} == set(VIEWS) | exempt
    assert not set(VIEWS) & exempt


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_has_the_columns_of_its_table(name: str) -> None:
    assert {column.name for column in VIEWS[name].selected_columns} == set(
        metadata.tables[name].c.keys()
    )


def test_every_view_can_be_read_of_one_and_of_several_spaces(store: Store) -> None:
    alice, bob = store.space("alice"), store.space("bob")
    for space in (alice, bob):
        store.say(space, "one", "two")
    for among in ([alice], [alice, bob]):
        past = Past({space.key: Position(2) for space in among}, NOW)
        with Views(store.engine)(past) as connection:
            for name in VIEWS:
                rows = connection.execute(text(f'SELECT * FROM "{name}"')).all()  # noqa: S608
                assert len(rows) <= 2 * len(among)
            names = connection.execute(text("SELECT name FROM spaces ORDER BY name")).scalars()
            assert list(names) == [space.name for space in among]


def test_no_view_outlives_its_read(store: Store) -> None:
    alice = store.space("alice")
    with Views(store.engine)(Past({alice.key: Position(1)}, NOW)) as connection:
        assert inspect(connection).get_temp_view_names()
    for _ in range(store.engine.pool.size()):  # type: ignore[attr-defined]
        with store.engine.connect() as pooled:
            assert not inspect(pooled).get_temp_view_names()


def test_a_space_that_is_not_asked_for_is_not_there(store: Store) -> None:
    alice, bob = store.space("alice"), store.space("bob")
    with store.keeping.read(Past({alice.key: Position(1)}, NOW)) as reading:
        assert reading.spaces.find(alice.name) is not None
        assert reading.spaces.find(bob.name) is None


def test_a_note_of_which_a_turn_has_expired_is_in_no_past(store: Store) -> None:
    """Its words may be that turn's, and the present does not show it either."""
    alice = store.space("alice")

    def work(unit: Unit) -> Position:
        turns = say(unit, alice, ["it stays"], ids=store.ids)
        turns += say(unit, alice, ["it goes"], ids=store.ids, until=NOW + timedelta(hours=1))
        note_step("note", unit, alice, turns, which=1, ids=store.ids)
        note_step("note", unit, alice, turns[:1], which=2, ids=store.ids)
        note_step("link", unit, alice, turns, which=0, ids=store.ids)
        return unit.ledger.next_position(alice.key)

    position = Position(store.keeping.write(work) - 1)
    for hours, shown, linked in ((0, ["note 1", "note 2"], 1), (2, ["note 2"], 0)):
        past = Past({alice.key: position}, NOW + timedelta(hours=hours))
        with store.keeping.read(past) as then:
            page = then.notes.page(alice.key, NotesSought(), after=None, limit=9)
            links = then.links.page(alice.key, note=None, after=None, limit=9)
        with store.shelf.open(alice.key, past) as indexes:
            near = indexes.knowledge.nearest_notes(NORTH, limit=9)
            held = indexes.knowledge.links_of(near.keys)
        assert [note.content for note in page.items] == shown
        assert near.keys.tolist() == [note.key for note in reversed(page.items)]
        assert (len(links.items), sum(map(len, held))) == (linked, 2 * linked)


def test_a_note_that_was_purged_is_in_no_past_that_was_drawn_before(store: Store) -> None:
    """Its turns may stay: one made of an event is deleted alone."""
    alice = store.space("alice")

    def work(unit: Unit) -> Position:
        turns = say(unit, alice, ["it stays"], ids=store.ids)
        note_step("note", unit, alice, turns, which=2, ids=store.ids)
        return unit.ledger.next_position(alice.key)

    past = Past({alice.key: Position(store.keeping.write(work) - 1)}, NOW)
    with store.shelf.open(alice.key, past) as indexes:
        assert len(indexes.knowledge.nearest_notes(NORTH, limit=9).keys) == 1

    store.keeping.write(lambda unit: note_step("unnote", unit, alice, [], which=0, ids=store.ids))

    with store.shelf.open(alice.key, past) as indexes:
        assert len(indexes.knowledge.nearest_notes(NORTH, limit=9).keys) == 0


def test_a_connection_beside_the_pool_is_closed_after_its_use(store: Store) -> None:
    beside = open_beside(store.engine)
    with beside.connect() as connection:
        raw = connection.connection.driver_connection
    assert raw is not None
    with pytest.raises(Exception, match="closed"):
        raw.execute("SELECT 1")

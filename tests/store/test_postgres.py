"""What is PostgreSQL's own: how it is reached, held against others, ordered and brought up."""

from pathlib import Path
from random import Random

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from memsvc.domain.errors import (
    DataDirectoryInUse,
    DataDirectoryUnusable,
    InvalidField,
    StoreUnavailable,
)
from memsvc.domain.ids import SpaceName
from memsvc.domain.knowledge import MAX_OBJECT_CHARS, MAX_SUBJECT_CHARS, NewFact
from memsvc.domain.memory import NewTurn
from memsvc.domain.recall import Filter
from memsvc.world import CountingIds
from store.database import to_write
from store.opening import kept_from_others, open_database
from store.postgres import url_of
from store.tables import metadata
from tests.app.small import ALICE, turns_of
from tests.store.opened import make_space, open_store
from tests.worlds import open_world

pytestmark = pytest.mark.postgres


def test_migrations_make_the_very_tables_that_the_code_names(database_url: str) -> None:
    engine = open_database(database_url, readers=1)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        lacking = compare_metadata(context, metadata)
    engine.dispose()
    # Two ends of a fact are longer than PostgreSQL takes into an index: that one is SQLite's alone.
    only_of_sqlite = [("add_index", "ix_facts_space_subject_name_object_name")]
    assert [(what, of.name) for what, of in lacking] == only_of_sqlite


def test_texts_are_ordered_by_their_bytes_whatever_the_language_of_the_server(
    database_url: str, tmp_path: Path
) -> None:
    names = ["b", "a", "B", "é", "_"]
    with open_store(tmp_path, url=database_url) as store:
        ids = CountingIds()
        for name in names:
            store.keeping.write(lambda unit, name=name: make_space(unit, name, ids))  # type: ignore[misc]
        with store.keeping.read() as reading:
            page = reading.spaces.page(among=None, after=None, limit=9)
    assert [space.name for space in page.items] == sorted(names)


def test_one_process_has_a_database_open(database_url: str) -> None:
    one, other = (open_database(database_url, readers=1) for _ in range(2))
    with (
        kept_from_others(one),
        pytest.raises(DataDirectoryInUse, match="has this database open"),
        kept_from_others(other),
    ):
        pass
    with kept_from_others(other):
        pass
    one.dispose()
    other.dispose()


def test_whoever_changes_rows_waits_for_who_does(database_url: str) -> None:
    one, other = (open_database(database_url, readers=1) for _ in range(2))
    with to_write(one).connect() as first, to_write(other).connect() as second:
        second.execute(text("SET lock_timeout = '50ms'"))
        second.commit()
        with first.begin(), pytest.raises(Exception, match="lock timeout"), second.begin():
            pass
        with second.begin():
            assert second.execute(text("SELECT 1")).scalar_one() == 1
    one.dispose()
    other.dispose()


def test_a_read_sees_one_moment(database_url: str, tmp_path: Path) -> None:
    with open_store(tmp_path, url=database_url) as store, store.keeping.read() as reading:
        assert reading.spaces.find(SpaceName("alice")) is None
        store.space("alice")
        assert reading.spaces.find(SpaceName("alice")) is None


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://somebody@there/db", "names mysql"),
        ("no url at all", "is no URL"),
    ],
)
def test_what_names_no_database_of_ours_is_told(url: str, said: str) -> None:
    with pytest.raises(DataDirectoryUnusable, match=said):
        url_of(url)


def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    engine = open_database("postgresql://me:secret@127.0.0.1:1/db", readers=1)
    with (
        pytest.raises(DataDirectoryUnusable, match="cannot be reached") as raised,
        kept_from_others(engine),
    ):
        pass
    assert "secret" not in str(raised.value)
    engine.dispose()


def test_a_filter_passes_over_metadata_that_jsonb_cannot_hold(
    database_url: str, tmp_path: Path
) -> None:
    """No request may bring a NUL in; who writes through the use cases may."""
    held = ({"a": "x\0y", "b": "z"}, {"b": "z", "c": "\\u0000"}, {"a": "x"})
    with open_world(tmp_path, database=database_url) as world:
        world.write(
            "alice",
            "chat",
            *(NewTurn(role="user", content=str(n), metadata=each) for n, each in enumerate(held)),
        )

        def having(**metadata: str) -> list[str]:
            return [turn.content for turn in turns_of(world, where=Filter(metadata=metadata))]

        assert having(b="z") == ["0", "1"]
        assert having(a="x") == ["2"]
        assert having(a="x\0y") == ["0"]
        assert having(c="\\u0000") == ["1"]
        assert having(c="\0") == []


def test_the_longest_fact_and_what_looks_like_an_endless_name_are_taken(
    database_url: str, tmp_path: Path
) -> None:
    """No row of an index may be longer than 2,704 bytes, compressed, and these hardly compress."""
    chance = Random(3)

    def rare(length: int) -> str:
        return "".join(chr(chance.randint(0x20000, 0x2A000)) for _ in range(length))

    with open_world(tmp_path, database=database_url) as world:
        turn = world.write("alice", "chat", f"We met X{rare(3_000)}.").turns[0].id
        said = NewFact(rare(MAX_SUBJECT_CHARS), "is", rare(MAX_OBJECT_CHARS), (turn,))
        world.service.facts.state(world.admin, ALICE, [said])
        page = world.service.facts.page(
            world.admin, ALICE, entity=None, turn=turn, after=None, limit=9
        )
    assert [each.fact.object for each in page.items] == [said.object]


def test_a_name_that_no_name_can_be_begins_no_page(database_url: str, tmp_path: Path) -> None:
    with open_world(tmp_path, database=database_url) as world:
        world.write("alice", "chat", "We met Ada.")
        with pytest.raises(InvalidField, match="not one of ours"):
            world.service.inspect.spaces(world.admin, after="\0", limit=3)
        with pytest.raises(InvalidField, match="not one of ours"):
            world.service.entities.page(world.admin, ALICE, prefix="", after="\0", limit=3)


def test_a_table_that_is_gone_is_trouble_of_the_store(database_url: str, tmp_path: Path) -> None:
    with open_store(tmp_path, url=database_url) as store:
        with store.engine.begin() as connection:
            connection.execute(text("DROP TABLE store_facts"))
        with (
            pytest.raises(StoreUnavailable, match="does not exist"),
            store.keeping.read() as reading,
        ):
            reading.rules.get("anything")
        with pytest.raises(StoreUnavailable, match="does not exist"):
            store.keeping.write(lambda unit: unit.rules.get("anything"))

"""What is PostgreSQL's own: how it is reached, held against others, ordered and brought up."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from memsvc.domain.errors import DataDirectoryInUse, DataDirectoryUnusable
from memsvc.domain.ids import SpaceName
from memsvc.world import CountingIds
from store.database import to_write
from store.opening import kept_from_others, open_database
from store.postgres import url_of
from store.tables import metadata
from tests.store.opened import make_space, open_store

pytestmark = pytest.mark.postgres


def test_migrations_make_the_very_tables_that_the_code_names(database_url: str) -> None:
    engine = open_database(database_url, readers=1)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


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

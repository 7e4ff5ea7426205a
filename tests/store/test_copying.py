"""A store that is copied is the same wherever it arrives, or nothing of it arrives."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from memsvc.domain.errors import CopyDiffers, DataDirectoryNotEmpty
from memsvc.domain.ids import TurnKey
from store.copying import copy_rows, count_rows, empty
from store.database import to_write
from store.opening import open_database
from store.schema import migrate
from store.uow import one_view
from tests.store.opened import open_store


def copied(source: Engine, target: Engine) -> int:
    with one_view(source) as there, to_write(target).connect() as here, here.begin():
        return copy_rows(there, here)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Engine]:
    with open_store(tmp_path / "source") as store:
        alice = store.space("alice")
        store.say(alice, "one", "two", "three")
        store.say(store.space("bob"), "Bob's own")
        (last,) = [turn for turn in _turns(store.engine) if turn[1] == "three"]
        store.keeping.write(lambda unit: unit.turns.delete(alice.key, [TurnKey(last[0])]))
        yield store.engine


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    is_server = request.param == "postgres"
    where = request.getfixturevalue("database_url") if is_server else tmp_path / "target.db"
    engine = open_database(where, readers=2)
    migrate(engine)
    yield engine
    engine.dispose()


def test_every_row_arrives_and_goes_back(source: Engine, target: Engine, tmp_path: Path) -> None:
    back = open_database(tmp_path / "back.db", readers=2)
    migrate(back)
    with one_view(source) as connection:
        every = count_rows(connection)
    assert copied(source, target) == copied(target, back) == every > 0
    assert _turns(source) == _turns(target) == _turns(back)
    back.dispose()


def test_no_key_is_given_out_twice_even_where_its_row_is_gone(
    source: Engine, target: Engine, tmp_path: Path
) -> None:
    copied(source, target)
    with to_write(target).connect() as connection, connection.begin():
        made = connection.execute(
            text(
                "INSERT INTO streams (space, name, next_seq, created_at) "
                "SELECT space, 'new', 0, 0 FROM streams LIMIT 1 RETURNING key"
            )
        ).scalar_one()
        (turn,) = connection.execute(
            text(
                "INSERT INTO outbox (space, step, turn, created_at, due_at, attempts) "
                "SELECT key, 'embed', 1, 0, 0, 0 FROM spaces LIMIT 1 RETURNING key"
            )
        ).scalars()
    with one_view(source) as connection:
        assert made > max(connection.execute(text("SELECT key FROM streams")).scalars())
    assert turn >= 1


def test_what_holds_something_is_left_alone_until_it_is_emptied(
    source: Engine, target: Engine
) -> None:
    rows = copied(source, target)
    with pytest.raises(DataDirectoryNotEmpty, match="has rows in"):
        copied(source, target)
    with to_write(target).connect() as here, here.begin():
        empty(here)
    assert copied(source, target) == rows


@pytest.mark.sqlite
def test_a_copy_that_is_not_the_same_is_not_kept(source: Engine, tmp_path: Path) -> None:
    target = open_database(tmp_path / "target.db", readers=2)
    migrate(target)
    with to_write(target).connect() as here, here.begin():
        here.exec_driver_sql(
            "CREATE TRIGGER meddling AFTER INSERT ON turns "
            "BEGIN UPDATE turns SET content = content || '!' WHERE key = new.key; END"
        )
    with pytest.raises(CopyDiffers, match="turns"):
        copied(source, target)
    with one_view(target) as connection:
        assert count_rows(connection) == 0
    target.dispose()


def _turns(engine: Engine) -> list[tuple[int, str]]:
    with one_view(engine) as connection:
        found = connection.execute(text("SELECT key, content FROM turns ORDER BY key"))
        return [(row.key, row.content) for row in found]

"""The database's shape: migrations lead to exactly the tables that a new database is made with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, inspect, select, text

from memsvc.domain.errors import DataDirectoryUnusable, SchemaTooNew, SchemaTooOld
from store.engine import open_engine
from store.schema import HEAD, LEVEL, current, migrate, migrations, refuse_unfit
from store.tables import OF_A_SPACE, OF_A_TURN, metadata
from tests.store.opened import open_store


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(tmp_path / "memsvc.db", readers=2)
    yield opened
    opened.dispose()


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(migrations()))
    made.set_main_option("path_separator", "os")
    return made


def walked(engine: Engine, *, to: str = "head") -> None:
    """Lead an empty database through the migrations, as every older memsvc has been led."""
    up = config()
    with engine.begin() as connection:
        up.attributes["connection"] = connection
        command.upgrade(up, to)


def downgraded(engine: Engine) -> None:
    """Lead a database all the way back to an empty one."""
    down = config()
    with engine.begin() as connection:
        down.attributes["connection"] = connection
        command.downgrade(down, "base")


def shape_of(engine: Engine) -> set[tuple[str, str]]:
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT name, coalesce(sql, '') FROM sqlite_master"))
        return {(row[0], row[1]) for row in rows if row[0] != "alembic_version"}


def test_an_upgraded_empty_database_equals_the_tables(engine: Engine) -> None:
    walked(engine)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_an_upgraded_database_keeps_every_promise_that_alembic_does_not_compare(
    tmp_path: Path, engine: Engine
) -> None:
    """Autogenerate looks at neither primary keys nor AUTOINCREMENT; the DDL tells both."""
    walked(engine)
    made = open_engine(tmp_path / "made.db", readers=2)
    migrate(made)
    for table in metadata.sorted_tables:
        ours, theirs = (inspect(one).get_pk_constraint(table.name) for one in (engine, made))
        assert ours == theirs
    counting = {name for name, sql in shape_of(engine) if "AUTOINCREMENT" in sql}
    assert counting == {name for name, sql in shape_of(made) if "AUTOINCREMENT" in sql}
    made.dispose()


def test_a_new_database_is_made_as_the_migrations_would_have_led_to_it(
    tmp_path: Path, engine: Engine
) -> None:
    """To a default and a part of an index. Only the order of columns may differ: none asks it."""
    walked(engine)
    made = open_engine(tmp_path / "made.db", readers=2)
    migrate(made)
    ours, theirs = promises_of(made), promises_of(engine)
    for each in (ours, theirs):  # alembic alone notes no level beside the revision
        del each["alembic_version"]
    assert ours == theirs
    made.dispose()


def promises_of(engine: Engine) -> dict[str, object]:
    """Return what SQLite itself says of every table and index, without columns' order."""
    found: dict[str, object] = {}
    with engine.begin() as connection:

        def told(pragma: str, of: str) -> list[tuple[object, ...]]:
            asked = getattr(func, f"pragma_{pragma}")(of)
            return [tuple(row) for row in connection.execute(select(text("*")).select_from(asked))]

        for name, kind, sql in connection.execute(
            text("SELECT name, type, sql FROM sqlite_master")
        ):
            if kind == "index":
                columns = [(place, column) for place, _, column in told("index_info", name)]
                found[name] = (sql, columns)
                continue
            columns_and_defaults = sorted(row[1:] for row in told("table_xinfo", name))
            keys = sorted(row[2:] for row in told("foreign_key_list", name))
            indexes = sorted(row[1:] for row in told("index_list", name))
            words = [sql.count(word) for word in ("CHECK", "UNIQUE", "AUTOINCREMENT", "ROWID")]
            found[name] = (columns_and_defaults, keys, indexes, words)
    return found


def test_head_is_the_newest_migration_and_there_is_only_one() -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [HEAD]


def test_a_first_start_comes_from_nothing_and_a_second_finds_it_done(engine: Engine) -> None:
    assert migrate(engine) is None
    assert migrate(engine) == HEAD
    with engine.begin() as connection:
        assert current(connection) == HEAD


def test_a_new_database_can_be_led_down_as_one_that_was_led_up(engine: Engine) -> None:
    """So a later migration finds every name that it may change by, in either."""
    migrate(engine)
    downgraded(engine)
    assert {name for name, _ in shape_of(engine) if not name.startswith("sqlite_")} == set()


def test_a_database_that_was_led_all_the_way_down_is_made_again(engine: Engine) -> None:
    """Alembic leaves its own table behind, without a revision in it."""
    migrate(engine)
    before = shape_of(engine)
    downgraded(engine)
    assert migrate(engine) is None
    assert shape_of(engine) == before


def test_going_down_leaves_nothing_and_going_up_again_leads_to_the_same(engine: Engine) -> None:
    walked(engine)
    before = shape_of(engine)
    downgraded(engine)
    left = {name for name, _ in shape_of(engine) if not name.startswith("sqlite_")}
    assert left == set()
    walked(engine)
    assert shape_of(engine) == before


def test_rows_of_the_first_schema_are_still_there_after_every_later_migration(
    engine: Engine,
) -> None:
    walked(engine, to="0001")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO spaces(name, secret, position, head, jobs_done, created_at) "
                "VALUES ('alice', x'01', 0, x'02', 0, 0)"
            )
        )
    assert migrate(engine) == "0001"
    with engine.begin() as connection:
        kept = connection.execute(text("SELECT name, settings, version FROM spaces")).one()
    assert tuple(kept) == ("alice", "{}", 0)


def test_a_database_of_a_newer_memsvc_is_refused_and_left_as_it_is(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNew, match="9999"):
        migrate(engine)
    with engine.begin() as connection:
        assert current(connection) == "9999"


@pytest.mark.sqlite
def test_a_file_that_is_no_database_is_said_to_be_unusable(tmp_path: Path) -> None:
    (tmp_path / "memsvc.db").write_bytes(b"this is not a database" * 100)
    with pytest.raises(DataDirectoryUnusable, match="not a database"), open_store(tmp_path):
        pass


def test_every_table_with_a_space_goes_with_its_space() -> None:
    """A table that is added later and forgotten here would keep what was to be forgotten."""
    with_space = {table.name for table in metadata.sorted_tables if "space" in table.c}
    assert {table.name for table in OF_A_SPACE} == with_space
    with_turn = {table.name for table in metadata.sorted_tables if "turn" in table.c}
    assert {table.name for table in OF_A_TURN} == with_turn


def test_every_index_of_a_table_with_a_space_begins_with_the_space() -> None:
    """All but two: which job is due next and which turn has expired are asked across spaces."""
    outside = {
        index.name
        for table in OF_A_SPACE
        for index in table.indexes
        if next(iter(index.columns)).name != "space"
    }
    assert outside == {"ix_outbox_step_parked_at_due_at", "ix_turns_expires_at"}


def test_vectors_of_tokens_stay_when_they_get_a_key_of_two_models(engine: Engine) -> None:
    walked(engine, to="0021")
    with engine.begin() as connection:
        made = "key, name, secret, position, head, jobs_done, created_at, settings, version"
        held = "1, 'alice', x'00', 0, x'00', 0, 0, '{}', 0"
        connection.execute(text(f"INSERT INTO spaces ({made}) VALUES ({held})"))  # noqa: S608
        connection.execute(text("INSERT INTO token_vectors VALUES (1, 2, 'one', x'0102')"))

    migrate(engine)

    with engine.begin() as connection:
        connection.execute(text("INSERT INTO token_vectors VALUES (1, 2, 'two', x'03')"))
        kept = connection.execute(text("SELECT fingerprint, vectors FROM token_vectors")).all()
    assert sorted(tuple(row) for row in kept) == [("one", b"\x01\x02"), ("two", b"\x03")]


def stamped(engine: Engine, revision: str, *, level: int) -> None:
    """Have a database be of another revision, which needs code of a level."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :to, level = :level"),
            {"to": revision, "level": level},
        )


def test_who_shares_a_database_serves_a_newer_one_that_its_level_is_enough_for(
    engine: Engine,
) -> None:
    migrate(engine)
    refuse_unfit(engine)
    stamped(engine, "9999", level=LEVEL)
    refuse_unfit(engine)
    stamped(engine, "9999", level=LEVEL + 1)
    with pytest.raises(SchemaTooNew, match="9999"):
        refuse_unfit(engine)


def test_who_shares_a_database_refuses_one_that_is_not_migrated(engine: Engine) -> None:
    with pytest.raises(SchemaTooOld, match="memsvc migrate"):
        refuse_unfit(engine)
    migrate(engine)
    stamped(engine, "0020", level=LEVEL)
    with pytest.raises(SchemaTooOld, match="0020"):
        refuse_unfit(engine)


def test_replicas_at_work_are_not_given_a_shape_that_they_cannot_serve(engine: Engine) -> None:
    """Stamped as the one before, the database is at the level of the code of before."""
    migrate(engine)
    stamped(engine, HEAD, level=LEVEL - 1)
    with pytest.raises(SchemaTooOld, match="without --rolling"):
        migrate(engine, is_rolling=True)
    stamped(engine, HEAD, level=LEVEL)
    assert migrate(engine, is_rolling=True) == HEAD


def test_a_database_from_before_there_were_levels_gets_one_with_its_next_migration(
    engine: Engine,
) -> None:
    walked(engine, to="0020")
    assert migrate(engine) == "0020"
    with engine.begin() as connection:
        noted = connection.execute(text("SELECT version_num, level FROM alembic_version")).one()
    assert tuple(noted) == (HEAD, LEVEL)

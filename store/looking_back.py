"""Lends connections that see spaces as they were: through the views, filled in for one read."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import ModuleType
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from memsvc.domain.ids import SpaceKey
from memsvc.domain.past import Past
from store.at import BESIDE, LEDGER, SPACES, TURNS, VIEWS
from store.database import is_postgres
from store.rows import settings_from

_HAS_NOT_EXPIRED = " NOT IN (SELECT turn FROM expired)"
_ALWAYS = "(1 = 1)"
_FILLED = re.compile(r"@(\w+)\(([\w.]+)\)")


@dataclass(frozen=True, slots=True)
class _Filling:
    """What stands in the views of one read."""

    positions: Mapping[int, int]
    last_turns: Mapping[int, int]
    hides_some: bool

    def of(self, found: re.Match[str]) -> str:
        what, column = found[1], found[2]
        if what == "here":
            spaces = ", ".join(map(str, self.positions))
            return f"{column} IN ({spaces})"
        if what == "shown":
            return column + _HAS_NOT_EXPIRED if self.hides_some else _ALWAYS
        by_space = self.positions if what == "position" else self.last_turns
        if len(by_space) == 1:
            return str(next(iter(by_space.values())))
        cases = " ".join(f"WHEN {space} THEN {value}" for space, value in by_space.items())
        return f"CASE {column} {cases} END"


@cache
def _texts(dialect: ModuleType, schema: str) -> tuple[str, ...]:
    """Return what makes the views; not before somebody asks, since most starts never do."""
    return tuple(_text(table, view, dialect, schema) for table, view in VIEWS.items())


def _text(table: str, view: Select[Any], dialect: ModuleType, schema: str) -> str:
    compiled = view.compile(dialect=dialect.dialect(), compile_kwargs={"literal_binds": True})
    text = str(compiled).replace(f"{BESIDE}.", f"{schema}.")
    return f'CREATE TEMP VIEW "{table}" AS {text}'


@contextmanager
def view_of(engine: Engine, past: Past) -> Iterator[Connection]:
    """Lend a connection that sees these spaces as they were, inside one consistent view.

    `engine` opens a connection for each that is asked for, and closes it afterwards.
    """
    dialect = postgresql if is_postgres(engine) else sqlite
    with engine.connect() as connection, connection.begin():
        beside = _beside(connection)
        filling = _filling(connection.execution_options(schema_translate_map=beside), past)
        for made in _texts(dialect, beside[BESIDE]):
            connection.exec_driver_sql(_FILLED.sub(filling.of, made))
        connection.exec_driver_sql(
            "SET TRANSACTION READ ONLY" if is_postgres(engine) else "PRAGMA query_only = ON"
        )
        yield connection


def _beside(connection: Connection) -> Mapping[str, str]:
    """Return which schema holds the tables that the views hide."""
    if is_postgres(connection):
        return {BESIDE: connection.execute(select(func.current_schema())).scalar_one()}
    return {BESIDE: BESIDE}


def _filling(connection: Connection, past: Past) -> _Filling:
    last_turns, hides_some = {}, False
    for space, position in past.positions.items():
        held = (TURNS.c.space == space) & (TURNS.c.position <= position)
        last = connection.execute(
            select(TURNS.c.key).where(held).order_by(TURNS.c.position.desc()).limit(1)
        ).scalar()
        last_turns[int(space)] = last or 0
        gone = _expired(connection, space, last or 0, past.now)
        if gone:
            if not hides_some:
                connection.exec_driver_sql("CREATE TEMP TABLE expired (turn BIGINT PRIMARY KEY)")
            connection.execute(
                text("INSERT INTO expired (turn) VALUES (:turn)"),
                [{"turn": turn} for turn in gone],
            )
            hides_some = True
    positions = {int(space): int(position) for space, position in past.positions.items()}
    return _Filling(positions, last_turns, hides_some)


def _expired(connection: Connection, space: SpaceKey, last: int, now: datetime) -> list[int]:
    """Return the turns up to a key that have expired by now, as the space is set now."""
    kept = connection.execute(select(SPACES.c.settings).where(SPACES.c.key == space)).scalar()
    days = settings_from(kept or {}).retention_days
    # The sum has SQLite look at what expires at all, instead of at all turns of the space.
    query = select(TURNS.c.key).where(TURNS.c.space + 0 == space, TURNS.c.key <= last)
    by_itself = TURNS.c.expires_at <= now
    if days is None:
        return list(connection.execute(query.where(by_itself)).scalars())
    query = select(TURNS.c.key).where(TURNS.c.space == space, TURNS.c.key <= last)
    by_retention = LEDGER.c.at <= now - timedelta(days=days)
    return list(
        connection.execute(
            query.join(
                LEDGER,
                (LEDGER.c.space == TURNS.c.space) & (LEDGER.c.position == TURNS.c.position),
            ).where(or_(by_itself, by_retention))
        ).scalars()
    )

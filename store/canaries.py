"""Rows of `canaries`: which were planted where. And the search for them in all other rows."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    String,
    Table,
    Text,
    cast,
    insert,
    literal_column,
    select,
)

from memsvc.domain.canary import Canary, Sighting
from memsvc.domain.ids import CanaryId, SpaceKey, SpaceName, TurnId, TurnKey
from store.delta import Deltas
from store.tables import canaries as rows
from store.tables import metadata, spaces, turns

ROWS_AT_ONCE = 4_096
BYTES_AT_ONCE = 1 << 22


class CanaryRows:
    """Reads and extends the registry through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

    def of_space(self, space: SpaceKey) -> list[Canary]:
        """Return the canaries planted in a space, in the order of planting."""
        return self._canaries(rows.c.planted_in == space)

    def all(self) -> list[Canary]:
        """Return the canaries of all spaces, those that are gone included."""
        return self._canaries()

    def add(self, space: SpaceKey, planted: Mapping[TurnKey, Canary]) -> None:
        """Enter canaries whose turns were just written; ordinary recalls do not see them."""
        self._connection.execute(
            insert(rows),
            [
                {
                    "id": canary.id,
                    "planted_in": space,
                    "space_name": canary.space,
                    "turn_id": canary.turn,
                    "seed": canary.seed,
                    "digest": canary.digest,
                    "planted_at": canary.planted_at,
                    "actor": canary.actor,
                }
                for canary in planted.values()
            ],
        )
        self._deltas.of(space).canaries.update(planted)

    def sightings(self, canaries: Sequence[Canary]) -> list[Sighting]:
        """Return where these canaries are and should not be; reads every row of every table."""
        if not canaries:
            return []
        names = {row.key: row.name for row in self._connection.execute(select(spaces))}
        found: Counter[tuple[int, str, int | None]] = Counter()
        needles = [canary.words.needle for canary in canaries]
        for table, space, text in self._texts():
            for place, needle in enumerate(needles):
                if needle in text and not _belongs(canaries[place], space):
                    found[place, table, space] += 1
        return [
            Sighting(canaries[place], table, names.get(space), count)
            for (place, table, space), count in sorted(found.items(), key=str)
        ]

    def _texts(self) -> Iterator[tuple[str, int | None, str]]:
        """Yield all text in the database, row by row, with its table and its space."""
        for table in metadata.sorted_tables:
            columns = _columns_of_text(table)
            if not columns or table is rows:
                continue
            space = table.c.get("space", table.c.key if table is spaces else None)
            owner: ColumnElement[Any] = literal_column("NULL") if space is None else space
            query = select(owner, *columns).execution_options(yield_per=ROWS_AT_ONCE)
            for of, *texts in self._connection.execute(query):
                yield table.name, of, "\0".join(text for text in texts if text).lower()

    def _canaries(self, *which: ColumnElement[bool]) -> list[Canary]:
        query = (
            select(rows, turns.c.key.is_not(None).label("stands"))
            .outerjoin(turns, (turns.c.space == rows.c.planted_in) & (turns.c.id == rows.c.turn_id))
            .where(*which)
            .order_by(rows.c.key)
        )
        return [
            Canary(
                CanaryId(row.id),
                SpaceKey(row.planted_in),
                SpaceName(row.space_name),
                TurnId(row.turn_id),
                row.seed,
                row.digest,
                row.planted_at,
                row.actor,
                stands=bool(row.stands),
            )
            for row in self._connection.execute(query)
        ]


def planted_in(connection: Connection, space: SpaceKey) -> Iterator[int]:
    """Yield the keys of the turns of a space that are canaries."""
    query = (
        select(turns.c.key)
        .join(rows, (rows.c.planted_in == turns.c.space) & (rows.c.turn_id == turns.c.id))
        .where(turns.c.space == space, rows.c.planted_in == space)
    )
    yield from connection.execute(query).scalars()


def met_in_files(canaries: Sequence[Canary], files: Sequence[Path]) -> list[Sighting]:
    """Return which of these canaries stand in the bytes of files, and in which."""
    if not canaries:  # in most installations: no file is read for nothing
        return []
    needles = [canary.words.needle.encode() for canary in canaries]
    found = []
    for file in files:
        met: set[int] = set()
        tail, longest = b"", max(map(len, needles))
        with file.open("rb") as content:
            while part := content.read(BYTES_AT_ONCE):
                part = (tail + part).lower()
                met.update(place for place, needle in enumerate(needles) if needle in part)
                tail = part[-longest:]
        found += [Sighting(canaries[place], str(file.name), None, 1) for place in sorted(met)]
    return found


def _belongs(canary: Canary, space: int | None) -> bool:
    return canary.stands and space == canary.planted_in


def _columns_of_text(table: Table) -> list[ColumnElement[Any]]:
    """Return the columns of a table that can hold words, as text."""
    return [
        cast(column, Text) for column in table.c if isinstance(column.type, String | Text | JSON)
    ]

"""Copying a whole store from one database to another, of whichever kind either is.

Every row of every table goes over as it is, keys and all, out of one consistent view into one
transaction: what arrives is what stood at one moment, or nothing. Nothing is made anew on the way,
so whatever is told by rows (digests, ledgers, receipts) is told alike afterwards.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Table,
    column,
    delete,
    func,
    insert,
    select,
    table,
    text,
)

from memsvc.domain.errors import CopyDiffers, DataDirectoryNotEmpty
from store.database import is_postgres, to_write
from store.schema import migrate
from store.tables import metadata
from store.uow import one_view

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

AT_ONCE = 2_000
"""Rows that are held in memory at the same time."""

_GIVEN_OUT = table("sqlite_sequence", column("name"), column("seq", BigInteger))


def copy_store(
    source: Engine,
    target: Engine,
    *,
    replacing: bool = False,
    told: Callable[[int], None] = lambda _rows: None,
) -> int:
    """Bring a database up to date and copy all of another's rows into it; return how many.

    It must have none, unless they are to go. `told` and errors as of `copy_rows`.
    """
    migrate(target)
    with one_view(source) as there, to_write(target).connect() as here, here.begin():
        if replacing:
            empty(here)
        return copy_rows(there, here, told=told)


def copy_rows(
    source: Connection, target: Connection, *, told: Callable[[int], None] = lambda _rows: None
) -> int:
    """Copy all rows into a database of the same revision that has none; return how many.

    `told` hears of every batch how many rows it had. Raises `DataDirectoryNotEmpty`, and
    `CopyDiffers` where what is read back is not what was read.
    """
    for each in metadata.sorted_tables:
        if target.execute(select(each).limit(1)).first() is not None:
            raise DataDirectoryNotEmpty(
                f"The database to copy to is not empty (it has rows in {each.name}); name an empty "
                "one."
            )
    copied = 0
    for each in metadata.sorted_tables:
        digest = sha256()
        for rows in _batches(source, each):
            target.execute(insert(each), rows)
            _take_in(digest, rows)
            copied += len(rows)
            told(len(rows))
        if _digest_of(target, each) != digest.digest():
            raise CopyDiffers(f"What arrived in {each.name} is not what was sent; nothing is kept.")
        if "key" in each.c and each.c.key.autoincrement is True:
            _go_on_from(target, each, _last_key(source, each))
    return copied


def empty(target: Connection) -> None:
    """Delete every row of every table."""
    for each in reversed(metadata.sorted_tables):
        target.execute(delete(each))


def count_rows(connection: Connection) -> int:
    """Return how many rows all tables have together."""
    return sum(
        connection.execute(select(func.count()).select_from(each)).scalar_one()
        for each in metadata.sorted_tables
    )


def _batches(connection: Connection, each: Table) -> Iterator[list[dict[str, object]]]:
    query = select(each).order_by(*each.primary_key)
    found = connection.execute(query, execution_options={"yield_per": AT_ONCE})
    for part in found.mappings().partitions():
        yield [dict(row) for row in part]


def _take_in(digest: "Hash", rows: list[dict[str, object]]) -> None:
    for row in rows:
        digest.update(repr(row).encode())


def _digest_of(connection: Connection, each: Table) -> bytes:
    digest = sha256()
    for rows in _batches(connection, each):
        _take_in(digest, rows)
    return digest.digest()


def _last_key(source: Connection, each: Table) -> int:
    """Return the last key that was given out, whether or not its row is left: none comes twice."""
    if is_postgres(source):
        found = source.execute(
            text(
                "SELECT last_value FROM pg_sequences WHERE schemaname = current_schema() AND "
                "sequencename = split_part(pg_get_serial_sequence(:name, 'key'), '.', 2)"
            ),
            {"name": each.name},
        )
    else:
        found = source.execute(select(_GIVEN_OUT.c.seq).where(_GIVEN_OUT.c.name == each.name))
    return found.scalar() or 0


def _go_on_from(target: Connection, each: Table, last: int) -> None:
    if last == 0:
        return
    if is_postgres(target):
        target.execute(select(func.setval(func.pg_get_serial_sequence(each.name, "key"), last)))
        return
    named = _GIVEN_OUT.c.name == each.name
    if target.execute(_GIVEN_OUT.update().where(named).values(seq=last)).rowcount == 0:
        target.execute(_GIVEN_OUT.insert().values(name=each.name, seq=last))

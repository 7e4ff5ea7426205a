"""Columns that many tables have, how times are kept, and the one list of tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    text,
)
from typing_extensions import override

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Return an aware time as whole microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware UTC time, kept as whole microseconds since 1970.

    SQLite has no time type and drivers differ on offsets; an integer sorts, compares and survives
    a move between databases unchanged. `timedelta` arithmetic is exact where floats are not.
    """

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + value * MICROSECOND


# SQLite gives out rowids only to a column declared INTEGER; PostgreSQL needs 64 bits.
Key = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def of_space() -> Column[Any]:
    """In which space a row is."""
    return Column("space", Key, ForeignKey("spaces.key"), nullable=False)


def space_first() -> Column[Any]:
    """In which space a row is, as the first column of its key."""
    return Column("space", Key, ForeignKey("spaces.key"), primary_key=True)


def making() -> tuple[Column[Any], ...]:
    """Who or what made a version or a link, and why; every table needs columns of its own."""
    return (
        Column("maker", String(200), nullable=False),
        Column("reason", Text, nullable=False),
        Column("run", String(64)),
        Column("because", String(64)),
    )


def of_a_run(table: str) -> Index:
    """Index the rows that a run of enrichment made; people's have none."""
    return Index(
        f"ix_{table}_space_run",
        "space",
        "run",
        sqlite_where=text("run IS NOT NULL"),
        postgresql_where=text("run IS NOT NULL"),
    )


def because_of(table: str) -> Index:
    """Index the few rows that are known because of a note."""
    return Index(
        f"ix_{table}_space_because",
        "space",
        "because",
        sqlite_where=text("because IS NOT NULL"),
        postgresql_where=text("because IS NOT NULL"),
    )

"""Notes with their turns, versions and vectors, the links between them, and runs."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    Index,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from store.tables.columns import (
    Instant,
    Key,
    because_of,
    making,
    metadata,
    of_a_run,
    of_space,
    space_first,
)

notes = Table(
    "notes",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    of_space(),
    Column("id", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("event", String(64)),
    Column("source", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("space", "id"),
    Index(None, "space", "position"),
    Index(None, "space", "event"),
    sqlite_autoincrement=True,
)

note_turns = Table(
    "note_turns",
    metadata,
    space_first(),
    Column("turn", Key, primary_key=True),
    Column("note", Key, primary_key=True),
    Index(None, "space", "note"),
    sqlite_with_rowid=False,
)

note_versions = Table(
    "note_versions",
    metadata,
    space_first(),
    Column("note", Key, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("until", BigInteger),
    Column("at", Instant, nullable=False),
    Column("keywords", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("context", Text, nullable=False),
    *making(),
    because_of("note_versions"),
    of_a_run("note_versions"),
)

note_vectors = Table(
    "note_vectors",
    metadata,
    space_first(),
    Column("note", Key, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("fingerprint", String(160), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

links = Table(
    "links",
    metadata,
    space_first(),
    Column("id", String(64), primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("until", BigInteger),
    Column("start", Key, nullable=False),
    Column("end", Key, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("score", Float, nullable=False),
    *making(),
    Index(None, "space", "start"),
    Index(None, "space", "end"),
    Index(None, "space", "position"),
    because_of("links"),
    of_a_run("links"),
)

runs = Table(
    "runs",
    metadata,
    space_first(),
    Column("id", String(64), primary_key=True),
    Column("step", String(32), nullable=False),
    Column("maker", String(200), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("changes", BigInteger, nullable=False),
    # The position after the rollback that took it back; null where it stands.
    Column("undone", BigInteger),
    Index(None, "space", "step", "maker"),
    Index(None, "space", "first"),
)

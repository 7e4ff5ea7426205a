"""What people decide: what is forgotten on request, held back, judged, pinned, and planted."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from store.tables.columns import Instant, Key, metadata, of_space, space_first

receipts = Table(
    "receipts",
    metadata,
    space_first(),
    Column("id", String(64), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("means", JSON, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("space", "position"),
)

tombstones = Table(
    "tombstones",
    metadata,
    space_first(),
    Column("receipt", String(64), primary_key=True),
    Column("forgotten", Key, primary_key=True),
    Column("id", String(64), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Index(None, "space", "digest"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    of_space(),
    Column("id", String(64), nullable=False),
    Column("stream", String(128), nullable=False),
    Column("title", String(200)),
    Column("role", String(200), nullable=False),
    Column("content", Text, nullable=False),
    Column("speaker", String(200)),
    Column("client_id", String(128)),
    Column("said_at", Instant),
    Column("place", String(200)),
    Column("source", String(16), nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("user_id", String(200)),
    Column("agent_id", String(200)),
    Column("expires_at", Instant),
    Column("content_digest", LargeBinary, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("ruling", String(16), nullable=False),
    Column("words", LargeBinary),
    Column("actor", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("note", JSON(none_as_null=True)),
    Column("echo_of", String(64)),
    UniqueConstraint("space", "id"),
    UniqueConstraint("space", "stream", "client_id"),
    Index(None, "space", "ruling"),
    Index(None, "space", "words"),
    sqlite_autoincrement=True,
)

feedback = Table(
    "feedback",
    metadata,
    space_first(),
    Column("id", String(64), primary_key=True),
    Column("turn", Key, nullable=False),
    Column("judgement", String(16), nullable=False),
    Column("question", Text),
    Column("actor", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("until", BigInteger),
    UniqueConstraint("space", "position"),
    Index(None, "space", "turn"),
)

pinned_questions = Table(
    "pinned_questions",
    metadata,
    space_first(),
    Column("id", String(64), primary_key=True),
    Column("question", Text, nullable=False),
    Column("recipe", String(128)),
    Column("k", Integer, nullable=False),
    Column("expected", JSON, nullable=False),
    # Null for none.
    Column("filters", JSON(none_as_null=True)),
    Column("actor", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("position", BigInteger, nullable=False),
    UniqueConstraint("space", "position"),
)

# Of the installation, not of a space: what was planted shall be known when the space is gone.
canaries = Table(
    "canaries",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("planted_in", Key, nullable=False),
    Column("space_name", String(128), nullable=False),
    Column("turn_id", String(64), nullable=False),
    Column("seed", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("planted_at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Index(None, "planted_in", "turn_id"),
    sqlite_autoincrement=True,
)

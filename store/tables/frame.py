"""What all else stands in: spaces, what was done in them, what is owed, and who may come in."""

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
    text,
)

from store.tables.columns import Instant, Key, metadata, of_space, space_first

spaces = Table(
    "spaces",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("name", String(128), nullable=False, unique=True),
    Column("secret", LargeBinary, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("jobs_done", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("settings", JSON, server_default=text("'{}'"), nullable=False),
    Column("version", BigInteger, server_default=text("0"), nullable=False),
    Column("rejections", Integer, server_default=text("0"), nullable=False),
    sqlite_autoincrement=True,
)

space_versions = Table(
    "space_versions",
    metadata,
    space_first(),
    Column("position", BigInteger, primary_key=True),
    Column("settings", JSON, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    space_first(),
    Column("position", BigInteger, primary_key=True),
    Column("change", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index(None, "space", "actor", "position"),
    Index(None, "space", "change", "position"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    of_space(),
    Column("step", String(32), nullable=False),
    Column("turn", Key, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parked_at", Instant),
    Column("reason", Text),
    Column("holder", String(64)),
    UniqueConstraint("space", "step", "turn"),
    Index(None, "step", "parked_at", "due_at"),
    Index(None, "space", "parked_at", "created_at", "step"),
    sqlite_autoincrement=True,
)

answers = Table(
    "answers",
    metadata,
    space_first(),
    Column("actor", String(64), primary_key=True),
    Column("idempotency_key", String(200), primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("secret_hash", LargeBinary, nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("spaces", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

store_facts = Table(
    "store_facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", String(200), nullable=False),
)

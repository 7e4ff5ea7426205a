"""Every table, once. Migrations in `alembic/` lead to exactly these; a test holds them to it.

Rows are the truth. Integer keys are given by the database in the order of writing and never used
twice; public ids are text. The space stands in every row, and first in every index that a query
about one space uses. Foreign keys point at spaces alone: one from a vector to its turn would make
SQLite scan all vectors of the installation for every turn deleted, since their index begins with
the space.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
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


def _space() -> Column[Any]:
    return Column("space", Key, ForeignKey("spaces.key"), nullable=False)


def _making() -> tuple[Column[Any], ...]:
    """Who or what made a version or a link, and why; every table needs columns of its own."""
    return (
        Column("maker", String(200), nullable=False),
        Column("reason", Text, nullable=False),
        Column("run", String(64)),
        Column("because", String(64)),
    )


def _because_of(table: str) -> Index:
    """Index the few rows that are known because of a note."""
    return Index(
        f"ix_{table}_space_because",
        "space",
        "because",
        sqlite_where=text("because IS NOT NULL"),
        postgresql_where=text("because IS NOT NULL"),
    )


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
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("settings", JSON, nullable=False),
)

streams = Table(
    "streams",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    _space(),
    Column("name", String(128), nullable=False),
    Column("title", String(200)),
    Column("next_seq", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("position", BigInteger, server_default=text("0"), nullable=False),
    UniqueConstraint("space", "name"),
    sqlite_autoincrement=True,
)

turns = Table(
    "turns",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    _space(),
    Column("stream", Key, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("id", String(64), nullable=False),
    Column("client_id", String(128)),
    Column("role", String(200), nullable=False),
    Column("speaker", String(200)),
    Column("content", Text, nullable=False),
    Column("content_digest", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    Column("place", String(200)),
    Column("source", String(16), nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("user_id", String(200)),
    Column("agent_id", String(200)),
    Column("tokens", Integer, nullable=False),
    Column("length", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("embedded", Boolean(create_constraint=False), nullable=False),
    Column("expires_at", Instant),
    Column("echo_of", String(64)),
    UniqueConstraint("space", "id"),
    UniqueConstraint("space", "position"),
    UniqueConstraint("space", "stream", "seq"),
    Index(None, "space", "stream", "client_id", unique=True),
    Index(
        None,
        "expires_at",
        sqlite_where=text("expires_at IS NOT NULL"),
        postgresql_where=text("expires_at IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

documents = Table(
    "documents",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    _space(),
    Column("name", String(128), nullable=False),
    Column("title", String(200)),
    Column("media_type", String(100), nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("at", Instant),
    Column("user_id", String(200)),
    Column("agent_id", String(200)),
    Column("version", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("position", BigInteger, server_default=text("0"), nullable=False),
    UniqueConstraint("space", "name"),
    sqlite_autoincrement=True,
)

document_parts = Table(
    "document_parts",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("document", Key, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("title", String(200)),
    Column("stream", Key, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    UniqueConstraint("space", "stream"),
)

turn_versions = Table(
    "turn_versions",
    metadata,
    _space(),
    Column("turn", Key, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("place", String(200)),
    Column("metadata", JSON, nullable=False),
    Index(None, "space", "turn"),
)

terms = Table(
    "terms",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("turn", Key, primary_key=True),
    Column("terms", Text, nullable=False),
    # Read in the order of its key, whole spaces at once: the rows may as well lie in that order.
    sqlite_with_rowid=False,
)

mentions = Table(
    "mentions",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("turn", Key, primary_key=True),
    Column("about", Boolean(create_constraint=False), primary_key=True),
    Column("name", Text, primary_key=True),
    Index(None, "space", "name"),
    sqlite_with_rowid=False,  # read like terms
)

facts = Table(
    "facts",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    _space(),
    Column("id", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("predicate", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("subject_name", Text, nullable=False),
    Column("object_name", Text, nullable=False),
    Column("predicate_name", Text, nullable=False, server_default=""),
    Column("position", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("space", "id"),
    Index(None, "space", "subject_name", "object_name"),
    Index(None, "space", "subject_name", "predicate_name"),
    Index(None, "space", "object_name"),
    Index(None, "space", "position"),
    Index(None, "space", "version"),
    sqlite_autoincrement=True,
)

fact_turns = Table(
    "fact_turns",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("turn", Key, primary_key=True),
    Column("fact", Key, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    # A turn may say a fact of several intervals in one statement.
    Column("number", Integer, primary_key=True),
    Column("valid_from", Instant),
    Column("valid_to", Instant),
    Column("replaces", Boolean(create_constraint=False), nullable=False),
    Column("until", BigInteger),
    Index(None, "space", "fact"),
    sqlite_with_rowid=False,
)

fact_rulings = Table(
    "fact_rulings",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("fact", Key, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("by", Key),
    Column("at", Instant),
    Column("reason", Text, nullable=False),
    Column("maker", String(64), nullable=False),
    Column("until", BigInteger),
    Index(None, "space", "fact"),
    Index(None, "space", "by"),
)

fact_vectors = Table(
    "fact_vectors",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("fact", Key, primary_key=True),
    Column("fingerprint", String(160), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

merges = Table(
    "merges",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("into", Text, nullable=False),
    Column("id", String(64), nullable=False),
    Column("until", BigInteger),
    UniqueConstraint("space", "id", "position"),
)

name_vectors = Table(
    "name_vectors",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("fingerprint", String(160), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

synonyms = Table(
    "synonyms",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("fingerprint", String(160), primary_key=True),
    Column("other", Text, primary_key=True),
    Column("cosine", Float, nullable=False),
    Index(None, "space", "other"),
)

embeddings = Table(
    "embeddings",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("turn", Key, primary_key=True),
    Column("fingerprint", String(160), primary_key=True),
    Column("piece", Integer, primary_key=True),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    _space(),
    Column("stream", Key, nullable=False),
    Column("number", Integer, nullable=False),
    Column("id", String(64), nullable=False),
    Column("start_seq", BigInteger, nullable=False),
    Column("start_piece", Integer, nullable=False),
    Column("end_seq", BigInteger, nullable=False),
    Column("end_piece", Integer, nullable=False),
    Column("boundary", String(16), nullable=False),
    Column("measure", String(200), nullable=False),
    Column("units", LargeBinary, nullable=False),
    Column("curve", LargeBinary, nullable=False),
    Column("thresholds", LargeBinary, nullable=False),
    Column("representatives", LargeBinary, nullable=False),
    Column("centroid", LargeBinary),
    Column("first_at", Instant),
    Column("last_at", Instant),
    Column("position", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("space", "id"),
    UniqueConstraint("space", "stream", "number"),
    Index(None, "space", "position"),
    sqlite_autoincrement=True,
)

open_tails = Table(
    "open_tails",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("stream", Key, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("start_seq", BigInteger, nullable=False),
    Column("start_piece", Integer, nullable=False),
    Column("moved", Integer, nullable=False),
    Column("measure", String(200), nullable=False),
    Column("trailing", LargeBinary, nullable=False),
)

surprisals = Table(
    "surprisals",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("turn", Key, primary_key=True),
    Column("model", String(160), primary_key=True),
    Column("piece", Integer, primary_key=True),
    Column("mean", Float, nullable=False),
    Column("most", Float, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("change", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    _space(),
    Column("step", String(32), nullable=False),
    Column("turn", Key, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("parked_at", Instant),
    Column("reason", Text),
    UniqueConstraint("space", "step", "turn"),
    Index(None, "step", "parked_at", "due_at"),
    sqlite_autoincrement=True,
)

answers = Table(
    "answers",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
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

receipts = Table(
    "receipts",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
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
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("receipt", String(64), primary_key=True),
    Column("forgotten", Key, primary_key=True),
    Column("id", String(64), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Index(None, "space", "digest"),
)

notes = Table(
    "notes",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    _space(),
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
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("turn", Key, primary_key=True),
    Column("note", Key, primary_key=True),
    Index(None, "space", "note"),
    sqlite_with_rowid=False,
)

note_versions = Table(
    "note_versions",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("note", Key, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("until", BigInteger),
    Column("at", Instant, nullable=False),
    Column("keywords", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("context", Text, nullable=False),
    *_making(),
    _because_of("note_versions"),
)

note_vectors = Table(
    "note_vectors",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("note", Key, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("fingerprint", String(160), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("until", BigInteger),
    Column("start", Key, nullable=False),
    Column("end", Key, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("score", Float, nullable=False),
    *_making(),
    Index(None, "space", "start"),
    Index(None, "space", "end"),
    Index(None, "space", "position"),
    _because_of("links"),
)

runs = Table(
    "runs",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("step", String(32), nullable=False),
    Column("maker", String(200), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("changes", BigInteger, nullable=False),
    Index(None, "space", "step", "maker"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    _space(),
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
    UniqueConstraint("space", "id"),
    UniqueConstraint("space", "stream", "client_id"),
    Index(None, "space", "ruling"),
    Index(None, "space", "words"),
    sqlite_autoincrement=True,
)

feedback = Table(
    "feedback",
    metadata,
    Column("space", Key, ForeignKey("spaces.key"), primary_key=True),
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

store_facts = Table(
    "store_facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", String(200), nullable=False),
)

OF_A_TURN = (
    turn_versions,
    terms,
    mentions,
    fact_turns,
    note_turns,
    embeddings,
    surprisals,
    feedback,
    outbox,
)
"""Tables whose rows belong to one turn and go with it."""

OF_A_SPACE = (
    turn_versions,
    terms,
    mentions,
    fact_turns,
    fact_rulings,
    fact_vectors,
    facts,
    links,
    note_vectors,
    note_versions,
    note_turns,
    notes,
    runs,
    merges,
    name_vectors,
    synonyms,
    embeddings,
    surprisals,
    feedback,
    events,
    open_tails,
    outbox,
    answers,
    tombstones,
    receipts,
    quarantine,
    ledger,
    document_parts,
    documents,
    turns,
    streams,
    space_versions,
)
"""Tables whose rows go with their space, those that point at others first."""

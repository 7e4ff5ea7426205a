"""What is made of turns: terms, what they name, vectors, surprisals, events and their titles."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from store.tables.columns import Instant, Key, metadata, of_a_run, of_space, space_first

terms = Table(
    "terms",
    metadata,
    space_first(),
    Column("turn", Key, primary_key=True),
    Column("terms", Text, nullable=False),
    # Read in the order of its key, whole spaces at once: the rows may as well lie in that order.
    sqlite_with_rowid=False,
)

mentions = Table(
    "mentions",
    metadata,
    space_first(),
    Column("turn", Key, primary_key=True),
    Column("about", Boolean(create_constraint=False), primary_key=True),
    Column("name", Text, primary_key=True),
    Index(None, "space", "name"),
    sqlite_with_rowid=False,  # read like terms
)

embeddings = Table(
    "embeddings",
    metadata,
    space_first(),
    Column("turn", Key, primary_key=True),
    Column("fingerprint", String(160), primary_key=True),
    Column("piece", Integer, primary_key=True),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)

token_vectors = Table(
    "token_vectors",
    metadata,
    space_first(),
    Column("turn", Key, primary_key=True),
    Column("fingerprint", String(160), primary_key=True),
    Column("vectors", LargeBinary, nullable=False),
)

surprisals = Table(
    "surprisals",
    metadata,
    space_first(),
    Column("turn", Key, primary_key=True),
    Column("model", String(160), primary_key=True),
    Column("piece", Integer, primary_key=True),
    Column("mean", Float, nullable=False),
    Column("most", Float, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    of_space(),
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

titles = Table(
    "titles",
    metadata,
    space_first(),
    Column("event", Key, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("until", BigInteger),
    Column("text", String(80), nullable=False),
    Column("maker", String(200), nullable=False),
    Column("run", String(64)),
    Index(None, "space", "position"),
    of_a_run("titles"),
    sqlite_with_rowid=False,
)

open_tails = Table(
    "open_tails",
    metadata,
    space_first(),
    Column("stream", Key, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("start_seq", BigInteger, nullable=False),
    Column("start_piece", Integer, nullable=False),
    Column("moved", Integer, nullable=False),
    Column("measure", String(200), nullable=False),
    Column("trailing", LargeBinary, nullable=False),
)

"""What is known: facts, who says and who rules on them, and names that mean the same."""

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
    text,
)

from store.tables.columns import Instant, Key, metadata, of_space, space_first

facts = Table(
    "facts",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    of_space(),
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
    # PostgreSQL takes no row into an index that is as long as these two may be together.
    Index(None, "space", "subject_name", "object_name").ddl_if(dialect="sqlite"),
    Index(None, "space", "subject_name", "predicate_name"),
    Index(None, "space", "object_name"),
    Index(None, "space", "predicate_name", "position"),
    Index(None, "space", "position"),
    Index(None, "space", "version"),
    sqlite_autoincrement=True,
)

fact_turns = Table(
    "fact_turns",
    metadata,
    space_first(),
    Column("turn", Key, primary_key=True),
    Column("fact", Key, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    # A turn may say a fact of several intervals in one statement.
    Column("number", Integer, primary_key=True),
    Column("valid_from", Instant),
    Column("valid_to", Instant),
    Column("replaces", Boolean(create_constraint=False), nullable=False),
    Column("until", BigInteger),
    # Which run of enrichment read it in the turn; null where somebody stated it.
    Column("run", String(64)),
    # Without `until` SQLite would rather look through all that is said in the space than look one
    # fact up and then each of its rows. Those that replace are few, and asked for by themselves.
    Index(None, "space", "fact", "until"),
    Index(
        None,
        "space",
        "fact",
        "until",
        "replaces",
        sqlite_where=text("replaces = 1"),
        postgresql_where=text("replaces"),
    ),
    Index(
        None,
        "space",
        "run",
        sqlite_where=text("run IS NOT NULL"),
        postgresql_where=text("run IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

fact_rulings = Table(
    "fact_rulings",
    metadata,
    space_first(),
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
    Index(None, "space", "maker"),
)

fact_vectors = Table(
    "fact_vectors",
    metadata,
    space_first(),
    Column("fact", Key, primary_key=True),
    Column("fingerprint", String(160), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

merges = Table(
    "merges",
    metadata,
    space_first(),
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("into", Text, nullable=False),
    Column("id", String(64), nullable=False),
    Column("until", BigInteger),
    # How a new name was given, in a rename; null in a merge of two names that turns write.
    Column("spelled", Text),
    UniqueConstraint("space", "id", "position"),
)

unlinkings = Table(
    "unlinkings",
    metadata,
    space_first(),
    Column("turn", Key, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("id", String(64), nullable=False),
    Column("until", BigInteger),
    UniqueConstraint("space", "id", "position"),
    Index(None, "space", "position"),
)

name_vectors = Table(
    "name_vectors",
    metadata,
    space_first(),
    Column("name", Text, primary_key=True),
    Column("fingerprint", String(160), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

synonyms = Table(
    "synonyms",
    metadata,
    space_first(),
    Column("name", Text, primary_key=True),
    Column("fingerprint", String(160), primary_key=True),
    Column("other", Text, primary_key=True),
    Column("cosine", Float, nullable=False),
    Index(None, "space", "other"),
)

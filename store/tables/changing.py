"""Changes of the embedding model: which model spaces are recalled by, and which beside it."""

from sqlalchemy import Column, String, Table, Text

from store.tables.columns import Instant, Key, metadata

reembeddings = Table(
    "reembeddings",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=True),
    Column("before_name", Text, nullable=False),
    Column("before", String(160), nullable=False),
    Column("before_tokens", String(160)),
    Column("after_name", Text, nullable=False),
    Column("after", String(160), nullable=False),
    Column("after_tokens", String(160)),
    Column("began_at", Instant, nullable=False),
    Column("switched_at", Instant),
    Column("dropped", String(160)),
    Column("ended_at", Instant),
    sqlite_autoincrement=True,
)

"""What a language model did for a space: which turns each step has dealt with, and its tokens."""

from sqlalchemy import BigInteger, Column, String, Table

from store.tables.columns import Instant, Key, metadata, of_a_run, space_first

improved = Table(
    "improved",
    metadata,
    space_first(),
    Column("turn", Key, primary_key=True),
    Column("step", String(32), primary_key=True),
    Column("maker", String(200), primary_key=True),
    # Which run it was dealt with in, where that changed anything: taken back, it may be owed anew.
    Column("run", String(64)),
    of_a_run("improved"),
    sqlite_with_rowid=False,
)

spending = Table(
    "spending",
    metadata,
    space_first(),
    Column("minute", Instant, primary_key=True),
    Column("step", String(32), primary_key=True),
    Column("read", BigInteger, nullable=False),
    Column("written", BigInteger, nullable=False),
    Column("asks", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

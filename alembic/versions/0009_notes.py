"""Notes with their turns, versions and vectors, the links between them, and runs of enrichment."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BECAUSE_OF_A_NOTE = sa.text("because IS NOT NULL")


def _space(table: str) -> tuple[Any, Any]:
    return (
        sa.Column("space", KEY, nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f(f"fk_{table}_space")),
    )


def _making() -> tuple[Any, ...]:
    return (
        sa.Column("maker", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=True),
        sa.Column("because", sa.String(length=64), nullable=True),
    )


def _index(table: str, *columns: str, where: Any = None) -> None:
    name = op.f(f"ix_{table}_{'_'.join(columns)}")
    op.create_index(name, table, list(columns), sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        *_space("notes"),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notes")),
        sa.UniqueConstraint("space", "id", name=op.f("uq_notes_space_id")),
        sqlite_autoincrement=True,
    )
    _index("notes", "space", "position")
    _index("notes", "space", "event")
    op.create_table(
        "note_turns",
        *_space("note_turns"),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("note", KEY, nullable=False),
        sa.PrimaryKeyConstraint("space", "turn", "note", name=op.f("pk_note_turns")),
        sqlite_with_rowid=False,
    )
    _index("note_turns", "space", "note")
    op.create_table(
        "note_versions",
        *_space("note_versions"),
        sa.Column("note", KEY, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        *_making(),
        sa.PrimaryKeyConstraint("space", "note", "position", name=op.f("pk_note_versions")),
    )
    _index("note_versions", "space", "because", where=BECAUSE_OF_A_NOTE)
    op.create_table(
        "note_vectors",
        *_space("note_vectors"),
        sa.Column("note", KEY, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.String(length=160), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            "space", "note", "version", "fingerprint", name=op.f("pk_note_vectors")
        ),
    )
    op.create_table(
        "links",
        *_space("links"),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("start", KEY, nullable=False),
        sa.Column("end", KEY, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        *_making(),
        sa.PrimaryKeyConstraint("space", "id", "position", name=op.f("pk_links")),
    )
    for column in ("start", "end", "position"):
        _index("links", "space", column)
    _index("links", "space", "because", where=BECAUSE_OF_A_NOTE)
    op.create_table(
        "runs",
        *_space("runs"),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("maker", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("space", "id", name=op.f("pk_runs")),
    )
    _index("runs", "space", "step", "maker")


def downgrade() -> None:
    for table in ("runs", "links", "note_vectors", "note_versions", "note_turns", "notes"):
        op.drop_table(table)

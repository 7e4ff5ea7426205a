"""Quarantine: turns that were held, and how many of their texts each space has rejected."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "spaces",
        sa.Column("rejections", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.create_table(
        "quarantine",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("space", KEY, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("stream", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=200)),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("speaker", sa.String(length=200)),
        sa.Column("client_id", sa.String(length=128)),
        sa.Column("said_at", sa.BigInteger()),
        sa.Column("place", sa.String(length=200)),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("user_id", sa.String(length=200)),
        sa.Column("agent_id", sa.String(length=200)),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("ruling", sa.String(length=16), nullable=False),
        sa.Column("words", sa.LargeBinary()),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_quarantine_space")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("space", "id", name=op.f("uq_quarantine_space_id")),
        sa.UniqueConstraint(
            "space", "stream", "client_id", name=op.f("uq_quarantine_space_stream_client_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_quarantine_space_ruling"), "quarantine", ["space", "ruling"])
    op.create_index(op.f("ix_quarantine_space_words"), "quarantine", ["space", "words"])


def downgrade() -> None:
    op.drop_table("quarantine")
    op.drop_column("spaces", "rejections")

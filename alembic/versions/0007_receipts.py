"""Receipts for what was forgotten on request, and what is left of each turn that went."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "receipts",
        sa.Column("space", KEY, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("means", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_receipts_space")),
        sa.PrimaryKeyConstraint("space", "id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("space", "position", name=op.f("uq_receipts_space_position")),
    )
    op.create_table(
        "tombstones",
        sa.Column("space", KEY, nullable=False),
        sa.Column("receipt", sa.String(length=64), nullable=False),
        sa.Column("forgotten", KEY, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_tombstones_space")),
        sa.PrimaryKeyConstraint("space", "receipt", "forgotten", name=op.f("pk_tombstones")),
    )
    op.create_index(op.f("ix_tombstones_space_digest"), "tombstones", ["space", "digest"])


def downgrade() -> None:
    op.drop_table("tombstones")
    op.drop_table("receipts")

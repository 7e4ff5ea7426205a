"""Which canaries were planted where; the registry outlives the spaces."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "canaries",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("planted_in", KEY, nullable=False),
        sa.Column("space_name", sa.String(length=128), nullable=False),
        sa.Column("turn_id", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("planted_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_canaries")),
        sa.UniqueConstraint("id", name=op.f("uq_canaries_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_canaries_planted_in_turn_id"), "canaries", ["planted_in", "turn_id"])


def downgrade() -> None:
    op.drop_table("canaries")

"""What actors say of turns that they were answered with."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("space", KEY, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("judgement", sa.String(length=16), nullable=False),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_feedback_space")),
        sa.PrimaryKeyConstraint("space", "id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("space", "position", name=op.f("uq_feedback_space_position")),
    )
    op.create_index(op.f("ix_feedback_space_turn"), "feedback", ["space", "turn"])


def downgrade() -> None:
    op.drop_table("feedback")

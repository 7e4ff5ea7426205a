"""Questions that a space is asked again, with the turns that should answer them."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "pinned_questions",
        sa.Column("space", KEY, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("recipe", sa.String(length=128), nullable=True),
        sa.Column("k", sa.Integer(), nullable=False),
        sa.Column("expected", sa.JSON(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_pinned_questions_space")),
        sa.PrimaryKeyConstraint("space", "id", name=op.f("pk_pinned_questions")),
        sa.UniqueConstraint("space", "position", name=op.f("uq_pinned_questions_space_position")),
    )


def downgrade() -> None:
    op.drop_table("pinned_questions")

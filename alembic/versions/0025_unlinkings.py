"""What people say that a turn does not name."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "unlinkings",
        sa.Column("space", KEY, nullable=False),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_unlinkings_space")),
        sa.PrimaryKeyConstraint("space", "turn", "name", "position", name=op.f("pk_unlinkings")),
        sa.UniqueConstraint(
            "space", "id", "position", name=op.f("uq_unlinkings_space_id_position")
        ),
    )
    op.create_index(op.f("ix_unlinkings_space_position"), "unlinkings", ["space", "position"])


def downgrade() -> None:
    op.drop_table("unlinkings")

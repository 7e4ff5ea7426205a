"""What turns name and what they are about."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mentions",
        sa.Column("space", KEY, nullable=False),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_mentions_space")),
        sa.PrimaryKeyConstraint("space", "turn", name=op.f("pk_mentions")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.execute("DELETE FROM store_facts WHERE name = 'mentions'")
    op.drop_table("mentions")

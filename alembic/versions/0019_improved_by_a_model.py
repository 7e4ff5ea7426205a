"""What a language model did for a space, its tokens, and in which run it read a fact."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OF_A_RUN = "ix_fact_turns_space_run"


def upgrade() -> None:
    op.create_table(
        "improved",
        sa.Column("space", KEY, nullable=False),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("maker", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_improved_space")),
        sa.PrimaryKeyConstraint("space", "turn", "step", "maker", name=op.f("pk_improved")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spending",
        sa.Column("space", KEY, nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(32), nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_spending_space")),
        sa.PrimaryKeyConstraint("space", "minute", "step", name=op.f("pk_spending")),
        sqlite_with_rowid=False,
    )
    op.add_column("fact_turns", sa.Column("run", sa.String(64)))
    op.create_index(
        op.f(OF_A_RUN),
        "fact_turns",
        ["space", "run"],
        sqlite_where=sa.text("run IS NOT NULL"),
        postgresql_where=sa.text("run IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(op.f(OF_A_RUN), "fact_turns")
    op.drop_column("fact_turns", "run")
    op.drop_table("spending")
    op.drop_table("improved")

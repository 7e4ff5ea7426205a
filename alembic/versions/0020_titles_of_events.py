"""Titles of events, and which run dealt with a turn and was taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RUN_ALONE = ("note_versions", "links", "improved", "titles")


def upgrade() -> None:
    op.create_table(
        "titles",
        sa.Column("space", KEY, nullable=False),
        sa.Column("event", KEY, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("text", sa.String(80), nullable=False),
        sa.Column("maker", sa.String(200), nullable=False),
        sa.Column("run", sa.String(64)),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_titles_space")),
        sa.PrimaryKeyConstraint("space", "event", "position", name=op.f("pk_titles")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_titles_space_position"), "titles", ["space", "position"])
    op.add_column("improved", sa.Column("run", sa.String(64)))
    op.add_column("runs", sa.Column("undone", sa.BigInteger()))
    op.create_index(op.f("ix_runs_space_first"), "runs", ["space", "first"])
    op.create_index(op.f("ix_fact_rulings_space_maker"), "fact_rulings", ["space", "maker"])
    for table in RUN_ALONE:
        op.create_index(
            op.f(f"ix_{table}_space_run"),
            table,
            ["space", "run"],
            sqlite_where=sa.text("run IS NOT NULL"),
            postgresql_where=sa.text("run IS NOT NULL"),
        )


def downgrade() -> None:
    for table in reversed(RUN_ALONE):
        op.drop_index(op.f(f"ix_{table}_space_run"), table)
    op.drop_index(op.f("ix_fact_rulings_space_maker"), "fact_rulings")
    op.drop_index(op.f("ix_runs_space_first"), "runs")
    op.drop_column("runs", "undone")
    op.drop_column("improved", "run")
    op.drop_index(op.f("ix_titles_space_position"), "titles")
    op.drop_table("titles")

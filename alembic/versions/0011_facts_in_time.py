"""When facts held, by what turns say and people rule; and when that, and merges, were said."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _facts_with_predicate_names()
    op.drop_index(op.f("ix_fact_turns_space_fact"), "fact_turns")
    op.rename_table("fact_turns", "old_fact_turns")
    op.create_table(
        "fact_turns",
        *_of_a_space("fact_turns"),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("fact", KEY, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.BigInteger()),
        sa.Column("valid_to", sa.BigInteger()),
        sa.Column("replaces", sa.Boolean(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.PrimaryKeyConstraint(
            "space", "turn", "fact", "position", "number", name=op.f("pk_fact_turns")
        ),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO fact_turns (space, turn, fact, position, number, replaces) "
        "SELECT said.space, said.turn, said.fact, facts.position, 0, 0 "
        "FROM old_fact_turns AS said JOIN facts ON facts.key = said.fact"
    )
    op.drop_table("old_fact_turns")
    op.create_index(op.f("ix_fact_turns_space_fact"), "fact_turns", ["space", "fact"])
    op.create_table(
        "fact_rulings",
        *_of_a_space("fact_rulings"),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("fact", KEY, nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("by", KEY),
        sa.Column("at", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("maker", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("space", "id", "position", name=op.f("pk_fact_rulings")),
    )
    op.create_index(op.f("ix_fact_rulings_space_fact"), "fact_rulings", ["space", "fact"])
    op.create_index(op.f("ix_fact_rulings_space_by"), "fact_rulings", ["space", "by"])
    _merges("name", "position", history=True)


def downgrade() -> None:
    op.drop_table("fact_rulings")
    op.drop_index(op.f("ix_fact_turns_space_fact"), "fact_turns")
    op.rename_table("fact_turns", "old_fact_turns")
    op.create_table(
        "fact_turns",
        *_of_a_space("fact_turns"),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("fact", KEY, nullable=False),
        sa.PrimaryKeyConstraint("space", "turn", "fact", name=op.f("pk_fact_turns")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO fact_turns (space, turn, fact) "
        "SELECT DISTINCT space, turn, fact FROM old_fact_turns WHERE until IS NULL"
    )
    op.drop_table("old_fact_turns")
    op.create_index(op.f("ix_fact_turns_space_fact"), "fact_turns", ["space", "fact"])
    _merges("name", history=False)
    op.drop_index(op.f("ix_facts_space_subject_name_predicate_name"), "facts")
    op.drop_column("facts", "predicate_name")


def _facts_with_predicate_names() -> None:
    op.add_column(
        "facts", sa.Column("predicate_name", sa.Text(), nullable=False, server_default="")
    )
    rows = op.get_bind()
    named = sa.table("facts", sa.column("predicate"), sa.column("predicate_name"))
    for predicate in rows.execute(sa.select(named.c.predicate).distinct()).scalars().all():
        rows.execute(
            named.update()
            .where(named.c.predicate == predicate)
            .values(predicate_name=" ".join(predicate.casefold().split()))
        )
    op.create_index(
        op.f("ix_facts_space_subject_name_predicate_name"),
        "facts",
        ["space", "subject_name", "predicate_name"],
    )


def _merges(*key: str, history: bool) -> None:
    """Make the table of merges anew, with or without when each was taken back."""
    op.rename_table("merges", "old_merges")
    until = (sa.Column("until", sa.BigInteger()),) if history else ()
    unique = ("space", "id", "position") if history else ("space", "id")
    op.create_table(
        "merges",
        *_of_a_space("merges"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("into", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        *until,
        sa.PrimaryKeyConstraint("space", *key, name=op.f("pk_merges")),
        sa.UniqueConstraint(*unique, name=op.f(f"uq_merges_{'_'.join(unique)}")),
    )
    copied = (
        'INSERT INTO merges (space, name, position, "into", id) '
        'SELECT space, name, position, "into", id FROM old_merges'
    )
    op.execute(copied if history else copied + " WHERE until IS NULL")
    op.drop_table("old_merges")


def _of_a_space(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    """Return what every table of a space begins with."""
    return (
        sa.Column("space", KEY, nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f(f"fk_{table}_space")),
    )

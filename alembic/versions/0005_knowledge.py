"""Facts, merges, and vectors of names; what turns name in a row a name, so that rows can tell."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("synonyms", "name_vectors", "merges", "fact_vectors", "fact_turns", "facts")


def upgrade() -> None:
    # Made anew by rule when the service next starts; what it was made with is forgotten.
    op.execute("DELETE FROM store_facts WHERE name = 'mentions'")
    op.drop_table("mentions")
    op.create_table(
        "mentions",
        *_of_a_space("mentions"),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("about", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("space", "turn", "about", "name", name=op.f("pk_mentions")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_mentions_space_name"), "mentions", ["space", "name"])
    _facts()
    op.create_table(
        "merges",
        *_of_a_space("merges"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("into", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("space", "name", name=op.f("pk_merges")),
        sa.UniqueConstraint("space", "id", name=op.f("uq_merges_space_id")),
    )
    op.create_table(
        "name_vectors",
        *_of_a_space("name_vectors"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=160), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("space", "name", "fingerprint", name=op.f("pk_name_vectors")),
    )
    op.create_table(
        "synonyms",
        *_of_a_space("synonyms"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=160), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("cosine", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("space", "name", "fingerprint", "other", name=op.f("pk_synonyms")),
    )
    op.create_index(op.f("ix_synonyms_space_other"), "synonyms", ["space", "other"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.execute("DELETE FROM store_facts WHERE name = 'mentions'")
    op.drop_table("mentions")
    op.create_table(
        "mentions",
        *_of_a_space("mentions"),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("space", "turn", name=op.f("pk_mentions")),
        sqlite_with_rowid=False,
    )


def _facts() -> None:
    op.create_table(
        "facts",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        *_of_a_space("facts"),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("predicate", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("subject_name", sa.Text(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_facts")),
        sa.UniqueConstraint("space", "id", name=op.f("uq_facts_space_id")),
        sqlite_autoincrement=True,
    )
    for columns in (("subject_name", "object_name"), ("object_name",), ("version",)):
        op.create_index(
            op.f(f"ix_facts_{'_'.join(('space', *columns))}"), "facts", ["space", *columns]
        )
    op.create_table(
        "fact_turns",
        *_of_a_space("fact_turns"),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("fact", KEY, nullable=False),
        sa.PrimaryKeyConstraint("space", "turn", "fact", name=op.f("pk_fact_turns")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_fact_turns_space_fact"), "fact_turns", ["space", "fact"])
    op.create_table(
        "fact_vectors",
        *_of_a_space("fact_vectors"),
        sa.Column("fact", KEY, nullable=False),
        sa.Column("fingerprint", sa.String(length=160), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("space", "fact", "fingerprint", name=op.f("pk_fact_vectors")),
    )


def _of_a_space(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    """Return what every table of a space begins with."""
    return (
        sa.Column("space", KEY, nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f(f"fk_{table}_space")),
    )

"""Documents with their parts, turns that expire, settings of a space, and terms as plain rows."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0002"
down_revision = "0001"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column(
        "spaces", sa.Column("settings", sa.JSON(), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column(
        "spaces", sa.Column("version", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column("turns", sa.Column("expires_at", Instant(), nullable=True))
    op.create_index(
        op.f("ix_turns_expires_at"),
        "turns",
        ["expires_at"],
        sqlite_where=sa.text("expires_at IS NOT NULL"),
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_table(
        "documents",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("space", KEY, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("at", Instant(), nullable=True),
        sa.Column("user_id", sa.String(length=200), nullable=True),
        sa.Column("agent_id", sa.String(length=200), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_documents_space")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_documents")),
        sa.UniqueConstraint("space", "name", name=op.f("uq_documents_space_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "document_parts",
        sa.Column("space", KEY, nullable=False),
        sa.Column("document", KEY, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.Column("stream", KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_document_parts_space")),
        sa.PrimaryKeyConstraint("space", "document", "ordinal", name=op.f("pk_document_parts")),
        sa.UniqueConstraint("space", "stream", name=op.f("uq_document_parts_space_stream")),
    )
    op.create_table(
        "terms",
        sa.Column("space", KEY, nullable=False),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_terms_space")),
        sa.PrimaryKeyConstraint("space", "turn", name=op.f("pk_terms")),
        sqlite_with_rowid=False,
    )
    op.execute("DROP TABLE lexicon_terms")
    op.execute("DROP TABLE lexicon")
    # Which rules the terms were made under: without it the next start makes them from the texts.
    op.execute("DELETE FROM store_facts WHERE name IN ('lexicon', 'lexicon.unsettled')")


def downgrade() -> None:
    op.execute(
        """CREATE VIRTUAL TABLE lexicon USING fts5(
        terms,
        columnsize = 0,
        tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'"
    )"""
    )
    op.execute("CREATE VIRTUAL TABLE lexicon_terms USING fts5vocab('lexicon', 'instance')")
    op.execute("DELETE FROM store_facts WHERE name = 'lexicon'")
    op.drop_table("terms")
    op.drop_table("document_parts")
    op.drop_table("documents")
    op.drop_index(op.f("ix_turns_expires_at"), "turns")
    op.drop_column("turns", "expires_at")
    op.drop_column("spaces", "version")
    op.drop_column("spaces", "settings")

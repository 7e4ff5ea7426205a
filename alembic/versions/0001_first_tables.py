"""The first tables: spaces, streams, turns, vectors, lexicon, ledger, outbox, answers, keys."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "keys",
        sa.Column(
            "key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("spaces", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_keys")),
        sa.UniqueConstraint("id", name=op.f("uq_keys_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_keys_secret_hash")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "spaces",
        sa.Column(
            "key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("jobs_done", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_spaces")),
        sa.UniqueConstraint("name", name=op.f("uq_spaces_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "store_facts",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_store_facts")),
    )
    op.create_table(
        "answers",
        sa.Column("space", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_answers_space")),
        sa.PrimaryKeyConstraint("space", "actor", "idempotency_key", name=op.f("pk_answers")),
    )
    op.create_table(
        "embeddings",
        sa.Column("space", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("turn", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fingerprint", sa.String(length=160), nullable=False),
        sa.Column("piece", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_embeddings_space")),
        sa.PrimaryKeyConstraint(
            "space", "turn", "fingerprint", "piece", name=op.f("pk_embeddings")
        ),
    )
    op.create_table(
        "ledger",
        sa.Column("space", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_ledger_space")),
        sa.PrimaryKeyConstraint("space", "position", name=op.f("pk_ledger")),
    )
    op.create_table(
        "outbox",
        sa.Column(
            "key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("space", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("turn", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parked_at", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_outbox_space")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outbox")),
        sa.UniqueConstraint("space", "step", "turn", name=op.f("uq_outbox_space_step_turn")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_outbox_step_parked_at_due_at"),
        "outbox",
        ["step", "parked_at", "due_at"],
        unique=False,
    )
    op.create_table(
        "streams",
        sa.Column(
            "key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("space", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.Column("next_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_streams_space")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_streams")),
        sa.UniqueConstraint("space", "name", name=op.f("uq_streams_space_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "turn_versions",
        sa.Column("space", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("turn", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_turn_versions_space")),
        sa.PrimaryKeyConstraint("turn", "position", name=op.f("pk_turn_versions")),
    )
    op.create_index(
        op.f("ix_turn_versions_space_turn"), "turn_versions", ["space", "turn"], unique=False
    )
    op.create_table(
        "turns",
        sa.Column(
            "key",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("space", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stream", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=128), nullable=True),
        sa.Column("role", sa.String(length=200), nullable=False),
        sa.Column("speaker", sa.String(length=200), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("user_id", sa.String(length=200), nullable=True),
        sa.Column("agent_id", sa.String(length=200), nullable=True),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("embedded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_turns_space")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_turns")),
        sa.UniqueConstraint("space", "id", name=op.f("uq_turns_space_id")),
        sa.UniqueConstraint("space", "position", name=op.f("uq_turns_space_position")),
        sa.UniqueConstraint("space", "stream", "seq", name=op.f("uq_turns_space_stream_seq")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_turns_space_stream_client_id"),
        "turns",
        ["space", "stream", "client_id"],
        unique=True,
    )
    op.execute(
        """CREATE VIRTUAL TABLE lexicon USING fts5(
        terms,
        columnsize = 0,
        tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'"
    )"""
    )
    op.execute("CREATE VIRTUAL TABLE lexicon_terms USING fts5vocab('lexicon', 'instance')")


def downgrade() -> None:
    op.execute("DROP TABLE lexicon_terms")
    op.execute("DROP TABLE lexicon")
    for table in (
        "turns",
        "turn_versions",
        "streams",
        "outbox",
        "ledger",
        "embeddings",
        "answers",
        "store_facts",
        "spaces",
        "keys",
    ):
        op.drop_table(table)

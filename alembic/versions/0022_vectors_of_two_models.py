"""Vectors of tokens of two models beside each other, and changes of the embedding model."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PRIMARY = "pk_token_vectors"


def upgrade() -> None:
    op.create_table(
        "reembeddings",
        sa.Column("key", KEY, nullable=False, autoincrement=True),
        sa.Column("before_name", sa.Text(), nullable=False),
        sa.Column("before", sa.String(160), nullable=False),
        sa.Column("before_tokens", sa.String(160)),
        sa.Column("after_name", sa.Text(), nullable=False),
        sa.Column("after", sa.String(160), nullable=False),
        sa.Column("after_tokens", sa.String(160)),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("switched_at", sa.BigInteger()),
        sa.Column("dropped", sa.String(160)),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reembeddings")),
        sqlite_autoincrement=True,
    )
    _keyed_by(["space", "turn", "fingerprint"])


def downgrade() -> None:
    op.execute(
        "DELETE FROM token_vectors WHERE fingerprint <> "
        "(SELECT value FROM store_facts WHERE name = 'tokens')"
    )
    _keyed_by(["space", "turn"])
    op.drop_table("reembeddings")


def _keyed_by(columns: list[str]) -> None:
    """Give the table another key; SQLite can do that to a new table only."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(PRIMARY, "token_vectors", type_="primary")
        op.create_primary_key(PRIMARY, "token_vectors", columns)
        return
    op.rename_table("token_vectors", "old_token_vectors")
    op.create_table(
        "token_vectors",
        sa.Column("space", KEY, nullable=False),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("fingerprint", sa.String(160), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_token_vectors_space")),
        sa.PrimaryKeyConstraint(*columns, name=op.f(PRIMARY)),
    )
    op.execute(
        "INSERT INTO token_vectors SELECT space, turn, fingerprint, vectors FROM old_token_vectors"
    )
    op.drop_table("old_token_vectors")

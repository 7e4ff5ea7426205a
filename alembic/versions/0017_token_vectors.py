"""What the model says of each token of a turn, for those that make it; owed by the next start."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "token_vectors",
        sa.Column("space", KEY, nullable=False),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("fingerprint", sa.String(length=160), nullable=False),
        sa.Column("vectors", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_token_vectors_space")),
        sa.PrimaryKeyConstraint("space", "turn", name=op.f("pk_token_vectors")),
    )


def downgrade() -> None:
    op.drop_table("token_vectors")

"""What a read as of an earlier position needs: when streams and documents came, settings before."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "space_versions",
        sa.Column("space", KEY, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_space_versions_space")),
        sa.PrimaryKeyConstraint("space", "position", name=op.f("pk_space_versions")),
    )
    for table in ("streams", "documents"):
        since = sa.Column("position", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
        op.add_column(table, since)
    # What was there before this migration came with its first turn that is left. Of settings that
    # were changed before it, nothing is known: they count as having always been as they are.
    op.execute(
        "UPDATE streams SET position = coalesce((SELECT min(turns.position) FROM turns "
        "WHERE turns.space = streams.space AND turns.stream = streams.key), 0)"
    )
    op.execute(
        "UPDATE documents SET position = coalesce((SELECT min(streams.position) FROM streams "
        "JOIN document_parts ON document_parts.stream = streams.key "
        "WHERE document_parts.space = documents.space "
        "AND document_parts.document = documents.key), 0)"
    )
    op.execute(
        "INSERT INTO space_versions (space, position, settings) "
        "SELECT key, 0, settings FROM spaces WHERE version > 0"
    )


def downgrade() -> None:
    op.drop_column("documents", "position")
    op.drop_column("streams", "position")
    op.drop_table("space_versions")

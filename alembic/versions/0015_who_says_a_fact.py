"""Indexes by which who says a fact still is found, and who says it in the place of others."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

BEFORE = "ix_fact_turns_space_fact"
STANDING = "ix_fact_turns_space_fact_until"
REPLACING = "ix_fact_turns_space_fact_until_replaces"


def upgrade() -> None:
    op.drop_index(op.f(BEFORE), "fact_turns")
    op.create_index(op.f(STANDING), "fact_turns", ["space", "fact", "until"])
    op.create_index(
        op.f(REPLACING),
        "fact_turns",
        ["space", "fact", "until", "replaces"],
        sqlite_where=sa.text("replaces = 1"),
        postgresql_where=sa.text("replaces"),
    )


def downgrade() -> None:
    op.drop_index(op.f(REPLACING), "fact_turns")
    op.drop_index(op.f(STANDING), "fact_turns")
    op.create_index(op.f(BEFORE), "fact_turns", ["space", "fact"])

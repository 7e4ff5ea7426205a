"""Facts are found by their predicates, and pinned questions keep their filters."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_index(
        op.f("ix_facts_space_predicate_name_position"),
        "facts",
        ["space", "predicate_name", "position"],
    )
    op.add_column("pinned_questions", sa.Column("filters", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("pinned_questions", "filters")
    op.drop_index(op.f("ix_facts_space_predicate_name_position"), "facts")

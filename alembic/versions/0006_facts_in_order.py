"""An index by which the facts of a space are read in the order of writing, page by page."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index(op.f("ix_facts_space_position"), "facts", ["space", "position"])


def downgrade() -> None:
    op.drop_index(op.f("ix_facts_space_position"), "facts")

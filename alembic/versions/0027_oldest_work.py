"""The oldest work that a space waits for has an index: every write tells how long it has waited."""

from alembic import op

revision = "0027"
down_revision = "0026"

OLDEST = "ix_outbox_space_parked_at_created_at_step"


def upgrade() -> None:
    op.create_index(op.f(OLDEST), "outbox", ["space", "parked_at", "created_at", "step"])


def downgrade() -> None:
    op.drop_index(op.f(OLDEST), "outbox")

"""Which turn something that is held repeats, and which process has leased a job."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("echo_of", sa.String(length=64), nullable=True))
    op.add_column("outbox", sa.Column("holder", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("outbox", "holder")
    op.drop_column("quarantine", "echo_of")

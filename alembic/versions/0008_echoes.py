"""Which turn's words a turn repeats, where an agent wrote back what it had recalled."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("turns", sa.Column("echo_of", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("turns", "echo_of")

"""What a note that is held is to be when it is released."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("note", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("quarantine", "note")

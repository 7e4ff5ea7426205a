"""How a name was given to an entity that turns call otherwise."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("merges", sa.Column("spelled", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("merges", "spelled")

"""How each turn speaks: how much of it asks, and whether it states a preference or a rule."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column(
        "turns", sa.Column("manner", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("turns", "manner")

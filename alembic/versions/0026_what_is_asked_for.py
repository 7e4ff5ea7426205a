"""What is asked for has an index: predicates of facts, actors and kinds of the ledger's entries.

And pinned questions keep their filters.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

LEDGER = ("actor", "change")


def upgrade() -> None:
    op.create_index(
        op.f("ix_facts_space_predicate_name_position"),
        "facts",
        ["space", "predicate_name", "position"],
    )
    for column in LEDGER:
        op.create_index(
            op.f(f"ix_ledger_space_{column}_position"), "ledger", ["space", column, "position"]
        )
    op.add_column("pinned_questions", sa.Column("filters", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("pinned_questions", "filters")
    for column in LEDGER:
        op.drop_index(op.f(f"ix_ledger_space_{column}_position"), "ledger")
    op.drop_index(op.f("ix_facts_space_predicate_name_position"), "facts")

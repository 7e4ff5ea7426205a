"""Facts are found by their predicates."""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_index(
        op.f("ix_facts_space_predicate_name_position"),
        "facts",
        ["space", "predicate_name", "position"],
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_facts_space_predicate_name_position"), "facts")

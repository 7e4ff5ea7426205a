"""Events of streams, and what a causal language model makes of turns."""

import sqlalchemy as sa
from alembic import op

from store.tables import Instant

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("space", KEY, nullable=False),
        sa.Column("stream", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("start_seq", sa.BigInteger(), nullable=False),
        sa.Column("start_piece", sa.Integer(), nullable=False),
        sa.Column("end_seq", sa.BigInteger(), nullable=False),
        sa.Column("end_piece", sa.Integer(), nullable=False),
        sa.Column("boundary", sa.String(length=16), nullable=False),
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("units", sa.LargeBinary(), nullable=False),
        sa.Column("curve", sa.LargeBinary(), nullable=False),
        sa.Column("thresholds", sa.LargeBinary(), nullable=False),
        sa.Column("representatives", sa.LargeBinary(), nullable=False),
        sa.Column("centroid", sa.LargeBinary(), nullable=True),
        sa.Column("first_at", Instant(), nullable=True),
        sa.Column("last_at", Instant(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_events_space")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_events")),
        sa.UniqueConstraint("space", "id", name=op.f("uq_events_space_id")),
        sa.UniqueConstraint(
            "space", "stream", "number", name=op.f("uq_events_space_stream_number")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_events_space_position"), "events", ["space", "position"])
    op.create_table(
        "open_tails",
        sa.Column("space", KEY, nullable=False),
        sa.Column("stream", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("start_seq", sa.BigInteger(), nullable=False),
        sa.Column("start_piece", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("measure", sa.String(length=200), nullable=False),
        sa.Column("trailing", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_open_tails_space")),
        sa.PrimaryKeyConstraint("space", "stream", name=op.f("pk_open_tails")),
    )
    op.create_table(
        "surprisals",
        sa.Column("space", KEY, nullable=False),
        sa.Column("turn", KEY, nullable=False),
        sa.Column("model", sa.String(length=160), nullable=False),
        sa.Column("piece", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Float(), nullable=False),
        sa.Column("most", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["space"], ["spaces.key"], name=op.f("fk_surprisals_space")),
        sa.PrimaryKeyConstraint("space", "turn", "model", "piece", name=op.f("pk_surprisals")),
    )


def downgrade() -> None:
    op.drop_table("surprisals")
    op.drop_table("open_tails")
    op.drop_index(op.f("ix_events_space_position"), "events")
    op.drop_table("events")

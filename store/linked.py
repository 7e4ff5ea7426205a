"""Which mentions count: those of which nobody says that the turn does not name that.

Rows of `mentions` are what rules find in texts and titles, and stay as they are; whoever asks what
turns name leaves out the pairs that `unlinkings` has. A name whose every mention is left out is
named by nobody, and nothing more is kept of it than its mentions and who unlinked them.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, FromClause, Select, delete, exists

from memsvc.domain.ids import SpaceKey
from store.history import stands
from store.tables import mentions, unlinkings

_SAME = (
    (unlinkings.c.space == mentions.c.space)
    & (unlinkings.c.turn == mentions.c.turn)
    & (unlinkings.c.name == mentions.c.name)
)

WITH_UNLINKINGS: FromClause = mentions.outerjoin(unlinkings, _SAME & stands(unlinkings))
"""Every mention once, beside the unlinking that stands against it, if there is one."""

COUNTS: ColumnElement[bool] = unlinkings.c.turn.is_(None)
"""Say of a row of `WITH_UNLINKINGS` that the turn names that."""


def is_linked() -> ColumnElement[bool]:
    """Say of a row of `mentions` that the turn names that."""
    return ~exists().where(_SAME, stands(unlinkings)).correlate(mentions)


def drop_pointless(
    connection: Connection, space: SpaceKey, among: Select[tuple[int]] | Collection[int]
) -> None:
    """Drop what is said of names in these turns that are found in them no more.

    Also what was taken back: a name that is in no text any more is in no row either.
    """
    found = exists().where(_SAME).correlate(unlinkings)
    connection.execute(
        delete(unlinkings).where(unlinkings.c.space == space, unlinkings.c.turn.in_(among), ~found)
    )

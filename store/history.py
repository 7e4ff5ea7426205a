"""What has history: how rows say when they stood, so that a space can be read as it was.

A thing ends in one of three ways. What is *replaced* leaves its earlier version in a row of its
own. What is *retired*, by taking it back or by a rollback, keeps its row and gets an `until`, the
ledger position at which it ended; nobody sees it any more but a read as of an earlier position.
What is *forgotten*, by a deletion, a request or its expiry, is purged with all its versions, and no
read and no rollback brings it back.
"""

from sqlalchemy import ColumnElement, FromClause, or_

from memsvc.domain.ids import Position


def stands(rows: FromClause, *, at: Position | None = None) -> ColumnElement[bool]:
    """Say that rows with `position` and `until` stand: now, or at a ledger position."""
    if at is None:
        return rows.c.until.is_(None)
    return (rows.c.position <= at) & or_(rows.c.until.is_(None), rows.c.until > at)

"""What turns have in a run of their stream: an event, or the stretch between two edges.

A run may begin or end within a long turn. Its text is then cut by the database, so that nobody
reads the whole of it once for each event that it is in.
"""

from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
)

from memsvc.domain.episode import Edge, TurnInside
from memsvc.domain.ids import TurnId
from memsvc.domain.memory import Fingerprint
from store.rows import AnyRow
from store.tables import embeddings, events, turns


class Run(NamedTuple):
    """The two edges of a run, as columns or as values."""

    start_seq: ColumnElement[int]
    start_piece: ColumnElement[int]
    end_seq: ColumnElement[int]
    end_piece: ColumnElement[int]


EVENT = Run(events.c.start_seq, events.c.start_piece, events.c.end_seq, events.c.end_piece)


def run_between(start: Edge, end: Edge) -> Run:
    """Return the run between two edges that are known."""
    return Run(*(literal(number, BigInteger) for number in (*start, *end)))


def reaches_into(run: Run) -> ColumnElement[bool]:
    """Say that a turn of the run's stream, or a piece of it, is in the run."""
    begins_before_its_end = or_(
        run.end_seq > turns.c.seq, and_(run.end_seq == turns.c.seq, run.end_piece > 0)
    )
    return and_(run.start_seq <= turns.c.seq, begins_before_its_end)


def select_inside(
    held: FromClause, run: Run, fingerprint: Fingerprint, *, texts: bool
) -> Select[Any]:
    """Select which characters each turn has in the run.

    `held` are the turns, joined with whatever the run's columns are from. How a turn is cut is
    read off its vectors of this fingerprint; one without any counts as a whole.
    """
    begins_within = and_(run.start_seq == turns.c.seq, run.start_piece > 0)
    ends_within = run.end_seq == turns.c.seq
    pieces = and_(
        embeddings.c.space == turns.c.space,
        embeddings.c.turn == turns.c.key,
        embeddings.c.fingerprint == fingerprint.text,
        or_(run.start_seq < turns.c.seq, embeddings.c.piece >= run.start_piece),
        or_(run.end_seq > turns.c.seq, embeddings.c.piece < run.end_piece),
    )
    length = func.length(turns.c.content)
    first, last = (
        select(edge).where(pieces).correlate_except(embeddings).scalar_subquery()
        for edge in (func.min(embeddings.c.start), func.max(embeddings.c.end))
    )
    begin = case((begins_within, func.coalesce(first, 0)), else_=0)
    end = case((ends_within, func.coalesce(last, length)), else_=length)
    text = func.substr(turns.c.content, begin + 1, end - begin) if texts else null()
    return select(
        turns.c.id,
        turns.c.seq,
        turns.c.role,
        turns.c.speaker,
        turns.c.at,
        begin.label("begin"),
        end.label("end"),
        text.label("text"),
    ).select_from(held)


def inside_from(row: AnyRow) -> TurnInside:
    """Read a row of `select_inside`."""
    return TurnInside(
        TurnId(row.id), row.seq, row.role, row.speaker, row.at, row.begin, row.end, row.text
    )

"""Between the shapes of events and what the use cases speak, as `shapes` does for the rest."""

from collections.abc import Sequence

from memsvc.domain import episode as domain
from memsvc.sdk.events import (
    CurvePoint,
    Edge,
    EventInfo,
    EventTurn,
    EventUnit,
    OpenTail,
    SurpriseCurve,
)


def event_shape(recounted: domain.Recounted) -> EventInfo:
    """Return a closed event with what its turns have in it."""
    event, title = recounted.event, recounted.event.title
    return EventInfo(
        id=event.id,
        stream=event.stream,
        number=event.number,
        start=_edge(event.start),
        end=_edge(event.end),
        title=None if title is None else title.text,
        title_run=None if title is None else title.run,
        boundary=event.boundary,
        units=_units(event.units, recounted.turns),
        curve=list(event.curve),
        thresholds=list(event.thresholds),
        representatives=list(event.representatives),
        first_at=event.first_at,
        last_at=event.last_at,
        turns=[_turn(turn) for turn in recounted.turns],
        position=event.position,
        version=event.version,
    )


def tail_shape(tail: domain.Provisional) -> OpenTail:
    """Return what follows the last closed event of a stream."""
    return OpenTail(
        stream=tail.stream,
        number=tail.number,
        start=_edge(tail.start),
        units=_units(tail.units, tail.turns),
        curve=list(tail.curve),
        thresholds=list(tail.thresholds),
        turns=[_turn(turn) for turn in tail.turns],
        waiting=tail.waiting,
    )


def curve_shape(found: domain.StreamCurve) -> SurpriseCurve:
    """Return how much the units of a stream surprised."""
    return SurpriseCurve(
        stream=found.stream,
        units=found.units,
        points=[
            CurvePoint(
                turn=point.turn,
                seq=point.unit.seq,
                piece=point.unit.piece,
                surprise=point.surprise,
                threshold=point.threshold,
                began=point.began,
            )
            for point in found.points
        ],
    )


def _edge(edge: domain.Edge) -> Edge:
    return Edge(seq=edge.seq, piece=edge.piece)


def _units(units: Sequence[domain.Edge], turns: Sequence[domain.TurnInside]) -> list[EventUnit]:
    ids = {turn.seq: turn.id for turn in turns}
    return [EventUnit(turn=ids[unit.seq], seq=unit.seq, piece=unit.piece) for unit in units]


def _turn(turn: domain.TurnInside) -> EventTurn:
    return EventTurn(
        id=turn.id,
        seq=turn.seq,
        role=turn.role,
        speaker=turn.speaker,
        at=turn.at,
        start=turn.start,
        end=turn.end,
        text=turn.text,
    )

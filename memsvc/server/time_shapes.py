"""Wire shapes of answers about when and where: order, places, whereabouts, timeline."""

from memsvc.domain.order import Location, Ordered
from memsvc.sdk import wire


def ordered_shape(ordered: Ordered) -> wire.Ordered:
    """Return which of two passages came first."""
    return wire.Ordered(
        first=ordered.first,
        a=_located_shape(ordered.a),
        b=_located_shape(ordered.b),
        decided_by=ordered.decided_by,
        reason=ordered.reason,
    )


def _located_shape(location: Location | None) -> wire.Located | None:
    if location is None:
        return None
    turn = location.turn
    return wire.Located(
        id=turn.id,
        stream=turn.stream,
        seq=turn.seq,
        at=turn.at,
        turns=[one.id for one in location.turns],
        start=location.start,
        end=location.end,
        match=location.match,
        score=location.score,
        occurrences=location.occurrences,
    )

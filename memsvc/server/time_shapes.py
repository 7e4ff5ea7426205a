"""Wire shapes of answers about when and where: order, places, whereabouts, timeline."""

from memsvc.domain.order import Location, Ordered
from memsvc.domain.whereabouts import Happening, PlaceSummary, Sighting, Whereabouts
from memsvc.sdk import wire
from memsvc.server.shapes import turn_shape


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


def place_shape(place: PlaceSummary) -> wire.PlaceInfo:
    """Return a place with what happened there."""
    return wire.PlaceInfo(name=place.name, turns=place.turns, last_at=place.last_at)


def whereabouts_shape(of: str, found: Whereabouts) -> wire.Whereabouts:
    """Return where something was last, and before that."""
    return wire.Whereabouts(
        of=of,
        last=None if found.last is None else _sighting_shape(found.last),
        earlier=[_sighting_shape(sighting) for sighting in found.earlier],
    )


def _sighting_shape(sighting: Sighting) -> wire.Sighting:
    turn = sighting.turn
    return wire.Sighting(
        place=sighting.place,
        at=turn.at,
        id=turn.id,
        stream=turn.stream,
        seq=turn.seq,
        speaker=turn.speaker,
        text=turn.content,
        naming=sighting.naming,
    )


def happening_shape(happening: Happening) -> wire.TimelineItem:
    """Return something that happened."""
    turn = happening.turn
    return wire.TimelineItem(
        kind="turn",
        at=happening.at,
        stream=turn.stream,
        place=turn.place,
        turn=turn_shape(turn),
    )

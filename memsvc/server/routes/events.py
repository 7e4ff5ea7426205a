"""Events: the runs that streams are cut into where something new began, and their open tails."""

from fastapi import APIRouter

from memsvc.domain.ids import EventId, SpaceName, StreamName
from memsvc.domain.memory import Stretch
from memsvc.sdk.events import EventInfo, OpenTail, SurpriseCurve
from memsvc.sdk.wire import Page
from memsvc.server.deps import Asking, problems
from memsvc.server.event_shapes import curve_shape, event_shape, tail_shape
from memsvc.server.queries import (
    CurveAsked,
    EventPath,
    EventsAsked,
    PastAsked,
    SpacePath,
    StreamPath,
)
from memsvc.server.shapes import page_shape

router = APIRouter(prefix="/v1/spaces/{space}", tags=["events"])


@router.get("/events", responses=problems(404), summary="List events")
def list_events(asking: Asking, space: SpacePath, query: EventsAsked) -> Page[EventInfo]:
    """In the order in which they closed, of one stream or of all."""
    found = asking.at(space, query.as_of).recount.events(
        asking.access,
        SpaceName(space),
        stream=None if query.stream is None else StreamName(query.stream),
        since=query.since,
        until=query.until,
        stretch=Stretch(query.from_seq, query.to_seq),
        after=query.cursor,
        limit=query.limit,
        texts=query.texts,
    )
    return page_shape(found, event_shape)


@router.get("/events/{event}", responses=problems(404), summary="Read an event")
def read_event(asking: Asking, space: SpacePath, event: EventPath, query: PastAsked) -> EventInfo:
    """With the texts of its turns; of a long turn, the part that is in it."""
    return event_shape(
        asking.at(space, query.as_of).recount.event(asking.access, SpaceName(space), EventId(event))
    )


@router.get(
    "/streams/{stream}/tail", responses=problems(404), summary="Read the open end of a stream"
)
def read_tail(asking: Asking, space: SpacePath, stream: StreamPath, query: PastAsked) -> OpenTail:
    """Tell what follows its last closed event, with the surprise that is known so far."""
    return tail_shape(
        asking.at(space, query.as_of).recount.tail(
            asking.access, SpaceName(space), StreamName(stream)
        )
    )


@router.get(
    "/streams/{stream}/curve",
    responses=problems(404),
    summary="Read how much a stream surprised",
)
def read_curve(
    asking: Asking, space: SpacePath, stream: StreamPath, query: CurveAsked
) -> SurpriseCurve:
    """Of all its units in order, closed and open, what `events` tell of each event."""
    return curve_shape(
        asking.at(space, query.as_of).recount.curve(
            asking.access, SpaceName(space), StreamName(stream), most=query.points
        )
    )

"""Requests about events, as `memsvc.sdk.calls` has them about everything else."""

from datetime import datetime

from memsvc.sdk.calls import PAGE, Call, given, space_path
from memsvc.sdk.events import EventInfo, OpenTail, SurpriseCurve
from memsvc.sdk.wire import Page


def list_events(
    space: str,
    *,
    limit: int = PAGE,
    cursor: str | None = None,
    stream: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    from_seq: int = 0,
    to_seq: int | None = None,
    texts: bool = False,
) -> Call[Page[EventInfo]]:
    """List events in the order in which they closed."""
    about = {"space": space} if stream is None else {"space": space, "stream": stream}
    return Call(
        "GET",
        space_path(space, "events"),
        Page[EventInfo],
        params=given(
            limit=limit,
            cursor=cursor,
            stream=stream,
            since=None if since is None else since.isoformat(),
            until=None if until is None else until.isoformat(),
            from_seq=from_seq or None,
            to_seq=to_seq,
            texts="true" if texts else None,
        ),
        about=about,
    )


def read_event(space: str, event: str) -> Call[EventInfo]:
    """Read an event with the texts of its turns."""
    about = {"space": space, "event": event}
    return Call("GET", space_path(space, "events", event), EventInfo, about=about)


def read_tail(space: str, stream: str) -> Call[OpenTail]:
    """Read what follows the last closed event of a stream."""
    about = {"space": space, "stream": stream}
    return Call("GET", space_path(space, "streams", stream, "tail"), OpenTail, about=about)


def read_curve(space: str, stream: str, *, points: int) -> Call[SurpriseCurve]:
    """Read how much the units of a stream surprised."""
    return Call(
        "GET",
        space_path(space, "streams", stream, "curve"),
        SurpriseCurve,
        params=given(points=points),
        about={"space": space, "stream": stream},
    )

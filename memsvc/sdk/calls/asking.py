"""Questions: what is remembered, which came first, what happened and where."""

from datetime import datetime

from memsvc.sdk.calls.call import PAGE, Call, given, json_body, space_path
from memsvc.sdk.novelty import AskNovelty, NoveltyFound
from memsvc.sdk.wire import (
    Ask,
    AskOrder,
    AskTogether,
    AskWhereabouts,
    Ordered,
    Page,
    PlaceInfo,
    Recalled,
    RecalledTogether,
    Recipe,
    TimelineItem,
    Whereabouts,
)


def recall(space: str, ask: Ask) -> Call[Recalled]:
    """Ask a space a question."""
    about = {"space": space}
    return Call("POST", space_path(space, "recall"), Recalled, body=json_body(ask), about=about)


def recall_together(ask: AskTogether) -> Call[RecalledTogether]:
    """Ask several spaces a question."""
    return Call("POST", "/v1/recall", RecalledTogether, body=json_body(ask))


def order(space: str, ask: AskOrder) -> Call[Ordered]:
    """Ask which of two passages came first."""
    about = {"space": space}
    return Call("POST", space_path(space, "order"), Ordered, body=json_body(ask), about=about)


def novelty(space: str, ask: AskNovelty) -> Call[NoveltyFound]:
    """Ask how new a text is."""
    about = {"space": space}
    return Call(
        "POST", space_path(space, "novelty"), NoveltyFound, body=json_body(ask), about=about
    )


def list_timeline(
    space: str,
    *,
    limit: int = PAGE,
    cursor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    stream: str | None = None,
    document: str | None = None,
    speaker: str | None = None,
    place: str | None = None,
) -> Call[Page[TimelineItem]]:
    """List what happened between two times, in order."""
    return Call(
        "GET",
        space_path(space, "timeline"),
        Page[TimelineItem],
        params=given(
            limit=limit,
            cursor=cursor,
            since=None if since is None else since.isoformat(),
            until=None if until is None else until.isoformat(),
            stream=stream,
            document=document,
            speaker=speaker,
            place=place,
        ),
        about={"space": space},
    )


def list_places(
    space: str, *, limit: int = PAGE, cursor: str | None = None
) -> Call[Page[PlaceInfo]]:
    """List the places of a space's turns."""
    return Call(
        "GET",
        space_path(space, "places"),
        Page[PlaceInfo],
        params=given(limit=limit, cursor=cursor),
        about={"space": space},
    )


def whereabouts(space: str, ask: AskWhereabouts) -> Call[Whereabouts]:
    """Ask where something was last."""
    about = {"space": space}
    path = space_path(space, "whereabouts")
    return Call("POST", path, Whereabouts, body=json_body(ask), about=about)


def list_recipes() -> Call[Page[Recipe]]:
    """List the recipes that a recall may name."""
    return Call("GET", "/v1/recipes", Page[Recipe])

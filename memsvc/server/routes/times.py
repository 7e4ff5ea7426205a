"""When and where: which passage came first, what happened between two times, who was where."""

from fastapi import APIRouter

from memsvc.domain.ids import SpaceName
from memsvc.sdk.wire import (
    AskOrder,
    AskWhereabouts,
    Ordered,
    Page,
    PlaceInfo,
    TimelineItem,
    Whereabouts,
)
from memsvc.server.deps import Asking, problems
from memsvc.server.queries import PastPageAsked, SpacePath, TurnsAsked
from memsvc.server.shapes import filter_from, page_shape, where_from
from memsvc.server.time_shapes import (
    happening_shape,
    ordered_shape,
    place_shape,
    whereabouts_shape,
)

router = APIRouter(prefix="/v1/spaces/{space}", tags=["when and where"])


@router.post("/order", responses=problems(404, 413), summary="Ask which of two passages came first")
def order(asking: Asking, space: SpacePath, body: AskOrder) -> Ordered:
    """Both are located: as they stand, by most of their words, or by what they mean.

    Where they stand decides: the offset in one turn, the number in one stream, the part of one
    document, else when they happened. When one is not found, `first` is null.
    """
    where = where_from(body.filters, body.between)
    ordered = asking.at(space, body.as_of).order(
        asking.access, SpaceName(space), body.a, body.b, where=where
    )
    return ordered_shape(ordered)


@router.get("/timeline", responses=problems(404), summary="List what happened between two times")
def list_timeline(asking: Asking, space: SpacePath, query: TurnsAsked) -> Page[TimelineItem]:
    """Whatever stream it is in, in the order of `at`; of one time, in the order of writing."""
    found = asking.at(space, query.as_of).happened(
        asking.access,
        SpaceName(space),
        filter_from(query),
        after=query.cursor,
        limit=query.limit,
    )
    return page_shape(found, happening_shape)


@router.get("/places", responses=problems(404), summary="List the places of a space's turns")
def list_places(asking: Asking, space: SpacePath, page: PastPageAsked) -> Page[PlaceInfo]:
    """By name, each with how many turns happened there and when the last one did."""
    found = asking.at(space, page.as_of).find_places.places(
        asking.access, SpaceName(space), after=page.cursor, limit=page.limit
    )
    return page_shape(found, place_shape)


@router.post("/whereabouts", responses=problems(404, 413), summary="Ask where something was last")
def whereabouts(asking: Asking, space: SpacePath, body: AskWhereabouts) -> Whereabouts:
    """Where the latest turn happened that names it and has a place, and where it was before.

    Names are compared by their words. Nothing is inferred: who "she" is, or that somebody who is
    named here is elsewhere.
    """
    found = asking.at(space, body.as_of).find_places.whereabouts(
        asking.access,
        SpaceName(space),
        body.of,
        where=where_from(body.filters, body.between),
        limit=body.limit,
    )
    return whereabouts_shape(body.of, found)

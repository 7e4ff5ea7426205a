"""Order: which of two passages came first, from where they stand."""

from fastapi import APIRouter

from memsvc.domain.ids import SpaceName
from memsvc.sdk.wire import AskOrder, Ordered
from memsvc.server.deps import Asking, problems
from memsvc.server.queries import SpacePath
from memsvc.server.shapes import where_from
from memsvc.server.time_shapes import ordered_shape

router = APIRouter(prefix="/v1/spaces/{space}", tags=["recall"])


@router.post("/order", responses=problems(404, 413), summary="Ask which of two passages came first")
def order(asking: Asking, space: SpacePath, body: AskOrder) -> Ordered:
    """Both are located: as they stand, by most of their words, or by what they mean.

    Where they stand decides: the offset in one turn, the number in one stream, the part of one
    document, else when they happened. When one is not found, `first` is null.
    """
    where = where_from(body.filters, body.between)
    ordered = asking.service.order(asking.access, SpaceName(space), body.a, body.b, where=where)
    return ordered_shape(ordered)

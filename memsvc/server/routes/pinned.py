"""Pinned questions: asked again, to see whether what should answer them still does."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from memsvc.domain.ids import PinId, SpaceName
from memsvc.sdk.pinned import PinInfo, PinQuestion, Unpinned
from memsvc.sdk.wire import Page
from memsvc.server.deps import Asking, problems
from memsvc.server.pinned_shapes import pin_from, pin_shape
from memsvc.server.queries import PageAsked, PinPath, SpacePath
from memsvc.server.shapes import page_shape

router = APIRouter(prefix="/v1/spaces/{space}/pinned", tags=["pinned"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {"model": PinInfo, "description": "It is pinned so already."},
        **problems(400, 403, 404, 413, 429),
    },
    summary="Pin a question",
)
def pin_question(
    asking: Asking, space: SpacePath, body: PinQuestion, response: Response
) -> PinInfo:
    """Needs a writer. It is a check and no memory: no recall sees it.

    The same question of the same recipe and filters is pinned once; the later word counts.
    """
    pin, is_new = asking.service.pinned.pin(asking.access, SpaceName(space), pin_from(body))
    if not is_new:
        response.status_code = HTTPStatus.OK
    return pin_shape(pin)


@router.get("", responses=problems(404), summary="List pinned questions")
def list_pinned(asking: Asking, space: SpacePath, query: PageAsked) -> Page[PinInfo]:
    """In the order of pinning. Asking them is a recall each, which is left to you."""
    found = asking.service.pinned.page(
        asking.access, SpaceName(space), after=query.cursor, limit=query.limit
    )
    return page_shape(found, pin_shape)


@router.delete("/{pin}", responses=problems(403, 404, 429), summary="Unpin a question")
def unpin(asking: Asking, space: SpacePath, pin: PinPath) -> Unpinned:
    """Needs a writer."""
    position = asking.service.pinned.unpin(asking.access, SpaceName(space), PinId(pin))
    return Unpinned(id=pin, position=position)

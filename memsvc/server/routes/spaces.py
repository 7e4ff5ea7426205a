"""Spaces: the isolation boundary. A first write makes one too."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from memsvc.domain.ids import SpaceName
from memsvc.sdk.wire import Deleted, Page, SpaceInfo
from memsvc.server.deps import Asking, problems
from memsvc.server.queries import PageAsked, SpacePath
from memsvc.server.shapes import deleted_shape, page_shape, space_shape

router = APIRouter(prefix="/v1/spaces", tags=["spaces"])


@router.get("", responses=problems(), summary="List the spaces that the key may see")
def list_spaces(asking: Asking, page: PageAsked) -> Page[SpaceInfo]:
    """By name, each with what it holds."""
    found = asking.service.inspect.spaces(asking.access, after=page.cursor, limit=page.limit)
    return page_shape(found, space_shape)


@router.put(
    "/{space}",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {"model": SpaceInfo, "description": "It was there already."},
        **problems(403, 404, 429),
    },
    summary="Make a space",
)
def make_space(asking: Asking, space: SpacePath, response: Response) -> SpaceInfo:
    """Needs a writer. A space that is there already is answered as it is, with 200."""
    summary, is_new = asking.service.found(asking.access, SpaceName(space))
    if not is_new:
        response.status_code = HTTPStatus.OK
    return space_shape(summary)


@router.get("/{space}", responses=problems(404), summary="Read what a space holds")
def read_space(asking: Asking, space: SpacePath) -> SpaceInfo:
    """Count what it holds, and tell the position that its ledger stands at."""
    return space_shape(asking.service.inspect.space(asking.access, SpaceName(space)))


@router.delete("/{space}", responses=problems(403, 404, 429), summary="Delete a space")
def delete_space(asking: Asking, space: SpacePath) -> Deleted:
    """Needs an admin. Everything in it goes, its ledger and secret too."""
    return deleted_shape(asking.service.forget.space(asking.access, SpaceName(space)))

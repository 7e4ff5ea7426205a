"""Links: typed, from one note to another, read from both ends."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from memsvc.domain.ids import LinkId, NoteId, SpaceName
from memsvc.sdk.notes import LinkInfo, NewLink, RetiredLink
from memsvc.sdk.wire import Page
from memsvc.server.deps import Asking, problems
from memsvc.server.note_shapes import link_from, link_shape, retired_link_shape
from memsvc.server.queries import LinkPath, LinksAsked, SpacePath
from memsvc.server.shapes import page_shape

router = APIRouter(prefix="/v1/spaces/{space}/links", tags=["notes"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {"model": LinkInfo, "description": "It stood already; nothing has changed."},
        **problems(400, 403, 404, 413, 429),
    },
    summary="Link two notes",
)
def make_link(asking: Asking, space: SpacePath, body: NewLink, response: Response) -> LinkInfo:
    """Needs a writer. One link of a kind stands from one note to another."""
    made = asking.service.links.make(asking.access, SpaceName(space), link_from(body))
    if not made.is_new:
        response.status_code = HTTPStatus.OK
    return link_shape(made.link)


@router.get("", responses=problems(404), summary="List links")
def list_links(asking: Asking, space: SpacePath, query: LinksAsked) -> Page[LinkInfo]:
    """In the order in which they were made."""
    found = asking.at(space, query.as_of).links.page(
        asking.access,
        SpaceName(space),
        note=None if query.note is None else NoteId(query.note),
        after=query.cursor,
        limit=query.limit,
    )
    return page_shape(found, link_shape)


@router.delete("/{link}", responses=problems(403, 404, 429), summary="Take a link back")
def retire_link(asking: Asking, space: SpacePath, link: LinkPath) -> RetiredLink:
    """Needs a writer. The notes stay; nobody sees the link any more."""
    position = asking.service.links.retire(asking.access, SpaceName(space), LinkId(link))
    return retired_link_shape(LinkId(link), position)

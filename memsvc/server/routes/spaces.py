"""Spaces: the isolation boundary. A first write makes one too."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from memsvc.domain.errors import InvalidField
from memsvc.domain.ids import SpaceName
from memsvc.sdk.wire import Deleted, Page, ReviseSpace, SpaceInfo
from memsvc.server.deps import Asking, problems
from memsvc.server.queries import IfMatch, PageAsked, PastAsked, SpacePath
from memsvc.server.setting_shapes import settings_from
from memsvc.server.shapes import deleted_shape, page_shape, space_shape
from memsvc.server.versions import ETAG, tagged, version_from

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


@router.get(
    "/{space}",
    responses={200: {"headers": ETAG}, **problems(404)},
    summary="Read what a space holds",
)
def read_space(asking: Asking, space: SpacePath, query: PastAsked, response: Response) -> SpaceInfo:
    """Tell what it holds, the position that its ledger stands at, and its settings.

    Its ETag is what a change of the settings wants in If-Match.
    """
    found = asking.at(space, query.as_of).inspect.space(asking.access, SpaceName(space))
    return tagged(space_shape(found), response)


@router.patch(
    "/{space}",
    responses={200: {"headers": ETAG}, **problems(400, 403, 404, 409, 412, 413, 428, 429)},
    summary="Change a space's settings",
)
def revise_space(
    asking: Asking,
    space: SpacePath,
    body: ReviseSpace,
    response: Response,
    if_match: IfMatch = None,
) -> SpaceInfo:
    """Needs an admin. What is left out stays.

    Retention and forgetting hold at once, for the turns that are there as for those to come.
    Segmentation holds for what has not been cut yet: closed events stay as they are. Synonyms are
    sought for every name that was not compared yet; those that were found stay. What is
    single-valued holds for all facts at once, and the recipe for all questions that name none.
    """
    if not body.model_fields_set:
        raise InvalidField(
            "Say what to change: retention_days, segmentation, forgetting, synonyms, "
            "single_valued, admission, notes, recipe.",
            field="retention_days",
        )
    version, name = version_from(if_match), SpaceName(space)
    # What stays is what stands now: settings that change between here and there have another
    # version, and then nothing is changed.
    held = asking.service.inspect.space(asking.access, name).space.settings
    revised = asking.service.govern(
        asking.access, name, settings_from(body, held=held), version=version
    )
    return tagged(space_shape(revised), response)


@router.delete("/{space}", responses=problems(403, 404, 429), summary="Delete a space")
def delete_space(asking: Asking, space: SpacePath) -> Deleted:
    """Needs an admin. Everything in it goes, its ledger and secret too."""
    return deleted_shape(asking.service.forget.space(asking.access, SpaceName(space)))

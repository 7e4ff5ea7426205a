"""Turns: the source of record. Written once; their metadata and place may be edited."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from memsvc.domain.errors import InvalidField
from memsvc.domain.ids import SpaceName, TurnId
from memsvc.sdk.wire import Deleted, Page, ReviseTurn, TurnInfo, TurnVersion, WriteTurns, Written
from memsvc.server.answered import answered
from memsvc.server.deps import Asking, Counted, problems
from memsvc.server.queries import (
    IdempotencyKey,
    IfMatch,
    PastAsked,
    SpacePath,
    StreamPath,
    TurnPath,
    TurnsAsked,
)
from memsvc.server.shapes import (
    batch_from,
    deleted_shape,
    filter_from,
    page_shape,
    turn_shape,
    version_shape,
)
from memsvc.server.versions import ETAG, tagged, version_from

router = APIRouter(prefix="/v1/spaces/{space}", tags=["turns"])


@router.post(
    "/streams/{stream}/turns",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {"model": Written, "description": "All of it had been written before."},
        **problems(400, 403, 404, 409, 413, 429),
    },
    summary="Write turns",
)
def write_turns(  # noqa: PLR0917  a route is called by name
    asking: Asking,
    meters: Counted,
    space: SpacePath,
    stream: StreamPath,
    body: WriteTurns,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Written:
    """Append turns to a stream, all or none; needs a writer.

    When the answer comes they are durable and can be found. Space and stream are made when they
    are new. What the space's admission policy holds back is named in `held`.
    """
    name = SpaceName(space)
    written = asking.service.remember(
        asking.access, name, batch_from(stream, body), idempotency_key=idempotency_key
    )
    return answered(name, stream, written, meters=meters, response=response)


@router.get("/turns", responses=problems(404), summary="List turns")
def list_turns(asking: Asking, space: SpacePath, query: TurnsAsked) -> Page[TurnInfo]:
    """In the order of writing."""
    found = asking.at(space, query.as_of).inspect.turns(
        asking.access,
        SpaceName(space),
        filter_from(query),
        after=query.cursor,
        limit=query.limit,
    )
    return page_shape(found, turn_shape)


@router.get(
    "/turns/{turn}",
    responses={200: {"headers": ETAG}, **problems(404)},
    summary="Read a turn",
)
def read_turn(
    asking: Asking, space: SpacePath, turn: TurnPath, query: PastAsked, response: Response
) -> TurnInfo:
    """With the events that it is in. Its ETag is what an edit wants in If-Match."""
    name, service = SpaceName(space), asking.at(space, query.as_of)
    found = service.inspect.turn(asking.access, name, TurnId(turn))
    events = service.recount.of_turn(asking.access, name, found)
    return tagged(turn_shape(found, events=events), response)


@router.patch(
    "/turns/{turn}",
    responses={200: {"headers": ETAG}, **problems(400, 403, 404, 412, 413, 428, 429)},
    summary="Edit a turn's metadata or place",
)
def revise_turn(  # noqa: PLR0917  a route is called by name
    asking: Asking,
    space: SpacePath,
    turn: TurnPath,
    body: ReviseTurn,
    response: Response,
    if_match: IfMatch = None,
) -> TurnInfo:
    """Needs a writer. What is left out stays; the version before stays readable."""
    if body.metadata is None and body.place is None:
        raise InvalidField("Say what to change: metadata, place or both.", field="metadata")
    revised = asking.service.revise(
        asking.access,
        SpaceName(space),
        TurnId(turn),
        version=version_from(if_match),
        metadata=body.metadata,
        place=body.place,
    )
    return tagged(turn_shape(revised), response)


@router.delete("/turns/{turn}", responses=problems(403, 404, 429), summary="Delete a turn")
def delete_turn(asking: Asking, space: SpacePath, turn: TurnPath) -> Deleted:
    """Needs a writer. Rows, terms and vectors go; its number in the stream stays empty."""
    return deleted_shape(asking.service.forget.turn(asking.access, SpaceName(space), TurnId(turn)))


@router.get("/turns/{turn}/versions", responses=problems(404), summary="List a turn's versions")
def list_versions(
    asking: Asking, space: SpacePath, turn: TurnPath, query: PastAsked
) -> list[TurnVersion]:
    """Oldest first, the current one last."""
    found = asking.at(space, query.as_of).inspect.versions(
        asking.access, SpaceName(space), TurnId(turn)
    )
    return [version_shape(version) for version in found]

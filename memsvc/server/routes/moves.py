"""Moves: a whole space out as lines of JSON, and in again. Neither is ever held whole."""

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from memsvc.app.imports import Importing
from memsvc.domain.errors import InvalidRequest, MemsvcError, TooLarge
from memsvc.domain.ids import SpaceName
from memsvc.sdk.lines import MEDIA_TYPE
from memsvc.sdk.wire import Imported
from memsvc.server.deps import Asking, Counted, problems
from memsvc.server.lines import Reader, written
from memsvc.server.queries import ExportAsked, ImportAsked, SpacePath
from memsvc.server.shapes import imported_shape

router = APIRouter(prefix="/v1/spaces/{space}", tags=["moves"])

IMPORT_PATH = re.compile(r"/v1/spaces/[^/]+/import")

LONGEST_DRAIN = 64 * 1024**2
"""Bytes of a refused import that are still read: a client that is not done sending would take the
closed connection for the answer. Past this the refusal is not worth the traffic."""

LINES: dict[str, Any] = {
    MEDIA_TYPE: {
        "schema": {
            "type": "string",
            "description": "One JSON object a line: header, documents, streams, turns, trailer.",
        }
    }
}


def own_limit(scope: Scope, *, max_import_bytes: int) -> int | None:
    """Return how long a body may be that its route reads as it comes; None for all others."""
    is_import = scope["method"] == "POST" and IMPORT_PATH.fullmatch(scope["path"])
    return max_import_bytes if is_import else None


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": LINES,
            "description": "The space, line by line; the last one is a trailer.",
        },
        **problems(404),
    },
    summary="Export a space",
)
def export_space(asking: Asking, space: SpacePath, query: ExportAsked) -> StreamingResponse:
    """Send the whole space as it stands now, as lines of JSON; needs a reader.

    An export without its trailer was cut off. What is deleted while it goes on is not told.
    """
    exported = asking.service.export(asking.access, SpaceName(space), vectors=query.vectors)
    return StreamingResponse(written(exported), media_type=MEDIA_TYPE)


@router.post(
    "/import",
    responses=problems(400, 403, 404, 409, 413, 429),
    openapi_extra={"requestBody": {"required": True, "content": LINES}},
    summary="Import into a space",
)
async def import_space(
    asking: Asking, meters: Counted, space: SpacePath, query: ImportAsked, request: Request
) -> Imported:
    """Bring in what an export wrote; needs a writer. The space is made when it is new.

    Turns keep their ids, and documents are documents again. What is here already is passed over,
    so an import that was cut short is simply sent again. It is kept batch by batch; a refusal says
    in `kept` up to which line.
    """
    name = SpaceName(space)
    importing = asking.service.imports(
        asking.access, name, restore_forgotten=query.restore_forgotten
    )
    reader = Reader(longest_line=request.app.state.longest_line)
    chunks = request.stream()
    try:
        async for chunk in chunks:
            await run_in_threadpool(_deal_with, chunk, reader, importing)
        await run_in_threadpool(_finish, reader, importing)
    except ClientDisconnect as gone:
        raise InvalidRequest("The client went away before the import's end.") from gone
    except MemsvcError:
        await _drain(chunks)
        raise
    finally:
        meters.written(importing.done.turns)
    return imported_shape(name, importing.done)


def _deal_with(chunk: bytes, reader: Reader, importing: Importing) -> None:
    for batch in reader.feed(chunk):
        importing.take(batch)


def _finish(reader: Reader, importing: Importing) -> None:
    batch = reader.end()
    if batch:
        importing.take(batch)
    importing.finish()


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    size = 0
    with suppress(ClientDisconnect, TooLarge):
        async for chunk in chunks:
            size += len(chunk)
            if size > LONGEST_DRAIN:
                return

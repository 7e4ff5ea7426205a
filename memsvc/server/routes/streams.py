"""Streams: ordered sources inside a space. A first write makes one."""

from fastapi import APIRouter

from memsvc.domain.ids import SpaceName, StreamName
from memsvc.sdk.wire import Deleted, Page, StreamInfo
from memsvc.server.deps import Asking, problems
from memsvc.server.queries import PastAsked, PastPageAsked, SpacePath, StreamPath
from memsvc.server.shapes import deleted_shape, page_shape, stream_shape

router = APIRouter(prefix="/v1/spaces/{space}/streams", tags=["streams"])


@router.get("", responses=problems(404), summary="List the streams of a space")
def list_streams(asking: Asking, space: SpacePath, page: PastPageAsked) -> Page[StreamInfo]:
    """In the order in which they were made, each with what it holds."""
    found = asking.at(space, page.as_of).inspect.streams(
        asking.access, SpaceName(space), after=page.cursor, limit=page.limit
    )
    return page_shape(found, stream_shape)


@router.get("/{stream}", responses=problems(404), summary="Read what a stream holds")
def read_stream(
    asking: Asking, space: SpacePath, stream: StreamPath, query: PastAsked
) -> StreamInfo:
    """How many turns, and when something last happened in it."""
    return stream_shape(
        asking.at(space, query.as_of).inspect.stream(
            asking.access, SpaceName(space), StreamName(stream)
        )
    )


@router.delete("/{stream}", responses=problems(403, 404, 409, 429), summary="Delete a stream")
def delete_stream(asking: Asking, space: SpacePath, stream: StreamPath) -> Deleted:
    """Needs a writer. All its turns go, with everything derived from them."""
    return deleted_shape(
        asking.service.forget.stream(asking.access, SpaceName(space), StreamName(stream))
    )

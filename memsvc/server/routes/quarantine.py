"""What a space's admission policy holds back, and what is decided on it."""

from fastapi import APIRouter

from memsvc.domain.ids import SpaceName, TurnId
from memsvc.sdk.quarantine import Decided, HeldInfo
from memsvc.sdk.wire import Page
from memsvc.server.deps import Asking, problems
from memsvc.server.quarantine_shapes import decided_shape, held_shape
from memsvc.server.queries import HeldPath, PageAsked, SpacePath
from memsvc.server.shapes import page_shape

router = APIRouter(prefix="/v1/spaces/{space}/quarantine", tags=["quarantine"])


@router.get("", responses=problems(403, 404), summary="List what is held")
def list_held(asking: Asking, space: SpacePath, query: PageAsked) -> Page[HeldInfo]:
    """Needs an admin, because it may hold secrets. In the order of writing, each with reasons."""
    found = asking.service.quarantine.page(
        asking.access, SpaceName(space), after=query.cursor, limit=query.limit
    )
    return page_shape(found, held_shape)


@router.post("/{held}/release", responses=problems(403, 404, 409, 429), summary="Release")
def release(asking: Asking, space: SpacePath, held: HeldPath) -> Decided:
    """Needs an admin. It becomes the turn of this id, at the end of its stream. Repeatable."""
    done = asking.service.quarantine.release(asking.access, SpaceName(space), TurnId(held))
    return decided_shape(done)


@router.post("/{held}/reject", responses=problems(403, 404, 409, 429), summary="Reject")
def reject(asking: Asking, space: SpacePath, held: HeldPath) -> Decided:
    """Needs a writer. Its text is purged, and the same words are refused again. Repeatable."""
    done = asking.service.quarantine.reject(asking.access, SpaceName(space), TurnId(held))
    return decided_shape(done)

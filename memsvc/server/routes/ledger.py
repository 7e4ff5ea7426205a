"""The ledger: every change in a space, hash-chained, and the check of that chain."""

from fastapi import APIRouter

from memsvc.domain.ids import Position, SpaceName
from memsvc.domain.ledger import Sought
from memsvc.sdk.wire import LedgerEntry, LedgerVerdict, Page
from memsvc.server.deps import Asking, problems
from memsvc.server.queries import LedgerAsked, SpacePath
from memsvc.server.shapes import entry_shape, page_shape, verdict_shape

router = APIRouter(prefix="/v1/spaces/{space}/ledger", tags=["ledger"])


@router.get("", responses=problems(404), summary="List changes")
def list_ledger(asking: Asking, space: SpacePath, query: LedgerAsked) -> Page[LedgerEntry]:
    """In order: `next_cursor` is the position to pass as `after` for the next page.

    With `newest_first` it goes into `before`. A page may hold fewer than there are; `next_cursor`
    tells whether more are to come.
    """
    sought = Sought(
        after=Position(query.after),
        before=None if query.before is None else Position(query.before),
        actors=tuple(query.actor),
        changes=tuple(query.change),
        since=query.since,
        until=query.until,
        newest_first=query.newest_first,
    )
    found = asking.at(space, query.as_of).inspect.entries(
        asking.access, SpaceName(space), sought, limit=query.limit
    )
    return page_shape(found, entry_shape)


@router.post("/verify", responses=problems(404), summary="Check the ledger")
def verify_ledger(asking: Asking, space: SpacePath) -> LedgerVerdict:
    """Recompute every hash, and hold every turn that stands against what was entered for it."""
    return verdict_shape(asking.service.verify(asking.access, SpaceName(space)))

"""Forgetting on request, and the receipts for it."""

from fastapi import APIRouter

from memsvc.domain.ids import ReceiptId, SpaceName
from memsvc.sdk.receipts import Forget, Forgotten, ReceiptCheck, ReceiptInfo
from memsvc.sdk.wire import Page
from memsvc.server.deps import Asking, problems
from memsvc.server.queries import PastAsked, PastPageAsked, ReceiptPath, SpacePath
from memsvc.server.receipt_shapes import check_shape, forgotten_shape, receipt_shape, wanted_from
from memsvc.server.shapes import page_shape

router = APIRouter(prefix="/v1/spaces/{space}", tags=["forgetting"])


@router.post("/forget", responses=problems(400, 403, 404, 413, 429), summary="Forget")
def forget(asking: Asking, space: SpacePath, body: Forget) -> Forgotten:
    """Needs a writer. By ids, a filter, a subject or a text; all parts must hold of a turn.

    Up to 10,000 turns at once, with everything that hangs on them. `dry_run` says what would go.
    """
    done = asking.service.forget_wanted(
        asking.access, SpaceName(space), wanted_from(body), dry_run=body.dry_run
    )
    return forgotten_shape(done)


@router.get("/receipts", responses=problems(404), summary="List receipts")
def list_receipts(asking: Asking, space: SpacePath, query: PastPageAsked) -> Page[ReceiptInfo]:
    """In the order in which they were made. They hold no text and no name."""
    found = asking.at(space, query.as_of).receipts.page(
        asking.access, SpaceName(space), after=query.cursor, limit=query.limit
    )
    return page_shape(found, receipt_shape)


@router.get("/receipts/{receipt}", responses=problems(404), summary="Read a receipt")
def read_receipt(
    asking: Asking, space: SpacePath, receipt: ReceiptPath, query: PastAsked
) -> ReceiptInfo:
    """With the counts and the ledger positions between which it happened."""
    receipts = asking.at(space, query.as_of).receipts
    found = receipts.get(asking.access, SpaceName(space), ReceiptId(receipt))
    return receipt_shape(found)


@router.post("/receipts/{receipt}/verify", responses=problems(404), summary="Check a receipt")
def verify_receipt(asking: Asking, space: SpacePath, receipt: ReceiptPath) -> ReceiptCheck:
    """Look in every store of the space for what the receipt says is gone."""
    found = asking.service.receipts.verify(asking.access, SpaceName(space), ReceiptId(receipt))
    return check_shape(found)

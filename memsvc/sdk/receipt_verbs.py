"""The verbs of `space.receipts`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memsvc.sdk import receipt_calls
from memsvc.sdk.calls import PAGE
from memsvc.sdk.receipts import ReceiptCheck, ReceiptInfo

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Receipts:
    """What was forgotten in a space on request."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def list(self, *, page: int = PAGE) -> Iterator[ReceiptInfo]:
        """Walk the receipts in the order in which they were made."""
        return self._client.walk(
            lambda cursor: receipt_calls.list_receipts(self._space, limit=page, cursor=cursor)
        )

    def get(self, receipt: str) -> ReceiptInfo:
        """Return a receipt. Raises `ReceiptNotFound`."""
        return self._client.send(receipt_calls.read_receipt(self._space, receipt))

    def verify(self, receipt: str) -> ReceiptCheck:
        """Look in every store of the space for what the receipt says is gone."""
        return self._client.send(receipt_calls.verify_receipt(self._space, receipt))

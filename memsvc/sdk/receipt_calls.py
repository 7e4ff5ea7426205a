"""Requests about forgetting and receipts, as `memsvc.sdk.calls` has them about everything else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from memsvc.sdk.calls import PAGE, Call, given, json_body, space_path
from memsvc.sdk.faults import valid
from memsvc.sdk.receipts import Forget, Forgotten, ReceiptCheck, ReceiptInfo
from memsvc.sdk.wire import Page


def forget(
    space: str,
    *,
    turns: Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    subject: str | None = None,
    text: str | None = None,
    dry_run: bool = False,
) -> Call[Forgotten]:
    """Forget. Repeatable: what is gone is not there to go a second time."""
    if since is not None or until is not None:
        where = {**(where or {}), "between": {"since": since, "until": until}}
    body = valid(
        Forget,
        turns=None if turns is None else list(turns),
        where=where,
        subject=subject,
        text=text,
        dry_run=dry_run,
    )
    path = space_path(space, "forget")
    return Call("POST", path, Forgotten, body=json_body(body), about={"space": space})


def list_receipts(
    space: str, *, limit: int = PAGE, cursor: str | None = None
) -> Call[Page[ReceiptInfo]]:
    """List receipts in the order in which they were made."""
    return Call(
        "GET",
        space_path(space, "receipts"),
        Page[ReceiptInfo],
        params=given(limit=limit, cursor=cursor),
        about={"space": space},
    )


def read_receipt(space: str, receipt: str) -> Call[ReceiptInfo]:
    """Read a receipt."""
    about = {"space": space, "receipt": receipt}
    return Call("GET", space_path(space, "receipts", receipt), ReceiptInfo, about=about)


def verify_receipt(space: str, receipt: str) -> Call[ReceiptCheck]:
    """Check that nothing is left of what a receipt tells of."""
    about = {"space": space, "receipt": receipt}
    return Call("POST", space_path(space, "receipts", receipt, "verify"), ReceiptCheck, about=about)

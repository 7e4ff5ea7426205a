"""Requests about pinned questions, as `memsvc.sdk.calls` has them about everything else."""

from collections.abc import Mapping, Sequence
from typing import Any

from memsvc.sdk.calls import PAGE, Call, given, json_body, space_path
from memsvc.sdk.faults import valid
from memsvc.sdk.pinned import PinInfo, PinQuestion, Unpinned
from memsvc.sdk.wire import Between, Filters, Page


def pin_question(
    space: str,
    question: str,
    expected: Sequence[str],
    *,
    recipe: str | None,
    k: int,
    filters: Filters | Mapping[str, Any] | None,
    between: Between | Mapping[str, Any] | None,
) -> Call[PinInfo]:
    """Pin a question. Repeatable: the same again is answered as it stands."""
    said = {"question": question, "expected": list(expected), "k": k}
    maybe = {"recipe": recipe, "filters": filters, "between": between}
    given_too = {name: value for name, value in maybe.items() if value is not None}
    body = valid(PinQuestion, **said, **given_too)
    path = space_path(space, "pinned")
    return Call("POST", path, PinInfo, body=json_body(body), about={"space": space})


def list_pinned(space: str, *, limit: int = PAGE, cursor: str | None = None) -> Call[Page[PinInfo]]:
    """List what is pinned."""
    return Call(
        "GET",
        space_path(space, "pinned"),
        Page[PinInfo],
        params=given(limit=limit, cursor=cursor),
        about={"space": space},
    )


def unpin(space: str, pin: str) -> Call[Unpinned]:
    """Have a question pinned no more."""
    about = {"space": space, "pin": pin}
    return Call("DELETE", space_path(space, "pinned", pin), Unpinned, about=about)

"""Requests about quarantine, as `memsvc.sdk.calls` has them about everything else."""

from memsvc.sdk.calls import PAGE, Call, given, space_path
from memsvc.sdk.quarantine import Decided, HeldInfo
from memsvc.sdk.wire import Page


def list_held(space: str, *, limit: int = PAGE, cursor: str | None = None) -> Call[Page[HeldInfo]]:
    """List what is held in the order of writing."""
    return Call(
        "GET",
        space_path(space, "quarantine"),
        Page[HeldInfo],
        params=given(limit=limit, cursor=cursor),
        about={"space": space},
    )


def release(space: str, held: str) -> Call[Decided]:
    """Keep it after all. Repeatable."""
    path = space_path(space, "quarantine", held, "release")
    return Call("POST", path, Decided, about={"space": space, "held": held})


def reject(space: str, held: str) -> Call[Decided]:
    """Purge its text for good. Repeatable."""
    path = space_path(space, "quarantine", held, "reject")
    return Call("POST", path, Decided, about={"space": space, "held": held})

"""Requests about rollbacks and digests, as `memsvc.sdk.calls` has them about everything else."""

from datetime import datetime

from memsvc.sdk.calls import Call, json_body, space_path
from memsvc.sdk.faults import valid
from memsvc.sdk.rollbacks import RollBack, RolledBack, StateDigest


def roll_back(
    space: str,
    *,
    to: int | str | datetime | None = None,
    run: str | None = None,
    include_turns: bool = False,
    reason: str = "",
    dry_run: bool = False,
) -> Call[RolledBack]:
    """Roll back. Repeatable to a position: what stands as it stood is not changed again."""
    body = valid(
        RollBack, to=to, run=run, include_turns=include_turns, reason=reason, dry_run=dry_run
    )
    about = {"space": space} | ({} if run is None else {"run": run})
    path = space_path(space, "rollback")
    return Call("POST", path, RolledBack, body=json_body(body), about=about)


def take_digest(space: str) -> Call[StateDigest]:
    """Take the digest of what stands."""
    return Call("GET", space_path(space, "digest"), StateDigest, about={"space": space})

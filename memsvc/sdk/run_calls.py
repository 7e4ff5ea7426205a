"""Requests about runs of enrichment, as `memsvc.sdk.calls` has them about everything else."""

from memsvc.sdk.calls import PAGE, Call, given, space_path
from memsvc.sdk.runs import RunInfo
from memsvc.sdk.wire import Page


def list_runs(space: str, *, limit: int = PAGE, cursor: str | None = None) -> Call[Page[RunInfo]]:
    """List runs of enrichment, the newest first."""
    return Call(
        "GET",
        space_path(space, "runs"),
        Page[RunInfo],
        params=given(limit=limit, cursor=cursor),
        about={"space": space},
    )


def read_run(space: str, run: str) -> Call[RunInfo]:
    """Read a run of enrichment."""
    about = {"space": space, "run": run}
    return Call("GET", space_path(space, "runs", run), RunInfo, about=about)

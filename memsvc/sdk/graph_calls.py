"""Requests about the graph of a space, as `memsvc.sdk.calls` has them about everything else."""

from collections.abc import Sequence

from memsvc.sdk.calls import Call, space_path
from memsvc.sdk.graphs import GraphOverview, GraphStats, GraphView


def around(
    space: str, node: str, *, depth: int, limit: int, kinds: Sequence[str] | None
) -> Call[GraphView]:
    """Ask for the neighbourhood of a node."""
    said = {"node": node, "depth": str(depth), "limit": str(limit)}
    return _view(space, said, kinds)


def activated(
    space: str, question: str, *, limit: int, kinds: Sequence[str] | None
) -> Call[GraphView]:
    """Ask what a question activates."""
    return _view(space, {"question": question, "limit": str(limit)}, kinds)


def overview(
    space: str, *, limit: int, edges: int, community: str | None, kinds: Sequence[str] | None
) -> Call[GraphOverview]:
    """Ask for the middle of the graph, or the community of a node."""
    said = {"limit": str(limit), "edges": str(edges)}
    return Call(
        "GET",
        space_path(space, "graph", "overview"),
        GraphOverview,
        params={
            **said,
            **({} if community is None else {"community": community}),
            **_of_kinds(kinds),
        },
        about={"space": space},
    )


def stats(space: str) -> Call[GraphStats]:
    """Ask for counts and shape."""
    return Call("GET", space_path(space, "graph", "stats"), GraphStats, about={"space": space})


def export(space: str, *, written_as: str, kinds: Sequence[str] | None) -> Call[bytes]:
    """Export the graph; the answer is a file, to be read as it comes."""
    return Call(
        "GET",
        space_path(space, "graph", "export"),
        bytes,
        params={"format": written_as, **_of_kinds(kinds)},
        about={"space": space},
    )


def _view(space: str, said: dict[str, str], kinds: Sequence[str] | None) -> Call[GraphView]:
    return Call(
        "GET",
        space_path(space, "graph"),
        GraphView,
        params={**said, **_of_kinds(kinds)},
        about={"space": space},
    )


def _of_kinds(kinds: Sequence[str] | None) -> dict[str, Sequence[str]]:
    return {} if kinds is None else {"kinds": kinds}

"""The verbs of `space.graph`."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from memsvc.sdk import graph_calls
from memsvc.sdk.graphs import EdgeKind, GraphOverview, GraphStats, GraphView

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Graph:
    """Who names what, what follows what, and what that says about a question."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def around(
        self,
        node: str,
        *,
        depth: int = 1,
        limit: int = 50,
        kinds: Sequence[EdgeKind] | None = None,
    ) -> GraphView:
        """Return what stands within `depth` steps of a node, over edges of these kinds.

        A node is written as its kind and name: `entity:Jaws` (in any spelling), `turn:t_1`,
        `event:e_1` or `fact:f_1`. Raises the NotFound of what was named.
        """
        return self._client.send(
            graph_calls.around(self._space, node, depth=depth, limit=limit, kinds=kinds)
        )

    def activated(
        self, question: str, *, limit: int = 50, kinds: Sequence[EdgeKind] | None = None
    ) -> GraphView:
        """Return the nodes to which a question leads most, and by which paths to its turns."""
        return self._client.send(
            graph_calls.activated(self._space, question, limit=limit, kinds=kinds)
        )

    def overview(
        self,
        *,
        limit: int = 500,
        edges: int = 20_000,
        community: str | None = None,
        kinds: Sequence[EdgeKind] | None = None,
    ) -> GraphOverview:
        """Return the hubs of the space and what hangs between them, up to 5,000 nodes.

        With `community`, a node as `around` takes it, what that node is joined to most densely.
        Raises `TooLarge` for a graph of more than 1,000,000 edges, or 50,000 for a community.
        """
        return self._client.send(
            graph_calls.overview(
                self._space, limit=limit, edges=edges, community=community, kinds=kinds
            )
        )

    def stats(self) -> GraphStats:
        """Return how many nodes and edges there are, and how they hang together."""
        return self._client.send(graph_calls.stats(self._space))

    def export(
        self,
        format: Literal["graphml", "json"] = "graphml",  # noqa: A002  what the interface calls it
        *,
        kinds: Sequence[EdgeKind] | None = None,
    ) -> Iterator[bytes]:
        """Yield the graph as a file for other programs, in chunks; networkx reads both forms.

        Raises `TooLarge` for a graph of more than 100,000 edges; name fewer kinds then.
        """
        return self._client.download(
            graph_calls.export(self._space, written_as=format, kinds=kinds)
        )

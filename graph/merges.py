"""Which nodes are really one: merges, each of which can be undone by itself.

A merge says that one node *is* another. It is a pointer and nothing else: contributions keep the
node that their source named, and the graph is computed as if they named the node at the end of
the pointers. So undoing a merge gives back exactly what was, whatever has happened in between.
"""

from collections.abc import Iterable


class Merges:
    """Pointers from merged nodes to what they were merged into. Nodes are numbers."""

    def __init__(self, pairs: Iterable[tuple[int, int]] = ()) -> None:
        self._into = dict(pairs)

    def __len__(self) -> int:
        """Return how many merges stand."""
        return len(self._into)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Every merged node with what it was merged into."""
        return sorted(self._into.items())

    def final(self, node: int) -> int:
        """Return the node that this one is, through any number of merges."""
        while node in self._into:
            node = self._into[node]
        return node

    def group(self, node: int) -> set[int]:
        """Return a node and all that are merged into it, through any number of merges."""
        found = {node}
        while more := {one for one, into in self._into.items() if into in found} - found:
            found |= more
        return found

    def merge(self, one: int, into: int) -> None:
        """Say that `one` is `into`.

        Raises `ValueError` when `one` is merged already, or when that would close a circle.
        """
        if one in self._into:
            raise ValueError("The node is merged already; undo that first.")
        if self.final(into) == one:
            raise ValueError("A node cannot be merged into itself.")
        self._into[one] = into

    def undo(self, one: int) -> int:
        """Take a merge back; return what the node was merged into. `KeyError` when it was not."""
        return self._into.pop(one)

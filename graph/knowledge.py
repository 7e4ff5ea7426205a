"""The graph of a space: sources say how nodes are joined, and questions walk over it.

**After any sequence of adds, updates, deletes, merges and undone merges, in any order, the graph
equals the one built at once of what survives, edge for edge and unit for unit.** That follows
from three things: weights are integers, so sums do not depend on order; an edge is the sum of what
its living sources contribute; and merges are looked through, never carried out.

Nodes are known outside by kind and id, inside by number (`graph.register`). A node exists while a
source names it or a merge involves it. One may write, or many may ask, at a time.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from graph import compaction
from graph.answers import Answer, answered
from graph.batches import Columns, Settling
from graph.columns import Column
from graph.degrees import MOST_SCALES, PLAIN, Scales, Weighed, weigh
from graph.matrix import KIND_SHIFT, Base, Change, Edges, Indices, Matrix
from graph.merges import Merges
from graph.model import HEAVIEST, Edge, EdgeKind, Id, Node, NodeKind, check
from graph.pagerank import (
    DAMPING,
    EPS,
    MOST_ARCS,
    TOLERANCE,
    Engine,
    Nodes,
    Walker,
    engine,
    seeds_of,
)
from graph.register import Register, Sorted, sort_keys
from graph.sources import Ledger, Said
from graph.walk import OPEN, Gate, Ground, ground


class KnowledgeGraph:
    """Nodes, edges with their sources, and merges. `engine` is how pushes are computed."""

    def __init__(self, *, engine: Engine | None = None) -> None:
        self.register = Register()
        self.ledger = Ledger()
        self.merges = Merges()
        self.matrix = Matrix()
        self._named: Column[np.int32] = Column(np.int32)
        self._weighed: dict[Scales, Weighed] = {}
        self.walker = Walker(engine or _engine())

    @classmethod
    def build(
        cls,
        sources: Iterable[tuple[Id, Sequence[Edge]]],
        *,
        merges: Iterable[tuple[Node, Node]] = (),
        engine: Engine | None = None,
    ) -> Self:
        """Build at once from all sources, each named once, and all merges: (one, into)."""
        made = cls(engine=engine)
        for source, edges in sources:
            for edge in edges:
                check(edge)
            made.ledger.replace(source, made._numbered(edges))
        for one, into in merges:
            made.merges.merge(made._join(one), made._join(into))
        made.register.end_settling(sort_keys(made.register.begin_settling()))
        made.ledger.settle()
        made.matrix = Matrix.of(made._looked_through(), nodes=made.register.size)
        return made

    @classmethod
    def of(cls, columns: Columns, *, engine: Engine | None = None) -> Self:
        """Build at once from columns, as rows of a database give them: no object an edge."""
        said = columns.edges
        made = cls(engine=engine)
        made.register = Register.of(columns.kinds, columns.ids)
        packed = said.kinds.astype(np.int64) << KIND_SHIFT | said.units
        contributions = Said(said.one, said.other, packed.astype(np.int32))
        made.ledger = Ledger.of(columns.sources, contributions)
        named = np.bincount(np.concatenate([said.one, said.other]), minlength=len(columns.ids))
        made._named = Column.holding(named.astype(np.int32))
        made.matrix = Matrix.of(said, nodes=len(columns.ids))
        return made

    def __len__(self) -> int:
        """Return how many nodes there are, merged ones included."""
        return len(self.register)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that all of it takes."""
        degrees = sum(weighed.degrees.nbytes for weighed in self._weighed.values())
        parts = (self.register, self.ledger, self.matrix, self._named, self.walker)
        return degrees + sum(part.nbytes for part in parts)

    def put(self, source: Id, edges: Sequence[Edge]) -> None:
        """Have a source contribute these edges and no others.

        The same edge may come more than once and then counts so often; an edge from a node to
        itself says nothing and is passed over. No edges means the same as `remove`. Raises
        `ValueError` for a weight or an id out of bounds, before anything has changed.
        """
        for edge in edges:
            check(edge)
        old = self.ledger.said(source)
        new = self._numbered(edges)
        self.matrix.reach(self.register.size)
        self.ledger.replace(source, new)
        changes: Counter[tuple[int, int, int]] = Counter()
        self._count(changes, new, sign=1)
        self._count(changes, old, sign=-1)
        self._apply(changes)
        for one, other, _ in old.rows():
            self._leave(one)
            self._leave(other)

    def remove(self, source: Id) -> None:
        """Take away exactly what a source gave; an unknown one gave nothing."""
        self.put(source, ())

    def merge(self, one: Node, into: Node) -> None:
        """Say that `one` is `into`: its edges become the other's, until `unmerge`.

        Either may be unknown so far. Raises `ValueError` when they differ in kind, when `one`
        is merged already, or when it would become itself.
        """
        if one.kind != into.kind:
            raise ValueError(f"{one.kind.name} cannot be merged into {into.kind.name}.")
        here, there = self._join(one), self._join(into)
        self.matrix.reach(self.register.size)
        try:
            self._remap(here, lambda: self.merges.merge(here, there))
        except ValueError:
            self._leave(here)
            self._leave(there)
            raise

    def unmerge(self, one: Node) -> None:
        """Take a merge back, exactly. Raises `ValueError` when the node is not merged."""
        here = self.register.find(one)
        if here is None or self.merges.final(here) == here:
            raise ValueError("The node is not merged into another.")
        there: list[int] = []
        self._remap(here, lambda: there.append(self.merges.undo(here)))
        self._leave(here)
        self._leave(there[0])

    def resolve(self, node: Node) -> Node:
        """Return the node that this one is, through merges; an unknown one is itself."""
        number = self.register.find(node)
        return node if number is None else self.register.node(self.merges.final(number))

    def sources_of(self, node: Node) -> list[Id]:
        """Return every source that names a node; looks through all contributions."""
        number = self.register.find(node)
        return [] if number is None else self.ledger.sources_naming(number)

    def edges(self) -> Iterator[Edge]:
        """Yield every edge with its exact weight; each once, ends in no special order."""
        for one, other, kind, units in zip(
            *(column.tolist() for column in self.matrix.edges()), strict=True
        ):
            yield Edge(
                self.register.node(one), self.register.node(other), EdgeKind(kind), int(units)
            )

    def gate(self, *, hidden: Iterable[Node] = ()) -> Gate:
        """Return a gate that hides these nodes: shape (n,), for `rank`, good until a write.

        It may be multiplied by further factors, by number: `register.find` tells a node's.
        """
        made = np.ones(self.matrix.size, dtype=np.float32)
        for node in hidden:
            number = self.register.find(node)
            if number is not None:
                made[number] = 0.0
        return made

    def rank(
        self,
        seeds: Mapping[Node, float],
        *,
        k: int,
        kinds: Collection[NodeKind] | None = None,
        scales: Scales = PLAIN,
        gate: Gate = OPEN,
        damping: float = DAMPING,
        eps: float = EPS,
        finest: float | None = None,
        most_arcs: int = MOST_ARCS,
        tolerance: float = TOLERANCE,
    ) -> Answer:
        """Return the `k` nodes that matter most to these seeds; see `Walker.rank`.

        Seeds that are not known, or weigh nothing, are passed over; merged ones count for what
        they are merged into. `scales` weighs kinds of edges, `kinds` are those that may answer.
        """
        weighed = self.weighed(scales)
        ranked = self.walker.rank(
            self.ground(scales, gate=gate),
            seeds_of(self.numbers(seeds)),
            nodes=Nodes(
                self.register.kinds.values,
                float(np.dot(weighed.factors, np.array(self.matrix.volume, dtype=np.float64))),
            ),
            weighed=weighed,
            k=k,
            kinds=kinds,
            damping=damping,
            eps=eps,
            finest=finest,
            most_arcs=most_arcs,
            tolerance=tolerance,
        )
        return answered(ranked, register=self.register)

    def numbers(self, seeds: Mapping[Node, float]) -> dict[int, float]:
        """Return seeds by number, looked through merges; those of the same node are added up."""
        found: dict[int, float] = {}
        for number, weight in zip(self.register.find_all(seeds), seeds.values(), strict=True):
            if number is not None:
                final = self.merges.final(number)
                found[final] = found.get(final, 0.0) + weight
        return found

    def ground(self, scales: Scales = PLAIN, *, gate: Gate = OPEN) -> Ground:
        """Return what pushes walk on; good until the next write."""
        return ground(self.matrix, self.weighed(scales), gate=gate)

    def weighed(self, scales: Scales) -> Weighed:
        """Return degrees under these scales: computed when first asked for, then kept up."""
        found = self._weighed.get(scales)
        if found is None:
            found = weigh(self.matrix.degrees.values, self.register.kinds.values, scales)
            kept = list(self._weighed.items())[-MOST_SCALES + 1 :]
            self._weighed = dict([*kept, (scales, found)])
        return found

    def walking_with(self, engine: Engine) -> "KnowledgeGraph":
        """Return the same graph, not a copy, with another way of pushing: for measuring both."""
        twin = copy(self)
        twin.walker = Walker(engine)
        return twin

    def warm(self, scales: Scales = PLAIN) -> None:
        """Compute and compile what the first question would wait for."""
        self.walker.warm(self.ground(scales))

    @property
    def is_due(self) -> bool:
        """True when settling pays."""
        return self.matrix.is_due

    def begin_settling(self) -> Settling:
        """Copy what is to be made smaller; `Settling.build` comes to `end_settling`."""
        return Settling(compaction.begin(self.matrix), self.register.begin_settling())

    def end_settling(self, made: tuple[Base | None, Sorted] | None) -> None:
        """Put in place what was made; None gives it up."""
        base, keys = made or (None, None)
        compaction.end(self.matrix, base)
        self.register.end_settling(keys)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it holds, for `from_arrays`: views, so nobody may write until they are kept."""
        parts: dict[str, dict[str, NDArray[Any]]] = {
            "matrix": self.matrix.arrays,
            "register": self.register.arrays,
            "ledger": self.ledger.arrays,
            "graph": {
                "named": self._named.values,
                "merges": np.array(self.merges.pairs, dtype=np.int64).reshape(-1, 2),
            },
        }
        return {f"{part}.{name}": a for part, held in parts.items() for name, a in held.items()}

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], *, engine: Engine | None = None
    ) -> Self:
        """Return a graph as it was. It writes into the arrays: map files copy-on-write."""

        def of(part: str) -> dict[str, NDArray[Any]]:
            prefix = f"{part}."
            return {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}

        made = cls(engine=engine)
        made.matrix = Matrix.from_arrays(of("matrix"))
        made.register = Register.from_arrays(of("register"))
        made.ledger = Ledger.from_arrays(of("ledger"))
        made._named = Column.holding(np.asarray(arrays["graph.named"]))
        made.merges = Merges((one, into) for one, into in arrays["graph.merges"].tolist())
        return made

    def _numbered(self, edges: Sequence[Edge]) -> Said:
        """Return contributions by number; each end is named once more."""
        rows = []
        for edge in edges:
            if edge.one != edge.other:
                packed = edge.kind << KIND_SHIFT | edge.units
                rows.append((self._join(edge.one), self._join(edge.other), packed))
        return Said.of(rows)

    def _join(self, node: Node) -> int:
        """Return a node's number, and count that it is named once more."""
        number = self.register.add(node)
        self._named.grow(number + 1)
        self._named.values[number] += 1
        return number

    def _leave(self, number: int) -> None:
        """Count that a node is named once less; one that nothing names is no more."""
        self._named.values[number] -= 1
        if not self._named.values[number]:
            self.register.retire(number)

    def _count(self, changes: Counter[tuple[int, int, int]], said: Said, *, sign: int) -> None:
        """Add up what contributions change, looked through the merges as they stand."""
        final = self.merges.final
        for one, other, packed in said.rows():
            here, there = final(one), final(other)
            if here != there:
                key = (min(here, there), max(here, there), packed >> KIND_SHIFT)
                changes[key] += sign * (packed & HEAVIEST)

    def _remap(self, node: int, change: Callable[[], None]) -> None:
        """Change merges of a node, and move what it and those merged into it contribute."""
        said = self.ledger.naming(self.merges.group(node))
        changes: Counter[tuple[int, int, int]] = Counter()
        self._count(changes, said, sign=-1)
        change()
        self._count(changes, said, sign=1)
        self._apply(changes)

    def _apply(self, changes: Counter[tuple[int, int, int]]) -> None:
        real = [Change(*edge, units) for edge, units in changes.items() if units]
        self.matrix.apply(real)
        for weighed in self._weighed.values():
            weighed.degrees.grow(self.matrix.size)
        if not self._weighed or not real:
            return
        ends = {edge.one for edge in real} | {edge.other for edge in real}
        touched = np.fromiter(ends, np.int32, len(ends))
        units, kinds = self.matrix.degrees.values[touched], self.register.kinds.values[touched]
        for weighed in self._weighed.values():
            weighed.refresh(touched, units, kinds=kinds)

    def _looked_through(self) -> Edges:
        """Return all contributions with merged nodes replaced by what they are."""
        edges = self.ledger.everything()
        final = np.arange(self.register.size, dtype=np.int32)
        for one, _ in self.merges.pairs:
            final[one] = self.merges.final(one)
        ones: Indices = final[edges.one]
        others: Indices = final[edges.other]
        kept = ones != others
        return Edges(ones[kept], others[kept], edges.kinds[kept], edges.units[kept])


def _engine() -> Engine:
    """Stand in for the argument of the same name."""
    return engine()

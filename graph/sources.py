"""Who said what: the contributions of each source, so that what it gave can be taken back.

A source is whatever is written and deleted as one: a turn, a note, the synonyms found for a name.
It contributes edges, and the weight of an edge of the graph is the sum over its living sources.
Nothing here knows of merges: contributions keep the nodes that the source named.

Contributions stand in columns, one block a source, 12 bytes each. A block that is replaced or
dropped is blanked at once; when half the column is blank, it is written anew.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from graph.columns import Column
from graph.matrix import KIND_SHIFT, Edges, Indices, Ints, spans
from graph.model import HEAVIEST, Id, Node, NodeKind
from graph.register import Register, sort_keys

BLANK = -1
WORTH_TIDYING = 10_000


class Said(NamedTuple):
    """Contributions as columns: node numbers as the source named them, and packed weight."""

    ones: Indices
    others: Indices
    packed: Indices

    @classmethod
    def of(cls, rows: list[tuple[int, int, int]]) -> "Said":
        """Return rows of one, other and packed weight as columns."""
        columns = np.array(rows, dtype=np.int32).reshape(-1, 3)
        return cls(columns[:, 0], columns[:, 1], columns[:, 2])

    def rows(self) -> list[tuple[int, int, int]]:
        """Return them as rows."""
        return list(
            zip(self.ones.tolist(), self.others.tolist(), self.packed.tolist(), strict=True)
        )


class Ledger:
    """What every living source contributes."""

    def __init__(self) -> None:
        self._names = Register()
        self._starts: Column[np.int64] = Column(np.int64)
        self._counts: Column[np.int32] = Column(np.int32)
        self._ones: Column[np.int32] = Column(np.int32)
        self._others: Column[np.int32] = Column(np.int32)
        self._packed: Column[np.int32] = Column(np.int32)
        self._blank = 0

    @classmethod
    def of(cls, sources: Ints, said: Said) -> Self:
        """Return a ledger of contributions in any order, with the integer id of each's source."""
        made = cls()
        order = np.argsort(sources, kind="stable")
        ids, starts, counts = np.unique(sources[order], return_index=True, return_counts=True)
        made._names = Register.of(np.full(len(ids), NodeKind.TURN, np.int8), ids)
        made._starts = Column.holding(starts.astype(np.int64))
        made._counts = Column.holding(counts.astype(np.int32))
        made._ones, made._others, made._packed = (
            Column.holding(column[order].astype(np.int32)) for column in said
        )
        return made

    def __len__(self) -> int:
        """Return how many sources live."""
        return len(self._names)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it takes."""
        columns = (self._starts, self._counts, self._ones, self._others, self._packed)
        return self._names.nbytes + sum(column.nbytes for column in columns)

    def said(self, source: Id) -> Said:
        """Return what a source contributes: nothing, for one that is not known."""
        number = self._names.find(_named(source))
        if number is None:
            return Said.of([])
        begin = int(self._starts.values[number])
        return self._block(begin, begin + int(self._counts.values[number]))

    def replace(self, source: Id, said: Said) -> None:
        """Have a source contribute this and nothing else; nothing at all ends it."""
        known = self._names.find(_named(source))
        if known is not None:
            self._erase(known)
        if len(said.ones) == 0:
            if known is not None:
                self._names.retire(known)
            return
        number = self._names.add(_named(source))
        self._starts.grow(number + 1)
        self._counts.grow(number + 1)
        self._starts.values[number] = self._ones.extend(said.ones)
        self._others.extend(said.others)
        self._packed.extend(said.packed)
        self._counts.values[number] = len(said.ones)
        if self._blank > max(WORTH_TIDYING, self._ones.size // 2):
            self._tidy()

    def naming(self, nodes: set[int]) -> Said:
        """Return every contribution that names one of these nodes.

        Looks through all of them: some 20 ms for ten million.
        """
        wanted = np.array(sorted(nodes), dtype=np.int32)
        found = np.isin(self._ones.values, wanted) | np.isin(self._others.values, wanted)
        at = np.flatnonzero(found)
        return Said(self._ones.values[at], self._others.values[at], self._packed.values[at])

    def sources_naming(self, node: int) -> list[Id]:
        """Return the sources that name a node, by number; looks through all contributions."""
        found = (self._ones.values == node) | (self._others.values == node)
        at = np.flatnonzero(found)
        order = np.argsort(self._starts.values, kind="stable")
        order = order[self._counts.values[order] > 0]
        owners = order[np.searchsorted(self._starts.values[order], at, side="right") - 1]
        return [self._names.node(number).id for number in np.unique(owners).tolist()]

    def everything(self) -> Edges:
        """Return all contributions as edges, the same edge once for each source."""
        kept = self._ones.values != BLANK
        packed = self._packed.values[kept]
        return Edges(
            self._ones.values[kept],
            self._others.values[kept],
            (packed >> KIND_SHIFT).astype(np.int8),
            (packed & HEAVIEST).astype(np.int64),
        )

    def settle(self) -> None:
        """Make the sources cheaper to keep, where nobody is waiting."""
        self._names.end_settling(sort_keys(self._names.begin_settling()))

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it holds, for `from_arrays`."""
        held: dict[str, NDArray[Any]] = {
            "starts": self._starts.values,
            "counts": self._counts.values,
            "ones": self._ones.values,
            "others": self._others.values,
            "packed": self._packed.values,
            "blank": np.array([self._blank], dtype=np.int64),
        }
        return held | {f"name_{name}": array for name, array in self._names.arrays.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return a ledger as it was; it writes into the arrays."""
        made = cls()
        made._starts = Column.holding(np.asarray(arrays["starts"]))
        made._counts = Column.holding(np.asarray(arrays["counts"]))
        made._ones = Column.holding(np.asarray(arrays["ones"]))
        made._others = Column.holding(np.asarray(arrays["others"]))
        made._packed = Column.holding(np.asarray(arrays["packed"]))
        made._blank = int(arrays["blank"][0])
        made._names = Register.from_arrays(
            {
                name.removeprefix("name_"): array
                for name, array in arrays.items()
                if name.startswith("name_")
            }
        )
        return made

    def _block(self, begin: int, end: int) -> Said:
        """Return a copy, since the block may be blanked before it is used."""
        columns = (self._ones, self._others, self._packed)
        return Said(*(column.values[begin:end].copy() for column in columns))

    def _erase(self, number: int) -> None:
        begin = int(self._starts.values[number])
        end = begin + int(self._counts.values[number])
        self._counts.values[number] = 0
        self._ones.values[begin:end] = self._others.values[begin:end] = BLANK
        self._packed.values[begin:end] = 0
        self._blank += end - begin

    def _tidy(self) -> None:
        """Write the columns anew without what is blank."""
        counts = self._counts.values
        at = spans(self._starts.values, counts)
        self._starts.values[:] = np.cumsum(counts) - counts
        self._ones = Column.holding(self._ones.values[at])
        self._others = Column.holding(self._others.values[at])
        self._packed = Column.holding(self._packed.values[at])
        self._blank = 0


def _named(source: Id) -> Node:
    """Return what a source is registered as; the kind does not matter."""
    return Node(NodeKind.TURN, source)

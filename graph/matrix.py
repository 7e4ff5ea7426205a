"""Who is joined to whom: rows of arcs that do not move, with what is new kept beside them.

Nodes are numbers 0, 1, 2 and so on. An edge is two arcs, one in each end's row. Most arcs lie in
the *base*, a compressed sparse row matrix: 8 bytes an arc, which is its target and its kind
and weight packed into one integer. Nothing is ever inserted there. An arc of the base that
changes or goes is changed in place; a new arc goes into the *arena*, where each row that has any
owns a block that doubles as it fills. So a row is read as two slices, and adding or removing an
edge touches its two rows and nothing else. When much has changed, `graph.compaction` merges both
into a new base, beside the requests.

One may write, or many read, at a time: whoever holds a matrix sees to that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.columns import Column
from graph.model import HEAVIEST, EdgeKind

KIND_SHIFT = 28
KINDS = len(EdgeKind)
MOST_NODES = 2**28
"""A source, a target and a kind make one sortable integer of 59 bits."""

SMALLEST_BLOCK = 8
DUE_SHARE = 0.05
DUE_AT_LEAST = 20_000

Indices: TypeAlias = NDArray[np.int32]
Ints: TypeAlias = NDArray[np.int64]


class Change(NamedTuple):
    """So many units more, or fewer, of one kind between two nodes."""

    one: int
    other: int
    kind: int
    units: int


@dataclass(frozen=True, slots=True)
class Base:
    """Rows of arcs, by target and kind ascending. Row u is `[offsets[u] : offsets[u + 1]]`.

    `packed` holds kind * 2**28 + units, and 0 units for an arc that has gone.
    """

    offsets: Ints
    targets: Indices
    packed: Indices

    @property
    def size(self) -> int:
        """How many rows there are; later nodes have none."""
        return len(self.offsets) - 1

    @property
    def nbytes(self) -> int:
        """Bytes of memory, or of the mapped file."""
        return self.offsets.nbytes + self.targets.nbytes + self.packed.nbytes


class Edges(NamedTuple):
    """Edges as columns: `one` below `other`, ascending by one, other and kind."""

    one: Indices
    other: Indices
    kinds: NDArray[np.int8]
    units: Ints


class Matrix:
    """The edges of a graph, to be walked and changed.

    `arcs` is how many arcs there are, `volume` the units of all of them by kind.
    """

    def __init__(self) -> None:
        self.base = no_rows()
        self.starts: Column[np.int32] = Column(np.int32)
        self.used: Column[np.int32] = Column(np.int32)
        self.degrees: Column[np.int64] = Column(np.int64, width=KINDS)
        self.more_targets: Column[np.int32] = Column(np.int32)
        self.more_packed: Column[np.int32] = Column(np.int32)
        self.arcs = 0
        self.volume = [0] * KINDS
        self._holes = 0
        self._beyond: dict[tuple[int, int, int], int] = {}
        self._since: dict[tuple[int, int, int], int] | None = None

    @classmethod
    def of(cls, edges: Edges, *, nodes: int) -> Self:
        """Build from edges in any order; the same edge may come in several parts."""
        if nodes > MOST_NODES:
            raise ValueError(f"A graph holds at most {MOST_NODES:,} nodes, not {nodes:,}.")
        made = cls()
        made.reach(nodes)
        keys = np.concatenate(
            [
                arc_keys(edges.one, edges.other, edges.kinds),
                arc_keys(edges.other, edges.one, edges.kinds),
            ]
        )
        order = np.argsort(keys, kind="stable")
        keys, units = keys[order], np.concatenate([edges.units, edges.units])[order]
        del order
        if len(keys):
            firsts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
            keys, units = keys[firsts], np.add.reduceat(units, firsts)
        for at in np.flatnonzero(units > HEAVIEST).tolist():
            made._beyond[split_key(int(keys[at]))] = int(units[at])
        made._take(base_of(keys, np.minimum(units, HEAVIEST), nodes=nodes))
        return made

    @property
    def size(self) -> int:
        """How many nodes have a row, empty ones included."""
        return self.degrees.size

    @property
    def nbytes(self) -> int:
        """Bytes of memory that all of it takes, room to grow included."""
        columns = (self.starts, self.used, self.degrees, self.more_targets, self.more_packed)
        return self.base.nbytes + sum(column.nbytes for column in columns)

    @property
    def is_due(self) -> bool:
        """True when so much lies beside the base that merging pays, and nobody is at it."""
        beside = self.more_targets.size // 2 + self._holes
        due = max(DUE_AT_LEAST, int(DUE_SHARE * len(self.base.targets)))
        return beside >= due and self._since is None

    def reach(self, size: int) -> None:
        """Have rows for nodes 0 to `size` - 1."""
        for column in (self.starts, self.used):
            column.grow(size)
        self.degrees.grow(size)

    def apply(self, changes: Iterable[Change]) -> None:
        """Add each change to its edge. Nodes must be within reach.

        Raises `ValueError` for a self-loop, and when an edge would weigh less than nothing.
        """
        for one, other, kind, units in changes:
            if one == other:
                raise ValueError(f"Node {one} cannot be joined to itself.")
            self._change(one, other, kind, units)
            self._change(other, one, kind, units)

    def units(self, one: int, other: int, kind: int) -> int:
        """Return what the edge weighs, exactly; 0 where there is none."""
        at, packed = self._find(one, other, kind)
        stored = 0 if packed is None else int(packed[at]) & HEAVIEST
        return self._beyond.get((one, other, kind), stored)

    def row(self, node: int) -> tuple[Indices, NDArray[np.int8], Indices]:
        """Return a node's arcs as targets, kinds and units, by target and kind."""
        parts = [(self.base.targets, self.base.packed, *self._base_span(node))]
        start = int(self.starts.values[node])
        end = start + int(self.used.values[node])
        parts.append((self.more_targets.values, self.more_packed.values, start, end))
        targets = np.concatenate([t[begin:end] for t, _, begin, end in parts])
        packed = np.concatenate([p[begin:end] for _, p, begin, end in parts])
        units = packed & HEAVIEST
        kinds = packed >> KIND_SHIFT
        order = np.lexsort((kinds, targets))
        order = order[units[order] > 0]
        return targets[order], kinds[order].astype(np.int8), units[order]

    def edges(self, of_kinds: Iterable[int] = tuple(EdgeKind)) -> Edges:
        """Return every edge of these kinds with its exact weight."""
        sources, targets, packed = self.all_arcs()
        wanted = np.isin(np.arange(KINDS), list(of_kinds))
        kept = (sources < targets) & ((packed & HEAVIEST) > 0) & wanted[packed >> KIND_SHIFT]
        sources, targets, packed = sources[kept], targets[kept], packed[kept]
        kinds = (packed >> KIND_SHIFT).astype(np.int8)
        order = np.lexsort((kinds, targets, sources))
        found = Edges(
            sources[order],
            targets[order],
            kinds[order],
            (packed & HEAVIEST).astype(np.int64)[order],
        )
        for at in np.flatnonzero(found.units == HEAVIEST).tolist():
            key = int(found.one[at]), int(found.other[at]), int(found.kinds[at])
            found.units[at] = self._beyond.get(key, HEAVIEST)
        return found

    def all_arcs(self) -> tuple[Indices, Indices, Indices]:
        """Return sources, targets and packed weights of all arcs, those that went included."""
        rows = np.arange(self.size, dtype=np.int32)
        used = self.used.values
        lengths = np.diff(self.base.offsets)
        beside = spans(self.starts.values, used)
        return (
            np.concatenate([np.repeat(rows[: self.base.size], lengths), np.repeat(rows, used)]),
            np.concatenate([self.base.targets, self.more_targets.values[beside]]),
            np.concatenate([self.base.packed, self.more_packed.values[beside]]),
        )

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it holds, for `from_arrays`: views, so nobody may write until they are kept."""
        beyond = [(*key, total) for key, total in sorted(self._beyond.items())]
        return {
            "offsets": self.base.offsets,
            "targets": self.base.targets,
            "packed": self.base.packed,
            "starts": self.starts.values,
            "used": self.used.values,
            "degrees": self.degrees.values,
            "more_targets": self.more_targets.values,
            "more_packed": self.more_packed.values,
            "beyond": np.array(beyond, dtype=np.int64).reshape(-1, 4),
            "counts": np.array([self.arcs, self._holes], dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return a matrix as it was. It writes into the arrays: map files copy-on-write."""
        made = cls()
        made.base = Base(*(np.asarray(arrays[name]) for name in ("offsets", "targets", "packed")))
        made.starts = Column.holding(np.asarray(arrays["starts"]))
        made.used = Column.holding(np.asarray(arrays["used"]))
        made.degrees = Column.holding(np.asarray(arrays["degrees"]))
        made.more_targets = Column.holding(np.asarray(arrays["more_targets"]))
        made.more_packed = Column.holding(np.asarray(arrays["more_packed"]))
        made._beyond = {(u, v, k): total for u, v, k, total in arrays["beyond"].tolist()}
        made.arcs, made._holes = arrays["counts"].tolist()
        made.volume = made.degrees.values.sum(axis=0).tolist()
        return made

    def begin_logging(self) -> None:
        """Remember from here on what every changed arc weighs."""
        self._since = {}

    def replace(self, base: Base | None) -> None:
        """Put a new base in place, made when logging began; None keeps the old one."""
        since, self._since = self._since or {}, None
        if base is None:
            return
        self.base = base
        self.starts.values[:] = 0
        self.used.values[:] = 0
        self.more_targets, self.more_packed = Column(np.int32), Column(np.int32)
        self._holes = 0
        for (one, other, kind), stored in since.items():
            self._store(one, other, kind, stored, found=self._find(one, other, kind))

    def _take(self, base: Base) -> None:
        self.base = base
        self.arcs = len(base.targets)
        rows = np.repeat(np.arange(base.size), np.diff(base.offsets))
        kinds = base.packed >> KIND_SHIFT
        units = base.packed & HEAVIEST
        for kind in EdgeKind:
            of_kind = np.flatnonzero(kinds == kind)
            self.degrees.values[: base.size, kind] = _sums(rows[of_kind], units[of_kind], base.size)
        self.volume = self.degrees.values.sum(axis=0).tolist()

    def _change(self, one: int, other: int, kind: int, units: int) -> None:
        found = at, packed = self._find(one, other, kind)
        old = 0 if packed is None else int(packed[at]) & HEAVIEST
        key = (one, other, kind)
        total = (self._beyond.pop(key, old) if old == HEAVIEST else old) + units
        if total < 0:
            raise ValueError(f"The edge {one}-{other} of kind {kind} has fewer units than that.")
        if total > HEAVIEST:
            self._beyond[key] = total
        stored = min(total, HEAVIEST)
        self.degrees.values[one, kind] += stored - old
        self.volume[kind] += stored - old
        self.arcs += (stored > 0) - (old > 0)
        if self._since is not None:
            self._since[key] = stored
        self._store(one, other, kind, stored, found=found)

    def _store(
        self, one: int, other: int, kind: int, units: int, *, found: tuple[int, Indices | None]
    ) -> None:
        """Write what an arc weighs; 0 takes it out of the arena, or makes it a hole of the base."""
        at, packed = found
        if packed is None:
            if units:
                self._append(one, other, kind << KIND_SHIFT | units)
            return
        if packed is self.base.packed:
            self._holes += (units == 0) - (not int(packed[at]) & HEAVIEST)
            packed[at] = kind << KIND_SHIFT | units
        elif units:
            packed[at] = kind << KIND_SHIFT | units
        else:
            self._drop(one, at)

    def _find(self, one: int, other: int, kind: int) -> tuple[int, Indices | None]:
        """Return where an arc is packed: in the base or in the arena, if anywhere."""
        begin, end = self._base_span(one)
        if begin < end:
            targets, packed = self.base.targets, self.base.packed
            at = begin + int(targets[begin:end].searchsorted(other))
            while at < end and targets[at] == other:
                if int(packed[at]) >> KIND_SHIFT == kind:
                    return at, packed
                at += 1
        used = int(self.used.values[one])
        if used:
            start = int(self.starts.values[one])
            more = self.more_packed.values
            same = self.more_targets.values[start : start + used] == other
            for found in same.nonzero()[0].tolist():
                if int(more[start + found]) >> KIND_SHIFT == kind:
                    return start + found, more
        return -1, None

    def _base_span(self, node: int) -> tuple[int, int]:
        if node >= self.base.size:
            return 0, 0
        return int(self.base.offsets[node]), int(self.base.offsets[node + 1])

    def _append(self, one: int, other: int, packed: int) -> None:
        used = int(self.used.values[one])
        if used == _room(used):
            self._move(one, used)
        at = int(self.starts.values[one]) + used
        self.more_targets.values[at] = other
        self.more_packed.values[at] = packed
        self.used.values[one] = used + 1

    def _move(self, node: int, used: int) -> None:
        """Give a row a block twice as large at the end of the arena."""
        start = int(self.starts.values[node])
        begin = self.more_targets.size
        for column in (self.more_targets, self.more_packed):
            column.grow(begin + _room(used + 1))
            column.values[begin : begin + used] = column.values[start : start + used]
            column.values[start : start + used] = 0
        self.starts.values[node] = begin

    def _drop(self, node: int, at: int) -> None:
        """Take an arc out of the arena; the row's last one takes its place."""
        last = int(self.starts.values[node]) + int(self.used.values[node]) - 1
        for values in (self.more_targets.values, self.more_packed.values):
            values[at] = values[last]
            values[last] = 0
        self.used.values[node] -= 1


def no_rows() -> Base:
    """Return a base without rows."""
    return Base(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, np.int32))


def arc_keys(sources: Indices, targets: Indices, kinds: NDArray[Any]) -> Ints:
    """Return an integer for each arc, ascending as arcs stand in a base."""
    keys: Ints = sources.astype(np.int64) << 31 | targets.astype(np.int64) << 3 | kinds
    return keys


def split_key(key: int) -> tuple[int, int, int]:
    """Return source, target and kind of an `arc_keys` integer."""
    return key >> 31, key >> 3 & (MOST_NODES - 1), key & 7


def base_of(keys: Ints, units: Ints, *, nodes: int) -> Base:
    """Return a base of arcs that are ascending and distinct."""
    offsets = np.searchsorted(keys, np.arange(nodes + 1, dtype=np.int64) << 31)
    return Base(
        offsets.astype(np.int64),
        (keys >> 3 & (MOST_NODES - 1)).astype(np.int32),
        ((keys & 7) << KIND_SHIFT | units).astype(np.int32),
    )


def spans(starts: NDArray[Any], lengths: NDArray[Any]) -> Ints:
    """Return the positions of all slices `[start : start + length]`, one after another."""
    lengths = lengths.astype(np.int64)
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - ends + lengths, lengths) + np.arange(total, dtype=np.int64)


def _room(used: int) -> int:
    """Return how long the block of a row with so many arcs is.

    After removals it may be longer than this says, which costs room and nothing else.
    """
    return 0 if used == 0 else max(SMALLEST_BLOCK, 1 << (used - 1).bit_length())


def _sums(rows: Ints, units: Indices, size: int) -> Ints:
    """Return the sum of units a row, exactly: in two halves, since bincount adds up floats."""
    low = np.bincount(rows, weights=units & 0xFFFF, minlength=size).astype(np.int64)
    high = np.bincount(rows, weights=units >> 16, minlength=size).astype(np.int64)
    total: Ints = low + (high << 16)
    return total

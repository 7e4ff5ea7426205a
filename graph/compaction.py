"""Merging what lies beside a matrix into a new base, while the matrix goes on answering.

`begin` copies what lies beside (a few per cent), `build` may take seconds and disturbs nobody,
`end` puts the new base in place and applies to it what changed in between. `begin` and `end`
write: they need the matrix to themselves, for as long as copying and replaying take.

While `build` reads the old base, somebody may change weights in it. It does not matter which
value it meets: whatever changed since `begin` was logged, and `end` writes it again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.matrix import (
    KIND_SHIFT,
    Base,
    Indices,
    Ints,
    Matrix,
    arc_keys,
    base_of,
    no_rows,
    spans,
)
from graph.model import HEAVIEST

ARCS_AT_ONCE = 1_000_000
"""How many arcs are merged at a time: some 50 MB of working memory."""


@dataclass(frozen=True, slots=True)
class Compaction:
    """What is to be merged: the old base, and arcs beside it by key."""

    base: Base
    keys: Ints
    units: Ints
    nodes: int

    def build(self, go_on: Callable[[], bool] = lambda: True) -> Base | None:
        """Return the new base; None when `go_on`, which is asked often, says no."""
        parts = []
        for part in self._parts():
            if not go_on():
                return None
            parts.append(part)
        return _joined(parts)

    def _parts(self) -> Iterator[Base]:
        first = 0
        while first < self.nodes:
            last = self._last_row(first)
            keys, units = _arcs_of(self.base, first, last)
            begin, end = np.searchsorted(self.keys, [first << 31, last << 31])
            keys = np.concatenate([keys, self.keys[begin:end]])
            units = np.concatenate([units, self.units[begin:end]])
            order = np.argsort(keys, kind="stable")
            yield base_of(keys[order] - (first << 31), units[order], nodes=last - first)
            first = last

    def _last_row(self, first: int) -> int:
        """Return the row before which a part ends that begins at `first`."""
        if first >= self.base.size:
            return self.nodes
        up_to = int(self.base.offsets[first]) + ARCS_AT_ONCE
        last = max(first + 1, int(np.searchsorted(self.base.offsets, up_to, side="right")) - 1)
        return self.nodes if last >= self.base.size else last


def begin(matrix: Matrix) -> Compaction:
    """Copy what lies beside the base, and have the matrix log what changes from here on."""
    used = matrix.used.values
    rows = np.repeat(np.arange(matrix.size, dtype=np.int32), used)
    beside = spans(matrix.starts.values, used)
    targets = matrix.more_targets.values[beside]
    packed = matrix.more_packed.values[beside]
    keys = arc_keys(rows, targets, packed >> KIND_SHIFT)
    order = np.argsort(keys)
    matrix.begin_logging()
    return Compaction(
        matrix.base, keys[order], (packed & HEAVIEST).astype(np.int64)[order], matrix.size
    )


def end(matrix: Matrix, made: Base | None) -> None:
    """Put the new base in place; None gives it up, as when it could not be built."""
    matrix.replace(made)


def compact(matrix: Matrix) -> None:
    """Merge at once, where nobody is waiting."""
    end(matrix, begin(matrix).build())


def _arcs_of(base: Base, first: int, last: int) -> tuple[Ints, Ints]:
    """Return keys and units of the arcs of some rows that have not gone."""
    offsets = base.offsets[min(first, base.size) : min(last, base.size) + 1]
    packed = base.packed[offsets[0] : offsets[-1]].copy()  # one look at what may be changing
    targets = base.targets[offsets[0] : offsets[-1]]
    rows = np.repeat(np.arange(first, first + len(offsets) - 1, dtype=np.int32), np.diff(offsets))
    units = (packed & HEAVIEST).astype(np.int64)
    kept = units > 0
    return arc_keys(rows[kept], targets[kept], packed[kept] >> KIND_SHIFT), units[kept]


def _joined(parts: list[Base]) -> Base:
    if not parts:
        return no_rows()
    counts: list[NDArray[np.int64]] = [np.diff(part.offsets) for part in parts]
    offsets = np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64)
    targets: Indices = np.concatenate([part.targets for part in parts])
    return Base(offsets, targets, np.concatenate([part.packed for part in parts]))

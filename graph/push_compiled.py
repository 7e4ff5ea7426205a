"""Forward push, compiled by numba: the walk of `graph.push`, one node at a time.

What a question touches is numbered 0, 1, 2 and so on as it is touched, by a hash table, and all
that is kept of it lies in small arrays by that number. So a question takes memory for what it
touches and not for the graph, nothing has to be cleared, and almost every access hits the cache;
what misses it, the degrees of a row's targets, is fetched for many targets at once.

Importing this module needs numba, from the extra `[fast]`. The first push of an installation
compiles for some seconds; the result is kept beside this file, or where numba finds a folder.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from graph.matrix import KIND_SHIFT, Indices, Ints
from graph.model import HEAVIEST
from graph.walk import Floats, Ground, Reached, Seeds

Function = TypeVar("Function", bound=Callable[..., Any])

FIRST_ROOM = 1 << 13
AT_ONCE = 256
"""Targets whose degrees are fetched together."""

LOOK = 16
"""Arcs of a row that are looked at together when only some are visible."""

MIXER = np.uint64(0x9E37_79B9_7F4A_7C15)

RESTED, WAITING = 0, 1


def _compiled(function: Function) -> Function:
    """Compile, and keep the result where numba finds a folder to keep it in."""
    jit: Any = numba.njit  # Any, because its types say nothing of what it returns
    try:
        made: Function = jit(cache=True, nogil=True)(function)
    except RuntimeError:  # no folder can be written: compile anew in each process
        made = jit(nogil=True)(function)
    return made


class CompiledPush:
    """A `Push` in compiled code."""

    def __init__(self, ground: Ground, seeds: Seeds, *, restart: float) -> None:
        self._ground = ground
        self._restart = restart
        self._arcs = 0
        self._count = 0
        self._table, self._kept = _room_for(
            max(FIRST_ROOM, 1 << (2 * len(seeds.nodes) + AT_ONCE).bit_length())
        )
        self._count = _start(
            ground.degrees,
            seeds.nodes,
            seeds.weights,
            *self._table,
            self._kept[0],
            ground.is_gated,
        )

    def refine(self, *, eps: float, most_arcs: int) -> bool:
        """Push until no residual is above `eps` times its node's degree."""
        while True:
            self._count, self._arcs, outcome = _walk(
                *self._ground,
                *self._table,
                *self._kept,
                self._count,
                self._arcs,
                eps,
                self._restart,
                most_arcs,
            )
            if outcome != FULL:
                return bool(outcome == FINISHED)
            self._outgrow()

    @property
    def reached(self) -> Reached:
        """What it came to."""
        count = self._count
        (_, nodes, residual), (_, _, mass, _, _) = self._table, self._kept
        return Reached(nodes[:count], mass[:count], residual[:count])

    @property
    def arcs(self) -> int:
        """How many arcs were walked."""
        return int(self._arcs)

    def close(self) -> None:
        """Nothing is kept."""

    def _outgrow(self) -> None:
        """Move what is held to arrays four times as large; who waits is found anew."""
        count = self._count
        table, kept = _room_for(4 * len(self._table.nodes))
        olds: list[NDArray[Any]] = [*self._table[1:], *self._kept[:3]]
        news: list[NDArray[Any]] = [*table[1:], *kept[:3]]
        for old, new in zip(olds, news, strict=True):
            new[:count] = old[:count]
        _hash_all(table.slots, table.nodes, count)
        self._table, self._kept = table, kept


class Table(NamedTuple):
    """A hash table from nodes to their numbers, and what is left to spread on each."""

    slots: Indices
    nodes: Indices
    residual: Floats


class Kept(NamedTuple):
    """What else is kept of a touched node, by its number; `ring` holds those that wait.

    Under a gate, `degrees` is the visible weight of the first `seen` arcs, -1 for all of them.
    """

    degrees: Floats
    seen: Ints
    mass: Floats
    ring: Indices
    state: NDArray[np.int8]


def _room_for(room: int) -> tuple[Table, Kept]:
    """Return arrays for so many touched nodes, a power of two."""
    return (
        Table(np.full(2 * room, -1, np.int32), np.empty(room, np.int32), np.empty(room)),
        Kept(
            np.empty(room),
            np.zeros(room, np.int64),
            np.zeros(room),
            np.empty(room, np.int32),
            np.zeros(room, np.int8),
        ),
    )


FINISHED, FULL, STOPPED = 0, 1, 2


@_compiled
def _find(slots: Any, nodes: Any, node: int) -> Any:
    """Return the slot of a node and its number, -1 where it has none yet."""
    mask = len(slots) - 1
    slot = np.int64((np.uint64(node) * MIXER) >> np.uint64(33)) & mask
    while True:
        number = slots[slot]
        if number < 0 or nodes[number] == node:
            return slot, number
        slot = (slot + 1) & mask


@_compiled
def _hash_all(slots: Any, nodes: Any, count: int) -> None:
    for number in range(count):
        slot, _ = _find(slots, nodes, nodes[number])
        slots[slot] = number


@_compiled
def _start(  # noqa: PLR0917  compiled code takes arguments by place
    all_degrees: Any,
    seeds: Any,
    weights: Any,
    slots: Any,
    nodes: Any,
    residual: Any,
    degrees: Any,
    is_gated: bool,  # noqa: FBT001  the same
) -> int:
    for number in range(len(seeds)):
        slot, _ = _find(slots, nodes, seeds[number])
        slots[slot] = number
        nodes[number] = seeds[number]
        residual[number] = weights[number]
        degrees[number] = 0.0 if is_gated else all_degrees[seeds[number]]
    return len(seeds)


@_compiled
def _look(ground: Any, node: int, seen: int, known: float, enough: float) -> Any:
    """Look at more of a row until its visible weight is `enough`, or all of it was seen.

    Returns how many arcs were seen, -1 for all, and the visible weight of these.
    """
    offsets, targets, packed, starts, used, more_targets, more_packed, factors, gate = ground
    in_base = 0
    begin = np.int64(0)
    if node < len(offsets) - 1:
        begin = offsets[node]
        in_base = offsets[node + 1] - begin
    length = in_base + used[node]
    while seen < length and known < enough:
        stop = min(seen + LOOK, length)
        for at in range(seen, stop):
            if at < in_base:
                target, weight = targets[begin + at], packed[begin + at]
            else:
                beside = starts[node] + at - in_base
                target, weight = more_targets[beside], more_packed[beside]
            known += factors[weight >> KIND_SHIFT] * (weight & HEAVIEST) * gate[target]
        seen = stop
    return (-1 if seen >= length else seen), known


@_compiled
def _walk(  # noqa: C901, PLR0912, PLR0915, PLR0917  one loop, which a call within would slow down
    offsets: Any,
    targets: Any,
    packed: Any,
    starts: Any,
    used: Any,
    more_targets: Any,
    more_packed: Any,
    factors: Any,
    all_degrees: Any,
    gate: Any,
    slots: Any,
    nodes: Any,
    residual: Any,
    degrees: Any,
    seen: Any,
    mass: Any,
    ring: Any,
    state: Any,
    count: int,
    arcs: int,
    eps: float,
    restart: float,
    most_arcs: int,
) -> Any:
    """Push from a ring of waiting nodes; return count, arcs and how it ended.

    Under a gate, `degrees` holds the visible weight of the arcs seen so far, and a node waits
    only when all of its row was seen and its residual is above the bound all the same.
    """
    room = len(ring)
    is_gated = len(gate) > 0
    row_ground = (
        offsets,
        targets,
        packed,
        starts,
        used,
        more_targets,
        more_packed,
        factors,
        gate,
    )
    fetched = np.empty(AT_ONCE)
    waiting = 0
    for number in range(count):
        state[number] = RESTED
        held = residual[number]
        if is_gated:
            welcome = eps * gate[nodes[number]]
            if seen[number] >= 0 and held > welcome * degrees[number]:
                seen[number], degrees[number] = _look(
                    row_ground, nodes[number], seen[number], degrees[number], held / welcome
                )
            is_due = seen[number] < 0 and held > welcome * degrees[number]
        else:
            is_due = held > eps * degrees[number]
        if is_due:
            ring[waiting] = number
            state[number] = WAITING
            waiting += 1
    head, tail = 0, waiting % room
    while waiting > 0:
        if arcs >= most_arcs:
            return count, arcs, STOPPED
        number = ring[head]
        node = nodes[number]
        in_base = offsets[node + 1] - offsets[node] if node < len(offsets) - 1 else 0
        if count + in_base + used[node] > room:
            return count, arcs, FULL
        head = head + 1 if head + 1 < room else 0
        waiting -= 1
        state[number] = RESTED
        held = residual[number]
        residual[number] = 0.0
        mass[number] += restart * held
        share = (1.0 - restart) * held / degrees[number]
        for part in range(2):
            if part == 0:
                if in_base == 0:
                    continue
                begin, end = offsets[node], offsets[node + 1]
                row, weights = targets, packed
            else:
                begin = np.int64(starts[node])
                end = begin + used[node]
                row, weights = more_targets, more_packed
            arcs += end - begin
            while begin < end:
                stop = min(end, begin + AT_ONCE)
                for at in range(begin, stop):
                    fetched[at - begin] = gate[row[at]] if is_gated else all_degrees[row[at]]
                for at in range(begin, stop):
                    weight = weights[at]
                    passed = share * factors[weight >> KIND_SHIFT] * (weight & HEAVIEST)
                    if is_gated:
                        passed *= fetched[at - begin]
                    if passed == 0.0:
                        continue
                    slot, other = _find(slots, nodes, row[at])
                    if other < 0:
                        other = count
                        count += 1
                        slots[slot] = other
                        nodes[other] = row[at]
                        residual[other] = passed
                        mass[other] = 0.0
                        seen[other] = 0
                        degrees[other] = 0.0 if is_gated else fetched[at - begin]
                        state[other] = RESTED
                    else:
                        residual[other] += passed
                        if state[other] == WAITING:
                            continue
                    now = residual[other]
                    if is_gated:
                        welcome = eps * fetched[at - begin]
                        if seen[other] >= 0 and now > welcome * degrees[other]:
                            seen[other], degrees[other] = _look(
                                row_ground, row[at], seen[other], degrees[other], now / welcome
                            )
                        is_due = seen[other] < 0 and now > welcome * degrees[other]
                    else:
                        is_due = now > eps * degrees[other]
                    if is_due:
                        state[other] = WAITING
                        ring[tail] = other
                        tail = tail + 1 if tail + 1 < room else 0
                        waiting += 1
                begin = stop
    return count, arcs, FINISHED

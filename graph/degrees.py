"""How much weight leaves each node, under given scales for the kinds of edges.

A question may weigh kinds of edges differently: links off, adjacency stronger. The matrix keeps
each node's units for every kind apart, and this keeps their weighted sums for the few scales in
use. They are always computed from the integers, never added to, so they do not drift.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.columns import Column
from graph.matrix import KINDS
from graph.model import UNIT, EdgeKind

Floats: TypeAlias = NDArray[np.float64]
Scales: TypeAlias = tuple[float, ...]
"""A factor for each kind of edge, in the order of `EdgeKind`."""

PLAIN: Scales = (1.0,) * KINDS
"""Every kind as it weighs."""

MOST_SCALES = 4
HUBS = 512


def scales(factors: Mapping[EdgeKind, float], *, others: float = 1.0) -> Scales:
    """Return scales with these factors; kinds that are not named get `others`.

    Raises `ValueError` for a factor below zero.
    """
    made = tuple(float(factors.get(kind, others)) for kind in EdgeKind)
    if min(made) < 0:
        raise ValueError("A kind of edge cannot weigh less than nothing.")
    return made


@dataclass(slots=True)
class Hubs:
    """The heaviest nodes of one kind, as they were; no other weighs more than `rest`.

    `members` are the same nodes, to be looked up.
    """

    nodes: NDArray[np.int32]
    members: frozenset[int]
    rest: float


@dataclass(slots=True)
class Weighed:
    """Degrees under one tuple of scales, in weight (1.0 = `UNIT` units), and who has the most."""

    factors: Floats
    degrees: Column[np.float64]
    hubs: dict[int, Hubs]

    def refresh(
        self, nodes: NDArray[np.int32], units: NDArray[np.int64], *, kinds: NDArray[np.int8]
    ) -> None:
        """Take over the degrees of nodes that changed: `units` has a row for each."""
        fresh = (units * self.factors).sum(axis=1)
        self.degrees.values[nodes] = fresh
        for node, degree, kind in zip(nodes.tolist(), fresh.tolist(), kinds.tolist(), strict=True):
            hubs = self.hubs.get(kind)
            if hubs is None:
                hubs = self.hubs[kind] = Hubs(np.empty(0, np.int32), frozenset(), 0.0)
            if degree > hubs.rest and node not in hubs.members:
                hubs.rest = degree


def weigh(units: NDArray[np.int64], kinds: NDArray[np.int8], by: Scales) -> Weighed:
    """Compute every node's degree; `units` has shape (n, kinds of edges), `kinds` shape (n,)."""
    factors = np.array(by, dtype=np.float64) / UNIT
    degrees = (units * factors).sum(axis=1)
    hubs = {}
    for kind in np.unique(kinds).tolist():
        nodes = np.flatnonzero(kinds == kind).astype(np.int32)
        rest = 0.0
        if len(nodes) > HUBS:
            of_kind = degrees[nodes]
            order = np.argpartition(of_kind, len(nodes) - HUBS - 1)
            rest = float(of_kind[order[len(nodes) - HUBS - 1]])
            nodes = nodes[order[len(nodes) - HUBS :]]
        hubs[kind] = Hubs(nodes, frozenset(nodes.tolist()), rest)
    return Weighed(factors, Column.holding(degrees), hubs)

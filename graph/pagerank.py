"""Who matters to a question: personalized PageRank from its seeds, with what is certain about it.

A push leaves every node's mass short by an unknown part of a known bound. Three things are made
of it for each node v, with pi(v) what exact PageRank would say:

- **lower**: mass + restart * residual. Of what v holds, at least `restart` ends there.
- **upper**: lower + (1 - restart) * min(ratio * degree(v), left). `ratio` is the largest residual
  by degree that is left anywhere, and `left` the sum of all residuals. The first holds because
  edges have no direction (degree(u) pi(u, v) = degree(v) pi(v, u)) and because v itself keeps at
  least `restart` of what it has; the second because any other walk must take a step to end on v.
- **mass**, the estimate that nodes are ranked by, between the two: what is left elsewhere is
  taken to arrive in proportion to degree, as walks do in the end. This matters for hubs, which
  gather a little from everywhere; they are where a push alone is furthest off.

A set of best nodes is *proven* when the least lower end among them is not below the highest upper
end outside, untouched nodes included: no exact computation would choose otherwise.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.degrees import Weighed
from graph.matrix import Indices
from graph.push import Desk, FrontierPush, rows_of
from graph.walk import Floats, Ground, Push, Reached, Seeds

Engine: TypeAlias = Literal["compiled", "numpy"]

DAMPING = 0.5
"""The share of walks that go on at each step: HippoRAG 2's and LinearRAG's."""

EPS = 1e-5
"""On a power-law graph of 1M nodes and 10M edges: 20,000 arcs, and a true top 20."""

COARSE = 10.0
"""The first pass keeps a bound so many times wider, which is often enough."""

MOST_ARCS = 2_000_000
"""Where a question stops in any case: at some 50 ms compiled."""

TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class Ranked:
    """The best nodes, best first, each with its mass and what that is certain to lie between.

    `is_proven` says that exactly these are the best. `is_close` says that each of them is
    certain to be within the tolerance of the worst of the true best. `eps` is the bound that was
    kept, `arcs` how many arcs were walked and `touched` how many nodes were reached.
    """

    nodes: Indices
    mass: Floats
    lower: Floats
    upper: Floats
    is_proven: bool
    is_close: bool
    eps: float
    arcs: int
    touched: int


@dataclass(frozen=True, slots=True)
class Nodes:
    """What is known of a graph's nodes: the kind of each, and what their degrees add up to."""

    kinds: NDArray[np.int8]
    volume: float


def engine() -> Engine:
    """Return the fastest engine that is installed."""
    return "compiled" if find_spec("numba") is not None else "numpy"


class Walker:
    """Answers questions on one graph, any number at a time; `engine` is how it pushes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._desk = Desk()

    @property
    def nbytes(self) -> int:
        """Bytes of working memory that is kept between questions."""
        return self._desk.nbytes

    def warm(self, ground: Ground) -> None:
        """Load what has to be compiled, so that no question waits for it."""
        for each in (ground, ground._replace(gate=np.ones(len(ground.degrees), np.float32))):
            push = self._push(each, Seeds(np.empty(0, np.int32), np.empty(0)), restart=0.5)
            push.refine(eps=1.0, most_arcs=0)
            push.close()

    def rank(
        self,
        ground: Ground,
        seeds: Seeds,
        *,
        nodes: Nodes,
        weighed: Weighed,
        k: int,
        kinds: Collection[int] | None = None,
        damping: float = DAMPING,
        eps: float = EPS,
        finest: float | None = None,
        most_arcs: int = MOST_ARCS,
        tolerance: float = TOLERANCE,
    ) -> Ranked:
        """Return the `k` best nodes of these kinds of node (None: of any).

        Seeds are distinct nodes with weights above zero; hidden ones are left out. The push is
        refined from a coarse bound down to `eps` until the answer is close for certain, and,
        where `finest` is smaller, further down to that; it stops at some `most_arcs` arcs.
        No visible seed means an empty answer.
        """
        restart = 1.0 - damping
        connected, lone = settle(ground, seeds, restart=restart)
        push = self._push(ground, connected, restart=restart)
        try:
            found = None
            for bound in _bounds(eps, finest):
                finished = push.refine(eps=bound, most_arcs=most_arcs)
                found = _rank(
                    push.reached,
                    lone,
                    ground=ground,
                    nodes=nodes,
                    weighed=weighed,
                    k=k,
                    kinds=kinds,
                    restart=restart,
                    eps=bound if finished else float("inf"),
                    tolerance=tolerance,
                    arcs=push.arcs,
                )
                if found.is_close or not finished:
                    break
        finally:
            push.close()
        assert found is not None  # noqa: S101  there is always a bound
        return found

    def reach(
        self, ground: Ground, seeds: Seeds, *, damping: float = DAMPING, eps: float = EPS
    ) -> Reached:
        """Return all that a push to `eps` reaches, copied, for `graph.why`."""
        restart = 1.0 - damping
        connected, lone = settle(ground, seeds, restart=restart)
        push = self._push(ground, connected, restart=restart)
        try:
            push.refine(eps=eps, most_arcs=MOST_ARCS)
            nodes, mass, residual = push.reached
            return Reached(
                np.concatenate([nodes, lone.nodes]),
                np.concatenate([mass, lone.weights]),
                np.concatenate([residual, np.zeros(len(lone.nodes))]),
            )
        finally:
            push.close()

    def _push(self, ground: Ground, seeds: Seeds, *, restart: float) -> Push:
        if self.engine == "compiled":
            from graph.push_compiled import CompiledPush  # noqa: PLC0415  numba need not be there

            return CompiledPush(ground, seeds, restart=restart)
        return FrontierPush(ground, seeds, restart=restart, desk=self._desk)


def seeds_of(weights: Mapping[int, float]) -> Seeds:
    """Return seeds of weights by node; those not above zero are left out."""
    kept = {node: weight for node, weight in weights.items() if weight > 0.0}
    return Seeds(
        np.fromiter(kept.keys(), np.int32, len(kept)),
        np.fromiter(kept.values(), np.float64, len(kept)),
    )


def settle(ground: Ground, seeds: Seeds, *, restart: float) -> tuple[Seeds, Seeds]:
    """Return the seeds to push from, and those without a visible edge with their final mass.

    A walk that cannot leave its seed starts again, from any seed. With `alone` the share of mass
    that starts on such seeds, that makes every other walk 1 / (1 - (1 - restart) * alone) times
    as frequent, so they need no pushing.
    """
    visible = np.ones(len(seeds.nodes), np.bool_)
    if ground.is_gated:
        visible = ground.gate[seeds.nodes] > 0
    nodes, weights = seeds.nodes[visible], seeds.weights[visible]
    if len(nodes) == 0:
        return Seeds(nodes, weights), Seeds(nodes, weights)
    weights = weights / weights.sum()
    if ground.is_gated:
        arcs = rows_of(ground, nodes)
        lone = np.bincount(arcs.owners, weights=arcs.weights, minlength=len(nodes)) == 0
    else:
        lone = ground.degrees[nodes] == 0
    weights = weights / (1.0 - (1.0 - restart) * float(weights[lone].sum()))
    return Seeds(nodes[~lone], weights[~lone]), Seeds(nodes[lone], restart * weights[lone])


def _bounds(eps: float, finest: float | None) -> list[float]:
    bounds = [COARSE * eps, eps]
    while finest is not None and bounds[-1] > finest:
        bounds.append(max(bounds[-1] / 4.0, finest))
    return bounds


def _rank(
    reached: Reached,
    lone: Seeds,
    *,
    ground: Ground,
    nodes: Nodes,
    weighed: Weighed,
    k: int,
    kinds: Collection[int] | None,
    restart: float,
    eps: float,
    tolerance: float,
    arcs: int,
) -> Ranked:
    """Make lower ends, upper ends and estimates of what was reached, and take the best."""
    found, mass, residual = reached
    degrees = ground.degrees[found]
    left = float(residual.sum())
    widest = 1.0
    if ground.is_gated:  # at most this much of a degree is visible
        widest = float(ground.gate.max())
        degrees = degrees * ground.gate[found] * widest
        ratio, widest = eps, widest * widest
    else:
        ratio = float((residual / degrees).max(initial=0.0))
    lower = mass + restart * residual
    gap = (1.0 - restart) * np.minimum(ratio * degrees, left)
    elsewhere = np.maximum(left - residual, 0.0)
    drift = 0.0 if ground.is_gated else elsewhere * degrees / max(nodes.volume, 1e-300)
    likely = lower + np.minimum((1.0 - restart) * drift, gap)

    among = np.concatenate([found, lone.nodes])
    lower = np.concatenate([lower, lone.weights])
    upper = lower + np.concatenate([gap, np.zeros(len(lone.nodes))])
    likely = np.concatenate([likely, lone.weights])
    if kinds is not None:
        asked = np.zeros(128, dtype=np.bool_)
        asked[list(kinds)] = True
        may = np.flatnonzero(asked[nodes.kinds[among]])
        among, lower, upper, likely = among[may], lower[may], upper[may], likely[may]
    best = _best(likely, among, k)
    ends = lower[best], upper[best]
    unseen = (1.0 - restart) * min(ratio * widest * _heaviest(weighed, found, kinds), left)
    kth = max(_kth(upper, k), unseen)
    upper[best] = 0.0
    ceiling = max(unseen, float(upper.max(initial=0.0)))
    floor = float(ends[0].min(initial=np.inf))
    full = len(best) == k
    return Ranked(
        among[best],
        likely[best],
        *ends,
        is_proven=ceiling == 0.0 or (full and floor >= ceiling),
        is_close=ceiling == 0.0 or (full and floor >= (1.0 - tolerance) * kth),
        eps=eps,
        arcs=arcs,
        touched=len(among),
    )


def _best(scores: Floats, nodes: Indices, k: int) -> NDArray[np.int64]:
    """Return the places of the `k` best, best first, ties by node."""
    if len(scores) > 4 * k > 0:
        kth = np.partition(scores, len(scores) - k)[len(scores) - k]
        candidates = np.flatnonzero(scores >= kth)
    else:
        candidates = np.arange(len(scores))
    order = np.lexsort((nodes[candidates], -scores[candidates]))
    best: NDArray[np.int64] = candidates[order][:k]
    return best


def _kth(values: Floats, k: int) -> float:
    """Return the k-th largest value; zero where there are fewer."""
    if not 0 < k <= len(values):
        return 0.0
    return float(np.partition(values, len(values) - k)[len(values) - k])


def _heaviest(weighed: Weighed, touched: Indices, kinds: Collection[int] | None) -> float:
    """Return a degree that no untouched node of these kinds is above."""
    ordered = np.sort(touched)
    heaviest = 0.0
    for kind, hubs in weighed.hubs.items():
        if kinds is not None and kind not in kinds:
            continue
        heaviest = max(heaviest, hubs.rest)
        if len(ordered):
            at = np.minimum(np.searchsorted(ordered, hubs.nodes), len(ordered) - 1)
            untouched = hubs.nodes[ordered[at] != hubs.nodes]
        else:
            untouched = hubs.nodes
        heaviest = max(heaviest, float(weighed.degrees.values[untouched].max(initial=0.0)))
    return heaviest

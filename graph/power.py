"""Personalized PageRank of every node, by power iteration: exact, and slow in proportion.

    x <- restart * s + (1 - restart) * P^T x

After k rounds the answer is off by at most 2 * (1 - restart)^k in all. This is what pushes are
tested against, and what answers questions that start everywhere. Mass on a node without edges
starts again from the seeds, as in networkx.
"""

import math

import numpy as np

from graph.matrix import KIND_SHIFT, Matrix
from graph.model import HEAVIEST
from graph.walk import OPEN, Floats, Gate


def power(
    matrix: Matrix,
    start: Floats,
    *,
    factors: Floats,
    damping: float = 0.5,
    error: float = 1e-12,
    gate: Gate = OPEN,
) -> Floats:
    """Return the mass of every node; shape (n,), summing to 1.

    `start` has shape (n,), not negative; it is made to sum to 1. `factors` turns units of each
    kind into weight. Under a gate, hidden nodes neither start nor receive anything.
    Raises `ValueError` when nothing starts anywhere.
    """
    sources, targets, packed = matrix.all_arcs()
    weights = factors[packed >> KIND_SHIFT] * (packed & HEAVIEST)
    if len(gate):
        weights *= gate[sources].astype(np.float64) * gate[targets]
        start = np.where(gate > 0, start, 0.0)
    if not start.sum() > 0:
        raise ValueError("No visible node has any mass to start from.")
    start = start / start.sum()
    degrees = np.bincount(sources, weights=weights, minlength=matrix.size)
    dangling = degrees == 0
    walked = weights > 0
    sources, targets = sources[walked], targets[walked]
    chance = weights[walked] / degrees[sources]
    mass = start
    for _ in range(rounds(error, damping=damping)):
        passed = np.bincount(targets, weights=chance * mass[sources], minlength=matrix.size)
        passed += mass[dangling].sum() * start
        mass = (1.0 - damping) * start + damping * passed
    return mass


def rounds(error: float, *, damping: float) -> int:
    """Return after how many rounds the answer is off by at most `error` in all."""
    if damping == 0.0:
        return 1
    return max(1, math.ceil(math.log(error / 2.0) / math.log(damping)))

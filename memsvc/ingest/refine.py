"""Moving a boundary to where it parts what is least alike, as EM-LLM does (arXiv 2407.09450).

The units around a boundary are a graph whose weights say how alike they are; a boundary makes two
communities of it. Every cut is weighed by prefix sums over the weights: O(w^2) for a window of w
units, then O(1) a cut, where the definitions take O(w^2) for each.

As there, a boundary moves earlier only. Negative cosines count as none (a negative weight breaks
modularity), and conductance takes what lies inside a side as its volume, on both sides.
"""

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.episode import Refinement
from memsvc.ports.models import Matrix

Weights = NDArray[np.float64]
"""Shape (w, w), symmetric, nothing below zero, nothing on the diagonal."""

Sums = NDArray[np.float64]
"""Shape (c,): what lies before, after or across each of c cuts; pairs of a side count twice."""


def alike(vectors: Matrix) -> Weights:
    """Return max(0, cosine) for each pair of unit rows, 0 on the diagonal."""
    rows = len(vectors)
    found = np.zeros((rows, rows))
    for lag in range(1, rows):
        cosines = np.vecdot(vectors[lag:], vectors[:-lag])
        found[np.arange(lag, rows), np.arange(rows - lag)] = cosines
    found = np.maximum(found, 0)
    return found + found.T


def best_cut(weights: Weights, *, first: int, last: int, by: Refinement) -> int:
    """Return the cut from `first` to `last` that parts the window best; the last of equals.

    A cut is the number of units before it. By modularity, the largest; by conductance, the least.
    """
    sums = np.zeros((len(weights) + 1, len(weights) + 1))
    sums[1:, 1:] = weights.cumsum(axis=0).cumsum(axis=1)
    cuts = np.arange(first, last + 1)
    before = sums[cuts, cuts]
    across = sums[cuts, -1] - before
    after = sums[-1, -1] - before - 2 * across
    measure = _modularity if by is Refinement.MODULARITY else _less_conductance
    worth = measure(before, after, across)
    return last - int(np.argmax(worth[::-1]))


def _modularity(before: Sums, after: Sums, across: Sums) -> Sums:
    """Return sum over pairs of one side of A_ij - k_i k_j / 2m, over 4m; 0 where nothing weighs."""
    whole = before + after + 2 * across
    degrees = (before + across) ** 2 + (after + across) ** 2
    return np.divide(
        (before + after) * whole - degrees, 2 * whole**2, out=np.zeros_like(whole), where=whole > 0
    )


def _less_conductance(before: Sums, after: Sums, across: Sums) -> Sums:
    """Return minus the weight across over that inside the lighter side; the least where none is."""
    lighter = np.minimum(before, after)
    return -np.divide(across, lighter, out=np.full_like(across, np.inf), where=lighter > 0)

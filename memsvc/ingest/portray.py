"""What an event looks like from its units' vectors: its centre, and the units that speak for it."""

from typing import NamedTuple

import numpy as np

from memsvc.ports.models import Matrix, Vector

REPRESENTATIVES = 4
"""Units that speak for an event at most, as in EM-LLM's shipped settings."""


class Likeness(NamedTuple):
    """The unit-length mean of an event's vectors, and its most central units, best first."""

    centroid: Vector
    representatives: tuple[int, ...]


def portray(vectors: Matrix) -> Likeness:
    """Return the likeness of an event of at least one unit.

    A unit is as central as it is like all others together: the row sum of max(0, cosine) without
    itself. Ties go to the earlier one.
    """
    alike = np.maximum(vectors @ vectors.T, 0.0)
    np.fill_diagonal(alike, 0.0)
    order = np.argsort(-alike.sum(axis=1), kind="stable")
    mean = vectors.mean(axis=0)
    norm = float(np.linalg.norm(mean))
    centroid = (mean / norm if norm > 0 else mean).astype(np.float32)
    return Likeness(centroid, tuple(int(unit) for unit in order[:REPRESENTATIVES]))

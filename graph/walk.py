"""What a push walks on, where it starts, and what it has reached.

There are two ways of pushing, `graph.push` with NumPy and `graph.push_compiled` with numba. They
walk the same ground and answer in the same form; which nodes they push in which order differs,
so their answers agree within the bound that both keep.
"""

from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.degrees import Weighed
from graph.matrix import Indices, Ints, Matrix

Floats: TypeAlias = NDArray[np.float64]
Gate: TypeAlias = NDArray[np.float32]

OPEN: Gate = np.empty(0, dtype=np.float32)
"""The gate that hides nothing."""


class Ground(NamedTuple):
    """A matrix as a push reads it, under given scales.

    `gate` has a factor from 0.0 up for every node, by which all its edges are multiplied: 0.0
    hides the node, as if it were not in the graph. An empty gate leaves everything as it is.
    """

    offsets: Ints
    targets: Indices
    packed: Indices
    starts: Indices
    used: Indices
    more_targets: Indices
    more_packed: Indices
    factors: Floats
    degrees: Floats
    gate: Gate

    @property
    def is_gated(self) -> bool:
        """True when some nodes are hidden or favoured."""
        return len(self.gate) > 0


class Seeds(NamedTuple):
    """Where walks start: distinct nodes with edges, and how much of the mass starts on each."""

    nodes: Indices
    weights: Floats


class Reached(NamedTuple):
    """What a push came to, a column for each node that it touched, each once.

    `mass` has settled; `residual` has yet to be spread. With pi(u, v) the share of walks from u
    that end on v, exactly: pi(seeds, v) = mass(v) + sum over u of residual(u) * pi(u, v).
    """

    nodes: Indices
    mass: Floats
    residual: Floats


class Push(Protocol):
    """One question's walk. `restart` is the probability that a walk ends at each step."""

    def refine(self, *, eps: float, most_arcs: int) -> bool:
        """Push until no residual is above `eps` times its node's degree.

        Goes on from where it stands, so a smaller `eps` costs only what it adds. Stops after
        some `most_arcs` arcs in all, and then returns False.
        """
        ...

    @property
    def reached(self) -> Reached:
        """What it came to: arrays that hold until it is refined or closed."""
        ...

    @property
    def arcs(self) -> int:
        """How many arcs were walked."""
        ...

    def close(self) -> None:
        """Hand back what it worked in."""
        ...


def ground(matrix: Matrix, weighed: Weighed, *, gate: Gate = OPEN) -> Ground:
    """Return what a push reads. It holds until the matrix is next written to."""
    return Ground(
        matrix.base.offsets,
        matrix.base.targets,
        matrix.base.packed,
        matrix.starts.values,
        matrix.used.values,
        matrix.more_targets.values,
        matrix.more_packed.values,
        weighed.factors,
        weighed.degrees.values,
        gate,
    )

"""Cutting a stream into events where surprise says that something new began (EM-LLM).

Pure arithmetic over the units of one stream. Cutting goes on from where it stopped: nothing is
kept but the events closed so far, and the same units give the same events however they arrive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.episode import Boundary, Segmentation
from memsvc.ports.models import Vector

Curve = NDArray[np.float32]
"""One number a unit; NaN where there is none."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A turn, or one piece of a long one, as cutting sees it.

    `surprisal` is the mean of -ln p over its tokens, for those who cut by it.
    """

    vector: Vector
    at: datetime
    place: str | None
    surprisal: float | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """A closed event: how many units it has, why it ended, and the surprise of each unit."""

    size: int
    boundary: Boundary
    curve: Curve
    thresholds: Curve


def segment(
    units: Sequence[Unit],
    how: Segmentation,
    *,
    before: Sequence[Unit] = (),
    trailing: Sequence[float] = (),
) -> list[Cut]:
    """Return the events that `units` begin with and that later units can no longer change.

    `units` go on where the last closed event ended, or at the stream's beginning; what no cut
    covers stays open. `before` are the `how.behind` units before them, fewer at the beginning;
    `trailing` the surprises of the `how.window` units before them, oldest first.
    """
    raise NotImplementedError

"""Cutting a stream into events where surprise says that something new began (EM-LLM).

Pure arithmetic over the units of one stream. Cutting goes on from where it stopped: nothing is
kept but the events closed so far, and the same units give the same events however they arrive.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from memsvc.domain.episode import Boundary, Segmentation
from memsvc.ports.models import Vector
from memsvc.ports.records import Curve


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
    known = list(before)[-how.behind :] + list(units)
    first = len(known) - len(units)
    surprises = list(trailing)
    cuts: list[Cut] = []
    curve: list[float] = []
    thresholds: list[float] = []
    begin = 0
    for i in range(len(units)):
        at = first + i
        if at + how.ahead > len(known):
            break
        surprise = _around(known, at, how) if at else math.nan
        past = surprises[-how.window :]
        threshold = (
            statistics.fmean(past) + how.gamma * statistics.stdev(past)
            if len(past) >= how.warm_up
            else math.nan
        )
        size = i - begin
        why = None
        if size and _is_gap(known[at - 1], known[at], how):
            why = Boundary.GAP
        elif size >= how.min_units and surprise > threshold:
            why = Boundary.SURPRISE
        elif size >= how.max_units:
            why = Boundary.LENGTH
        if why is not None:
            cuts.append(
                Cut(size, why, np.array(curve, np.float32), np.array(thresholds, np.float32))
            )
            curve, thresholds, begin = [], [], i
        curve.append(surprise)
        thresholds.append(threshold)
        if not math.isnan(surprise):
            surprises.append(surprise)
    return cuts


def _is_gap(one: Unit, other: Unit, how: Segmentation) -> bool:
    return (other.at - one.at).total_seconds() > 60 * how.gap_minutes


def _around(known: Sequence[Unit], at: int, how: Segmentation) -> float:
    left = np.sum([unit.vector for unit in known[max(at - how.behind, 0) : at]], axis=0)
    right = np.sum([unit.vector for unit in known[at : at + how.ahead]], axis=0)
    return 1 - float(left @ right / (np.linalg.norm(left) * np.linalg.norm(right) + 1e-9))


@dataclass(frozen=True, slots=True)
class Measured:
    """The surprise of each unit of an event, and what it was compared with."""

    curve: Curve
    thresholds: Curve


def measure(
    units: Sequence[Unit],
    how: Segmentation,
    *,
    before: Sequence[Unit] = (),
    after: Sequence[Unit] = (),
    trailing: Sequence[float] = (),
) -> Measured:
    """Return the surprises of a closed event's units, computed as when it was cut.

    `before` and `after` are the units beside it, and `trailing` the surprises before it. For an
    event that has lost none of its units, and whose neighbours have not, that changes nothing.
    """
    known = [*before, *units, *after]
    first = len(before)
    curve = [
        _around(known, first + i, how)
        if first + i and first + i + how.ahead <= len(known)
        else math.nan
        for i in range(len(units))
    ]
    return Measured(
        np.array(curve, np.float32), np.full(len(curve), len(trailing) * 0.0, np.float32)
    )

"""Cutting a stream into events where surprise says that something new began (EM-LLM).

Boundaries follow EM-LLM (arXiv 2407.09450): one stands where surprise is over the mean of what
came before plus gamma standard deviations. Where it differs, with turns in the place of tokens, is
said in `surprise`, `threshold` and `refine`.

Pure arithmetic over the units of one stream. Cutting goes on from where it stopped: nothing is
kept but the events closed so far, and the same units give the same events, to the bit, however
they arrive. So a decision may wait for a bounded number of units, and none is made of what may
still change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan, nan
from typing import TypeAlias

import numpy as np

from memsvc.domain.episode import Boundary, Refinement, Segmentation, SurpriseSource
from memsvc.ingest.refine import alike, best_cut
from memsvc.ingest.signs import Sign
from memsvc.ingest.surprise import distance_to, leaning, partings, prominence
from memsvc.ingest.threshold import USUAL, threshold
from memsvc.ports.models import Matrix, Vector
from memsvc.ports.records import Curve


@dataclass(frozen=True, slots=True)
class Unit:
    """A turn, or one piece of a long one, as cutting sees it.

    `vector` is of unit length, or zero where there is nothing to compare; `signs` are what its
    words say. `surprisal` is the mean of -ln p over its tokens, for those who cut by it.
    """

    vector: Vector
    at: datetime
    place: str | None
    surprisal: float | None = None
    signs: Sign = Sign.NONE


@dataclass(frozen=True, slots=True)
class Cut:
    """A closed event: how many units it has, why it ended, and the surprise of each unit.

    `moved` is by how many units refinement put its end before the unit that surprised.
    """

    size: int
    boundary: Boundary
    curve: Curve
    thresholds: Curve
    moved: int = 0


def segment(
    units: Sequence[Unit],
    how: Segmentation,
    *,
    before: Sequence[Unit] = (),
    trailing: Sequence[float] = (),
    moved: int = 0,
) -> list[Cut]:
    """Return the events that `units` begin with and that later units can no longer change.

    `units` go on where the last closed event ended, or at the stream's beginning; what no cut
    covers stays open. `before` are the `how.lookback` units before them, fewer at the beginning;
    `trailing` the surprises of the `how.window` units before them, NaN left out, oldest first;
    `moved` what the last cut said.
    """
    known = [*before[-how.lookback :], *units]
    start = len(known) - len(units)
    seen = list(trailing)
    cuts = []
    while cut := _first(_Tail.of(known, start, how), how, seen=seen[-how.window :], moved=moved):
        cuts.append(cut)
        seen.extend(one for one in cut.curve.tolist() if not isnan(one))
        start += cut.size
        moved = cut.moved
    return cuts


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
    """Return the surprises of a closed event's units as when it was cut.

    `before` and `after` are the `how.lookback` units on either side of it, `trailing` the
    surprises before it as for `segment`. Of an event that has lost none of its units, and whose
    neighbours have lost none, that gives what its cut said. What hangs on units that are gone is
    NaN.
    """
    seen = list(trailing)
    curve, thresholds = [], []
    surprise_of = _SOURCES[how.source](_Tail.about(units, how, before, after), how)
    usual = USUAL.get(how.source)
    for number in range(len(units)):
        found = surprise_of(number)
        surprise = nan if found is None else found
        curve.append(surprise)
        thresholds.append(
            threshold(seen[-how.window :], gamma=how.gamma, prior=how.prior, usual=usual)
        )
        if not isnan(surprise):
            seen.append(surprise)
    return Measured(_curve(curve), _curve(thresholds))


@dataclass(frozen=True, slots=True)
class _Tail:
    """The open tail of a stream up to the next hard boundary, and what can be compared with it.

    `units` begin up to `lookback` units before the tail, after the last hard boundary; the tail
    begins at `start` among them. `ended` says which hard boundary follows them, if one is known.
    """

    units: Sequence[Unit]
    start: int
    ended: Boundary | None

    @classmethod
    def of(cls, known: Sequence[Unit], start: int, how: Segmentation) -> "_Tail":
        """Take of the `known` units what can matter for the first event after `start`."""
        longest_gap = timedelta(minutes=how.gap_minutes)
        begin = max(0, start - how.lookback)
        end = min(len(known), start + how.max_units + how.lookback)
        for number in range(begin + 1, end + (end < len(known))):
            hard = _hard_boundary(known[number - 1], known[number], longest_gap)
            if hard is not None and number <= start:
                begin = number
            elif hard is not None:
                return cls(known[begin:number], start - begin, hard)
        return cls(known[begin:end], start - begin, None)

    @classmethod
    def about(
        cls, units: Sequence[Unit], how: Segmentation, before: Sequence[Unit], after: Sequence[Unit]
    ) -> "_Tail":
        """Take a closed event with what stands beside it up to the next hard boundaries."""
        longest_gap = timedelta(minutes=how.gap_minutes)
        known = [*before[-how.lookback :], *units]
        start = begin = len(known) - len(units)
        while 0 < begin < len(known) and not _hard_boundary(
            known[begin - 1], known[begin], longest_gap
        ):
            begin -= 1
        for unit in after:
            ended = _hard_boundary(known[-1], unit, longest_gap) if known else None
            if ended is not None:
                return cls(known[begin:], start - begin, ended)
            known.append(unit)
        return cls(known[begin:], start - begin, None)


def _hard_boundary(unit: Unit, following: Unit, longest_gap: timedelta) -> Boundary | None:
    if following.at - unit.at > longest_gap:
        return Boundary.GAP
    if unit.place is not None and following.place is not None and unit.place != following.place:
        return Boundary.PLACE
    return None


def _first(tail: _Tail, how: Segmentation, *, seen: list[float], moved: int) -> Cut | None:
    """Return the first event of a tail, or None where units yet to come decide.

    A unit that refinement has moved a boundary away from surprises no more.
    """
    ahead = how.context - 1 if how.source is SurpriseSource.AROUND else 0
    wanting = min(how.min_units + ahead, how.max_units)
    if tail.ended is None and len(tail.units) - tail.start <= wanting:
        return None  # most appends end here, before anything is computed
    surprise_of = _SOURCES[how.source](tail, how)
    usual = USUAL.get(how.source)
    curve: list[float] = []
    thresholds: list[float] = []

    def closed(size: int, boundary: Boundary, moved: int = 0) -> Cut:
        return Cut(size, boundary, _curve(curve[:size]), _curve(thresholds[:size]), moved)

    for size in range(len(tail.units) - tail.start):
        if size == how.max_units:
            return closed(size, Boundary.LENGTH)
        surprise = surprise_of(size)
        if surprise is None:
            return None
        limit = threshold(seen[-how.window :], gamma=how.gamma, prior=how.prior, usual=usual)
        if size >= how.min_units and size > moved and surprise > limit:
            refined = _refined(tail, size, how)
            return None if refined is None else closed(refined, Boundary.SURPRISE, size - refined)
        curve.append(surprise)
        thresholds.append(limit)
        if not isnan(surprise):
            seen.append(surprise)
    return None if tail.ended is None else closed(len(curve), tail.ended)


def _refined(tail: _Tail, size: int, how: Segmentation) -> int | None:
    """Return how many units the event has once its end is refined; None where units are wanting.

    The window is the event with half as much before and behind it, at most `lookback` units.
    """
    if how.refinement is Refinement.NONE:
        return size
    half = min(size // 2, how.lookback)
    end = tail.start + size + half
    if end > len(tail.units) and tail.ended is None:
        return None
    begin = max(0, tail.start - half)
    first = tail.start - begin
    weights = alike(_matrix(tail.units[begin:end]))
    cut = best_cut(weights, first=first + how.min_units, last=first + size, by=how.refinement)
    return cut - first


def _around(tail: _Tail, how: Segmentation) -> "SurpriseOf":
    parted = partings(_matrix(tail.units), context=how.context)
    if tail.ended is None:
        del parted[max(0, len(parted) - how.context + 1) :]  # these lack units ahead

    def surprise_of(size: int) -> float | None:
        unit = tail.start + size
        found = prominence(parted, unit, reach=how.reach, ended=tail.ended is not None)
        return None if found is None else float(np.float32(found - _leaning(tail, unit)))

    return surprise_of


def _behind(tail: _Tail, how: Segmentation) -> "SurpriseOf":
    vectors = _matrix(tail.units)

    def surprise_of(size: int) -> float:
        unit = tail.start + size
        event = vectors[max(0, unit - (min(size, how.context) or how.context)) : unit]
        if not len(event):
            return nan
        found = distance_to(vectors[unit : unit + 1], event) - _leaning(tail, unit)
        return float(np.float32(found))

    return surprise_of


def _leaning(tail: _Tail, unit: int) -> float:
    before = tail.units[unit - 1].signs if unit else Sign.NONE
    return leaning(tail.units[unit].signs, after=before)


def _of_tokens(tail: _Tail, _: Segmentation) -> "SurpriseOf":
    def surprise_of(size: int) -> float:
        found = tail.units[tail.start + size].surprisal
        return nan if found is None else float(np.float32(found))

    return surprise_of


SurpriseOf: TypeAlias = Callable[[int], float | None]
"""The surprise of the unit that comes after so many of the open event; NaN where there is none.

None where it hangs on units yet to come. Always a float32: a closed event keeps no more.
"""

_SOURCES: dict[SurpriseSource, Callable[[_Tail, Segmentation], SurpriseOf]] = {
    SurpriseSource.AROUND: _around,
    SurpriseSource.BEHIND: _behind,
    SurpriseSource.TOKENS: _of_tokens,
}


def _matrix(units: Sequence[Unit]) -> Matrix:
    return np.array([unit.vector for unit in units], dtype=np.float32)


def _curve(numbers: list[float]) -> Curve:
    return np.array(numbers, dtype=np.float32)

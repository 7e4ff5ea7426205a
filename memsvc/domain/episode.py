"""Episodic memory: a stream's turns cut into events where something new began.

A unit is what is cut between and never inside: a turn, or one piece of a long turn, which ends
where a sentence does. Events tile their stream: each runs from its own start up to the start of
the next. A closed event never changes its id or extent; what follows the last of them is the open
tail of the stream, provisional and still to be cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from memsvc.domain.ids import EventId, EventKey, Position, RunId, StreamName, TurnId

MAX_TITLE_CHARS = 80
"""Of the title of an event: a line of a list."""

_AROUND_TITLES = "\"'\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb`*#. "
"""What models put around titles, and is no part of them."""


class Boundary(StrEnum):
    """Why an event ended, and the next began."""

    SURPRISE = "surprise"
    GAP = "gap"
    PLACE = "place"
    LENGTH = "length"


class SurpriseSource(StrEnum):
    """What tells how unexpected a unit is, given what came before it.

    `AROUND` is how far the vectors of the units before it part from its own and those that follow,
    over how far they do nearby, so it waits for a few units; `BEHIND` compares it with the open
    event alone, and waits for none; `TOKENS` is the mean surprisal of its tokens under a causal
    language model.
    """

    AROUND = "around"
    BEHIND = "behind"
    TOKENS = "tokens"


class Refinement(StrEnum):
    """What a boundary found by surprise is moved by, so that it parts what is least alike."""

    NONE = "none"
    MODULARITY = "modularity"
    CONDUCTANCE = "conductance"


@dataclass(frozen=True, slots=True)
class Segmentation:
    """How the streams of a space are cut into events.

    A boundary stands where surprise is over the mean of the last `window` units plus `gamma`
    standard deviations; where more than `gap_minutes` passed or the place changed; and, at the
    latest, after `max_units` units. No surprise ends an event of fewer than `min_units`.

    What surprise is usual counts as much as `prior` units, so that a stream can be cut from its
    beginning; where it is not known, nothing is cut by surprise before so many were seen.
    `context` is how many units on either side are compared, the nearer the more. Around a unit,
    the least surprise is looked for among up to `reach` units on either side.
    """

    source: SurpriseSource = SurpriseSource.AROUND
    gamma: float = 1.4
    window: int = 64
    prior: int = 16
    context: int = 4
    reach: int = 4
    min_units: int = 2
    max_units: int = 32
    gap_minutes: float = 30.0
    refinement: Refinement = Refinement.NONE

    @property
    def lookback(self) -> int:
        """How many closed units cutting has to see to go on as if it had never stopped."""
        return self.context + self.reach


class Edge(NamedTuple):
    """A place between two units of a stream: before piece `piece` of turn `seq`."""

    seq: int
    piece: int


STREAM_START = Edge(0, 0)


@dataclass(frozen=True, slots=True)
class Title:
    """What a language model calls an event: a few words on one line.

    `maker` is the model with its prompt, `run` the run of enrichment that it was given in; it
    stands since the ledger position `position`.
    """

    text: str
    maker: str
    run: RunId | None
    position: Position


def titled(text: str) -> str:
    """Return what a model wrote as a title: on one line, and without what stands around it."""
    line = " ".join(text.split())
    return line.strip(_AROUND_TITLES)[:MAX_TITLE_CHARS].rstrip()


@dataclass(frozen=True, slots=True)
class Event:
    """A closed event: the units of its stream from `start` up to, and without, `end`.

    `number` counts the stream's events from 0. `units` are those that still stand, in order, each
    by the edge before it; `curve` has the surprise of each and `thresholds` what it was compared
    with, None where there was nothing to compare. `boundary` says why it ended.
    `representatives` are the places in `units` of those that speak for it, the most central first.
    `first_at` and `last_at` bound when its turns happened; None when all of them are forgotten.
    `title` is None where no model gave it one.
    """

    key: EventKey
    id: EventId
    stream: StreamName
    number: int
    start: Edge
    end: Edge
    boundary: Boundary
    units: Sequence[Edge]
    curve: Sequence[float | None]
    thresholds: Sequence[float | None]
    representatives: Sequence[int]
    first_at: datetime | None
    last_at: datetime | None
    position: Position
    version: Position
    title: Title | None = None


@dataclass(frozen=True, slots=True)
class TurnInside:
    """What a turn has in an event: its characters from `start` up to, and without, `end`.

    That is a part of a long turn, and the whole of any other. `text` are these characters; None
    where they were not asked for.
    """

    id: TurnId
    seq: int
    role: str
    speaker: str | None
    at: datetime
    start: int
    end: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Recounted:
    """A closed event as it may be told: of its units and turns those that stand."""

    event: Event
    turns: Sequence[TurnInside]


@dataclass(frozen=True, slots=True)
class Provisional:
    """What follows the last closed event of a stream: a provisional event, cut no further yet.

    It begins at `start`, and `number` is that of the event which will begin there. `units`,
    `curve` and `thresholds` are as in an event, as far as they are known: the surprise of the
    last ones may hang on what is still to come. `waiting` counts the turns behind them that are
    owed what cutting needs.
    """

    stream: StreamName
    number: int
    start: Edge
    units: Sequence[Edge]
    curve: Sequence[float | None]
    thresholds: Sequence[float | None]
    turns: Sequence[TurnInside]
    waiting: int


class CurvePoint(NamedTuple):
    """A unit, by its turn and the edge before it, and how much it surprised.

    `began` is why the event before ended, where the unit begins one.
    """

    turn: TurnId
    unit: Edge
    surprise: float | None
    threshold: float | None
    began: Boundary | None


@dataclass(frozen=True, slots=True)
class StreamCurve:
    """How much the `units` units of a stream surprised, in their order.

    There are as many points, or where that would be too many, one for each run of neighbours, all
    runs but the last equally long: the one that surprised most, and why an event began in the run.
    """

    stream: StreamName
    units: int
    points: Sequence[CurvePoint]


def thinned(points: Sequence[CurvePoint], most: int) -> Sequence[CurvePoint]:
    """Return at most so many points, each for a run of neighbours."""
    length = -(-len(points) // most)
    if length <= 1:
        return points
    runs = (points[start : start + length] for start in range(0, len(points), length))
    return [_most_surprising(run) for run in runs]


def _most_surprising(run: Sequence[CurvePoint]) -> CurvePoint:
    known = [point for point in run if point.surprise is not None]
    found = max(known, key=lambda point: point.surprise or 0.0, default=run[0])
    began = found.began or next((point.began for point in run if point.began), None)
    return found._replace(began=began)

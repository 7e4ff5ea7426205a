"""The shapes of events, as they travel. `memsvc.sdk.wire` says what holds for all shapes."""

from datetime import datetime

from pydantic import Field

from memsvc.domain.episode import Boundary
from memsvc.sdk.wire import Answer

CURVE = (
    "The surprise of each unit, null where there was nothing to compare; its scale is its own, "
    "and comparable within one space."
)
THRESHOLDS = "What the surprise of each unit had to be over to end an event, null where none could."


class Edge(Answer):
    """A place between two units of a stream: before piece `piece` of turn `seq`."""

    seq: int
    piece: int = Field(description="0 before a whole turn; counts the pieces of a long one.")


class EventUnit(Answer):
    """What is cut between and never inside: a turn, or a piece of a long one."""

    turn: str
    seq: int
    piece: int = Field(description="Which piece of its turn, from 0.")


class EventTurn(Answer):
    """A turn, as far as it is in the event: from character `start` up to, without, `end`."""

    id: str
    seq: int
    role: str
    speaker: str | None = None
    at: datetime
    start: int = Field(description="The first character that is in the event; 0 for most turns.")
    end: int = Field(description="The first character that is not; its length for most turns.")
    text: str | None = Field(
        default=None, description="These characters; null when they were not asked for."
    )


class EventInfo(Answer):
    """A closed event: the units of its stream from `start` up to, and without, `end`.

    Its id and extent never change. What is forgotten or has expired leaves an empty slot: then
    there are fewer units than lie between the two.
    """

    id: str
    stream: str
    number: int = Field(description="Its number among the events of its stream, from 0.")
    start: Edge = Field(description="Where it begins.")
    end: Edge = Field(description="Where the next one begins.")
    title: str | None = Field(
        default=None,
        description="What a language model calls it, in a few words; null where none did. It may "
        "be of the words of any of its turns, so it goes with the first that is forgotten.",
    )
    title_run: str | None = Field(
        default=None, description="The run of enrichment that gave the title."
    )
    boundary: Boundary = Field(
        description="Why it ended: the next unit surprised, a pause was too long, the place "
        "changed, or it had grown as long as events may be."
    )
    units: list[EventUnit] = Field(description="Its units that stand, in order.")
    curve: list[float | None] = Field(description=CURVE)
    thresholds: list[float | None] = Field(description=THRESHOLDS)
    representatives: list[int] = Field(
        description="Places in `units` of those that speak for it, the most central first."
    )
    first_at: datetime | None = Field(
        default=None, description="When the first of its turns happened; null when none stands."
    )
    last_at: datetime | None = Field(
        default=None, description="When the last of its turns happened; null when none stands."
    )
    turns: list[EventTurn] = Field(description="The turns that its units are of, in order.")
    position: int = Field(description="The ledger position at which it closed.")
    version: int = Field(
        description="The ledger position of the last change of what is computed from its turns."
    )


class OpenTail(Answer):
    """What follows the last closed event of a stream: provisional, and still to be cut.

    Its turns are found like all others. The surprise of the last units may not be known yet, and
    may change while more come.
    """

    stream: str
    number: int = Field(description="The number that the event which begins here will have.")
    start: Edge = Field(description="Where the last closed event ended.")
    units: list[EventUnit] = Field(description="Its units so far that have vectors, in order.")
    curve: list[float | None] = Field(description=CURVE)
    thresholds: list[float | None] = Field(description=THRESHOLDS)
    turns: list[EventTurn] = Field(description="The turns that its units are of, in order.")
    waiting: int = Field(
        description="Turns behind these units that wait for their vectors; cutting waits too."
    )


class CurvePoint(EventUnit):
    """A unit and how much it surprised, on the scale of its space."""

    surprise: float | None = Field(
        default=None, description="Null where there was nothing to compare, or not yet."
    )
    threshold: float | None = Field(
        default=None, description="What the surprise had to be over to end an event."
    )
    began: Boundary | None = Field(
        default=None, description="Why the event before it ended, where it begins one."
    )


class SurpriseCurve(Answer):
    """How much the units of a stream surprised, closed and open, in order."""

    stream: str
    units: int = Field(description="How many of its units stand and have vectors.")
    points: list[CurvePoint] = Field(
        description="Each unit; where there are more than were asked for, one of each run of "
        "neighbours: that which surprised most, and why an event began in the run."
    )

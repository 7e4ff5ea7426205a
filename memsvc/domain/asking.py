"""What a question tells of itself: the times it speaks of, and the kind of answer it wants."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from memsvc.domain.validity import Interval


@dataclass(frozen=True, slots=True)
class TimeAsked:
    """A time that a question speaks of, and the words that say so."""

    interval: Interval
    words: str


@dataclass(frozen=True, slots=True)
class BesideEvent:
    """A time told by something that happened: "two weeks before the wedding".

    `event` is what memory is to be asked for, in the question's words. The time begins `since` and
    ends `until` after the moment of the event, both negative where it is before.
    """

    event: str
    since: timedelta
    until: timedelta
    words: str


class Wanted(StrEnum):
    """What kind of answer a question wants. It may want several."""

    MOMENT = "moment"
    """When something was, or how long it took or has been."""
    MANY = "many"
    """A list, a count or a sum of what was said in several places."""
    ORDER = "order"
    """What came first, or in which order things happened."""
    LATEST = "latest"
    """How something stands now."""
    ADVICE = "advice"
    """Help with a task, which goes by what the asker wishes and has ruled."""
    OWN_WORDS = "own_words"
    """What the assistant said before."""
    SUMMARY = "summary"
    """What was said of a matter, as a whole."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was read off a question."""

    times: tuple[TimeAsked, ...] = ()
    beside: tuple[BesideEvent, ...] = ()
    wanted: frozenset[Wanted] = frozenset()
    denies: bool = False
    """It asks for what is not, or was never."""

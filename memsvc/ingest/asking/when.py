"""Which times a question speaks of: "last spring", "between March and May", "two weeks before".

A grammar over the question's words, against the question's own now. Where the question gives one
whole date ("last week, as mentioned on November 6, 2023"), what is told from now is told from that
date, since that is when it was said. What happened beside something that only memory knows ("two
weeks before the wedding") is given as such. The words are English.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from memsvc.domain.asking import BesideEvent, TimeAsked
from memsvc.ingest.asking.calendar import DAY, LENGTHS, is_safe
from memsvc.ingest.asking.phrases import Read, Reader
from memsvc.ingest.asking.vocabulary import WORDS_OF_TIME

LONGEST = 2_000
"""Characters of a question that are read."""

EVENT_WORDS = 8
"""Words at most that name what happened."""

ABOUT = 0.5
"""How much of a length told in words ("two weeks before") it may be more or less."""

_TOKEN = re.compile(r"\d{4}-\d{2}-\d{2}|\d+(?:st|nd|rd|th)?|[A-Za-z]+(?:['\u2019][a-z]+)?|[^\w\s]")
_A_YEAR = re.compile(r"\d{4}")
_ENDS_AN_EVENT = frozenset({
    "and", "but", "or", ",", ".", "?", "!", ";", "who", "what", "which", "how", "did", "do", "was",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Times:
    """The times a question speaks of: those the calendar knows, and those memory must tell."""

    asked: tuple[TimeAsked, ...] = ()
    beside: tuple[BesideEvent, ...] = ()


def times_of(question: str, now: datetime, *, newest: datetime | None = None) -> Times:
    """Return the times that a question speaks of at `now`, which is aware, in their order.

    What comes every year ("in June") is the last that began by `newest`, when the newest thing
    happened that memory holds; by `now` where that is not known.
    """
    words = _words(question)
    newest = min(now, newest or now).astimezone(UTC)
    if not _may_tell(words) or not is_safe(now) or not is_safe(newest):
        return Times()
    reader = Reader(words, now.astimezone(UTC), newest)
    reads = list(_reads(reader))
    dates = {read.interval.start for _, read in reads if _is_a_date(words, read)}
    if len(dates) == 1:
        [date] = dates
        reads = list(_reads(Reader(words, date or now, newest)))
    taken = {place for begin, read in reads for place in range(begin, read.end)}
    return Times(
        tuple(TimeAsked(read.interval, " ".join(words[begin : read.end])) for begin, read in reads),
        tuple(_beside(reader, taken)),
    )


def speaks_of_time(question: str) -> bool:
    """Tell whether any word is of time; most questions hold none, and are read no further."""
    return _may_tell(_words(question))


def _words(question: str) -> list[str]:
    return [found.group().replace("\u2019", "'") for found in _TOKEN.finditer(question[:LONGEST])]


def _may_tell(words: Sequence[str]) -> bool:
    return any(word.lower() in WORDS_OF_TIME or _A_YEAR.match(word) for word in words)


def _reads(reader: Reader) -> Iterator[tuple[int, Read]]:
    place = 0
    while place < len(reader.words):
        read = reader.expression(place)
        if read is not None:
            yield place, read
        place = place + 1 if read is None else read.end


def _is_a_date(words: Sequence[str], read: Read) -> bool:
    """Tell whether one day was read, and its year with it."""
    start, end = read.interval.start, read.interval.end
    if start is None or end is None or end - start != DAY:
        return False
    return words[read.end - 1].startswith(str(start.year))


def _beside(reader: Reader, taken: set[int]) -> Iterator[BesideEvent]:
    """Yield the times told by what only memory knows: "two weeks before the wedding"."""
    words, place = reader.words, 0
    while place < len(words):
        counted = None if place in taken else reader.count(place)
        event = "" if counted is None else _event(words, counted.end + 1)
        if counted is None or reader.at(counted.end) not in {"before", "after"} or not event:
            place += 1
            continue
        length = LENGTHS[counted.unit] * counted.times
        sign = -1 if reader.at(counted.end) == "before" else 1
        since, until = sorted((sign * length * (1 - ABOUT), sign * length * (1 + ABOUT)))
        yield BesideEvent(event, since, until, " ".join([*words[place : counted.end + 1], event]))
        place = counted.end + 1


def _event(words: Sequence[str], place: int) -> str:
    """Return the words that name what happened, up to where something else begins."""
    taken = []
    for word in words[place : place + EVENT_WORDS]:
        if word.lower() in _ENDS_AN_EVENT:
            break
        taken.append(word)
    return " ".join(taken)

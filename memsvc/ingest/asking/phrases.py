"""Phrases of time, read word by word against a now.

A word that is a month or a season only sometimes ("may", "fall") counts where it is written or led
into as one. Where a phrase leaves the year open, the newest that has begun is meant.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from memsvc.domain.validity import Interval
from memsvc.ingest.asking.calendar import (
    DAY,
    HOLIDAYS,
    SEASONS,
    WEEKDAYS,
    about,
    containing,
    day_of,
    is_safe,
    latest,
    length_of,
    may_be_a_year,
    midnight,
    month_of,
    moved,
    season_of,
    thirds,
    year_of,
)
from memsvc.ingest.asking.vocabulary import (
    AHEAD,
    BACK,
    DIGITS,
    LEADS,
    MONTH_OF,
    NUMBERS,
    PARTS,
    ROLLING,
    UNIT_OF,
)

_MIDNIGHT_TO_EVENING = timedelta(hours=18)
_NIGHT = timedelta(hours=12)


class Read(NamedTuple):
    """What was read, and the place of the first word after it."""

    interval: Interval
    end: int


class Counted(NamedTuple):
    """So many times a unit, and the place of the first word after it."""

    times: int
    unit: str
    end: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads phrases at a place of the words; each method gives None where there is none."""

    words: Sequence[str]
    now: datetime
    newest: datetime
    """Up to when something may be meant that comes every year."""

    def at(self, place: int) -> str:
        """Return a word in small letters; nothing beyond the last."""
        return self.words[place].lower() if 0 <= place < len(self.words) else ""

    def expression(self, place: int) -> Read | None:
        """Read a period with what opens, closes or spans it."""
        try:
            return (
                self._spanned(place)
                or self._bounded(place)
                or self._counted(place)
                or (self.period(place))
            )
        except (ValueError, OverflowError):  # a date that no calendar has, or past its ends
            return None

    def _spanned(self, place: int) -> Read | None:
        """Read "between A and B" and "from A to B"."""
        links = {
            "between": ("and",),
            "from": ("to", "until", "till", "through"),
        }.get(self.at(place))
        first = self.period(place + 1) if links else None
        if not links or first is None or self.at(first.end) not in links:
            return None
        second = self.period(first.end + 1)
        if second is None:
            return None
        start, end = first.interval.start, second.interval.end
        if start is not None and second.interval.start is not None:
            while start > second.interval.start and is_safe(start):  # the year stands at the end
                start -= relativedelta(years=1)
        return Read(Interval(start, end), second.end)

    def _bounded(self, place: int) -> Read | None:
        """Read "since A", "before A", "after A", "until A" and "by A"."""
        word = self.at(place)
        if word not in {"since", "before", "after", "until", "till", "by"}:
            return None
        read = self.period(place + 1)
        if read is None:
            return None
        start, end = read.interval.start, read.interval.end
        bounds = {
            "since": Interval(start, max(self.now, end or self.now)),
            "after": Interval(end, None),
            "before": Interval(None, start),
        }
        return Read(bounds.get(word, Interval(None, end)), read.end)

    def _counted(self, place: int) -> Read | None:
        """Read "two weeks before A", "the week after A" and "the day before A"."""
        counted = self.count(place)
        if counted is None:
            return None
        times, unit, after = counted
        side = self.at(after)
        read = self.period(after + 1) if side in {"before", "after", "of"} else None
        if read is None or read.interval.start is None or read.interval.end is None:
            return None
        start, end = read.interval.start, read.interval.end
        if side == "of":
            return Read(containing(start, unit), read.end) if times == 1 else None
        length = length_of(unit, times)
        if self._is_whole(place, after):  # the whole of it, up to A or from it
            near = (
                Interval(start - length, start) if side == "before" else Interval(end, end + length)
            )
            return Read(near, read.end)
        middle = start - length if side == "before" else start + length
        return Read(about(middle, unit), read.end)

    def _is_whole(self, place: int, after: int) -> bool:
        """Tell "the week before" from "two weeks before" and "a week before"."""
        return self.at(place) == "the" and after - place == len(("the", "week"))

    def period(self, place: int) -> Read | None:
        """Read one period that has a name or is told from now."""
        if self.at(place) == "the":
            read = self.period(place + 1)
            if read is not None:
                return read
        readers: tuple[Callable[[int], Read | None], ...] = (
            self._dated,
            self._month,
            self._year,
            self._season,
            self._holiday,
            self._day_by_name,
            self._ago,
            self._from_now,
            self._weekday,
            self._part,
        )
        return next((read for reader in readers if (read := reader(place)) is not None), None)

    def count(self, place: int) -> Counted | None:
        """Read "two weeks", "a couple of days" and "the week"."""
        word = self.at(place)
        if word in {"a", "the"} and self.at(place + 1) in NUMBERS:
            place, word = place + 1, self.at(place + 1)
        if word.isdigit() or word in NUMBERS:
            times = int(word) if len(word) < DIGITS and word.isdigit() else NUMBERS.get(word, 0)
            after = place + 1 + (self.at(place + 1) == "of")
        elif word == "the":
            times, after = 1, place + 1
        else:
            return None
        unit = UNIT_OF.get(self.at(after))
        return Counted(times, unit, after + 1) if unit is not None and times > 0 else None

    def _dated(self, place: int) -> Read | None:
        """Read "2023-05-07", "7 May 2023", "May 7th" and "the 7th of May"."""
        word = self.at(place)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
            return Read(day_of(*map(int, word.split("-"))), place + 1)
        day = self._day_number(place)
        if day is not None:
            after = place + 1 + (self.at(place + 1) == "of")
            month = self._month_number(after, led=True)
            return None if month is None else self._day(day, month, after + 1)
        month = self._month_number(place)
        if month is None:
            return None
        after = place + 1 + (self.at(place + 1) == "the")
        day = self._day_number(after)
        return None if day is None else self._day(day, month, after + 1)

    def _day(self, day: int, month: int, after: int) -> Read:
        year, end = self._year_after(after)
        if year is not None:
            return Read(day_of(year, month, day), end)
        return Read(latest(self.newest, partial(_day_in, month, day)), after)

    def _month(self, place: int) -> Read | None:
        """Read "May 2023" and "May"."""
        month = self._month_number(place)
        if month is None:
            return None
        year, end = self._year_after(place + 1 + (self.at(place + 1) == "of"))
        if year is not None:
            return Read(month_of(year, month), end)
        return Read(latest(self.newest, partial(_month_in, month)), place + 1)

    def _year(self, place: int) -> Read | None:
        """Read "2023" where a word leads to it."""
        word = self.at(place)
        if self.at(place - 1) not in LEADS or not self._is_a_year(word):
            return None
        return Read(year_of(int(word)), place + 1)

    def _season(self, place: int) -> Read | None:
        """Read "last spring", "in summer" and "the fall of 2022"."""
        which = self.at(place)
        is_told = which in {"this", *BACK, *AHEAD}
        name = self.at(place + is_told)
        led = self.at(place - 1) == "the" and self.at(place - 2) in LEADS - {"for"}
        if name not in SEASONS or not (is_told or led or self.at(place - 1) in LEADS - {"for"}):
            return None
        after = place + 1 + is_told
        year, end = self._year_after(after + (self.at(after) == "of"))
        if year is not None:
            return Read(season_of(year, name), end)
        found = latest(self.newest, partial(_season_in, name))
        if which in BACK and found.holds_at(self.now):
            found = moved(found, -1, "season")
        if which in AHEAD:
            found = moved(found, 1, "season")
        return Read(found, after)

    def _holiday(self, place: int) -> Read | None:
        """Read "Christmas 2022", "last Halloween" and "New Year's Eve"."""
        told = self.at(place) in {"this", *BACK, *AHEAD}
        begin = place + told
        for name, of_year in HOLIDAYS.items():
            length = len(name.split())
            if " ".join(self.at(begin + step) for step in range(length)) != name:
                continue
            year, end = self._year_after(begin + length)
            if year is not None:
                return Read(of_year(year), end)
            found = latest(self.newest, of_year)
            if self.at(place) in AHEAD:
                found = of_year((found.start or self.now).year + 1)
            return Read(found, begin + length)
        return None

    def _day_by_name(self, place: int) -> Read | None:
        """Read "today", "yesterday", "last night" and their like."""
        today = containing(self.now, "day")
        if [self.at(place + step) for step in range(3)] == ["day", "before", "yesterday"]:
            return Read(moved(today, -2, "day"), place + 3)
        days = {"today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1}
        word = self.at(place)
        if word in days:
            return Read(moved(today, days[word], "day"), place + 1)
        if word == "last" and self.at(place + 1) == "night":
            evening = midnight(self.now) - DAY + _MIDNIGHT_TO_EVENING
            return Read(Interval(evening, evening + _NIGHT), place + 2)
        if word == "this" and self.at(place + 1) in {"morning", "afternoon", "evening"}:
            return Read(today, place + 2)
        return None

    def _ago(self, place: int) -> Read | None:
        """Read "three weeks ago"."""
        counted = self.count(place)
        if counted is None or self.at(counted.end) != "ago":
            return None
        times, unit, after = counted
        return Read(about(self.now - length_of(unit, times), unit), after + 1)

    def _from_now(self, place: int) -> Read | None:
        """Read "this week", "last month", "the past two weeks" and "next year"."""
        which = self.at(place)
        unit = UNIT_OF.get(self.at(place + 1))
        is_one = unit is not None
        counted = self.count(place + 1) if unit is None else Counted(1, unit, place + 2)
        if counted is None or which not in {"this", *BACK, *AHEAD}:
            return None
        here = containing(self.now, counted.unit)
        if which == "this":
            return Read(here, counted.end) if is_one else None
        if which in AHEAD:
            return Read(moved(here, 1, counted.unit, longer=counted.times - 1), counted.end)
        is_named = (
            which != "past"
            and self.at(place - 1) not in ROLLING
            and not (self.at(place - 1) == "the" and self.at(place - 2) in ROLLING)
        )
        if is_one and counted.unit == "weekend":
            is_over = here.start is not None and here.start <= self.now and which == "past"
            return Read(here if is_over else moved(here, -1, "weekend"), counted.end)
        if is_one and is_named:  # "last month" is one of the calendar, "the past month" is not
            return Read(moved(here, -1, counted.unit), counted.end)
        return Read(
            Interval(self.now - length_of(counted.unit, counted.times), self.now), counted.end
        )

    def _weekday(self, place: int) -> Read | None:
        """Read "on Monday", "last Tuesday" and "next Friday"; the last is this or before."""
        which = self.at(place)
        told = which in {"this", *BACK, *AHEAD}
        name = self.at(place + told)
        if name not in WEEKDAYS or not (told or self.at(place - 1) in LEADS):
            return None
        today = midnight(self.now)
        back = (today.weekday() - WEEKDAYS.index(name)) % 7
        if which in AHEAD:
            back -= 7
        elif which in BACK and back == 0:
            back = 7
        start = today - back * DAY
        return Read(Interval(start, start + DAY), place + 1 + told)

    def _part(self, place: int) -> Read | None:
        """Read "early May", "the end of 2023" and "the first week of July"."""
        word = self.at(place)
        if word in PARTS:
            after = place + 1 + (self.at(place + 1) in {"of", "-"})
            read = self.period(after)
            return None if read is None else Read(thirds(read.interval, PARTS[word]), read.end)
        orders = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
        unit = UNIT_OF.get(self.at(place + 1))
        if word not in orders or unit is None or self.at(place + 2) != "of":
            return None
        read = self.period(place + 3)
        if read is None or read.interval.start is None or read.interval.end is None:
            return None
        length = length_of(unit)
        start = (
            read.interval.end - length
            if orders[word] < 0
            else read.interval.start + length_of(unit, orders[word])
        )
        return Read(Interval(start, start + length), read.end)

    def _day_number(self, place: int) -> int | None:
        found = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", self.at(place))
        return int(found[1]) if found and 1 <= int(found[1]) <= 31 else None  # noqa: PLR2004  days

    def _month_number(self, place: int, *, led: bool = False) -> int | None:
        """Return the number of a month where the word is one; "may" and "march" can be verbs."""
        word = self.at(place)
        number = MONTH_OF.get(word)
        if number is None or word not in {"may", "march", "mar", "dec", "jan", "sep", "oct"}:
            return number
        led = led or self.at(place - 1) in LEADS or self.at(place - 1).isdigit()
        is_written_so = place > 0 and self.words[place][0].isupper()
        return number if led or is_written_so else None

    def _year_after(self, place: int) -> tuple[int | None, int]:
        """Return the year at a place, with or without a comma before it, and what follows."""
        after = place + (self.at(place) == ",")
        word = self.at(after)
        return (int(word), after + 1) if self._is_a_year(word) else (None, place)

    def _is_a_year(self, word: str) -> bool:
        return re.fullmatch(r"\d{4}", word) is not None and may_be_a_year(int(word))


def _day_in(month: int, day: int, year: int) -> Interval:
    return day_of(year, month, day)


def _month_in(month: int, year: int) -> Interval:
    return month_of(year, month)


def _season_in(name: str, year: int) -> Interval:
    return season_of(year, name)

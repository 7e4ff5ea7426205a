"""Days, weeks, months, seasons and holidays as intervals of world time, in UTC.

Weeks begin on Monday. Seasons are those of the northern hemisphere, in whole months; a winter is
named after the year in which it ends.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta

from memsvc.domain.validity import Interval

DAY = timedelta(days=1)
UNITS = ("hour", "day", "week", "weekend", "month", "quarter", "season", "year", "decade")

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
SEASONS = {"winter": 12, "spring": 3, "summer": 6, "autumn": 9, "fall": 9}
"""The month in which each begins."""

_SATURDAY, _THURSDAY = 5, 3
_FIRST_YEAR, _LAST_YEAR = 2, 9990


def midnight(moment: datetime) -> datetime:
    """Return the beginning of the day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def containing(moment: datetime, unit: str) -> Interval:
    """Return the hour, day, week, weekend, month, quarter, year or decade that a moment lies in.

    On a weekday the weekend is the one that comes.
    """
    day = midnight(moment)
    monday = day - day.weekday() * DAY
    starts: dict[str, datetime] = {
        "hour": moment.replace(minute=0, second=0, microsecond=0),
        "day": day,
        "week": monday,
        "weekend": monday + _SATURDAY * DAY,
        "month": day.replace(day=1),
        "quarter": day.replace(day=1, month=day.month - (day.month - 1) % 3),
        "year": day.replace(day=1, month=1),
        "decade": day.replace(day=1, month=1, year=max(day.year - day.year % 10, 1)),
    }
    start = starts[unit]
    return Interval(start, start + (2 * DAY if unit == "weekend" else length_of(unit)))


def length_of(unit: str, times: int = 1) -> relativedelta:
    """Return so many times the unit; from one weekend to the next it is a week."""
    return {
        "hour": relativedelta(hours=times),
        "day": relativedelta(days=times),
        "week": relativedelta(weeks=times),
        "weekend": relativedelta(weeks=times),
        "month": relativedelta(months=times),
        "quarter": relativedelta(months=3 * times),
        "season": relativedelta(years=times),
        "year": relativedelta(years=times),
        "decade": relativedelta(years=10 * times),
    }[unit]


def day_of(year: int, month: int, day: int) -> Interval:
    """Return one day. Raises `ValueError` where there is none of that date."""
    start = datetime(year, month, day, tzinfo=UTC)
    return Interval(start, start + DAY)


def month_of(year: int, month: int) -> Interval:
    """Return one month."""
    return containing(datetime(year, month, 1, tzinfo=UTC), "month")


def year_of(year: int) -> Interval:
    """Return one year."""
    return containing(datetime(year, 1, 1, tzinfo=UTC), "year")


def season_of(year: int, name: str) -> Interval:
    """Return a season by the year in which it ends."""
    first = SEASONS[name]
    start = datetime(year - (first == SEASONS["winter"]), first, 1, tzinfo=UTC)
    return Interval(start, start + relativedelta(months=3))


def _thanksgiving(year: int) -> Interval:
    first = datetime(year, 11, 1, tzinfo=UTC)
    start = first + ((_THURSDAY - first.weekday()) % 7 + 21) * DAY
    return Interval(start, start + DAY)


def _easter(year: int) -> Interval:
    found = easter(year)
    return day_of(found.year, found.month, found.day)


HOLIDAYS: dict[str, Callable[[int], Interval]] = {
    "christmas eve": lambda year: day_of(year, 12, 24),
    "christmas": lambda year: day_of(year, 12, 25),
    "new year's eve": lambda year: day_of(year, 12, 31),
    "new year's day": lambda year: day_of(year, 1, 1),
    "new year's": lambda year: day_of(year, 1, 1),
    "new year": lambda year: day_of(year, 1, 1),
    "valentine's day": lambda year: day_of(year, 2, 14),
    "valentine's": lambda year: day_of(year, 2, 14),
    "halloween": lambda year: day_of(year, 10, 31),
    "thanksgiving": _thanksgiving,
    "easter": _easter,
}
"""A day of each year, by its name; longer names before those that they begin with."""


def latest(now: datetime, of_year: Callable[[int], Interval]) -> Interval:
    """Return the newest of what comes once a year that has begun."""
    found = of_year(now.year + 1)
    for year in (now.year + 1, now.year, now.year - 1):
        found = of_year(year)
        if found.start is not None and found.start <= now:
            break
    return found


def thirds(whole: Interval, which: int) -> Interval:
    """Return the first (0), second (1) or last (2) third of an interval that has both ends."""
    if whole.start is None or whole.end is None:
        return whole
    third = (whole.end - whole.start) / 3
    return Interval(whole.start + which * third, whole.start + (which + 1) * third)


def may_be_a_year(number: int) -> bool:
    """Tell whether a number of four digits is a year that people speak of."""
    return 1900 <= number <= 2100  # noqa: PLR2004  beyond, it is more often a quantity


def is_safe(moment: datetime) -> bool:
    """Tell whether a moment is far enough from the ends of the calendar to count from."""
    return _FIRST_YEAR < moment.year < _LAST_YEAR


LENGTHS = {
    "hour": timedelta(hours=1),
    "day": DAY,
    "week": 7 * DAY,
    "weekend": 7 * DAY,
    "month": 30 * DAY,
    "quarter": 91 * DAY,
    "season": 365 * DAY,
    "year": 365 * DAY,
    "decade": 3_652 * DAY,
}


def about(moment: datetime, unit: str) -> Interval:
    """Return what people mean by a moment that they tell in units: half of one to either side."""
    if unit == "day":
        return containing(moment, "day")
    half = LENGTHS[unit] / 2
    return Interval(moment - half, moment + half)


def moved(interval: Interval, times: int, unit: str, *, longer: int = 0) -> Interval:
    """Return the interval so many units later, and so many units longer."""
    if interval.start is None or interval.end is None:
        return interval
    end = interval.end + length_of(unit, times + longer)
    return Interval(interval.start + length_of(unit, times), end)

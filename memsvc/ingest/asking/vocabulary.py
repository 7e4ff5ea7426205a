"""The words that tell a time, and what they stand for. English."""

from memsvc.ingest.asking.calendar import HOLIDAYS, MONTHS, SEASONS, UNITS, WEEKDAYS

A_FEW = 3
DIGITS = 4
"""A number of units with so many digits is none that people mean."""

NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "few": A_FEW, "four": 4,
    "several": A_FEW + 1, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12,
}  # fmt: skip
_SHORT_MONTHS = {name[:3]: number for number, name in enumerate(MONTHS, start=1)} | {"sept": 9}
MONTH_OF = _SHORT_MONTHS | {name: number for number, name in enumerate(MONTHS, start=1)}
"""The number of a month by its name, whole or cut short."""

UNIT_OF = {unit: unit for unit in UNITS if unit != "season"} | {f"{unit}s": unit for unit in UNITS}
WORDS_OF_TIME = frozenset(
    [*MONTHS, *_SHORT_MONTHS, *SEASONS, *WEEKDAYS, *UNIT_OF]
    + [word for name in HOLIDAYS for word in name.split() if word != "day"]
    + ["today", "tonight", "yesterday", "tomorrow", "night", "morning", "afternoon", "evening"]
)
"""Without one of these, or a year, no time is told."""

LEADS = frozenset({
    "in", "during", "on", "since", "until", "till", "before", "after", "from", "between", "by",
    "of", "over", "this", "last", "next", "past", "and", "to", "early", "mid", "late",
    "throughout", "through", "around", "for",
})  # fmt: skip
"""What may stand before a word of time that is something else elsewhere."""

ROLLING = frozenset(["in", "over", "during", "within", "for"])
BACK = frozenset(["last", "past", "previous"])
AHEAD = frozenset(["next", "coming", "upcoming", "following"])
PARTS = {
    "early": 0, "beginning": 0, "start": 0, "mid": 1, "middle": 1, "late": 2, "end": 2,
}  # fmt: skip

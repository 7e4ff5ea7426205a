"""How right an answer is beside its reference, without a model: its words, and its date.

Words count as LoCoMo counts them (`task_eval/evaluation.py` of snap-research/locomo): lower case,
without commas, punctuation and the words a, an, the and and, stemmed by Porter's rules; F1 of the
multiset of words. Where the reference lists several things, each counts by the listed answer that
is nearest to it. A question for what nobody said is answered rightly by saying so.
"""

import re
import string
from collections import Counter
from functools import cache
from typing import Any

import snowballstemmer

from memsvc.evals.datasets.dataset import NOT_SAID

REFUSALS = ("not mentioned", "no information available")
"""LoCoMo's own two."""

_ARTICLES = re.compile(r"\b(?:a|an|the|and)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)

_MONTHS = tuple(
    """
    january february march april may june july august september october november december
    """.split()  # noqa: SIM905 - as words they can be read
)
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" if month[3:] else month for month in _MONTHS)
_DATE = re.compile(
    rf"""
    (?P<y1>\d{{4}})-(?P<m1>\d{{2}})-(?P<d1>\d{{2}})
    | (?:(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?P<m2>{_MONTH})\.?,?\s+(?P<y2>\d{{4}})
    | (?P<m3>{_MONTH})\.?\s+(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y3>\d{{4}})
    | \b(?P<y4>(?:19|20)\d{{2}})\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
_AROUND_A_DATE = re.compile(r"^(?:on|in)\s+|[\s.]+$", re.IGNORECASE)

Day = tuple[int, int | None, int | None]
"""A year, and the month and day where they are said."""


def token_f1(answer: str, reference: str, *, listed: bool = False) -> float:
    """Return from 0 to 1 how far the words of an answer are those of the reference.

    With `listed`, both are lists of things with commas between them.
    """
    if reference == NOT_SAID:
        return float(is_refusal(answer))
    if not listed:
        return _f1(answer, reference)
    answers, references = answer.split(","), reference.split(",")
    return sum(max(_f1(one, part) for one in answers) for part in references) / len(references)


def is_refusal(answer: str) -> bool:
    """Tell whether an answer says that nobody said it."""
    return any(refusal in answer.lower() for refusal in REFUSALS)


def date_is_right(answer: str, reference: str) -> bool | None:
    """Tell whether an answer names the date that is the whole reference; None for another one.

    It must name a date, and each that it names must agree in all that the reference says.
    """
    whole = _AROUND_A_DATE.sub("", reference.strip())
    match = _DATE.fullmatch(whole)
    if match is None:
        return None
    wanted = _day(match)
    named = [_day(each) for each in _DATE.finditer(answer)]
    return bool(named) and all(
        part in (None, said) for day in named for part, said in zip(wanted, day, strict=True)
    )


def _f1(answer: str, reference: str) -> float:
    said, wanted = _words(answer), _words(reference)
    same = (said & wanted).total()
    return 2 * same / (said.total() + wanted.total()) if same else 0.0


def _words(text: str) -> Counter[str]:
    plain = text.replace(",", "").lower().translate(_PUNCTUATION)
    return Counter(_stem(word) for word in _ARTICLES.sub(" ", plain).split())


@cache
def _stem(word: str) -> str:
    stemmed: str = _porter().stemWord(word)
    return stemmed


@cache
def _porter() -> Any:
    return snowballstemmer.stemmer("porter")


def _day(match: re.Match[str]) -> Day:
    found = {name[0]: text for name, text in match.groupdict().items() if text is not None}
    month = found.get("m")
    if month is not None:
        month = month if month.isdecimal() else str(1 + _number(month))
    day = found.get("d")
    return int(found["y"]), None if month is None else int(month), None if day is None else int(day)


def _number(month: str) -> int:
    return next(n for n, name in enumerate(_MONTHS) if name.startswith(month.lower()))

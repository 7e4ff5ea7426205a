"""Which questions ask how something stands now, and which texts speak of what they ask for.

"How many commits are merged?" wants the last of several numbers, "How many did I merge in May?" one
of then. The wish is read off the question: a word of the present ("now", "most recently"), a
quantity, or a state of the asker's own in the present tense; and no word of the past ("used to",
"previous"). What tells how something was done, compares, or adds up over all that was said
("across", "altogether") wants no latest value either.

A text speaks of what is wished for where one of its sentences has a share of the question's words,
and a number besides where a quantity is asked for. That is far less than saying that one statement
takes the place of another (`memsvc.ingest.updates`): so it may change an order, and names nothing.
The words are English.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from memsvc.ingest.pieces import sentences
from memsvc.ingest.updates import NUMBERS
from memsvc.ingest.words import Words, words_of

LEAST = 0.25
"""The share of the question's words that a sentence needs: people say in passing what changed ("I
just finished my fifth issue"), and half would pass over most of that."""

LONGEST = 8_000
"""Characters of a text that are read."""

_KEPT = 4_096
"""Texts whose sentences are remembered."""

_NOW = re.compile(
    r"\b(?:now|currently|current|still|latest|most recently|recent|these days|"
    r"at present|today|so far|any ?more|nowadays|as of|up to date|to date|switch(?:ed)?)\b"
)
_THEN = re.compile(
    r"\b(?:used to|before|at first|first time|original(?:ly)?|initial(?:ly)?|previous(?:ly)?|"
    r"former(?:ly)?|earlier|earliest|ago|back then|in the past|yesterday|"
    r"(?:when|how long) (?:did|was|were)|"
    r"last (?:week|month|year|summer|winter|spring|fall|autumn|weekend|night|time)|"
    r"in (?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"(?:19|20)\d\d)|order|timeline|history|over time|chang\w+|evolv\w+|progress\w*|between|"
    r"summar\w+|how many (?:days|weeks|months|years|times))\b"
)
_OVER_ALL = re.compile(r"\b(?:across|different|in total|altogether|combined)\b")
_HELP = re.compile(r"^(?:can|could|would|will|how (?:can|do|should|would)) ")
_QUANTITY = re.compile(
    r"\bhow (?:many|much|often|far|long|old|high|big|large)\b|"
    r"\bwhat(?: is|'s) (?:the|my|our)\b.{0,40}?\b(?:percentage|number|average|amount|time|deadline|"
    r"date|rate|price|cost|budget|version|quota|limit|score|age|rent|salary|day)\b"
)
_PAST_TENSE = re.compile(r"\b(?:did|was|were|had)\b")
_OWN = re.compile(r"\b(?:i|my|me|mine|we|our|us|i'm|i've)\b")
_STATE = re.compile(
    r"^(?:(?:in|on|at|for|with|to|from|of|by) )?(?:what|which|who|whom|whose|where|when)\b"
    r"[^.?!]{0,60}?\b(?:is|am|do|does|have|has)\b"
)
_ONE_AT_A_TIME = re.compile(
    r"\b(?:live|living|drive|driving|work(?:ing)? (?:at|for))\b|\bwork(?:ing)?\W*$"
)
_WORDS_OF_NOW = "now currently current still latest most recent recently today switch switched"
_ORDINALS = frozenset(
    ["third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"]
)
_PLAIN = re.compile(r"[a-z]+")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a question wants the latest of: its terms, and whether it is a quantity."""

    terms: frozenset[str]
    is_quantity: bool


def wish_of(question: str) -> Wish | None:
    """Return what a question wants the latest of; None where it does not ask how things stand."""
    asked = question.strip().replace("\u2019", "'").lower()
    is_quantity = _QUANTITY.search(asked) is not None
    if not _wants_the_latest(asked, is_quantity=is_quantity):
        return None
    terms = frozenset(_english().asked(asked))
    return Wish(terms - _terms_of_now() or terms, is_quantity)


def share_of(wish: Wish, text: str) -> float:
    """Return the share of the wish's terms, in [0, 1], that one sentence of a text has at most.

    Where a quantity is wished for, sentences without a number have none.
    """
    common = (
        len(wish.terms & sentence.terms)
        for sentence in _read(text[:LONGEST])
        if sentence.counts or not wish.is_quantity
    )
    return max(common, default=0) / max(len(wish.terms), 1)


def _wants_the_latest(asked: str, *, is_quantity: bool) -> bool:
    if _OVER_ALL.search(asked) or _HELP.search(asked):
        return False
    if _NOW.search(asked) and not asked.startswith("when did "):
        return True
    if _THEN.search(asked):
        return False
    if is_quantity:
        return True
    if _PAST_TENSE.search(asked) or not _STATE.search(asked):
        return False
    return _OWN.search(asked) is not None or _ONE_AT_A_TIME.search(asked) is not None


@dataclass(frozen=True, slots=True)
class _Sentence:
    terms: frozenset[str]
    counts: bool


@lru_cache(maxsize=_KEPT)
def _read(read: str) -> tuple[_Sentence, ...]:
    """Return the sentences of what is read of a text; no more of it is remembered."""
    return tuple(_sentence(read[span.start : span.end]) for span in sentences(read))


def _sentence(text: str) -> _Sentence:
    words = set(_PLAIN.findall(text.lower()))
    counts = _DIGIT.search(text) is not None or not words.isdisjoint(NUMBERS | _ORDINALS)
    return _Sentence(frozenset(_english().terms(text)), counts)


@cache
def _english() -> Words:
    return words_of("english")


@cache
def _terms_of_now() -> frozenset[str]:
    return frozenset(_english().terms(_WORDS_OF_NOW))

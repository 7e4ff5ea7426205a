"""Rewords sentences by rule: one name or number altered, or the same said in other words.

No language model takes part, and it shows: a paraphrase here is at most three plain changes
(synonyms from a short list, two halves of a sentence exchanged, fillers left out). People's
paraphrases share fewer words; what is measured on these is an upper bound.
"""

import re
from collections.abc import Sequence
from random import Random

from memsvc.ingest.extract.entities import entities
from memsvc.ingest.extract.mention import Kind

_NUMBER = re.compile(r"(?<![\w.,])\d{1,4}(?![\w]|[.,:]\d)")
_HALVES = re.compile(
    r"^(?P<one>[^,;.!?]{12,}),? (?P<join>and|but|because|when|so) "
    r"(?P<other>[^,;.!?]{12,})(?P<end>[.!?]*)$"
)
_FILLERS = re.compile(
    r"\b(?:really|very|just|so|actually|definitely|totally|super|pretty|quite|also|even|always)\b ?"
    r"|^(?:oh|wow|hey|well|yeah|yes|hi)[,!]? ",
    re.IGNORECASE,
)
_SYNONYMS = (
    ("great", "wonderful"), ("awesome", "fantastic"), ("amazing", "incredible"), ("glad", "happy"),
    ("happy", "glad"), ("love", "adore"), ("like", "enjoy"), ("began", "started"),
    ("started", "began"), ("start", "begin"), ("help", "assist"), ("helps", "assists"),
    ("big", "large"), ("small", "little"), ("kids", "children"), ("children", "kids"),
    ("job", "work"), ("house", "home"), ("home", "house"), ("think", "believe"),
    ("believe", "think"), ("tough", "hard"), ("hard", "difficult"), ("beautiful", "lovely"),
    ("cool", "neat"), ("nice", "lovely"), ("friends", "mates"), ("picture", "photo"),
    ("photo", "picture"), ("pic", "photo"), ("talk", "speak"), ("talking", "speaking"),
    ("buy", "purchase"), ("bought", "purchased"), ("got", "received"), ("need", "require"),
    ("want", "wish"), ("wanted", "wished"), ("keep", "continue"), ("important", "essential"),
    ("excited", "thrilled"), ("thanks", "thank you"), ("yesterday", "the day before"),
    ("recently", "lately"), ("many", "lots of"), ("journey", "trip"), ("trip", "journey"),
    ("painting", "artwork"), ("meet", "encounter"), ("met", "encountered"), ("finish", "complete"),
    ("finished", "completed"), ("make", "create"), ("made", "created"), ("show", "display"),
    ("sure", "certain"), ("idea", "thought"), ("maybe", "perhaps"), ("often", "frequently"),
    ("understand", "grasp"), ("use", "employ"), ("using", "employing"), ("ensure", "make sure"),
)  # fmt: skip
_BY_WORD = dict(_SYNONYMS)
_WORD = re.compile(r"[A-Za-z]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def altered_in_one(text: str, names: Sequence[str], chance: Random) -> str | None:
    """Return a text with one of its names, or one number, exchanged; None when it has neither.

    `names` are what other texts name; the new one is none that the text holds.
    """
    mine = [mention for mention in entities(text) if mention.kind is Kind.NAME]
    numbers = list(_NUMBER.finditer(text))
    if mine and not (numbers and chance.random() < 0.5):  # noqa: PLR2004 - one of two
        mention = chance.choice(mine)
        others = [name for name in names if name.casefold() not in text.casefold()]
        if others:
            span = mention.span
            return f"{text[: span.start]}{chance.choice(others)}{text[span.end :]}"
    if numbers:
        found = chance.choice(numbers)
        other = int(found[0]) + chance.choice([1, 2, 3])
        return f"{text[: found.start()]}{other}{text[found.end() :]}"
    return None


def paraphrased(text: str) -> str | None:
    """Return a text in other words, as far as the rules go; None when none of them applies."""
    made = " ".join(map(_turned, _SENTENCE.split(text)))
    made = _FILLERS.sub("", made)
    made = _WORD.sub(_synonym, made)
    return made if made != text else None


def _turned(sentence: str) -> str:
    """Exchange the two halves of a sentence."""
    found = _HALVES.match(sentence)
    if found is None:
        return sentence
    return f"{found['other']} {found['join']} {found['one']}{found['end']}"


def _synonym(found: re.Match[str]) -> str:
    word = found[0]
    other = _BY_WORD.get(word.lower())
    if other is None:
        return word
    return other.capitalize() if word[0].isupper() else other

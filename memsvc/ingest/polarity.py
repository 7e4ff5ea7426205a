"""What a sentence claims and whether it says yes or no to it, read off its words.

Two texts contradict each other where one says of a thing what the other denies. So a sentence is
taken apart into what it speaks of (the stems of its content words, its numbers) and its polarity:
it denies by "not" and its kin ("Capsaicin is not associated with cooking"), or it doubts by a word
that says no more softly ("it is unlikely that a minor could"). What it only concedes ("while it is
not cheap, ...") is not what it claims.

The words are English. A text in another language denies nothing here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from memsvc.ingest.pieces import sentences
from memsvc.ingest.updates import NUMBERS
from memsvc.ingest.words import Words, words_of

LONGEST = 8_000
"""Characters of a text that are read; its claim stands at its beginning or nowhere."""

REACH = 6
"""So many content words after a word of denial, within its clause, are what it denies."""

_KEPT = 2_048
"""Texts whose claims are remembered."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


DENIALS = _listed(
    """
    not n't no never neither nor none nobody nothing nowhere without hardly scarcely rarely seldom
    barely
    """
)
"""Words that turn what stands with them into its opposite, or nearly."""

DOUBTS = _listed(
    """
    unlikely unable impossible improbable lack lacks lacked lacking fails failed fail false
    incorrect untrue myth misconception unclear unknown absent absence insufficient incapable deny
    denies denied prevent prevents unsuitable inaccurate
    """
)
"""Words that say no by their own meaning."""

_FUNCTION = _listed(
    """
    a an the and or but so if then than that this these those there here of to in on at for with
    from by about into over under as it its he she they them his her their we us our you your i me
    my is are was were be been being am do does did done has have had will would could should can
    may might must which who whom whose what when where while although though however also such
    some any all each both very
    """
)

_OPPOSITES = (
    ("increase rise grow", "decrease fall shrink reduce lower"),
    ("more most", "less least fewer fewest"),
    ("high higher", "low lower"),
    ("large larger big bigger", "small smaller"),
    ("before precede predate", "after succeed follow"),
    ("same similar identical alike", "different distinct dissimilar"),
    ("safe harmless", "dangerous risky unsafe harmful"),
    ("common", "rare uncommon"),
    ("easy", "difficult hard"),
    ("legal", "illegal"),
    ("allow permit", "prohibit forbid ban"),
    ("accept", "reject refuse"),
    ("open", "closed"),
    ("alive", "dead"),
    ("win", "lose"),
    ("won", "lost"),
    ("start begin", "stop end finish"),
    ("love like enjoy", "hate dislike"),
    ("support", "oppose"),
    ("include", "exclude"),
    ("always", "never"),
    ("healthy", "unhealthy"),
    ("beneficial", "harmful"),
    ("cheap", "expensive"),
    ("strong", "weak"),
    ("fast", "slow"),
    ("early", "late"),
    ("buy", "sell"),
    ("bought", "sold"),
    ("lend", "borrow"),
    ("parent", "child"),
    ("married", "single divorced"),
)
"""Words of which one denies the other, antonyms and converses: common ones, from no data set."""

_NO_DENIAL = re.compile(
    r"\bnot (?:only|just|to mention)\b|\b(?:no|without a|without) doubt\b", re.IGNORECASE
)
_CONCEDED = re.compile(
    r"\b(?:while|although|(?:even )?though|despite|whereas)\b[^,;.]*,", re.IGNORECASE
)
_CLAUSE = re.compile(r"[.;:!?,]\s|\bbut\b|\bhowever\b", re.IGNORECASE)
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W_]+(?:'[^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence: what it speaks of, and whether it says no to it.

    `words` are stems. `doubts` where no word of denial does it, but one that says no by itself;
    `negated` where there is a word of denial at all, claimed or conceded.
    """

    text: str
    words: frozenset[str]
    numbers: frozenset[str]
    denies: bool
    doubts: bool
    negated: bool


@dataclass(frozen=True, slots=True)
class Claims:
    """The sentences of a text, and which stems stand in the reach of a denial and which do not."""

    sentences: tuple[Claim, ...]
    denied: frozenset[str]
    said: frozenset[str]


@lru_cache(maxsize=_KEPT)
def claims_of(text: str) -> Claims:
    """Read a text; one without a content word claims nothing."""
    read = text[:LONGEST].replace("\u2019", "'")
    denied, said = _reached(read)
    found = (_claim(read[span.start : span.end].strip()) for span in sentences(read))
    kept = tuple(claim for claim in found if claim.words or claim.numbers)
    return Claims(kept, frozenset(denied), frozenset(said))


def are_opposed(one: Claim, other: Claim) -> bool:
    """Tell whether one has a word in the place of which the other has its opposite."""
    opposites = _opposites()
    own, others = one.words - other.words, other.words - one.words
    return any(not opposites.get(word, frozenset()).isdisjoint(others) for word in own)


def _claim(sentence: str) -> Claim:
    claimed = list(_words(_CONCEDED.sub(" ", sentence)))
    denies, doubts = (not kind.isdisjoint(claimed) for kind in (DENIALS, DOUBTS))
    words = list(_words(sentence))
    numbers = {word for word in words if word[0].isdigit() or word in NUMBERS}
    content = (word for word in words if word not in numbers and _is_content(word))
    return Claim(
        text=sentence,
        words=frozenset(map(_stem, content)),
        numbers=frozenset(numbers),
        denies=denies or doubts,
        doubts=doubts and not denies,
        negated=not DENIALS.isdisjoint(words),
    )


def _reached(text: str) -> tuple[set[str], set[str]]:
    """Return the stems that a denial reaches, and those that none does."""
    denied: set[str] = set()
    said: set[str] = set()
    for clause in _CLAUSE.split(_NO_DENIAL.sub(" ", text)):
        left = 0
        for word in _words(clause):
            if word in DENIALS or word in DOUBTS:
                left = REACH
            elif _is_content(word):
                (denied if left > 0 else said).add(_stem(word))
                left -= 1
    return denied, said


def _words(text: str) -> Iterator[str]:
    """Yield words in lower case, "isn't" and "cannot" as two."""
    for match in _WORD.finditer(_NO_DENIAL.sub(" ", text)):
        word = match[0].lower()
        if word.endswith("n't"):
            yield from (word[:-3], "n't")
        elif word == "cannot":
            yield from ("can", "not")
        else:
            yield word


def _is_content(word: str) -> bool:
    return len(word) > 1 and word not in _FUNCTION and word not in DENIALS and word not in DOUBTS


def _stem(word: str) -> str:
    terms = _english().terms(word)
    return terms[0] if terms else word


@cache
def _english() -> Words:
    return words_of("english")


@cache
def _opposites() -> dict[str, frozenset[str]]:
    """Return for each stem those of its opposites."""
    found: dict[str, set[str]] = {}
    for sides in _OPPOSITES:
        one, other = ({_stem(word) for word in side.split()} for side in sides)
        for word in one:
            found.setdefault(word, set()).update(other)
        for word in other:
            found.setdefault(word, set()).update(one)
    return {word: frozenset(others) for word, others in found.items()}

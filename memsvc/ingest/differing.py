"""What a sentence says otherwise than a text that nearly holds it.

The sentence is aligned with the stretch of the text that takes the fewest changes of a word to
become it: the text's beginning and end are free (fitting alignment, after Sellers, "The theory and
computation of evolutionary distances", 1980). What had to be changed is told as differences, each
by what kind of words it is about. Case, accents and punctuation are no difference.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.memory import Span
from memsvc.domain.novelty import Difference, DifferenceKind
from memsvc.ingest.extract.entities import entities
from memsvc.ingest.extract.mention import Kind
from memsvc.ingest.words import is_spaceless

MOST_CHANGED = 0.3
"""Share of a sentence's words that may differ for it still to be the same sentence, altered. One
word always may."""

FEWEST_WORDS = 3
"""Of a sentence that can be altered: of two words, one changed leaves nothing to know it by."""

LONGEST = 400
"""Words of a sentence that are aligned; a longer one is a listing."""

_WORD = re.compile(r"\d+(?:[.,:]\d+)*(?![^\W_])|[^\W_]+(?:['\u2019][^\W_]+)*")
_NEGATIONS = frozenset(
    """
    not no never none nobody nothing neither nor without cannot nowhere hardly longer anymore
    """.split()  # noqa: SIM905 - as words they can be read
)
_COUNTING = frozenset(
    """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
    thousand million dozen once twice first second third half monday tuesday wednesday thursday
    friday saturday sunday january february march april may june july august september october
    november december
    """.split()  # noqa: SIM905 - the same
)
_OF_NUMBERS = frozenset({Kind.DATE, Kind.QUANTITY})


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared, and where it stands."""

    folded: str
    span: Span


@dataclass(frozen=True, slots=True)
class Altered:
    """A stretch of a text that nearly is a sentence: the share of its words that differ, and how.

    `changed` is over 0 and at most 1; 0 where the words are the same.
    """

    changed: float
    differs: tuple[Difference, ...]


def words_of_text(text: str) -> list[Word]:
    """Return the words of a text; in scripts that put no space between words, each character."""
    return [
        Word(_folded(text[span.start : span.end]), span)
        for match in _WORD.finditer(text)
        for span in _parted(match[0], match.start())
    ]


def altered(
    ours: str, theirs: str, *, sentence: Sequence[Word], words: Sequence[Word]
) -> Altered | None:
    """Return how a sentence differs from the stretch of a text that comes nearest to it.

    `sentence` and `words` are the words of `ours` and `theirs`. None when too much differs.
    """
    if not FEWEST_WORDS <= len(sentence) <= LONGEST or not words:
        return None
    most = max(1, int(MOST_CHANGED * len(sentence)))
    held = {word.folded for word in words}
    if sum(word.folded not in held for word in sentence) > most:
        return None  # which costs a hundredth of an alignment
    costs = _costs([word.folded for word in sentence], [word.folded for word in words])
    if costs[-1].min() > most:
        return None
    changes = list(_changes(costs, sentence, words))
    return Altered(
        changed=float(costs[-1].min()) / len(sentence),
        differs=tuple(_differences(changes, ours, theirs, sentence, words)),
    )


_Change = tuple[int, int, bool]
"""The number of a word of the sentence, that of the text's word in its place, and whether they are
the same; -1 where there is none."""


def _costs(sentence: Sequence[str], words: Sequence[str]) -> NDArray[np.int32]:
    """Return for each prefix of a sentence the changes it takes to end at each word of a text.

    Shape (n + 1, m + 1); the text's first words may be passed over for nothing.
    """
    numbers = {word: number for number, word in enumerate(dict.fromkeys([*sentence, *words]))}
    across = np.array([numbers[word] for word in words])
    steps = np.arange(len(words) + 1, dtype=np.int32)
    costs = np.zeros((len(sentence) + 1, len(words) + 1), dtype=np.int32)
    for row, word in enumerate(sentence, 1):
        above = costs[row - 1]
        best = above + 1
        best[1:] = np.minimum(best[1:], above[:-1] + (across != numbers[word]))
        # A word of the text more costs one: the best of all that stand to the left, plus the way.
        costs[row] = np.minimum.accumulate(best - steps) + steps
    return costs


def _changes(
    costs: NDArray[np.int32], sentence: Sequence[Word], words: Sequence[Word]
) -> Iterator[_Change]:
    """Yield the cheapest way, from its end."""
    row, column = len(sentence), int(costs[-1].argmin())
    while row > 0:
        here = costs[row, column]
        agrees = column > 0 and sentence[row - 1].folded == words[column - 1].folded
        if column > 0 and here == costs[row - 1, column - 1] + (not agrees):
            row, column = row - 1, column - 1
            yield row, column, agrees
        elif here == costs[row - 1, column] + 1:
            row -= 1
            yield row, -1, False
        else:
            column -= 1
            yield -1, column, False


def _differences(
    changes: Sequence[_Change],
    ours: str,
    theirs: str,
    sentence: Sequence[Word],
    words: Sequence[Word],
) -> Iterator[Difference]:
    """Yield each run of changes as one difference, in the order of the sentence."""
    if all(agrees for *_, agrees in changes):
        return
    named = (_named(ours), _named(theirs))
    for agrees, run in groupby(reversed(changes), key=lambda change: change[2]):
        if agrees:
            continue
        places = list(run)
        mine = [sentence[row].span for row, _, _ in places if row >= 0]
        other = [words[column].span for _, column, _ in places if column >= 0]
        yield Difference(
            _kind(ours, mine, theirs, other, named), _covered(theirs, other), _covered(ours, mine)
        )


def _covered(text: str, spans: Sequence[Span]) -> str:
    return text[spans[0].start : spans[-1].end] if spans else ""


def _kind(
    ours: str,
    mine: Sequence[Span],
    theirs: str,
    other: Sequence[Span],
    named: tuple[Sequence[tuple[Span, Kind]], Sequence[tuple[Span, Kind]]],
) -> DifferenceKind:
    sides = [(ours, mine, named[0]), (theirs, other, named[1])]
    said = [_folded(text[span.start : span.end]) for text, spans, _ in sides for span in spans]
    if any(word in _NEGATIONS or word.endswith(("n't", "n\u2019t")) for word in said):
        return DifferenceKind.NEGATION
    kinds = {
        kind
        for _, spans, names in sides
        for span in spans
        for place, kind in names
        if place.start < span.end and span.start < place.end
    }
    counts = any(word in _COUNTING or any(map(str.isdigit, word)) for word in said)
    if counts or kinds & _OF_NUMBERS:
        return DifferenceKind.NUMBER
    return DifferenceKind.NAME if kinds else DifferenceKind.WORDS


def _named(text: str) -> list[tuple[Span, Kind]]:
    return [(mention.span, mention.kind) for mention in entities(text)]


def _parted(word: str, begin: int) -> Iterator[Span]:
    """Yield a word, or its characters where the script has no words."""
    if word.isascii() or not any(map(is_spaceless, word)):
        yield Span(begin, begin + len(word))
        return
    yield from (Span(place, place + 1) for place in range(begin, begin + len(word)))


def _folded(word: str) -> str:
    lower = word.casefold().replace("\u2019", "'")
    if lower.isascii():
        return lower
    bare = unicodedata.normalize("NFKD", lower)
    return "".join(one for one in bare if not unicodedata.combining(one))

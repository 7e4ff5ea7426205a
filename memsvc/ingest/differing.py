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
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.memory import Span
from memsvc.domain.novelty import Difference, DifferenceKind
from memsvc.ingest.extract.entities import entities
from memsvc.ingest.extract.mention import Kind, Mention
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
_ORDER = list(DifferenceKind)
"""Where several kinds of words differ side by side, the one that changes most is told."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared, and where it stands."""

    folded: str
    span: Span


class Wording:
    """A text as its words are compared; what takes time is made when it is first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def words(self) -> Sequence[Word]:
        """The words; in scripts that put no space between words, each character."""
        return words_of_text(self.text)

    @cached_property
    def held(self) -> frozenset[str]:
        """The words that it holds, folded."""
        return frozenset(word.folded for word in self.words)

    @cached_property
    def named(self) -> Sequence[Mention]:
        """What it names."""
        return entities(self.text)


def words_of_text(text: str) -> list[Word]:
    """Return the words of a text; in scripts that put no space between words, each character."""
    return [
        Word(_folded(text[span.start : span.end]), span)
        for match in _WORD.finditer(text)
        for span in _parted(match[0], match.start())
    ]


def changed(sentence: Wording, text: Wording) -> float | None:
    """Return the share of a sentence's words that keep it from standing in a text.

    0 where all of them stand there as they are; None when too much differs.
    """
    costs = _costs_of(sentence, text)
    return None if costs is None else float(costs[-1].min()) / len(sentence.words)


def differences(sentence: Wording, text: Wording) -> tuple[Difference, ...]:
    """Return what a text says otherwise than a sentence, in the sentence's order.

    Empty where nothing differs, and where too much does.
    """
    costs = _costs_of(sentence, text)
    if costs is None:
        return ()
    return tuple(_differences(list(_changes(costs, sentence.words, text.words)), sentence, text))


def _costs_of(sentence: Wording, text: Wording) -> NDArray[np.int32] | None:
    """Return the costs of aligning both; None when more must be changed than may."""
    length = len(sentence.words)
    if not FEWEST_WORDS <= length <= LONGEST or not text.words:
        return None
    most = max(1, int(MOST_CHANGED * length))
    # This glance costs a hundredth of an alignment.
    if sum(word.folded not in text.held for word in sentence.words) > most:
        return None
    costs = _costs([word.folded for word in sentence.words], [word.folded for word in text.words])
    return None if costs[-1].min() > most else costs


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
    changes: Sequence[_Change], sentence: Wording, text: Wording
) -> Iterator[Difference]:
    """Yield each run of changes as one difference, in the order of the sentence."""
    for agrees, run in groupby(reversed(changes), key=lambda change: change[2]):
        if agrees:
            continue
        places = list(run)
        ours = [sentence.words[row] for row, _, _ in places if row >= 0]
        theirs = [text.words[column] for _, column, _ in places if column >= 0]
        kinds = [*_kinds(sentence, ours), *_kinds(text, theirs)]
        yield Difference(
            min(kinds, key=_ORDER.index), _covered(text, theirs), _covered(sentence, ours)
        )


def _covered(wording: Wording, words: Sequence[Word]) -> str:
    return wording.text[words[0].span.start : words[-1].span.end] if words else ""


def _kinds(wording: Wording, words: Sequence[Word]) -> Iterator[DifferenceKind]:
    """Yield for each word by which rule it may make a difference."""
    for word in words:
        if word.folded in _NEGATIONS or word.folded.endswith("n't"):
            yield DifferenceKind.NEGATION
        elif word.folded in _COUNTING or any(map(str.isdigit, word.folded)):
            yield DifferenceKind.NUMBER
        else:
            yield _kind_of(wording, word.span)


def _kind_of(wording: Wording, span: Span) -> DifferenceKind:
    for mention in wording.named:
        if mention.span.start < span.end and span.start < mention.span.end:
            return DifferenceKind.NUMBER if mention.kind in _OF_NUMBERS else DifferenceKind.NAME
    return DifferenceKind.WORDS


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

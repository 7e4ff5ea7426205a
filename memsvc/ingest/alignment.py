"""Where a passage stands in texts that are read one after the other.

Two ways. Verbatim: the same letters and digits in the same order, whatever stands between them;
case, accents, punctuation, hyphens and white space do not count, and a match begins and ends where
words do. By words: the stretch that holds most of the passage's words, in whatever order, which
also finds a passage that lost some of them. Nothing here knows what words mean.

The stretch is the one of greatest sum (Bentley, "Programming Pearls", 1984) where a word of the
passage adds its weight and any other takes a little.
"""

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from memsvc.ingest.words import is_spaceless

STRANGER = 0.25
"""What a word that is not in the passage takes from a stretch, in mean weights of the passage's
words: a stretch goes on over three strangers in four, as in a passage that lost most of its words,
and ends where the next matching word is far."""

_RUN = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Stretch:
    """From character `start` of text number `first` to before character `end` of number `last`."""

    first: int
    start: int
    last: int
    end: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """A stretch, the share of the passage's weight that it holds, and how many words it has."""

    stretch: Stretch
    share: float
    words: int


class Letters:
    """The letters and digits of texts in a row, folded, and where each stands."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._begins: list[int] = []
        self._offsets = array("l")
        folded: list[str] = []
        for text in texts:
            self._begins.append(len(self._offsets))
            folded.append(letters_of(text, self._offsets))
        self._folded = "".join(folded)

    def find(self, wanted: str) -> Iterator[Stretch]:
        """Yield where these folded letters stand, in order; matches do not overlap."""
        begin = self._folded.find(wanted)
        while wanted and begin >= 0:
            end = begin + len(wanted)
            stretch = self._stretch(begin, end)
            stands = self._stands_alone(stretch)
            if stands:
                yield stretch
            begin = self._folded.find(wanted, end if stands else begin + 1)

    def _stretch(self, begin: int, end: int) -> Stretch:
        first = bisect_right(self._begins, begin) - 1
        last = bisect_right(self._begins, end - 1) - 1
        return Stretch(first, self._offsets[begin], last, self._offsets[end - 1] + 1)

    def _stands_alone(self, stretch: Stretch) -> bool:
        first, last = self._texts[stretch.first], self._texts[stretch.last]
        return not _is_inside_word(first, stretch.start) and not _is_inside_word(last, stretch.end)


def occurrences(passage: str, texts: Sequence[str]) -> Iterator[Stretch]:
    """Yield where a passage stands verbatim in texts read in a row; none for one of no letters."""
    wanted, held = letters_of(passage), "".join(map(letters_of, texts))
    if wanted in held:  # seldom: where each letter stands is only asked then
        yield from Letters(texts).find(wanted)


def gathered(
    wanted: Counter[str],
    texts: Sequence[str],
    *,
    weight: Mapping[str, float],
    terms: Callable[[str], Sequence[str]],
) -> Gathered | None:
    """Return the stretch that holds most of the wanted terms; None when no text holds any.

    `weight` has a positive weight for each wanted term, `terms` makes them of a word. A term that
    is wanted twice counts when it is there twice.
    """
    tokens = [
        (number, match.start(), match.end(), [t for t in terms(match[0]) if t in wanted])
        for number, text in enumerate(texts)
        for match in _WORD.finditer(text)
    ]
    total = sum(weight[term] * count for term, count in wanted.items())
    if total == 0:
        return None
    strange = STRANGER * total / wanted.total()
    gains = [sum(weight[t] for t in found) if found else -strange for *_, found in tokens]
    bounds = _greatest(gains)
    if bounds is None:
        return None
    held = Counter(term for *_, found in tokens[slice(*bounds)] for term in found)
    begin, end = _trimmed([found for *_, found in tokens], bounds, held - wanted)
    share = sum(weight[term] * count for term, count in (held & wanted).items()) / total
    (first, start, _, _), (last, _, stop, _) = tokens[begin], tokens[end - 1]
    return Gathered(Stretch(first, start, last, stop), share, end - begin)


def _greatest(gains: Sequence[float]) -> tuple[int, int] | None:
    """Return the bounds of the run of greatest sum, the shortest and first; None if none gains."""
    best, bounds = 0.0, None
    total, begin = 0.0, 0
    for place, gain in enumerate(gains):
        if total <= 0:
            total, begin = 0.0, place
        total += gain
        if total > best:
            best, bounds = total, (begin, place + 1)
    return bounds


def _trimmed(
    found: Sequence[Sequence[str]], bounds: tuple[int, int], surplus: Counter[str]
) -> tuple[int, int]:
    """Take from both ends what a run holds too often; from that end first which leaves less."""
    ways = []
    for ends in ((0, -1), (-1, 0)):
        begin, end = bounds
        left = surplus.copy()
        for side in ends:
            while begin < end and Counter(taken := found[(begin, end - 1)[side]]) <= left:
                left.subtract(taken)
                begin, end = (begin + 1, end) if side == 0 else (begin, end - 1)
        ways.append((begin, end))
    return min(ways, key=lambda way: way[1] - way[0])


def letters_of(text: str, offsets: "array[int] | None" = None) -> str:
    """Return the folded letters and digits of a text; enter where each stands, if that is asked."""
    if text.isascii():
        if offsets is not None:
            for match in _RUN.finditer(text):
                offsets.extend(range(match.start(), match.end()))
        return "".join(_RUN.findall(text.lower()))
    kept = []
    for place, character in enumerate(text):
        for one in unicodedata.normalize("NFKD", character.casefold()).casefold():
            if one.isalnum():
                kept.append(one)
                if offsets is not None:
                    offsets.append(place)
    return "".join(kept)


def _is_inside_word(text: str, place: int) -> bool:
    """Tell whether the characters on both sides of a place belong to one word."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    return (_is_of_word(before) and _is_of_word(after)) and not (
        is_spaceless(before) or is_spaceless(after)
    )


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")

"""How much of a text was said before in the same words.

A text is compared by its shingles, runs of a few words (Broder, "On the resemblance and containment
of documents", 1997): what shares most of its runs with another text says it again, and what only
shares its words does not. Case and punctuation do not count.
"""

import re
from collections.abc import Iterable, Sequence

from memsvc.ingest.words import is_spaceless

LENGTH = 4
"""Words of a shingle: two texts of a thousand turns share one by chance only in set phrases."""

LONGEST = 20_000
"""Characters of a text that are looked at."""

Shingle = tuple[str, ...]

_WORD = re.compile(r"[^\W_]+")


def words_said(text: str) -> list[str]:
    """Return the words of a text, folded; in scripts without spaces each character is one."""
    found = _WORD.findall(text[:LONGEST].casefold())
    if text.isascii():
        return found
    return [part for word in found for part in (word if any(map(is_spaceless, word)) else (word,))]


def shingles(words: Sequence[str]) -> list[Shingle]:
    """Return the runs of words in order, one from each word on that has enough behind it."""
    return [tuple(words[begin : begin + LENGTH]) for begin in range(len(words) - LENGTH + 1)]


def share_said(text: Sequence[Shingle], others: Iterable[Sequence[Shingle]]) -> float:
    """Return which share of a text's shingles stands in any of the others; 0 for one of none."""
    if not text:
        return 0.0
    said = frozenset(shingle for other in others for shingle in other)
    return sum(shingle in said for shingle in text) / len(text)

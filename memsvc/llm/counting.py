"""How many tokens a text may have, where nobody says: at least as many, by experience.

A vocabulary that was learned from much text has whole words for what is usual and pieces of a few
letters for what is not. So a run of small letters counts a token for every three of them, and what
is rarely written as one (a digit, a sign, a letter of another script) counts for itself; a long run
without a space is no word and counts as many as it has characters. Of the usual kinds of
text that is half as much again as there are; decisions/0078 has what it was measured on. No bound
that holds for every text and vocabulary is of use: the number of bytes is four times too many.
"""

import re
from math import ceil

_PIECE = re.compile(
    r"(?P<run>[A-Za-z0-9+/=_-]{20,})"
    r"|(?P<word>[A-Z]?[a-z]+|[A-Z]+)"
    r"|(?P<spaces>[ \t]{2,})"
    r"|(?P<sign>[\x00-\x1f!-\x7f])"
    r"|(?P<other>[^\x00-\x7f]+)"
)

_OF_RUN, _OF_LETTER, _OF_SPACE = 1, 1 / 3, 1 / 4
"""Tokens for each character; one space before a word is the word's."""

_OF_BYTES = {2: 1.0, 3: 1.5, 4: 3.0}
"""Tokens for a character of another script, by its bytes in UTF-8."""


def estimated_tokens(text: str) -> int:
    """Return how many tokens `text` may have; 0 for no text."""
    return sum(map(_tokens, _PIECE.finditer(text)))


def _tokens(match: "re.Match[str]") -> int:
    piece, kind = match[0], match.lastgroup
    if kind == "other":
        return ceil(sum(_OF_BYTES[len(one.encode(errors="surrogatepass"))] for one in piece))
    of_each = {"run": _OF_RUN, "word": _OF_LETTER, "spaces": _OF_SPACE, "sign": 1}[kind or "sign"]
    return ceil(len(piece) * of_each)

"""Citations in an answer as it streams: `[m1]`, `[m1, m4]`, `[m1][m4]`.

A handle that nobody gave the model is taken out, with the space before it, before anybody sees it;
so a piece is held back from where a citation may begin until it is clear whether it is one. However
an answer is cut into pieces, the same text comes out.
"""

import re
from collections.abc import Callable

_CITATION = re.compile(
    r"(?P<before>[ \t]*)"
    r"\[\s{0,2}(?P<handles>m\d{1,5}(?:\s{0,2}[,;]\s{0,2}m\d{1,5}){0,19})\s{0,2}\]"
)
_MAY_BEGIN = re.compile(r"[ \t]*(?:\[[\sm\d,;]{0,260})?\Z")
"""What the end of a text may turn out to be: blanks before a citation, or one that goes on.

The longest has 242 characters within its brackets."""


class Cited:
    """An answer that goes through, piece by piece; `known` tells the turn of a handle, or None."""

    def __init__(self, known: Callable[[str], str | None]) -> None:
        self._known = known
        self._held = ""
        self.citations: dict[str, str] = {}
        """The turns of the handles that were named, in the order of the first time."""

        self.unknown: dict[str, None] = {}
        """Handles that were named and not known, in that order."""

    def feed(self, piece: str) -> str:
        """Take a piece and return what is clear by now."""
        text = self._held + piece
        begins = _MAY_BEGIN.search(text)
        cut = begins.start() if begins is not None else len(text)
        self._held = text[cut:]
        return self._checked(text[:cut])

    def end(self) -> str:
        """Return what was held back."""
        held, self._held = self._held, ""
        return self._checked(held)

    def _checked(self, text: str) -> str:
        return _CITATION.sub(self._one, text)

    def _one(self, match: re.Match[str]) -> str:
        kept = []
        for handle in re.findall(r"m\d+", match["handles"]):
            turn = self._known(handle)
            if turn:
                self.citations.setdefault(handle, turn)
                kept.append(handle)
            else:
                self.unknown.setdefault(handle)
        return f"{match['before']}[{', '.join(kept)}]" if kept else ""


def without_citations(text: str) -> str:
    """Return an answer as memory keeps it: handles mean something in one conversation alone."""
    return _CITATION.sub("", text)

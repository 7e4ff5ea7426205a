"""Plain text: bytes into characters, and characters into blocks at blank lines."""

import codecs
import re

from memsvc.domain.document import PLAIN, Contents, Section
from memsvc.domain.errors import UnreadableDocument

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""UTF-32 before UTF-16, whose mark begins its own."""

_BLANK_LINES = re.compile(r"\n\s*\n")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
MOST_CONTROL = 0.01
"""Share of control characters from which on something is no text; some old texts hold a few."""


def read_plain(text: str) -> Contents:
    """Return a text as one section, a block for each paragraph."""
    blocks = _BLANK_LINES.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    return Contents(PLAIN, None, (Section((), tuple(blocks)),))


def decoded(content: bytes, *, charset: str | None = None) -> str:
    """Return the characters: by their mark, by the charset that was named, or as UTF-8.

    No other encoding is guessed: the best guesser we tried made Korean of a Japanese text, and
    nobody would see it before it is recalled. Raises `UnreadableDocument`.
    """
    text = _by_name(content, charset)
    if text is None:
        raise UnreadableDocument(
            "The text is not in UTF-8; convert it, or name its encoding in the media type, for "
            "instance `text/plain; charset=windows-1252`.",
            reason="not_text",
        )
    if len(_CONTROL.findall(text)) > len(text) * MOST_CONTROL:
        raise UnreadableDocument(
            "The document is no text but bytes of some other kind; send it with the media_type "
            "that it has.",
            reason="not_text",
        )
    return text


def _by_name(content: bytes, charset: str | None) -> str | None:
    marked = next((name for mark, name in BOMS if content.startswith(mark)), None)
    for name in filter(None, (marked, charset, "utf-8")):
        try:
            return content.decode(name)
        except (LookupError, UnicodeError):  # no such charset, or not in it: the next may do
            continue
    return None

"""Paragraphs of a sensible size from the blocks of a file.

A paragraph becomes a turn: what recall returns, and what one vector stands for. A list item or a
heading alone says too little, so small blocks go together; a page of a PDF without a blank line
says too much, so long blocks part where sentences end. What holds no letter and no digit, such as
a ruled line, is passed over; nothing else is lost, and nothing is said twice.
"""

import re
from collections.abc import Iterable, Iterator

SMALL = 200
"""Characters under which a block joins its neighbour: about two sentences."""

GATHERED = 600
"""Characters up to which small blocks are gathered into one paragraph."""

LARGE = 1_200
"""Characters over which a paragraph parts: about the 256 tokens that one vector can stand for."""

_SENTENCE_END = re.compile(
    r"[.!?…؟۔।]+[\"'”’»)\]]*\s+"  # noqa: RUF001 - the scripts' own marks are meant
    r"|[。！？｡]+[」』”’）】\"']*"  # noqa: RUF001 - the same; no space follows these
)
_LINE_END = re.compile(r"\n+")
_SPACE = re.compile(r"\s+")
_LINES = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
_TRAILING = re.compile(r"[ \t\u00a0]+$", re.MULTILINE)
_SAYS_SOMETHING = re.compile(r"[^\W_]")


def paragraphs(blocks: Iterable[str]) -> tuple[str, ...]:
    """Return the blocks' text in paragraphs of mostly 200 to 1,200 characters, in order."""
    return tuple(part for whole in _gathered(map(clean, blocks)) for part in _parted(whole))


def clean(text: str) -> str:
    """Return the text as it can be stored: no control characters, no halves of characters."""
    text = _UNSTORABLE.sub(" ", _LINES.sub("\n", text)).encode("utf-8", "replace").decode()
    return _trimmed(_TRAILING.sub("", text))


def _gathered(blocks: Iterable[str]) -> Iterator[str]:
    """Join small blocks: a heading with what follows it, the items of a list with each other."""
    open_ = ""
    for block in blocks:
        if not _SAYS_SOMETHING.search(block):
            continue
        fits = len(block) < SMALL and len(open_) + len(block) < GATHERED
        if open_ and (len(open_) < SMALL or fits):
            open_ = f"{open_}\n{block}"
        else:
            if open_:
                yield open_
            open_ = block
    if open_:
        yield open_


def _parted(text: str) -> Iterator[str]:
    """Cut a long text into as few pieces of about one length as its sentences allow."""
    while len(text) > LARGE:
        aim = len(text) // -(-len(text) // LARGE)
        cut = _cut_near(text, aim)
        yield _trimmed(text[:cut])
        text = text[cut:]
    if text.strip():
        yield _trimmed(text)


def _cut_near(text: str, aim: int) -> int:
    """Return where to cut: after a sentence, else a line, else a word, near `aim`."""
    for end in (_SENTENCE_END, _LINE_END, _SPACE):
        cuts = [match.end() for match in end.finditer(text, SMALL, LARGE)]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - aim))
    return LARGE


def _trimmed(text: str) -> str:
    """Return the text without empty lines around it; the indentation of its first line stays."""
    return text.strip("\n").rstrip()

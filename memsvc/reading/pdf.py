"""PDF: the text of each page, as paragraphs as far as its lines tell.

A PDF knows where glyphs stand and nothing of paragraphs, so lines are joined until one ends a
sentence short of the margin. Lines that head or foot most pages are said once too often and go.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO

from pypdf import PdfReader, apply_configuration
from pypdf.errors import DependencyError, LimitReachedError

from memsvc.domain.document import PDF, Contents, Section
from memsvc.domain.errors import TooLarge, UnreadableDocument

SHORT = 0.8
"""Share of the longest line under which a line that ends a sentence ends its paragraph."""

PAGES_THAT_TELL = 4
"""Pages from which on a line that stands at the same end of most of them is no text."""

MOST = 0.6

MOST_UNPACKED = 16 * 1024**2
"""Bytes that one compressed stream may become; a page of text has some ten thousand."""

_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"}
)
_ENDS_SENTENCE = re.compile(r"[.!?:…][\"'”’)\]]*$")  # noqa: RUF001 - typographic marks are meant
_PARTS_WORD = re.compile(r"(?<=[^\W\d_])-$")
_DIGITS = re.compile(r"\d+")


def read_pdf(content: bytes, *, max_pages: int, max_chars: int) -> Contents:
    """Return a PDF's text page by page. Raises `UnreadableDocument` and `TooLarge`."""
    with apply_configuration(
        zlib_maximum_output_length=MOST_UNPACKED,
        lzw_maximum_output_length=MOST_UNPACKED,
        run_length_maximum_output_length=MOST_UNPACKED,
    ):
        try:
            return _read(_opened(content), max_pages=max_pages, max_chars=max_chars)
        except LimitReachedError as error:
            raise UnreadableDocument(
                "The PDF holds more than it may, packed into little; save it anew, plainly.",
                reason="too_costly",
            ) from error


def _read(reader: PdfReader, *, max_pages: int, max_chars: int) -> Contents:
    count = len(reader.pages)
    if count > max_pages:
        raise TooLarge(
            f"A PDF may have {max_pages} pages and this one has {count}; split it.",
            field="file",
            limit=max_pages,
        )
    pages: list[list[str]] = []
    chars = 0
    for page in reader.pages:
        pages.append(page.extract_text().translate(_LIGATURES).splitlines())
        chars += sum(map(len, pages[-1]))
        if chars > max_chars:  # said before the rest is read: what is packed may be very much
            raise TooLarge(
                f"A document may hold {max_chars} characters of text; split it.",
                field="file",
                limit=max_chars,
            )
    if not chars:
        raise UnreadableDocument(
            "The PDF holds no text, only images of it perhaps; run a text recognition over it "
            "first.",
            reason="no_text",
        )
    return Contents(PDF, _title(reader), tuple(_sections(_without_running_lines(pages))))


def _opened(content: bytes) -> PdfReader:
    reader = PdfReader(BytesIO(content))
    if reader.is_encrypted and not _opens_without_password(reader):
        raise UnreadableDocument(
            "The PDF is encrypted; take the encryption off and send it again.", reason="encrypted"
        )
    return reader


def _opens_without_password(reader: PdfReader) -> bool:
    """Tell whether the file only forbids things, such as printing, to whoever has no password."""
    try:
        return bool(reader.decrypt(""))
    except (DependencyError, NotImplementedError):  # a cipher that is not installed, or not known
        return False


def _title(reader: PdfReader) -> str | None:
    title = reader.metadata.title if reader.metadata is not None else None
    return " ".join(str(title).split()) or None if title else None


def _sections(pages: Sequence[Sequence[str]]) -> Iterator[Section]:
    for number, lines in enumerate(pages, 1):
        yield Section((f"Page {number}",), tuple(_blocks(lines)))


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    longest = max(map(len, lines), default=0)
    open_ = ""
    for line in map(str.strip, lines):
        open_ = _PARTS_WORD.sub("", open_) + line if _continues(open_, line) else f"{open_} {line}"
        ends = _ENDS_SENTENCE.search(line) is not None and len(line) < longest * SHORT
        if not line or ends:
            yield open_.strip()
            open_ = ""
    if open_:
        yield open_.strip()


def _continues(before: str, line: str) -> bool:
    """Tell whether a word was parted at the end of the line before."""
    return _PARTS_WORD.search(before) is not None and line[:1].islower()


def _without_running_lines(pages: list[list[str]]) -> list[list[str]]:
    """Take away the first and last lines that most pages share, page numbers aside."""
    if len(pages) < PAGES_THAT_TELL:
        return pages
    for end in (0, -1):
        seen = Counter(_DIGITS.sub("#", lines[end].strip()) for lines in pages if lines)
        running = {line for line, count in seen.items() if count >= len(pages) * MOST}
        for lines in pages:
            if lines and _DIGITS.sub("#", lines[end].strip()) in running:
                del lines[end]
    return pages

"""What kind of file it is: what was said of it, its name, and its first bytes.

What the sender says counts first, because a text may look like anything; but bytes that cannot be
what they are called are refused rather than made into memory.
"""

from email.message import Message
from pathlib import PurePath

from memsvc.domain.document import HTML, MARKDOWN, PDF, PLAIN, File
from memsvc.domain.errors import UnreadableDocument

OF_MEDIA_TYPE = {
    PLAIN: PLAIN,
    MARKDOWN: MARKDOWN,
    "text/x-markdown": MARKDOWN,
    HTML: HTML,
    "application/xhtml+xml": HTML,
    PDF: PDF,
    "application/x-pdf": PDF,
}
OF_SUFFIX = {
    ".txt": PLAIN,
    ".text": PLAIN,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".pdf": PDF,
}
SAYS_NOTHING = {"", "application/octet-stream", "binary/octet-stream"}
"""Media types that clients send when they do not know."""

PDF_MARK = b"%PDF-"
PDF_MARK_WITHIN = 1_024
"""Bytes at the beginning within which readers of PDF look for its mark."""


def kind_of(file: File) -> str:
    """Return which of our media types a file has. Raises `UnreadableDocument`."""
    is_pdf = PDF_MARK in file.content[:PDF_MARK_WITHIN]
    found = _called(file)
    if found is None:
        if is_pdf:
            return PDF
        raise UnreadableDocument(
            "This kind of file cannot be read; send text/plain, text/markdown, text/html or "
            "application/pdf, and say which in media_type.",
            reason="unknown_type",
        )
    if (found == PDF) != is_pdf:
        raise UnreadableDocument(
            f"The document is called {found} and "
            f"{'is a PDF' if is_pdf else 'does not begin like one'}; "
            "send it with the media_type that it has.",
            reason="wrong_type",
        )
    return found


def charset_of(media_type: str | None) -> str | None:
    """Return the charset that a Content-Type names."""
    message = Message()
    message["Content-Type"] = media_type or ""
    charset = message.get_param("charset")
    return charset if isinstance(charset, str) else None


def _called(file: File) -> str | None:
    said = (file.media_type or "").partition(";")[0].strip().lower()
    by_name = OF_SUFFIX.get(PurePath(file.name or "").suffix.lower())
    # A browser or curl calls a .md file text/plain, or nothing: then the name knows better.
    if said in SAYS_NOTHING or (said == PLAIN and by_name in {MARKDOWN, HTML}):
        return by_name
    return OF_MEDIA_TYPE.get(said)

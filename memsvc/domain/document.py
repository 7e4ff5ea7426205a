"""Documents: named parts in order, each a stream of paragraphs of its own.

A part is what is replaced; its paragraphs are turns. So replacing one part touches no turn of any
other, and what stands beside a paragraph in time is always of the same part.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from memsvc.domain.ids import DocumentKey, DocumentName, Position
from memsvc.domain.memory import Stream, Turn

PLAIN = "text/plain"
MARKDOWN = "text/markdown"
HTML = "text/html"
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class File:
    """Bytes with what was said of them; either word may be missing, or wrong."""

    content: bytes
    media_type: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a file under one heading, as its reader found it.

    `headings` leads from the outermost heading to this one; it is empty before the first heading.
    `blocks` are the pieces that the file itself sets apart: paragraphs, list items, table rows.
    """

    headings: tuple[str, ...]
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds: its sections in order, and what it calls itself."""

    media_type: str
    title: str | None
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part as it is handed in. `name` is unique in its document and can stand in a path."""

    name: str
    title: str | None
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a document as a whole; every paragraph's turn gets the last four."""

    title: str | None = None
    media_type: str = PLAIN
    metadata: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    user_id: str | None = None
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class SentPart:
    """A part as a caller hands it in: plain text, not yet in paragraphs."""

    name: str
    title: str | None
    text: str


@dataclass(frozen=True, slots=True)
class SentDocument:
    """A document as a caller hands it in: a file that is to be read, or parts."""

    name: DocumentName
    about: About
    contents: File | tuple[SentPart, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it is kept. `digest` is over its name, title and paragraphs; 32 bytes."""

    name: str
    title: str | None
    stream: Stream
    digest: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is kept. `version` is the ledger position of its last change."""

    key: DocumentKey
    name: DocumentName
    about: About
    version: Position
    created_at: datetime
    updated_at: datetime
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class HeldPart:
    """A part with the turns that are its paragraphs, in order."""

    part: Part
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document with its parts' turns."""

    document: Document
    parts: tuple[HeldPart, ...]

"""Documents: their rows, and what reads files into them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memsvc.domain.document import About, Contents, Document, File, Part
from memsvc.domain.ids import DocumentKey, DocumentName, Position, SpaceKey
from memsvc.domain.memory import Page


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document, its parts left out, with how many parts and turns it has."""

    document: Document
    parts: int
    turns: int


class DocumentReader(Protocol):
    """Reads documents."""

    def find(self, space: SpaceKey, name: DocumentName) -> Document | None:
        """Return the document of that id with its parts."""
        ...

    def page(self, space: SpaceKey, *, after: str | None, limit: int) -> Page[DocumentSummary]:
        """List documents in the order in which they were made."""
        ...


class DocumentWriter(DocumentReader, Protocol):
    """Reads and changes documents."""

    def put(
        self, space: SpaceKey, name: DocumentName, *, about: About, version: Position, at: datetime
    ) -> DocumentKey:
        """Keep what is said of a document, new or in place of what was said before."""
        ...

    def set_parts(self, space: SpaceKey, document: DocumentKey, parts: Sequence[Part]) -> None:
        """Say which parts the document has now, in order."""
        ...

    def delete(self, space: SpaceKey, document: DocumentKey) -> None:
        """Delete the document's own rows; its turns and streams are deleted first."""
        ...


class FileReader(Protocol):
    """Makes text of files."""

    def read(self, file: File) -> Contents:
        """Return what the file holds, in sections.

        Raises `UnreadableDocument` for what is not what it claims to be, holds no text or needs a
        reader that is not installed; `TooLarge` for what is over a limit; `Busy` when too many
        files wait to be read.
        """
        ...

"""The verbs of `space.documents`: each shapes a call and hands it to the client."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from memsvc.sdk import document_calls
from memsvc.sdk.calls import PAGE
from memsvc.sdk.document_calls import FileToSend, Said, SaidOfPart
from memsvc.sdk.documents import (
    DocumentDetail,
    DocumentInfo,
    NewPart,
    PartDetail,
    WrittenDocument,
)
from memsvc.sdk.wire import Deleted

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Documents:
    """The documents of a space."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def write(
        self,
        text: str | None = None,
        *,
        id: str | None = None,  # noqa: A002  what the interface calls it
        file: FileToSend | None = None,
        parts: Sequence[NewPart | Mapping[str, Any]] | None = None,
        **said: Unpack[Said],
    ) -> WrittenDocument:
        """Write a text, named parts, or a file (txt, md, html, pdf) by its path or bytes.

        The same id again replaces the document; parts and paragraphs that are the same keep their
        turns. A file that cannot be read raises `UnreadableDocument`.
        """
        return self._client.send(
            document_calls.write_document(self._space, text, id=id, file=file, parts=parts, **said)
        )

    def replace(
        self,
        document: str,
        text: str | None = None,
        *,
        version: int,
        file: FileToSend | None = None,
        parts: Sequence[NewPart | Mapping[str, Any]] | None = None,
        **said: Unpack[Said],
    ) -> WrittenDocument:
        """Replace a document that still stands at `version`; else raise `VersionMismatch`."""
        return self._client.send(
            document_calls.replace_document(
                self._space, document, text, version=version, file=file, parts=parts, **said
            )
        )

    def replace_part(
        self,
        document: str,
        part: str,
        text: str | None = None,
        *,
        version: int,
        file: FileToSend | None = None,
        **said: Unpack[SaidOfPart],
    ) -> WrittenDocument:
        """Replace one part, or add it at the end, while the document stands at `version`."""
        return self._client.send(
            document_calls.replace_part(
                self._space, document, part, text, version=version, file=file, **said
            )
        )

    def get(self, document: str) -> DocumentDetail:
        """Return a document with its parts; its `version` is what a replacement wants."""
        return self._client.send(document_calls.read_document(self._space, document))

    def part(self, document: str, part: str) -> PartDetail:
        """Return a part with its text."""
        return self._client.send(document_calls.read_part(self._space, document, part))

    def list(self, *, page: int = PAGE) -> Iterator[DocumentInfo]:
        """Walk the documents of the space."""
        return self._client.walk(
            lambda cursor: document_calls.list_documents(self._space, limit=page, cursor=cursor)
        )

    def delete(self, document: str) -> Deleted:
        """Delete a document with everything derived from it."""
        return self._client.send(document_calls.delete_document(self._space, document))

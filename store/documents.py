"""Rows of `documents` and `document_parts`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from memsvc.domain.document import About, Document, Part
from memsvc.domain.ids import DocumentKey, DocumentName, Position, SpaceKey
from memsvc.domain.memory import Page
from memsvc.ports.documents import DocumentSummary
from store.cursors import number_from, page_of
from store.rows import document_from
from store.tables import document_parts, documents, streams, turns

_FIND = select(documents).where(
    documents.c.space == bindparam("space"), documents.c.name == bindparam("name")
)
_PARTS = (
    select(
        document_parts,
        documents.c.name.label("document_name"),
        streams.c.name.label("stream_name"),
        streams.c.title.label("stream_title"),
        streams.c.created_at.label("stream_made_at"),
    )
    .join(documents, documents.c.key == document_parts.c.document)
    .join(streams, streams.c.key == document_parts.c.stream)
    .where(
        document_parts.c.space == bindparam("space"),
        document_parts.c.document == bindparam("document"),
    )
    .order_by(document_parts.c.ordinal)
)


class DocumentRows:
    """Reads and changes documents through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, space: SpaceKey, name: DocumentName) -> Document | None:
        """Return the document of that id with its parts."""
        row = self._connection.execute(_FIND, {"space": space, "name": name}).first()
        if row is None:
            return None
        parts = self._connection.execute(_PARTS, {"space": space, "document": row.key})
        return document_from(row, parts)

    def page(self, space: SpaceKey, *, after: str | None, limit: int) -> Page[DocumentSummary]:
        """List documents in the order in which they were made; the cursor is a document's key."""
        own = (document_parts.c.space == space) & (document_parts.c.document == documents.c.key)
        parts = select(func.count()).where(own).scalar_subquery()
        paragraphs = (
            select(func.count())
            .select_from(document_parts)
            .join(turns, (turns.c.space == space) & (turns.c.stream == document_parts.c.stream))
            .where(own)
            .scalar_subquery()
        )
        query = (
            select(documents, parts.label("parts"), paragraphs.label("turns"))
            .where(documents.c.space == space)
            .order_by(documents.c.key)
            .limit(limit + 1)
        )
        if after is not None:
            query = query.where(documents.c.key > number_from(after))
        found = [
            DocumentSummary(document_from(row, ()), parts=row.parts, turns=row.turns)
            for row in self._connection.execute(query)
        ]
        return page_of(found, limit, lambda one: one.document.key)

    def put(
        self, space: SpaceKey, name: DocumentName, *, about: About, version: Position, at: datetime
    ) -> DocumentKey:
        """Keep what is said of a document, new or in place of what was said before."""
        said = {
            "title": about.title,
            "media_type": about.media_type,
            "metadata": dict(about.metadata),
            "at": about.at,
            "user_id": about.user_id,
            "agent_id": about.agent_id,
            "version": version,
            "updated_at": at,
        }
        key = self._connection.execute(
            update(documents)
            .where(documents.c.space == space, documents.c.name == name)
            .values(**said)
            .returning(documents.c.key)
        ).scalar_one_or_none()
        if key is None:
            key = self._connection.execute(
                insert(documents)
                .values(space=space, name=name, created_at=at, position=version, **said)
                .returning(documents.c.key)
            ).scalar_one()
        return DocumentKey(key)

    def set_parts(self, space: SpaceKey, document: DocumentKey, parts: Sequence[Part]) -> None:
        """Say which parts the document has now, in order."""
        self._connection.execute(
            delete(document_parts).where(
                document_parts.c.space == space, document_parts.c.document == document
            )
        )
        self._connection.execute(
            insert(document_parts),
            [
                {
                    "space": space,
                    "document": document,
                    "ordinal": ordinal,
                    "name": part.name,
                    "title": part.title,
                    "stream": part.stream.key,
                    "digest": part.digest,
                }
                for ordinal, part in enumerate(parts)
            ],
        )

    def delete(self, space: SpaceKey, document: DocumentKey) -> None:
        """Delete the document's own rows; its turns and streams are deleted first."""
        self._connection.execute(
            delete(document_parts).where(
                document_parts.c.space == space, document_parts.c.document == document
            )
        )
        self._connection.execute(
            delete(documents).where(documents.c.space == space, documents.c.key == document)
        )

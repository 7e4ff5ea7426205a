"""Between the shapes of documents and what the use cases speak, as `shapes` does for the rest."""

from memsvc.app import documents as app
from memsvc.domain.document import About, File, HeldDocument, Part, SentDocument, SentPart
from memsvc.domain.errors import InvalidField
from memsvc.domain.ids import DocumentName
from memsvc.ports.documents import DocumentSummary
from memsvc.sdk.documents import (
    DocumentDetail,
    DocumentInfo,
    Paragraph,
    PartDetail,
    PartInfo,
    ReplaceDocument,
    ReplacePart,
    WrittenDocument,
    WrittenPart,
)


def sent_from(name: DocumentName, body: ReplaceDocument, file: File | None) -> SentDocument:
    """Return what a write hands in: a file, a text or parts, and only one of them."""
    if sum(given is not None for given in (file, body.text, body.parts)) != 1:
        raise InvalidField("Send one of text, parts and an uploaded file.", field="text")
    about = About(
        title=body.title,
        metadata=body.metadata,
        at=body.at,
        user_id=body.user_id,
        agent_id=body.agent_id,
    )
    if body.parts is None:
        return SentDocument(name, about, _file(body.text, body.media_type, file))
    parts = (SentPart(part.name, part.title, part.text) for part in body.parts)
    return SentDocument(name, about, tuple(parts))


def file_from(body: ReplacePart, file: File | None) -> File:
    """Return the new contents of a part."""
    if (file is None) == (body.text is None):
        raise InvalidField("Send either text or an uploaded file.", field="text")
    return _file(body.text, body.media_type, file)


def _file(text: str | None, media_type: str, file: File | None) -> File:
    return file or File((text or "").encode(), media_type=media_type)


def written_document_shape(written: app.WrittenDocument) -> WrittenDocument:
    """Return a document as a write left it."""
    document = written.document
    return WrittenDocument(
        id=document.name,
        title=document.about.title,
        media_type=document.about.media_type,
        version=document.version,
        parts=[_written_part(part) for part in document.parts],
        added=written.added,
        kept=written.kept,
        removed=written.removed,
        embedded=written.embedded,
    )


def _written_part(part: Part) -> WrittenPart:
    return WrittenPart(name=part.name, title=part.title, stream=part.stream.name)


def document_shape(summary: DocumentSummary) -> DocumentInfo:
    """Return a document for a list."""
    document = summary.document
    return DocumentInfo(
        id=document.name,
        title=document.about.title,
        media_type=document.about.media_type,
        version=document.version,
        created_at=document.created_at,
        updated_at=document.updated_at,
        parts=summary.parts,
        turns=summary.turns,
    )


def detail_shape(held: HeldDocument) -> DocumentDetail:
    """Return a document with its parts and the ids of their turns."""
    document, about = held.document, held.document.about
    return DocumentDetail(
        id=document.name,
        title=about.title,
        media_type=about.media_type,
        version=document.version,
        created_at=document.created_at,
        updated_at=document.updated_at,
        metadata=dict(about.metadata),
        at=about.at,
        user_id=about.user_id,
        agent_id=about.agent_id,
        parts=[
            PartInfo(
                name=each.part.name,
                title=each.part.title,
                stream=each.part.stream.name,
                turns=[turn.id for turn in each.turns],
            )
            for each in held.parts
        ],
    )


def part_shape(held: HeldDocument) -> PartDetail:
    """Return the one part that was read, with its text."""
    (each,) = held.parts
    return PartDetail(
        document=held.document.name,
        name=each.part.name,
        title=each.part.title,
        stream=each.part.stream.name,
        version=held.document.version,
        paragraphs=[Paragraph(turn=turn.id, text=turn.content) for turn in each.turns],
    )

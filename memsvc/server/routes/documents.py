"""Documents: files and long texts, kept in named parts and replaced whole or by part."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response

from memsvc.domain.ids import DocumentName, SpaceName
from memsvc.sdk.documents import (
    DocumentDetail,
    DocumentInfo,
    PartDetail,
    ReplaceDocument,
    ReplacePart,
    WriteDocument,
    WrittenDocument,
)
from memsvc.sdk.wire import Deleted, Page
from memsvc.server.deps import Asking, Counted, problems
from memsvc.server.document_shapes import (
    detail_shape,
    document_shape,
    file_from,
    part_shape,
    sent_from,
    written_document_shape,
)
from memsvc.server.queries import (
    DocumentPath,
    IfMatch,
    PartPath,
    PastAsked,
    PastPageAsked,
    SpacePath,
)
from memsvc.server.shapes import deleted_shape, page_shape
from memsvc.server.uploads import Uploaded, UploadRoute, also_as_form
from memsvc.server.versions import ETAG, tagged, version_from

router = APIRouter(
    prefix="/v1/spaces/{space}/documents", tags=["documents"], route_class=UploadRoute
)

TAGGED: dict[int | str, dict[str, Any]] = {200: {"headers": ETAG}}
FIELDS = ("title", "media_type", "metadata", "at", "user_id", "agent_id", "embed")


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses={
        201: {"headers": ETAG},
        200: {
            "model": WrittenDocument,
            "headers": ETAG,
            "description": "There was a document of this id; it is as it was sent now.",
        },
        **problems(400, 403, 404, 409, 412, 413, 429),
    },
    openapi_extra=also_as_form(WriteDocument, "id", *FIELDS),
    summary="Write a document",
)
def write_document(  # noqa: PLR0917  a route is called by name
    asking: Asking,
    meters: Counted,
    space: SpacePath,
    body: WriteDocument,
    file: Uploaded,
    response: Response,
) -> WrittenDocument:
    """Needs a writer. The same id again replaces the document; what is the same stays as it is."""
    service = asking.service
    name = DocumentName(body.id or service.documents.append.ids.new("d"))
    written = service.documents.write(
        asking.access,
        SpaceName(space),
        sent_from(name, body, file),
        embed_later=body.embed == "later",
    )
    meters.written(written.added)
    if not written.is_new:
        response.status_code = HTTPStatus.OK
    return tagged(written_document_shape(written), response)


@router.get("", responses=problems(404), summary="List documents")
def list_documents(asking: Asking, space: SpacePath, page: PastPageAsked) -> Page[DocumentInfo]:
    """In the order in which they were first written, each with how much it holds."""
    found = asking.at(space, page.as_of).documents.page(
        asking.access, SpaceName(space), after=page.cursor, limit=page.limit
    )
    return page_shape(found, document_shape)


@router.get("/{document}", responses={**TAGGED, **problems(404)}, summary="Read a document")
def read_document(
    asking: Asking, space: SpacePath, document: DocumentPath, query: PastAsked, response: Response
) -> DocumentDetail:
    """Its parts, with the turns that are their paragraphs. Its ETag is what a replacement wants."""
    documents = asking.at(space, query.as_of).documents
    found = documents.get(asking.access, SpaceName(space), DocumentName(document))
    return tagged(detail_shape(found), response)


@router.put(
    "/{document}",
    responses={**TAGGED, **problems(400, 403, 404, 409, 412, 413, 428, 429)},
    openapi_extra=also_as_form(ReplaceDocument, *FIELDS),
    summary="Replace a document",
)
def replace_document(  # noqa: PLR0917  a route is called by name
    asking: Asking,
    meters: Counted,
    space: SpacePath,
    document: DocumentPath,
    body: ReplaceDocument,
    file: Uploaded,
    response: Response,
    if_match: IfMatch = None,
) -> WrittenDocument:
    """Needs a writer. Parts and paragraphs that are the same keep their turns."""
    written = asking.service.documents.replace(
        asking.access,
        SpaceName(space),
        sent_from(DocumentName(document), body, file),
        version=version_from(if_match),
        embed_later=body.embed == "later",
    )
    meters.written(written.added)
    return tagged(written_document_shape(written), response)


@router.delete("/{document}", responses=problems(403, 404, 429), summary="Delete a document")
def delete_document(asking: Asking, space: SpacePath, document: DocumentPath) -> Deleted:
    """Needs a writer. All its parts and turns go, with everything derived from them."""
    return deleted_shape(
        asking.service.forget.document(asking.access, SpaceName(space), DocumentName(document))
    )


@router.get(
    "/{document}/parts/{part}",
    responses={**TAGGED, **problems(404)},
    summary="Read a part of a document",
)
def read_part(  # noqa: PLR0917  a route is called by name
    asking: Asking,
    space: SpacePath,
    document: DocumentPath,
    part: PartPath,
    query: PastAsked,
    response: Response,
) -> PartDetail:
    """Its paragraphs in order."""
    found = asking.at(space, query.as_of).documents.get(
        asking.access, SpaceName(space), DocumentName(document), part=part
    )
    return tagged(part_shape(found), response)


@router.put(
    "/{document}/parts/{part}",
    responses={**TAGGED, **problems(400, 403, 404, 409, 412, 413, 428, 429)},
    openapi_extra=also_as_form(ReplacePart, "title", "media_type", "embed"),
    summary="Replace a part of a document",
)
def replace_part(  # noqa: PLR0917  a route is called by name
    asking: Asking,
    meters: Counted,
    space: SpacePath,
    document: DocumentPath,
    part: PartPath,
    body: ReplacePart,
    file: Uploaded,
    response: Response,
    if_match: IfMatch = None,
) -> WrittenDocument:
    """Needs a writer. No turn of another part is touched; a part of a new name goes to the end."""
    written = asking.service.documents.replace_part(
        asking.access,
        SpaceName(space),
        DocumentName(document),
        part,
        file_from(body, file),
        version=version_from(if_match),
        title=body.title,
        embed_later=body.embed == "later",
    )
    meters.written(written.added)
    return tagged(written_document_shape(written), response)

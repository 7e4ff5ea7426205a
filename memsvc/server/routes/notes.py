"""Notes: one idea each; what helps to find it may be edited, and every change is a version."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from memsvc.domain.errors import InvalidField
from memsvc.domain.ids import NoteId, SpaceName
from memsvc.sdk.notes import (
    DeletedNote,
    NewNote,
    NoteInfo,
    NoteVersion,
    ReviseNote,
    WrittenNote,
)
from memsvc.sdk.wire import Page
from memsvc.server.deps import Asking, Counted, problems
from memsvc.server.note_shapes import (
    deleted_note_shape,
    edit_from,
    note_from,
    note_shape,
    note_version_shape,
    which_from,
    written_note_shape,
)
from memsvc.server.queries import (
    IdempotencyKey,
    IfMatch,
    NotePath,
    NotesAsked,
    PastAsked,
    SpacePath,
)
from memsvc.server.shapes import page_shape
from memsvc.server.versions import ETAG, tagged, version_from

router = APIRouter(prefix="/v1/spaces/{space}/notes", tags=["notes"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {"model": WrittenNote, "description": "It had been written before."},
        201: {"headers": ETAG},
        **problems(400, 403, 404, 409, 413, 429),
    },
    summary="Write a note",
)
def write_note(  # noqa: PLR0917  a route is called by name
    asking: Asking,
    meters: Counted,
    space: SpacePath,
    body: NewNote,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> WrittenNote:
    """Remember something outright; needs a writer. It is a turn of the stream `notes` as well.

    When the answer comes it is durable and can be found. The space is made when it is new. If the
    space's admission policy holds it, `held` says why, and it can be found once it is released.
    """
    written = asking.service.notes.write(
        asking.access, SpaceName(space), note_from(body), idempotency_key=idempotency_key
    )
    meters.written(0 if written.replayed or written.held is not None else 1)
    if written.replayed:
        response.status_code = HTTPStatus.OK
    return tagged(written_note_shape(written), response)


@router.get("", responses=problems(404), summary="List notes")
def list_notes(asking: Asking, space: SpacePath, query: NotesAsked) -> Page[NoteInfo]:
    """In the order of writing, each with its links."""
    found = asking.at(space, query.as_of).notes.page(
        asking.access,
        SpaceName(space),
        which_from(query),
        after=query.cursor,
        limit=query.limit,
    )
    return page_shape(found, note_shape)


@router.get(
    "/{note}",
    responses={200: {"headers": ETAG}, **problems(404)},
    summary="Read a note",
)
def read_note(
    asking: Asking, space: SpacePath, note: NotePath, query: PastAsked, response: Response
) -> NoteInfo:
    """With its links, both ways. Its ETag is what an edit wants in If-Match."""
    shown = asking.at(space, query.as_of).notes.get(asking.access, SpaceName(space), NoteId(note))
    return tagged(note_shape(shown), response)


@router.patch(
    "/{note}",
    responses={200: {"headers": ETAG}, **problems(400, 403, 404, 412, 413, 428, 429)},
    summary="Edit a note's keywords, tags or context",
)
def revise_note(  # noqa: PLR0917  a route is called by name
    asking: Asking,
    space: SpacePath,
    note: NotePath,
    body: ReviseNote,
    response: Response,
    if_match: IfMatch = None,
) -> NoteInfo:
    """Needs a writer. What is left out stays; the version before stays readable."""
    if body.keywords is None and body.tags is None and body.context is None:
        raise InvalidField("Say what to change: keywords, tags or context.", field="keywords")
    shown = asking.service.notes.edit(
        asking.access,
        SpaceName(space),
        NoteId(note),
        edit_from(body),
        version=version_from(if_match),
    )
    return tagged(note_shape(shown), response)


@router.delete("/{note}", responses=problems(403, 404, 429), summary="Delete a note")
def delete_note(asking: Asking, space: SpacePath, note: NotePath) -> DeletedNote:
    """Needs a writer. Its versions, vectors and links go, and what was known because of it.

    One that was written outright takes its turn along; one made of an event leaves the turns.
    """
    deleted = asking.service.notes.delete(asking.access, SpaceName(space), NoteId(note))
    return deleted_note_shape(deleted)


@router.get("/{note}/versions", responses=problems(404), summary="List a note's versions")
def list_note_versions(
    asking: Asking, space: SpacePath, note: NotePath, query: PastAsked
) -> list[NoteVersion]:
    """Oldest first, the current one last: who or what made each, and why."""
    found = asking.at(space, query.as_of).notes.versions(
        asking.access, SpaceName(space), NoteId(note)
    )
    return [note_version_shape(version) for version in found]

"""Between the shapes of notes and links and what the use cases speak."""

from typing import Any

from memsvc.app.links import NewLink
from memsvc.app.notes import DeletedNote, Edit, ShownNote, WhichNotes
from memsvc.app.write_note import WrittenNote
from memsvc.domain import note as domain
from memsvc.domain.ids import EventId, LinkId, NoteId, Position, TurnId
from memsvc.sdk import notes as wire
from memsvc.server.quarantine_shapes import held_turn_shape
from memsvc.server.queries import NoteQuery


def note_from(body: wire.NewNote) -> domain.NewNote:
    """Return the note that a request has."""
    return domain.NewNote(
        content=body.content,
        facets=domain.Facets(tuple(body.keywords), tuple(body.tags), body.context),
        at=body.at,
        source=body.source,
        user_id=body.user_id,
        agent_id=body.agent_id,
    )


def edit_from(body: wire.ReviseNote) -> Edit:
    """Return what a request wants changed."""
    return Edit(
        keywords=None if body.keywords is None else tuple(body.keywords),
        tags=None if body.tags is None else tuple(body.tags),
        context=body.context,
        reason=body.reason,
    )


def which_from(query: NoteQuery) -> WhichNotes:
    """Return which notes a list asks for."""
    return WhichNotes(
        tag=query.tag,
        keyword=query.keyword,
        turn=None if query.turn is None else TurnId(query.turn),
        event=None if query.event is None else EventId(query.event),
        entity=query.entity,
        text=query.text,
    )


def link_from(body: wire.NewLink) -> NewLink:
    """Return the link that a request wants made."""
    return NewLink(NoteId(body.start), NoteId(body.end), body.kind, body.score, body.reason)


def written_note_shape(written: WrittenNote) -> wire.WrittenNote:
    """Return where a note went."""
    return wire.WrittenNote(
        id=written.id,
        turn=written.turn,
        position=written.position,
        version=written.version,
        embedded=written.embedded,
        replayed=written.replayed,
        held=None if written.held is None else held_turn_shape(written.held),
    )


def note_shape(shown: ShownNote) -> wire.NoteInfo:
    """Return a note with its links."""
    note = shown.note
    return wire.NoteInfo(
        id=note.id,
        content=note.content,
        turns=list(note.turns),
        event=note.event,
        source=note.source,
        at=note.at,
        position=note.position,
        version=note.version,
        links=[link_shape(link) for link in shown.links],
        **_facets(note.facets),
        **_making(note.making),
    )


def note_version_shape(version: domain.NoteVersion) -> wire.NoteVersion:
    """Return a version of a note."""
    return wire.NoteVersion(
        position=version.position,
        at=version.at,
        **_facets(version.facets),
        **_making(version.making),
    )


def deleted_note_shape(deleted: DeletedNote) -> wire.DeletedNote:
    """Return what a deletion removed."""
    return wire.DeletedNote(id=deleted.id, turns=deleted.turns, position=deleted.position)


def link_shape(link: domain.Link) -> wire.LinkInfo:
    """Return a link."""
    return wire.LinkInfo(
        id=link.id,
        start=link.start,
        end=link.end,
        kind=link.kind,
        score=link.score,
        position=link.position,
        **_making(link.making),
    )


def retired_link_shape(link: LinkId, position: Position) -> wire.RetiredLink:
    """Return what taking a link back did."""
    return wire.RetiredLink(id=link, position=position)


def _facets(facets: domain.Facets) -> dict[str, Any]:
    return {
        "keywords": list(facets.keywords),
        "tags": list(facets.tags),
        "context": facets.context,
    }


def _making(making: domain.Making) -> dict[str, Any]:
    return {
        "maker": making.maker,
        "reason": making.reason,
        "run": making.run,
        "because": making.because,
    }

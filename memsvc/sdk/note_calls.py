"""Requests about notes and links, as `memsvc.sdk.calls` has them about everything else."""

from memsvc.sdk.calls import PAGE, Call, given, json_body, space_path
from memsvc.sdk.notes import (
    DeletedNote,
    LinkInfo,
    NewLink,
    NewNote,
    NoteInfo,
    NoteVersion,
    RetiredLink,
    ReviseNote,
    WrittenNote,
)
from memsvc.sdk.wire import Page


def write_note(space: str, note: NewNote, *, idempotency_key: str) -> Call[WrittenNote]:
    """Keep a note; the same key with the same note is answered the same."""
    return Call(
        "POST",
        space_path(space, "notes"),
        WrittenNote,
        headers={"Idempotency-Key": idempotency_key},
        body=json_body(note),
        about={"space": space, "idempotency_key": idempotency_key},
    )


def list_notes(
    space: str,
    *,
    tag: str | None = None,
    keyword: str | None = None,
    turn: str | None = None,
    event: str | None = None,
    entity: str | None = None,
    text: str | None = None,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Call[Page[NoteInfo]]:
    """List the notes for which every part holds, in the order of writing."""
    named = {"turn": turn, "event": event}
    return Call(
        "GET",
        space_path(space, "notes"),
        Page[NoteInfo],
        params=given(
            limit=limit,
            cursor=cursor,
            tag=tag,
            keyword=keyword,
            turn=turn,
            event=event,
            entity=entity,
            text=text,
        ),
        about={"space": space} | {what: name for what, name in named.items() if name is not None},
    )


def read_note(space: str, note: str) -> Call[NoteInfo]:
    """Read a note; its `version` is what an edit wants."""
    about = {"space": space, "note": note}
    return Call("GET", space_path(space, "notes", note), NoteInfo, about=about)


def revise_note(space: str, note: str, edit: ReviseNote, *, version: int) -> Call[NoteInfo]:
    """Edit a note that still stands at `version`; repeatable like any edit."""
    return Call(
        "PATCH",
        space_path(space, "notes", note),
        NoteInfo,
        headers={"If-Match": f'"{version}"'},
        body=json_body(edit),
        about={"space": space, "note": note},
    )


def delete_note(space: str, note: str) -> Call[DeletedNote]:
    """Delete a note."""
    about = {"space": space, "note": note}
    return Call("DELETE", space_path(space, "notes", note), DeletedNote, about=about)


def list_versions(space: str, note: str) -> Call[list[NoteVersion]]:
    """List the versions of a note, oldest first."""
    about = {"space": space, "note": note}
    return Call("GET", space_path(space, "notes", note, "versions"), list[NoteVersion], about=about)


def make_link(space: str, link: NewLink) -> Call[LinkInfo]:
    """Link two notes. Repeatable: a link that stands already is answered as it is."""
    about = {"space": space}
    return Call("POST", space_path(space, "links"), LinkInfo, body=json_body(link), about=about)


def list_links(
    space: str, *, note: str | None = None, limit: int = PAGE, cursor: str | None = None
) -> Call[Page[LinkInfo]]:
    """List links in the order of making."""
    return Call(
        "GET",
        space_path(space, "links"),
        Page[LinkInfo],
        params=given(limit=limit, cursor=cursor, note=note),
        about={"space": space} if note is None else {"space": space, "note": note},
    )


def retire_link(space: str, link: str) -> Call[RetiredLink]:
    """Take a link back."""
    about = {"space": space, "link": link}
    return Call("DELETE", space_path(space, "links", link), RetiredLink, about=about)

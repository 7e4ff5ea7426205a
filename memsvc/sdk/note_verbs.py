"""The verbs of `space.notes` and `space.links`: each shapes a call and hands it to the client."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from memsvc.domain.memory import Source
from memsvc.domain.note import LinkKind
from memsvc.sdk import note_calls
from memsvc.sdk.calls import PAGE
from memsvc.sdk.faults import valid
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

if TYPE_CHECKING:
    from memsvc.sdk.client import Client

LinkName: TypeAlias = Literal["related", "elaborates", "contradicts", "supersedes", "same_event"]
"""A `LinkKind` in plain text."""


class Notes:
    """The notes of a space."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def create(
        self,
        content: str,
        *,
        keywords: Sequence[str] = (),
        tags: Sequence[str] = (),
        context: str = "",
        at: datetime | None = None,
        source: Source = Source.AGENT,
        user_id: str | None = None,
        agent_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> WrittenNote:
        """Keep a note; it is durable and can be found on return.

        A key is made up when none is given, so that a retry never writes twice.
        """
        note = valid(
            NewNote,
            content=content,
            keywords=list(keywords),
            tags=list(tags),
            context=context,
            at=at,
            source=source,
            user_id=user_id,
            agent_id=agent_id,
        )
        key = idempotency_key or uuid.uuid4().hex
        return self._client.send(note_calls.write_note(self._space, note, idempotency_key=key))

    def get(self, note: str) -> NoteInfo:
        """Return a note with its links; its `version` is what `edit` wants."""
        return self._client.send(note_calls.read_note(self._space, note))

    def list(
        self,
        *,
        tag: str | None = None,
        keyword: str | None = None,
        turn: str | None = None,
        event: str | None = None,
        entity: str | None = None,
        text: str | None = None,
        page: int = PAGE,
    ) -> Iterator[NoteInfo]:
        """Walk the notes for which every part holds, in the order of writing.

        `entity` may be named in any spelling, and by any name that was merged with its own.
        """
        return self._client.walk(
            lambda cursor: note_calls.list_notes(
                self._space,
                tag=tag,
                keyword=keyword,
                turn=turn,
                event=event,
                entity=entity,
                text=text,
                limit=page,
                cursor=cursor,
            )
        )

    def edit(
        self,
        note: str,
        *,
        version: int,
        keywords: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
        context: str | None = None,
        reason: str = "",
    ) -> NoteInfo:
        """Give a note that still stands at `version` other facets; None leaves one as it is."""
        edit = valid(
            ReviseNote,
            keywords=None if keywords is None else list(keywords),
            tags=None if tags is None else list(tags),
            context=context,
            reason=reason,
        )
        return self._client.send(note_calls.revise_note(self._space, note, edit, version=version))

    def versions(self, note: str) -> Sequence[NoteVersion]:
        """Return the facets of a note as they stood, oldest first."""
        return self._client.send(note_calls.list_versions(self._space, note))

    def delete(self, note: str) -> DeletedNote:
        """Delete a note for good, with its turn if it was written outright."""
        return self._client.send(note_calls.delete_note(self._space, note))


class Links:
    """The links between the notes of a space."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def create(
        self,
        start: str,
        end: str,
        *,
        kind: LinkKind | LinkName = LinkKind.RELATED,
        score: float = 1.0,
        reason: str = "",
    ) -> LinkInfo:
        """Link a note to another; one of this kind that stands already is returned as it is."""
        link = valid(NewLink, start=start, end=end, kind=kind, score=score, reason=reason)
        return self._client.send(note_calls.make_link(self._space, link))

    def list(self, *, note: str | None = None, page: int = PAGE) -> Iterator[LinkInfo]:
        """Walk the links of the space, or those that start or end at a note."""
        return self._client.walk(
            lambda cursor: note_calls.list_links(self._space, note=note, limit=page, cursor=cursor)
        )

    def delete(self, link: str) -> RetiredLink:
        """Take a link back; it is seen no more."""
        return self._client.send(note_calls.retire_link(self._space, link))

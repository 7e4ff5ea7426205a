"""The turns of a space, in streams and events: written, read, edited and forgotten."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from memsvc.domain.memory import Source
from memsvc.sdk import calls, event_calls, receipt_calls
from memsvc.sdk.calls import PAGE
from memsvc.sdk.events import EventInfo, OpenTail, SurpriseCurve
from memsvc.sdk.faults import valid
from memsvc.sdk.receipts import Forgotten
from memsvc.sdk.space.named import Named
from memsvc.sdk.wire import (
    Deleted,
    NewTurn,
    ReviseTurn,
    StreamInfo,
    TurnInfo,
    TurnVersion,
    WriteTurns,
    Written,
)


class Turns(Named):
    """The verbs about turns."""

    def write(
        self,
        stream: str,
        turns: Sequence[NewTurn | Mapping[str, Any]],
        *,
        user_id: str | None = None,
        agent_id: str | None = None,
        title: str | None = None,
        embed: Literal["now", "later"] = "now",
        idempotency_key: str | None = None,
    ) -> Written:
        """Append up to 1,000 turns to a stream, all or none; they are durable on return.

        A key is made up when none is given, so that a retry never writes twice. Give your own to
        make a whole run of yours repeatable: the same key with the same turns is answered with the
        first result, for 24 hours.
        """
        request = valid(
            WriteTurns,
            turns=turns,
            user_id=user_id,
            agent_id=agent_id,
            title=title,
            embed=embed,
        )
        key = idempotency_key or uuid.uuid4().hex
        return self._client.send(calls.write_turns(self.name, stream, request, idempotency_key=key))

    def turns(
        self,
        *,
        stream: str | None = None,
        document: str | None = None,
        speaker: str | None = None,
        place: str | None = None,
        role: str | None = None,
        source: Source | None = None,
        user_id: str | None = None,
        agent_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        metadata: Mapping[str, Any] | None = None,
        from_seq: int = 0,
        to_seq: int | None = None,
        page: int = PAGE,
    ) -> Iterator[TurnInfo]:
        """Walk the turns for which every filter holds, in order; `until` is exclusive.

        `from_seq` and `to_seq`, exclusive, bound their numbers in their streams.
        """
        return self._client.walk(
            lambda cursor: calls.list_turns(
                self.name,
                limit=page,
                cursor=cursor,
                stream=stream,
                document=document,
                speaker=speaker,
                place=place,
                role=role,
                source=source,
                user_id=user_id,
                agent_id=agent_id,
                since=since,
                until=until,
                metadata=metadata,
                from_seq=from_seq,
                to_seq=to_seq,
            )
        )

    def turn(self, turn_id: str) -> TurnInfo:
        """Return a turn; its `version` is what `revise` wants."""
        return self._client.send(calls.read_turn(self.name, turn_id))

    def revise(
        self,
        turn_id: str,
        *,
        version: int,
        metadata: Mapping[str, Any] | None = None,
        place: str | None = None,
    ) -> TurnInfo:
        """Edit a turn's metadata or place; what is None stays.

        Raises `VersionMismatch` when the turn is no longer at `version`; when an answer was lost on
        the way and the request repeated, the edit that moved it may have been this one.
        """
        given = {"metadata": metadata, "place": place}
        edit = valid(ReviseTurn, **{name: v for name, v in given.items() if v is not None})
        return self._client.send(calls.revise_turn(self.name, turn_id, edit, version=version))

    def versions(self, turn_id: str) -> list[TurnVersion]:
        """Return what could be edited about a turn, as it stood, oldest first."""
        return self._client.send(calls.list_versions(self.name, turn_id))

    def delete_turn(self, turn_id: str) -> Deleted:
        """Delete a turn. A turn that is gone already raises `TurnNotFound`."""
        return self._client.send(calls.delete_turn(self.name, turn_id))

    def forget(
        self,
        *,
        turns: Sequence[str] | None = None,
        where: Mapping[str, Any] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        subject: str | None = None,
        text: str | None = None,
        dry_run: bool = False,
    ) -> Forgotten:
        """Forget every turn that all of these hold of, with everything that hangs on it.

        `where` has the filters of a recall, such as {"streams": ["chat"]}; `since` and `until` are
        a part of it. `subject` is an entity by any spelling, through merges; `text` is held
        verbatim but for case and white space. Raises `TooLarge` for more than 10,000 turns.
        """
        call = receipt_calls.forget(
            self.name,
            turns=turns,
            where=where,
            since=since,
            until=until,
            subject=subject,
            text=text,
            dry_run=dry_run,
        )
        return self._client.send(call)

    def streams(self, *, page: int = PAGE) -> Iterator[StreamInfo]:
        """Walk the streams of the space."""
        return self._client.walk(
            lambda cursor: calls.list_streams(self.name, limit=page, cursor=cursor)
        )

    def stream(self, name: str) -> StreamInfo:
        """Return what a stream holds."""
        return self._client.send(calls.read_stream(self.name, name))

    def delete_stream(self, name: str) -> Deleted:
        """Delete a stream with its turns."""
        return self._client.send(calls.delete_stream(self.name, name))

    def events(
        self,
        *,
        stream: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        from_seq: int = 0,
        to_seq: int | None = None,
        texts: bool = False,
        page: int = PAGE,
    ) -> Iterator[EventInfo]:
        """Walk the closed events in the order in which they closed, of one stream or of all.

        Only those that reach into the time from `since` on and before `until`, and into the turns
        numbered from `from_seq` on and before `to_seq`. Their turns come without their texts
        unless `texts`.
        """
        return self._client.walk(
            lambda cursor: event_calls.list_events(
                self.name,
                limit=page,
                cursor=cursor,
                stream=stream,
                since=since,
                until=until,
                from_seq=from_seq,
                to_seq=to_seq,
                texts=texts,
            )
        )

    def event(self, event_id: str) -> EventInfo:
        """Return an event with the texts of its turns."""
        return self._client.send(event_calls.read_event(self.name, event_id))

    def tail(self, stream: str) -> OpenTail:
        """Return what follows the last closed event of a stream, with the surprise so far."""
        return self._client.send(event_calls.read_tail(self.name, stream))

    def curve(self, stream: str, *, points: int = 1_000) -> SurpriseCurve:
        """Return how much the units of a stream surprised, in at most so many points."""
        return self._client.send(event_calls.read_curve(self.name, stream, points=points))

"""Keeping events, and reading the units that streams are cut into them from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from memsvc.domain.episode import Edge, Event, TurnInside
from memsvc.domain.ids import (
    EventId,
    EventKey,
    Position,
    SpaceKey,
    StreamKey,
    TurnId,
    TurnKey,
)
from memsvc.domain.memory import WHOLE, Fingerprint, Page, Standing, Stretch
from memsvc.ports.models import Surprise
from memsvc.ports.records import (
    Curve,
    EventDraft,
    Extent,
    OpenTail,
    Portrait,
    StreamUnit,
)


class EventReader(Protocol):
    """Reads events and the units that they are cut from."""

    def get(self, space: SpaceKey, event: EventId) -> Event | None:
        """Return the event of that id."""
        ...

    def of_ids(self, space: SpaceKey, ids: Sequence[EventId]) -> Mapping[EventId, Event]:
        """Return those of these events that the space holds."""
        ...

    def by_keys(self, space: SpaceKey, keys: Sequence[EventKey]) -> list[Event]:
        """Return those of these events that the space holds, in the order in which they closed."""
        ...

    def page(
        self,
        space: SpaceKey,
        *,
        stream: StreamKey | None,
        since: datetime | None,
        until: datetime | None,
        stretch: Stretch = WHOLE,
        after: str | None,
        limit: int,
    ) -> Page[Event]:
        """List events in the order in which they closed, of one stream or of all.

        Only those that reach into the time from `since` on and before `until`, and into the
        `stretch` of their stream.
        """
        ...

    def of_turns(
        self, space: SpaceKey, keys: Sequence[TurnKey]
    ) -> Mapping[TurnKey, Sequence[Event]]:
        """Return the events that each of these turns is in, in order; none while it is open."""
        ...

    def turns_inside(
        self,
        space: SpaceKey,
        keys: Sequence[EventKey],
        *,
        standing: Standing,
        fingerprint: Fingerprint,
        texts: bool,
    ) -> Mapping[EventKey, Sequence[TurnInside]]:
        """Return what turns have in each of these events, in order; only those that stand.

        How a turn is cut into pieces is read off its vectors of this fingerprint.
        """
        ...

    def turns_between(
        self,
        space: SpaceKey,
        stream: StreamKey,
        start: Edge,
        end: Edge,
        *,
        standing: Standing,
        fingerprint: Fingerprint,
    ) -> list[TurnInside]:
        """Return what turns have between two edges of a stream, with their texts, in order.

        Only those that stand.
        """
        ...

    def turns_standing(
        self, space: SpaceKey, stream: StreamKey, *, standing: Standing
    ) -> Mapping[int, TurnId]:
        """Return the turns of a stream that stand, by their numbers."""
        ...

    def tail(self, space: SpaceKey, stream: StreamKey) -> OpenTail:
        """Return where the open tail of a stream begins, and what was seen before it."""
        ...

    def curves(
        self, space: SpaceKey, stream: StreamKey, *, before: int, measure: str, limit: int
    ) -> list[Curve]:
        """Return the curves of the last events before a number, oldest first.

        At most `limit`, and those of this measure alone.
        """
        ...

    def units(
        self,
        space: SpaceKey,
        stream: StreamKey,
        *,
        since: Edge,
        until: int | None = None,
        limit: int,
        fingerprint: Fingerprint,
        surprisal: str | None = None,
    ) -> list[StreamUnit]:
        """Return the first units of a stream from `since` on, before turn number `until`.

        In order, with the vectors of this fingerprint, and the surprisals of this model.
        """
        ...

    def around(self, space: SpaceKey, keys: Sequence[TurnKey]) -> list[Extent]:
        """Return the events that any of these turns is in, and those right beside them."""
        ...

    def behind(self, space: SpaceKey, *, by: int) -> list[StreamKey]:
        """Return the streams whose open tail has at least `by` turns."""
        ...

    def spaces_behind(self, *, by: int) -> list[SpaceKey]:
        """Return the spaces with such a stream, of all the installation's."""
        ...


class EventWriter(EventReader, Protocol):
    """Reads and changes events."""

    def add(
        self,
        space: SpaceKey,
        stream: StreamKey,
        drafts: Sequence[EventDraft],
        tail: OpenTail,
        *,
        first_position: Position,
    ) -> None:
        """Keep closed events of a stream, and the tail that is left.

        Event i is entered at `first_position + i`.
        """
        ...

    def set_trailing(self, space: SpaceKey, stream: StreamKey, trailing: Sequence[float]) -> None:
        """Put other surprises in the place of those before a stream's open tail."""
        ...

    def redraw(
        self,
        space: SpaceKey,
        portraits: Mapping[EventKey, Portrait],
        turns_of: Mapping[EventKey, Sequence[TurnKey]],
        *,
        version: Position,
    ) -> None:
        """Put new portraits in the place of the present ones; `turns_of` begin in each event."""
        ...

    def delete(self, space: SpaceKey, gone: Sequence[StreamKey]) -> list[EventId]:
        """Delete every event of these streams; return their ids in order."""
        ...


class SurprisalWriter(Protocol):
    """Keeps what causal language models make of turns."""

    def scored(self, space: SpaceKey, turns: Sequence[TurnKey], *, model: str) -> set[TurnKey]:
        """Return those of these turns that a model has scored."""
        ...

    def add(
        self, space: SpaceKey, found: Mapping[TurnKey, Sequence[Surprise]], *, model: str
    ) -> None:
        """Keep what a model made of the pieces of turns that it has not scored yet."""
        ...

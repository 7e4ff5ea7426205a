"""Keeping the titles of events, which a language model gives and an event is read with."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from memsvc.domain.episode import Event
from memsvc.domain.ids import EventKey, Position, RunId, SpaceKey
from memsvc.domain.memory import Standing
from memsvc.ports.records import TitleDraft


class TitleReader(Protocol):
    """Reads which events have titles; each is an event's own, and read with it."""

    def page(
        self, space: SpaceKey, *, after: Position, limit: int, standing: Standing
    ) -> list[Event]:
        """Return events whose titles were given after a position and stand, in that order.

        Not those in which a turn has expired: the title may be of its words.
        """
        ...

    def made_in(self, space: SpaceKey, run: RunId) -> list[Event]:
        """Return the events whose titles were given in a run of enrichment, in that order."""
        ...

    def ever(self, space: SpaceKey, among: Sequence[EventKey]) -> Collection[EventKey]:
        """Return those of these events that have a title, or had one that was taken back."""
        ...


class TitleWriter(TitleReader, Protocol):
    """Reads and changes titles."""

    def add(
        self, space: SpaceKey, drafts: Sequence[TitleDraft], *, first_position: Position
    ) -> None:
        """Give titles to events that have none; title i is entered at `first_position + i`."""
        ...

    def retire(
        self, space: SpaceKey, events: Sequence[EventKey], *, first_position: Position
    ) -> None:
        """Take the titles of events back; that of event i until `first_position + i`."""
        ...

    def purge(self, space: SpaceKey, events: Sequence[EventKey]) -> Collection[EventKey]:
        """Delete every title that events have or had; return those whose title stood."""
        ...

    def owe_missing(self, space: SpaceKey, *, now: datetime) -> int:
        """Owe titles to events that have none and that no model has dealt with."""
        ...

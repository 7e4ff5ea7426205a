"""Rows of `titles`: what a language model calls events, until it is taken back or called otherwise.

A title may be of the words of any turn of its event, so it goes with the first of them that is
forgotten, and is not told of an event in which one has expired.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    not_,
    select,
    update,
)

from memsvc.domain.episode import Event
from memsvc.domain.ids import EventKey, Position, RunId, SpaceKey
from memsvc.domain.memory import Standing
from memsvc.domain.work import Step
from memsvc.ports.records import TitleDraft
from store.batches import batched
from store.event_rows import event_from, holding, select_events
from store.filters import standing_conditions
from store.history import stands
from store.outbox import owe
from store.tables import events, improved, titles, turns

_RETIRE = (
    update(titles)
    .where(
        titles.c.space == bindparam("of_space"),
        titles.c.event == bindparam("of_event"),
        stands(titles),
    )
    .values(until=bindparam("ends_at"))
)


class TitleRows:
    """Reads and changes titles through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(
        self, space: SpaceKey, *, after: Position, limit: int, standing: Standing
    ) -> list[Event]:
        """Return events whose titles were given after a position and stand, in that order."""
        expired = exists().where(
            turns.c.space == space,
            turns.c.stream == events.c.stream,
            holding(),
            not_(and_(*standing_conditions(space, standing))),
        )
        query = _titled(space).where(titles.c.position > after, ~expired)
        return self._events(query.limit(limit))

    def made_in(self, space: SpaceKey, run: RunId) -> list[Event]:
        """Return the events whose titles were given in a run of enrichment, in that order."""
        return self._events(_titled(space).where(titles.c.run == run))

    def ever(self, space: SpaceKey, among: Sequence[EventKey]) -> Collection[EventKey]:
        """Return those of these events that have a title, or had one that was taken back."""
        return {
            EventKey(key)
            for part in batched(among)
            for key in self._connection.execute(
                select(titles.c.event).where(titles.c.space == space, titles.c.event.in_(part))
            ).scalars()
        }

    def add(
        self, space: SpaceKey, drafts: Sequence[TitleDraft], *, first_position: Position
    ) -> None:
        """Give titles to events that have none; title i at `first_position + i`."""
        if drafts:
            rows = [
                {
                    "space": space,
                    "event": draft.event,
                    "position": first_position + place,
                    "text": draft.text,
                    "maker": draft.maker,
                    "run": draft.run,
                }
                for place, draft in enumerate(drafts)
            ]
            self._connection.execute(insert(titles), rows)

    def retire(
        self, space: SpaceKey, events: Sequence[EventKey], *, first_position: Position
    ) -> None:
        """Take the titles of events back; that of event i until `first_position + i`."""
        if events:
            ends = [
                {"of_space": space, "of_event": event, "ends_at": first_position + place}
                for place, event in enumerate(events)
            ]
            self._connection.execute(_RETIRE, ends)

    def purge(self, space: SpaceKey, events: Sequence[EventKey]) -> Collection[EventKey]:
        """Delete every title that events have or had; return those whose title stood."""
        return {
            EventKey(row.event)
            for part in batched(events)
            for row in self._connection.execute(
                delete(titles)
                .where(titles.c.space == space, titles.c.event.in_(part))
                .returning(titles.c.event, titles.c.until)
            )
            if row.until is None
        }

    def owe_missing(self, space: SpaceKey, *, now: datetime) -> int:
        """Owe titles to events that have none and that no model has dealt with."""
        untitled = ~exists().where(
            titles.c.space == events.c.space, titles.c.event == events.c.key, stands(titles)
        )
        last = (
            select(events.c.space, func.max(turns.c.key).label("turn"))
            .join(turns, holding())
            .where(events.c.space == space, untitled)
            .group_by(events.c.space, events.c.key)
            .subquery()
        )
        marked = exists().where(
            improved.c.space == last.c.space,
            improved.c.turn == last.c.turn,
            improved.c.step == Step.TITLE_EVENTS.value,
        )
        lacking = select(last.c.space, last.c.turn).where(~marked).order_by(last.c.turn)
        return owe(self._connection, Step.TITLE_EVENTS, lacking, now=now)

    def _events(self, query: Select[Any]) -> list[Event]:
        return [event_from(row) for row in self._connection.execute(query)]


def _titled(space: SpaceKey) -> Select[Any]:
    """Select the events of a space that have a title, in the order in which they got it."""
    return (
        select_events()
        .where(events.c.space == space, titles.c.event.is_not(None))
        .order_by(titles.c.position)
    )

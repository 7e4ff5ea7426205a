"""Giving events titles, taking them back and putting them back, with entries in the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from memsvc.app.fingerprints import deletion, title_digest
from memsvc.app.state_digest import title_of
from memsvc.domain.episode import Event, Title
from memsvc.domain.ids import EventId
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space
from memsvc.domain.rollback import Thing, Undoing, Undone
from memsvc.ports.keeping import Reading, Unit
from memsvc.ports.records import EntryDraft, TitleDraft


def give(
    unit: Unit, space: Space, given: Sequence[tuple[Event, Title]], *, actor: str, at: datetime
) -> None:
    """Give titles to events that have none; the ledger says from which position on."""
    if not given:
        return
    drafts = [TitleDraft(event.key, title.text, title.maker, title.run) for event, title in given]
    first = unit.ledger.next_position(space.key)
    unit.titles.add(space.key, drafts, first_position=first)
    entries = [
        EntryDraft(
            Change.EVENT_TITLED, event.id, title_digest(event.id, title, secret=space.secret)
        )
        for event, title in given
    ]
    unit.ledger.append(space.key, entries, actor=actor, at=at)


def take_back(
    unit: Unit, space: Space, events: Sequence[Event], *, actor: str, at: datetime
) -> list[Undone]:
    """Take the titles of events back; reads as of earlier still find them."""
    if not events:
        return []
    first = unit.ledger.next_position(space.key)
    unit.titles.retire(space.key, [event.key for event in events], first_position=first)
    entries = [deletion(Change.EVENT_UNTITLED, event.id, secret=space.secret) for event in events]
    unit.ledger.append(space.key, entries, actor=actor, at=at)
    return [
        Undone(Thing.TITLE, event.id, Undoing.RETIRED, title_of(event, space), None)
        for event in events
    ]


def put_back(
    unit: Unit,
    space: Space,
    ids: Sequence[EventId],
    *,
    then: Reading,
    actor: str,
    at: datetime,
) -> list[Undone]:
    """Have events called what they were called then; return what was changed.

    An event that lost a turn since had its title purged with that, then as now.
    """
    held = unit.events.of_ids(space.key, ids)
    stood = then.events.of_ids(space.key, ids)
    called: Mapping[EventId, Title | None] = {one: event.title for one, event in stood.items()}
    beside = [(event, replace(event, title=called.get(one))) for one, event in held.items()]
    other = [(now, was) for now, was in beside if title_of(now, space) != title_of(was, space)]
    take_back(unit, space, [now for now, _ in other if now.title], actor=actor, at=at)
    again = [(was, was.title) for _, was in other if was.title is not None]
    give(unit, space, again, actor=actor, at=at)
    return [
        Undone(Thing.TITLE, now.id, _undoing(now, was), title_of(now, space), title_of(was, space))
        for now, was in other
    ]


def _undoing(now: Event, was: Event) -> Undoing:
    if now.title is None:
        return Undoing.RESTORED
    return Undoing.RETIRED if was.title is None else Undoing.REVISED

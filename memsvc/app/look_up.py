"""Finding the thing that a use case was named, or saying that it is not there."""

from collections.abc import Collection
from datetime import datetime

from memsvc.domain.access import Access, Role
from memsvc.domain.document import Document
from memsvc.domain.episode import Event
from memsvc.domain.errors import (
    DocumentNotFound,
    EventNotFound,
    FactNotFound,
    InvalidField,
    LinkNotFound,
    NoteNotFound,
    SpaceNotFound,
    StreamNotFound,
    TurnNotFound,
)
from memsvc.domain.ids import (
    DocumentName,
    EventId,
    FactId,
    LinkId,
    NoteId,
    SpaceKey,
    SpaceName,
    StreamName,
    TurnId,
)
from memsvc.domain.knowledge import Fact
from memsvc.domain.memory import Space, Stream, Turn
from memsvc.domain.note import Link, Note
from memsvc.ports.keeping import Reading, Unit


def the_space(reading: Reading | Unit, access: Access, name: SpaceName, role: Role) -> Space:
    """Return the space if the key may act there with this role. Raises `SpaceNotFound`."""
    access.require(role, space=name)
    space = reading.spaces.find(name)
    if space is None:
        raise SpaceNotFound(name)
    return space


def the_stream(reading: Reading | Unit, space: SpaceKey, name: StreamName) -> Stream:
    """Return the stream. Raises `StreamNotFound`."""
    stream = reading.streams.find(space, name)
    if stream is None:
        raise StreamNotFound(name)
    return stream


def the_turn(reading: Reading | Unit, space: Space, turn_id: TurnId, *, now: datetime) -> Turn:
    """Return the turn. Raises `TurnNotFound`, also for one that has expired."""
    turn = reading.turns.get(space.key, turn_id, standing=space.settings.standing(now))
    if turn is None:
        raise TurnNotFound(turn_id)
    return turn


def the_fact(reading: Reading | Unit, space: Space, fact_id: FactId, *, now: datetime) -> Fact:
    """Return the fact as turns say it that stand. Raises `FactNotFound`."""
    fact = reading.facts.get(space.key, fact_id, standing=space.settings.standing(now))
    if fact is None:
        raise FactNotFound(fact_id)
    return fact


def the_note(reading: Reading | Unit, space: Space, note_id: NoteId, *, now: datetime) -> Note:
    """Return the note if all its turns stand. Raises `NoteNotFound`."""
    note = reading.notes.get(space.key, note_id, standing=space.settings.standing(now))
    if note is None:
        raise NoteNotFound(note_id)
    return note


def the_link(reading: Reading | Unit, space: Space, link_id: LinkId, *, now: datetime) -> Link:
    """Return the link if both its notes stand. Raises `LinkNotFound`."""
    link = reading.links.get(space.key, link_id, standing=space.settings.standing(now))
    if link is None:
        raise LinkNotFound(link_id)
    return link


def the_document(reading: Reading | Unit, space: SpaceKey, name: DocumentName) -> Document:
    """Return the document. Raises `DocumentNotFound`."""
    document = reading.documents.find(space, name)
    if document is None:
        raise DocumentNotFound(name)
    return document


def the_event(reading: Reading | Unit, space: SpaceKey, event_id: EventId) -> Event:
    """Return the event. Raises `EventNotFound`."""
    event = reading.events.get(space, event_id)
    if event is None:
        raise EventNotFound(event_id)
    return event


def known_recipe(name: str, recipes: Collection[str]) -> str:
    """Return the name of a recipe. Raises `InvalidField` for one that is none of these."""
    if name not in recipes:
        known = ", ".join(sorted(recipes))
        raise InvalidField(f"There is no recipe {name!r}; try one of {known}.", field="recipe")
    return name

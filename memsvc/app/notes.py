"""Notes: written outright, read, edited and deleted by whoever keeps them.

A note that is written outright (`memsvc.app.write_note`) is a turn as well, of the role `note` in a
stream of its own, and hangs on that turn: it is found, filtered, expired and forgotten as that is.
Its vector, which is of content and facets together, is made before the unit of work begins.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from memsvc.app.append import Append
from memsvc.app.forget import delete_turns
from memsvc.app.keep_notes import NoteWork
from memsvc.app.look_up import the_event, the_note, the_space, the_turn
from memsvc.app.write_note import WriteNote, vector_of
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import (
    VersionMismatch,
)
from memsvc.domain.ids import EventId, NoteId, Position, SpaceName, StreamName, TurnId
from memsvc.domain.knowledge import meaning_the_same
from memsvc.domain.memory import Page, Space, Standing, Turn
from memsvc.domain.note import (
    Facets,
    Link,
    Making,
    Note,
    NoteVersion,
    tidied,
)
from memsvc.domain.receipt import folded
from memsvc.ingest.compose import noted
from memsvc.ingest.extract.mention import normal
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.notes import NotesSought, Revision
from memsvc.ports.world import Clock

log = structlog.get_logger(__name__)

STREAM = StreamName("notes")
ROLE = "note"


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note with the links that start or end at it, in the order of making."""

    note: Note
    links: Sequence[Link]


@dataclass(frozen=True, slots=True)
class DeletedNote:
    """What a deletion removed: the note, and how many turns, which a note written outright is."""

    id: NoteId
    turns: int
    position: Position


@dataclass(frozen=True, slots=True)
class WhichNotes:
    """Which notes a list is about, as a caller names it; all parts must hold, None is no part."""

    tag: str | None = None
    keyword: str | None = None
    turn: TurnId | None = None
    event: EventId | None = None
    entity: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to change about a note; None leaves a part as it is."""

    keywords: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    context: str | None = None
    reason: str = ""

    def of(self, facets: Facets) -> Facets:
        """Return the facets with what is to change."""
        chosen = {"keywords": self.keywords, "tags": self.tags, "context": self.context}
        given: dict[str, Any] = {name: part for name, part in chosen.items() if part is not None}
        return tidied(replace(facets, **given))


@dataclass(frozen=True, slots=True)
class Notes:
    """The use cases, with what they need. All but `write` raise `SpaceNotFound`."""

    write: WriteNote
    keeping: Keeping
    append: Append
    clock: Clock

    def get(self, access: Access, space: SpaceName, note: NoteId) -> ShownNote:
        """Return a note with its links. Raises `NoteNotFound`."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            now = self.clock.latest()
            found = the_note(reading, held, note, now=now)
            return _shown(reading, held, [found], now=now)[0]

    def page(
        self,
        access: Access,
        space: SpaceName,
        which: WhichNotes,
        *,
        after: str | None,
        limit: int,
    ) -> Page[ShownNote]:
        """List notes in the order of writing. Raises `TurnNotFound` and `EventNotFound`."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            now = self.clock.latest()
            page = reading.notes.page(
                held.key,
                _sought(reading, held, which, now=now),
                after=after,
                limit=limit,
                standing=held.settings.standing(now),
            )
            return Page(tuple(_shown(reading, held, page.items, now=now)), page.next_cursor)

    def versions(self, access: Access, space: SpaceName, note: NoteId) -> list[NoteVersion]:
        """Return all versions of a note, oldest first. Raises `NoteNotFound`."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            found = the_note(reading, held, note, now=self.clock.latest())
            return reading.notes.versions(held.key, found.key)

    def edit(
        self, access: Access, space: SpaceName, note: NoteId, edit: Edit, *, version: int
    ) -> ShownNote:
        """Give a note other facets; those before stay as a version. None but equal ones change.

        Raises `NoteNotFound`, and `VersionMismatch` when `version` is no longer the current one:
        compare-and-set, so that no edit is lost.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.WRITER)
            found = _current(reading, held, note, version, now=self.clock.latest())
            facets = edit.of(found.facets)
        vector = None
        if facets != found.facets:
            vector = vector_of(noted(found.content, facets), self.append.embedder)

        def work(unit: Unit) -> ShownNote:
            held = the_space(unit, access, space, Role.WRITER)
            now = self.clock.latest()
            current = _current(unit, held, note, version, now=now)
            if edit.of(current.facets) != facets:  # what another note brought in was forgotten
                raise VersionMismatch(current=current.version)
            if facets != current.facets:
                making = Making(maker=access.id, reason=" ".join(edit.reason.split()))
                change = Revision(current.key, facets, making, vector)
                self._work(unit, held, access, self.clock.now()).revise({note: change})
                current = the_note(unit, held, note, now=now)
            return _shown(unit, held, [current], now=now)[0]

        return self.keeping.write(work)

    def delete(self, access: Access, space: SpaceName, note: NoteId) -> DeletedNote:
        """Delete a note for good, and what is known because of it. Raises `NoteNotFound`.

        Of one written outright the turn goes too; of one made of an event the turns stay.
        """

        def work(unit: Unit) -> DeletedNote:
            held = the_space(unit, access, space, Role.WRITER)
            found = the_note(unit, held, note, now=self.clock.latest())
            now = self.clock.now()
            self._work(unit, held, access, now).delete([found])
            turns: list[Turn] = []
            if found.event is None:
                keys = unit.turns.keys_of(held.key, found.turns, standing=Standing(now))
                turns = unit.turns.by_keys(held.key, list(keys.values()))
            if turns:
                delete_turns(unit, held, turns, self.append.episodes, actor=access.id, at=now)
            position = Position(unit.ledger.next_position(held.key) - 1)
            return DeletedNote(note, len(turns), position)

        return self.keeping.write(work)

    def _work(self, unit: Unit, space: Space, access: Access, now: datetime) -> NoteWork:
        return NoteWork(unit, space, self.append.embedder.fingerprint, access.id, now)


def _current(
    reading: Reading | Unit, space: Space, note: NoteId, version: int, *, now: datetime
) -> Note:
    found = the_note(reading, space, note, now=now)
    if found.version != version:
        raise VersionMismatch(current=found.version)
    return found


def _shown(
    reading: Reading | Unit, space: Space, notes: Sequence[Note], *, now: datetime
) -> list[ShownNote]:
    if not notes:
        return []
    keys = [note.key for note in notes]
    standing = space.settings.standing(now)
    links = reading.links.of_notes(space.key, keys, standing=standing)
    return [ShownNote(note, links.get(note.id, ())) for note in notes]


def _sought(reading: Reading, space: Space, which: WhichNotes, *, now: datetime) -> NotesSought:
    names = None
    if which.entity is not None:
        names = meaning_the_same(normal(which.entity), reading.merges.all(space.key))
    if which.event is not None:
        the_event(reading, space.key, which.event)
    return NotesSought(
        tag=which.tag,
        keyword=which.keyword,
        turn=None if which.turn is None else the_turn(reading, space, which.turn, now=now).key,
        event=which.event,
        names=names,
        text=None if which.text is None else folded(which.text),
    )

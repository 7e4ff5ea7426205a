"""Verify: check a space's ledger, and the turns and documents it speaks of, against each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from memsvc.app.fingerprints import (
    document_digest,
    event_digest,
    fact_digest,
    note_digest,
    revision_digest,
    settings_digest,
    title_digest,
    turn_digest,
)
from memsvc.app.look_up import the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.document import Document
from memsvc.domain.episode import Event
from memsvc.domain.ids import DocumentName, EventId, FactId, NoteId, Position, SpaceName, TurnId
from memsvc.domain.knowledge import Fact
from memsvc.domain.ledger import GENESIS, Change, Entry, Verdict, chain
from memsvc.domain.memory import Space, SpaceSettings, Turn, TurnVersion
from memsvc.domain.note import Note
from memsvc.domain.recall import Filter
from memsvc.ports.keeping import Keeping, Reading

PAGE = 2_000


@dataclass(slots=True)
class _Walk:
    """How far the check has come."""

    head: bytes = GENESIS
    position: int = 0
    settings_at: int = 0


@dataclass(frozen=True, slots=True)
class Verify:
    """The use case, with what it needs."""

    keeping: Keeping

    def __call__(self, access: Access, space: SpaceName) -> Verdict:
        """Recompute every hash and digest of the space's ledger.

        Checked are: no position is missing; each entry hashes onto the one before; the last has
        the position that the space remembers; every turn added and not deleted has a row; and that
        row, as it was written and after each edit, has the digests that were entered; every
        document written and not deleted has a row, and that has the digest last entered; every
        event closed and not deleted has the extent that was entered; every fact that is still there
        says what was entered, every note has the content and first facets that were, and every
        title that stands is what was; and the space has the settings that were entered last.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            walk = _Walk()
            gone = _deleted(reading, held)
            while entries := reading.ledger.page(
                held.key, after=Position(walk.position), limit=PAGE
            ):
                rows = _Rows(reading, held, entries)
                for entry in entries:
                    try:
                        reason = _wrong(rows, entry, walk, gone)
                    except (TypeError, ValueError) as error:  # a row that rows.py cannot read
                        reason = f"a turn from this position on cannot be read ({error})"
                    if reason is not None:
                        return Verdict(False, walk.position, walk.head, entry.position, reason)
            if walk.position != held.position:
                return Verdict(
                    False,
                    walk.position,
                    walk.head,
                    Position(walk.position + 1),
                    f"the space stands at position {held.position} and its ledger ends before",
                )
            if walk.settings_at != held.version or _is_set_unseen(held):
                return Verdict(
                    False,
                    walk.position,
                    walk.head,
                    Position(walk.settings_at or 1),
                    "the space has settings that its ledger does not know",
                )
            return Verdict(True, walk.position, walk.head, None, None)


@dataclass(frozen=True, slots=True)
class _Gone:
    """What was deleted, with the position of its last deletion: an import may bring turns back."""

    turns: dict[str, int]
    documents: dict[str, int]
    events: dict[str, int]


def _deleted(reading: Reading, space: Space) -> _Gone:
    gone = _Gone({}, {}, {})
    kinds = {
        Change.TURN_DELETED: gone.turns,
        Change.DOCUMENT_DELETED: gone.documents,
        Change.EVENT_DELETED: gone.events,
    }
    after = Position(0)
    while entries := reading.ledger.changes(space.key, list(kinds), after=after, limit=PAGE):
        for entry in entries:
            kinds[entry.change][entry.subject] = entry.position
        after = entries[-1].position
    return gone


class _Rows:
    """What some entries speak of: what was added there is read together, the rest one by one."""

    def __init__(self, reading: Reading, space: Space, entries: Sequence[Entry]) -> None:
        self._reading = reading
        self.space = space
        self._since = entries[0].position
        stated = [FactId(each.subject) for each in entries if each.change is Change.FACT_ADDED]
        self._facts = reading.facts.of_ids(space.key, stated) if stated else {}
        added = [NoteId(each.subject) for each in entries if each.change is Change.NOTE_ADDED]
        self._notes = reading.notes.as_added(space.key, added) if added else {}
        self._near: dict[str, Turn] | None = None
        self._documents: dict[str, Document | None] = {}

    def turn(self, turn_id: str) -> Turn | None:
        """Return the turn of that id."""
        if self._near is None:
            page = self._reading.turns.page(
                self.space.key, Filter(), after=str(self._since - 1), limit=PAGE
            )
            self._near = {turn.id: turn for turn in page.items}
        return self._near.get(turn_id) or self._reading.turns.get(self.space.key, TurnId(turn_id))

    def document(self, name: str) -> Document | None:
        """Return the document of that id."""
        if name not in self._documents:
            found = self._reading.documents.find(self.space.key, DocumentName(name))
            self._documents[name] = found
        return self._documents[name]

    def event(self, event_id: str) -> Event | None:
        """Return the event of that id."""
        return self._reading.events.get(self.space.key, EventId(event_id))

    def fact(self, fact_id: str) -> Fact | None:
        """Return the fact of that id, which one of the entries adds."""
        return self._facts.get(FactId(fact_id))

    def note(self, note_id: str) -> Note | None:
        """Return the note of that id as it came, which one of the entries adds."""
        return self._notes.get(NoteId(note_id))

    def versions(self, turn: Turn) -> dict[Position, TurnVersion]:
        """Return every version of a turn by its position; one never edited has the one."""
        current = TurnVersion(turn.version, turn.place, turn.metadata)
        if turn.version == turn.position:
            return {turn.version: current}
        earlier = self._reading.turns.versions(self.space.key, turn.key)
        return {version.position: version for version in (*earlier, current)}


def _wrong(rows: _Rows, entry: Entry, walk: _Walk, gone: _Gone) -> str | None:
    """Take one step; return what does not fit, if anything."""
    if entry.position != walk.position + 1:
        return f"position {walk.position + 1} is missing"
    walk.head = chain(
        walk.head,
        position=entry.position,
        change=entry.change,
        subject=entry.subject,
        digest=entry.digest,
        actor=entry.actor,
        at=entry.at,
    )
    walk.position = entry.position
    if walk.head != entry.hash:
        return "its hash does not follow from the entry before it"
    if entry.change is Change.SPACE_REVISED:
        walk.settings_at = entry.position
        return _wrong_settings(rows.space, entry)
    return _wrong_content(rows, entry, gone)


def _wrong_content(rows: _Rows, entry: Entry, gone: _Gone) -> str | None:
    """Compare what an entry speaks of with its row, unless that was deleted since."""
    speaks_of_a_turn = entry.change in (Change.TURN_ADDED, Change.TURN_REVISED)
    if speaks_of_a_turn and entry.position > gone.turns.get(entry.subject, 0):
        return _wrong_turn(rows, entry)
    is_written = entry.change is Change.DOCUMENT_WRITTEN
    if is_written and entry.position >= gone.documents.get(entry.subject, 0):
        return _wrong_document(rows, entry)
    if entry.change is Change.EVENT_CLOSED and entry.subject not in gone.events:
        return _wrong_event(rows, entry)
    if entry.change is Change.FACT_ADDED:
        return _wrong_fact(rows, entry)
    if entry.change is Change.NOTE_ADDED:
        return _wrong_note(rows, entry)
    return _wrong_title(rows, entry) if entry.change is Change.EVENT_TITLED else None


def _wrong_settings(space: Space, entry: Entry) -> str | None:
    """Check the present settings; earlier ones are not kept."""
    if entry.position != space.version:
        return None
    is_same = settings_digest(space.settings, secret=space.secret) == entry.digest
    return None if is_same else "the settings that it speaks of are others now"


def _is_set_unseen(space: Space) -> bool:
    return space.version == 0 and space.settings != SpaceSettings()


def _wrong_turn(rows: _Rows, entry: Entry) -> str | None:
    turn = rows.turn(entry.subject)
    if turn is None:
        return "the turn that it speaks of has no row and was never deleted"
    version = rows.versions(turn).get(entry.position)
    if version is None:
        return "the version of the turn that it speaks of is missing"
    if _digest(entry, turn, version, secret=rows.space.secret) != entry.digest:
        return "the turn that it speaks of has other content now"
    return None


def _wrong_event(rows: _Rows, entry: Entry) -> str | None:
    event = rows.event(entry.subject)
    if event is None:
        return "the event that it speaks of has no row and was never deleted"
    digest = event_digest(
        event.number, event.start, event.end, event.boundary, secret=rows.space.secret
    )
    return None if digest == entry.digest else "the event that it speaks of has another extent now"


def _wrong_fact(rows: _Rows, entry: Entry) -> str | None:
    """Compare a fact with its entry; one that is gone may have gone with the turns that said it."""
    fact = rows.fact(entry.subject)
    if fact is None or fact.position != entry.position:
        return None
    digest = fact_digest(fact, secret=rows.space.secret)
    return None if digest == entry.digest else "the fact that it speaks of says something else now"


def _wrong_note(rows: _Rows, entry: Entry) -> str | None:
    """Compare a note with its entry; one that is gone may have gone with a turn."""
    note = rows.note(entry.subject)
    if note is None or note.position != entry.position:
        return None
    digest = note_digest(note, secret=rows.space.secret)
    return None if digest == entry.digest else "the note that it speaks of says something else now"


def _wrong_title(rows: _Rows, entry: Entry) -> str | None:
    """Compare an event's title with its entry; one that is gone may have gone with a turn."""
    event = rows.event(entry.subject)
    if event is None or event.title is None or event.title.position != entry.position:
        return None
    digest = title_digest(event.id, event.title, secret=rows.space.secret)
    return None if digest == entry.digest else "the event that it speaks of is called otherwise now"


def _wrong_document(rows: _Rows, entry: Entry) -> str | None:
    """Compare a document with the last entry about it; earlier ones speak of what was replaced."""
    document = rows.document(entry.subject)
    if document is None:
        return "the document that it speaks of has no row and was never deleted"
    if document.version > entry.position:
        return None
    digest = document_digest(
        document.name, document.about, document.parts, secret=rows.space.secret
    )
    if document.version < entry.position or digest != entry.digest:
        return "the document that it speaks of has other content now"
    return None


def _digest(entry: Entry, turn: Turn, version: TurnVersion, *, secret: bytes) -> bytes:
    """Return what the entry must hold if the turn's row is as it was then."""
    place, metadata = version.place, version.metadata
    if entry.change is Change.TURN_REVISED:
        return revision_digest(place=place, metadata=metadata, secret=secret)
    return turn_digest(turn, place=place, metadata=metadata, secret=secret)

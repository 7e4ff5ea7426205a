"""Keep notes and links: rows, vectors, what is owed and the ledger, in somebody's unit of work.

What people ask for and what enrichment does both end here. Every change is an entry with a digest;
a note that comes without a vector owes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from memsvc.app.fingerprints import deletion, facets_digest, link_digest, note_digest
from memsvc.domain.ids import LinkId, NoteId, NoteKey, Position, TurnKey
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.memory import Fingerprint, Space, Standing, Turn
from memsvc.domain.note import Link, Making, Note
from memsvc.domain.quarantine import HeldNote
from memsvc.domain.work import Step
from memsvc.ports.keeping import Unit
from memsvc.ports.models import Matrix
from memsvc.ports.notes import LinkDraft, NoteDraft, Revision
from memsvc.ports.records import EntryDraft


def outright(turn: Turn, new: HeldNote, *, maker: str, vector: Matrix | None = None) -> NoteDraft:
    """Return the note that a turn is which somebody writes outright."""
    return NoteDraft(
        id=new.id,
        content=turn.content,
        facets=new.facets,
        turns=[turn.key],
        event=None,
        source=turn.source,
        at=turn.at,
        making=Making(maker=maker, reason=""),
        vector=vector,
    )


@dataclass(frozen=True, slots=True)
class NoteWork:
    """A unit of work over the notes of one space, in somebody's name.

    `fingerprint` is of the vectors that come with notes. All methods enter what they do.
    """

    unit: Unit
    space: Space
    fingerprint: Fingerprint
    actor: str
    now: datetime

    def add(self, drafts: Sequence[NoteDraft]) -> list[Note]:
        """Keep new notes, whose turns stand."""
        if not drafts:
            return []
        notes = self.unit.notes.add(
            self.space.key,
            drafts,
            first_position=self._next(),
            at=self.now,
            fingerprint=self.fingerprint,
        )
        self._enter(
            EntryDraft(Change.NOTE_ADDED, note.id, note_digest(note, secret=self.space.secret))
            for note in notes
        )
        self._owe([draft.turns[0] for draft in drafts if draft.vector is None])
        return notes

    def revise(self, revisions: Mapping[NoteId, Revision]) -> None:
        """Give notes that stand other facets; the present ones stay as a version."""
        if not revisions:
            return
        changes = list(revisions.values())
        self.unit.notes.revise(
            self.space.key,
            changes,
            first_position=self._next(),
            at=self.now,
            fingerprint=self.fingerprint,
        )
        self._enter(
            EntryDraft(
                Change.NOTE_REVISED,
                note,
                facets_digest(change.facets, change.making, secret=self.space.secret),
            )
            for note, change in revisions.items()
        )
        self._owe_vectors([change.note for change in changes if change.vector is None])

    def retire(self, notes: Sequence[Note]) -> None:
        """Take notes back; their turns stay."""
        if notes:
            keys = [note.key for note in notes]
            self.unit.notes.retire(self.space.key, keys, first_position=self._next())
            self._enter(self._entry(Change.NOTE_RETIRED, note.id) for note in notes)

    def restore(self, notes: Mapping[NoteId, Making]) -> None:
        """Have those of these notes that were taken back stand again as they were last."""
        keys = {note: self.unit.notes.retired(self.space.key, note) for note in notes}
        held = {note: key for note, key in keys.items() if key is not None}
        if held:
            self.unit.notes.restore(
                self.space.key,
                {key: notes[note] for note, key in held.items()},
                first_position=self._next(),
                at=self.now,
            )
            self._enter(self._entry(Change.NOTE_RESTORED, note) for note in held)
            self._owe_vectors(list(held.values()))

    def delete(self, notes: Sequence[Note]) -> None:
        """Purge notes and what is known because of them; their turns stay."""
        self.purge({note.id: note.key for note in notes})

    def purge(self, notes: Mapping[NoteId, NoteKey]) -> None:
        """Do what `delete` does, also with notes that were taken back."""
        if notes:
            self._owe(self.unit.notes.delete(self.space.key, list(notes.values())))
            self._enter(
                deletion(Change.NOTE_DELETED, note, secret=self.space.secret) for note in notes
            )

    def link(self, drafts: Sequence[LinkDraft]) -> list[Link]:
        """Keep links between notes that stand."""
        if not drafts:
            return []
        links = self.unit.links.add(self.space.key, drafts, first_position=self._next())
        self._enter(
            EntryDraft(Change.LINK_ADDED, link.id, link_digest(link, secret=self.space.secret))
            for link in links
        )
        return links

    def unlink(self, links: Sequence[Link]) -> None:
        """Take links back."""
        if links:
            ids = [link.id for link in links]
            self.unit.links.retire(self.space.key, ids, first_position=self._next())
            self._enter(self._entry(Change.LINK_RETIRED, link) for link in ids)

    def purge_links(self, links: Sequence[LinkId]) -> None:
        """Purge links, also those that were taken back."""
        if links:
            self.unit.links.delete(self.space.key, links)
            self._enter(
                deletion(Change.LINK_RETIRED, link, secret=self.space.secret) for link in links
            )

    def _next(self) -> Position:
        return self.unit.ledger.next_position(self.space.key)

    def _entry(self, change: Change, subject: str) -> EntryDraft:
        return EntryDraft(
            change, subject, digest_of({change.value: subject}, secret=self.space.secret)
        )

    def _enter(self, entries: Iterable[EntryDraft]) -> None:
        self.unit.ledger.append(self.space.key, list(entries), actor=self.actor, at=self.now)

    def _owe(self, turns: Sequence[TurnKey]) -> None:
        self.unit.outbox.put(self.space.key, Step.NOTE_VECTORS, turns, now=self.now)

    def _owe_vectors(self, notes: Sequence[NoteKey]) -> None:
        if notes:
            turns = [note.turns[0] for note in self.unit.notes.by_keys(self.space.key, notes)]
            keys = self.unit.turns.keys_of(self.space.key, turns, standing=Standing(self.now))
            self._owe(sorted(set(keys.values())))

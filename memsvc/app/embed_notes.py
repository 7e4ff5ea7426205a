"""Embed notes: make the vectors that notes owe, of those that hang on the turns of the jobs."""

from collections.abc import Sequence
from dataclasses import dataclass

from memsvc.domain.ids import SpaceKey
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.work import WORKER, Job, Step
from memsvc.ingest.compose import noted
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.models import Embedder
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock


@dataclass(frozen=True, slots=True)
class EmbedNotes:
    """The step of enrichment, with what it needs."""

    keeping: Keeping
    embedder: Embedder
    clock: Clock
    step: Step = Step.NOTE_VECTORS

    def __call__(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Make and keep the vectors of the present versions of what hangs on these turns."""
        turns = [job.turn for job in jobs]
        fingerprint = self.embedder.fingerprint
        with self.keeping.read() as reading:
            notes = reading.notes.without_vector(space, turns, fingerprint=fingerprint)
        vectors = self.embedder.embed([noted(note.content, note.facets) for note in notes])
        made = {note: vectors[place : place + 1] for place, note in enumerate(notes)}

        def work(unit: Unit) -> None:
            # Looked at again: meanwhile notes may have been forgotten, edited, or written.
            missing = unit.notes.without_vector(space, turns, fingerprint=fingerprint)
            owed = [note for note in missing if note in made]
            unit.outbox.finish(space, jobs)
            now = self.clock.now()
            if len(owed) < len(missing):
                still = [turn.key for turn in unit.turns.by_keys(space, turns)]
                unit.outbox.put(space, self.step, still, now=now)
            if not owed:
                return
            found = {note.key: made[note] for note in owed}
            unit.notes.embed(space, found, fingerprint=fingerprint)
            digest = digest_of(
                {"fingerprint": fingerprint.text}, secret=unit.spaces.of(space).secret
            )
            entries = [EntryDraft(Change.NOTE_EMBEDDED, note.id, digest) for note in owed]
            unit.ledger.append(space, entries, actor=WORKER, at=now)

        self.keeping.write(work)

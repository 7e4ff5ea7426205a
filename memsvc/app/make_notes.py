"""Make notes: of each event that closed, linked to the notes next to it, some of which it refines.

One note is one unit of work: the note with its vector, its links, the versions of the notes that it
changes and theirs, and the job. So a worker that dies leaves nothing half done, and one that comes
again finds the note there and has nothing to do.
A note that came with an import counts as made for the events that it covers by its turns, however
these are cut here. What a step is shown is chosen by `memsvc.app.notes_nearby`; what it answers is
read as untrusted, and holds only for notes that are still as they were shown.

For each note the maker is asked once, the evolver at most once, and the embedder at most twice,
however many notes there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from memsvc.app import runs
from memsvc.app.evidence import evidence
from memsvc.app.keep_notes import NoteWork
from memsvc.app.notes_nearby import Beside, beside, counts_in, told
from memsvc.domain.episode import Event
from memsvc.domain.ids import LinkId, NoteId, NoteKey, RunId, SpaceKey
from memsvc.domain.memory import Space, Turn, least_trusted
from memsvc.domain.note import MAX_LINKS, Making, Note
from memsvc.domain.note_making import NoteMaking
from memsvc.domain.work import BY_MODEL, WORKER, Job, Step
from memsvc.ingest.compose import noted
from memsvc.ingest.notes.checked import Read, ReadLink, read_proposal, read_sketch
from memsvc.ingest.notes.gate import is_due
from memsvc.ingest.notes.links import links
from memsvc.ports.indexes import Shelf
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder, Matrix
from memsvc.ports.notemaker import NoteEvolver, NoteMaker, Proposal, Shown, Sketch
from memsvc.ports.notes import LinkDraft, NoteDraft, NotesSought, Revision
from memsvc.ports.world import Clock, Ids

log = structlog.get_logger(__name__)

MADE = "made of the event"


@dataclass(frozen=True, slots=True)
class Coming:
    """A note that is to be kept, with all that could be found out before its unit of work.

    `source` are the turns that it is made of; `read` is what a step proposed, by the handles of
    `shown`, and `changed` has the vectors of what that changes, by the same.
    """

    event: Event
    source: Sequence[Turn]
    sketch: Sketch
    vector: Matrix
    shown: dict[str, Note]
    read: Read
    changed: dict[str, Matrix]


@dataclass(frozen=True, slots=True)
class MakeNotes:
    """The step of enrichment, with what it needs."""

    keeping: Keeping
    shelf: Shelf
    embedder: Embedder
    analyzer: Analyzer
    maker: NoteMaker
    evolver: NoteEvolver
    clock: Clock
    ids: Ids
    step: Step = Step.NOTES

    def __call__(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Make the notes of the events that end with these turns, one after the other.

        Nothing where the space does not ask for notes any more; what it has, it keeps.
        """
        for job in jobs:
            with self.keeping.read() as reading:
                found = reading.turns.by_keys(space, [job.turn])
                if not found:  # forgotten, and its jobs with it; perhaps the whole space
                    continue
                held = reading.spaces.of(space)
                events = self._owing(reading, held, found[0])
            for event in events[:-1]:
                coming = self._coming(held, event)
                self.keeping.write(partial(self._keep, held, coming, job, is_last=False))
            last = self._coming(held, events[-1]) if events else None
            self.keeping.write(partial(self._keep, held, last, job, is_last=True))

    def _owing(self, reading: Reading, space: Space, turn: Turn) -> list[Event]:
        """Return the events that end with a turn and have no note of this maker yet."""
        if space.settings.notes is None:
            return []
        inside = reading.events.of_turns(space.key, [turn.key]).get(turn.key, ())
        return [
            event
            for event in inside
            if event.units
            and event.units[-1].seq == turn.seq
            and not _is_noted(reading, space, event, by=self.maker.name)
        ]

    def _coming(self, space: Space, event: Event) -> Coming | None:
        """Make the note of an event, and find out what it is linked to and changes.

        None where the event is too short for one, or nobody says anything of their own in it.
        """
        how = space.settings.notes
        assert how is not None  # noqa: S101  only a space that asks for notes comes here
        now = self.clock.latest()
        # Indexes are lent for moments only: who lends them waits while a model is asked.
        with self.shelf.open(space.key) as indexes, self.keeping.read() as reading:
            said = evidence(reading, space, [event], fingerprint=self.embedder.fingerprint, now=now)
            source = said[event.key]
            turns = [turn for turn, _ in source]
            if not source or sum(turn.tokens for turn in turns) < how.least_tokens:
                return None
            if _is_covered(reading, space, turns):
                return None
            titles = reading.streams.titles(space.key, [event.stream])
            story = told(source, titles.get(event.stream), indexes=indexes)
            terms = {term for _, text in source for term in self.analyzer.terms(text)}
            counts = counts_in(indexes, sorted(terms))
        made = self.maker.make(story, counts)
        sketch = None if made is None else read_sketch(made)
        if sketch is None:
            return None
        vector = self.embedder.embed([noted(sketch.content, sketch.facets)])
        with self.shelf.open(space.key) as indexes, self.keeping.read() as reading:
            around = beside(
                sketch,
                turns,
                vector[0],
                space=space,
                reading=reading,
                indexes=indexes,
                fingerprint=self.embedder.fingerprint,
                now=now,
            )
        read = self._read(around, how)
        changes = {change.handle: change.facets for change in read.changes}
        texts = [noted(around.shown[handle].content, changes[handle]) for handle in changes]
        vectors = self.embedder.embed(texts) if texts else vector[:0]
        changed = {handle: vectors[n : n + 1] for n, handle in enumerate(changes)}
        return Coming(event, turns, sketch, vector, dict(around.shown), read, changed)

    def _read(self, around: Beside, how: NoteMaking) -> Read:
        """Return what a step proposes; links by rule alone where none is due."""
        new: Shown = around.new
        if how.evolution and is_due(around.novelty, around.usual, around.neighbours):
            proposal = self.evolver.evolve(new, around.neighbours)
        else:
            proposal = Proposal(links(new, around.neighbours))
        facets = {handle: note.facets for handle, note in around.shown.items()}
        read = read_proposal(proposal, facets)
        if read.refused:
            log.warning("notes.refused", maker=self.evolver.name, refused=len(read.refused))
        return read

    def _keep(
        self, space: Space, coming: Coming | None, job: Job, unit: Unit, *, is_last: bool
    ) -> None:
        """Keep a note, if there is one, and strike a job off, if that was the last of it."""
        if coming is not None:
            self._add(space, coming, job, unit)
        if is_last:
            self._finish(space, job, unit)

    def _add(self, space: Space, coming: Coming, job: Job, unit: Unit) -> None:
        """Keep a note with its links and what it changes, as far as all of that still stands."""
        now = self.clock.now()
        standing = space.settings.standing(now)
        ids = [turn.id for turn in coming.source]
        keys = unit.turns.keys_of(space.key, ids, standing=standing)
        if len(keys) < len(ids) or _is_noted(unit, space, coming.event, by=self.maker.name):
            return
        if _is_covered(unit, space, coming.source):  # an import has brought one meanwhile
            return
        first = unit.ledger.next_position(space.key)
        run = runs.going_on(
            unit, space.key, step=self.step, maker=self.maker.name, ids=self.ids, now=now
        )
        work = NoteWork(unit, space, self.embedder.fingerprint, WORKER, now)
        draft = NoteDraft(
            id=NoteId(self.ids.new("n")),
            content=coming.sketch.content,
            facets=coming.sketch.facets,
            turns=[keys[turn] for turn in ids],
            event=coming.event.id,
            source=least_trusted(turn.source for turn in coming.source),
            at=max(turn.at for turn in coming.source),
            making=Making(self.maker.name, MADE, run.id),
            vector=coming.vector,
        )
        (note,) = work.add([draft])
        self._evolve(work, coming, note, run.id)
        runs.keep(unit, space.key, run, since=first)
        if self.step in BY_MODEL:  # a rule would make of it what it made before
            still = [turn.key for turn in unit.turns.by_keys(space.key, [job.turn])]
            runs.mark(unit, space.key, still, step=self.step, maker=self.maker.name)

    def _evolve(self, work: NoteWork, coming: Coming, note: Note, run: RunId) -> None:
        unit, space = work.unit, work.space
        wanted = [one.id for one in coming.shown.values()]
        standing = space.settings.standing(work.now)
        there = unit.notes.of_ids(space.key, wanted, standing=standing)
        held = {handle: there[one.id] for handle, one in coming.shown.items() if one.id in there}
        full = _full(unit, space, [one.key for one in held.values()])
        drafts = [
            self._link(note.key, held[link.handle].key, link, because=note.id, run=run)
            for link in coming.read.links
            if link.handle in held and held[link.handle].key not in full
        ]
        work.link(drafts[:MAX_LINKS])
        revisions = {
            held[change.handle].id: Revision(
                held[change.handle].key,
                change.facets,
                Making(self.evolver.name, change.reason, run, because=note.id),
                coming.changed[change.handle],
            )
            for change in coming.read.changes
            if change.handle in held
            and held[change.handle].version == coming.shown[change.handle].version
        }
        work.revise(revisions)

    def _link(
        self, start: NoteKey, end: NoteKey, link: ReadLink, *, because: NoteId, run: RunId
    ) -> LinkDraft:
        making = Making(self.evolver.name, link.reason, run, because=because)
        return LinkDraft(LinkId(self.ids.new("l")), start, end, link.kind, link.score, making)

    def _finish(self, space: Space, job: Job, unit: Unit) -> None:
        """Strike a job off; the run ends with the last one that waits."""
        unit.outbox.finish(space.key, [job])
        now = self.clock.now()
        runs.end(unit, space.key, step=self.step, maker=self.maker.name, now=now)


def _is_noted(reading: Reading | Unit, space: Space, event: Event, *, by: str) -> bool:
    """Tell whether an event has a note of this maker; whoever edited it does not matter."""
    page = reading.notes.page(space.key, NotesSought(event=event.id), after=None, limit=100)
    return any(
        reading.notes.versions(space.key, one.key)[0].making.maker == by for one in page.items
    )


def _is_covered(reading: Reading | Unit, space: Space, source: Sequence[Turn]) -> bool:
    """Tell whether a note of another space's event hangs on all of these turns.

    Of an event here that has turns of this one (two may be cut out of one long turn), none does.
    """
    ids = {turn.id for turn in source}
    made = {
        note.event
        for note in reading.notes.of_turns(space.key, [turn.key for turn in source])
        if note.event is not None and ids.issubset(note.turns)
    }
    return any(reading.events.get(space.key, event) is None for event in made)


def _full(unit: Unit, space: Space, notes: Sequence[NoteKey]) -> set[NoteKey]:
    """Return those of these notes that have as many links by machine as a note may have."""
    found = unit.links.of_notes(space.key, notes)
    crowded = [
        note
        for note, each in found.items()
        if sum(link.making.is_by_machine for link in each) >= MAX_LINKS
    ]
    return {note.key for note in unit.notes.of_ids(space.key, crowded).values()}

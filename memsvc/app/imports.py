"""Import: bring turns into a space that were exported from another, or from this one.

Turns come in batches, each one unit of work: kept whole or not at all, and durable when `take`
returns. A turn keeps its id, so what refers to it goes on doing so; and so an import that was cut
short is simply run again: what is there already is passed over. What comes in is entered in this
space's ledger as added now, by whoever imports.

Three rules decide what happens to a turn. One that is here already, by its own id or by its
client id in the stream, stays as it is here, edits included; with other content it is a conflict.
One that was deleted here stays deleted, and so does one whose words were forgotten here on request,
under whatever id they come, unless the import says otherwise; one that has expired meanwhile is
passed over like it. Everything else is added
at the end of its stream, at its old number where the stream has not passed that. Decision 15 says
why.

A fact comes after the turns that say it, and is said by those of them that are here; a merge comes
after all facts (`memsvc.app.moving_facts`), what turns do not name after all merges
(`memsvc.app.moving_unlinkings`), notes after that, then links
(`memsvc.app.moving_notes`), then feedback (`memsvc.app.moving_feedback`), and titles of events last
(`memsvc.app.moving_titles`).

A document comes before its streams and turns, so that one that is here with other content is
refused before anything of it is kept; its rows are made when all lines are there, one document a
unit. Until then its parts are plain streams, and so an import that was cut short completes.
"""

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from memsvc.app.episodes import Episodes
from memsvc.app.fingerprints import content_digest
from memsvc.app.found import make_space
from memsvc.app.govern import set_for
from memsvc.app.keep_notes import NoteWork
from memsvc.app.moving import (
    NO_SETTINGS,
    Arrival,
    Gone,
    Imported,
    Line,
    MovedDocument,
    MovedFact,
    MovedFeedback,
    MovedHead,
    MovedLink,
    MovedMerge,
    MovedRuling,
    MovedTitle,
    MovedUnlinking,
    gone_since,
)
from memsvc.app.moving_documents import make_document, meet_documents
from memsvc.app.moving_facts import keep_facts, keep_merges, keep_rulings, wrong_with
from memsvc.app.moving_feedback import keep_feedback
from memsvc.app.moving_notes import NotesHere, NotesMet, keep_links, keep_notes
from memsvc.app.moving_titles import keep_titles
from memsvc.app.moving_turns import (
    KeepTurns,
    Ready,
    fresh_among,
    make_ready,
    make_stream,
    to_be_kept,
)
from memsvc.app.moving_unlinkings import keep_unlinkings
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import InvalidLine, SpaceNotFound
from memsvc.domain.ids import FactId, SpaceKey, SpaceName, StreamName, TurnId
from memsvc.domain.memory import NewTurn, Space, SpaceSettings
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder
from memsvc.ports.notes import MovedNote
from memsvc.ports.records import MovedStream, MovedTurn
from memsvc.ports.world import Clock, Ids

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Import:
    """The use case, with what it needs."""

    keeping: Keeping
    embedder: Embedder
    analyzer: Analyzer
    episodes: Episodes
    clock: Clock
    ids: Ids
    max_turn_chars: int

    def __call__(
        self, access: Access, space: SpaceName, *, restore_forgotten: bool = False
    ) -> "Importing":
        """Begin an import into the space, which is made if need be; nothing is kept yet."""
        access.require(Role.WRITER, space=space)
        return Importing(self, access, space, restore_forgotten=restore_forgotten)


@dataclass(slots=True)
class _Met:
    """What the lines so far have met here.

    `awaited` are to be made at the end, with their lines' numbers. `settled` are the streams of
    all others, which are passed over; True when the document is here, False when it was deleted.
    `aliases` are the ids of turns that are here under another one, by the one that came; `facts`
    the ids here of all facts that came. A unit of work adds to a child, since it may come to
    nothing; what is there already is not copied for it, as that grows with the import.
    """

    awaited: tuple[tuple[int, MovedDocument], ...] = ()
    settled: ChainMap[StreamName, bool] = field(default_factory=ChainMap)
    aliases: ChainMap[TurnId, TurnId] = field(default_factory=ChainMap)
    facts: ChainMap[FactId, FactId] = field(default_factory=ChainMap)
    notes: NotesMet = field(default_factory=NotesMet)

    def child(self) -> "_Met":
        """Return this, to be added to without changing it."""
        return _Met(
            self.awaited,
            self.settled.new_child(),
            self.aliases.new_child(),
            self.facts.new_child(),
            self.notes,
        )

    def take_in(self, child: "_Met") -> None:
        """Add what a child of this has more."""
        self.awaited, self.notes = child.awaited, child.notes
        self.settled.update(child.settled.maps[0])
        self.aliases.update(child.aliases.maps[0])
        self.facts.update(child.facts.maps[0])


@dataclass(slots=True)
class Importing:
    """An import under way. Not for two threads at once."""

    tools: Import
    access: Access
    name: SpaceName
    restore_forgotten: bool
    done: Imported = field(default_factory=Imported)
    kept: int = 0
    _space: SpaceKey | None = None
    _fingerprint: str = ""
    _settings: SpaceSettings = NO_SETTINGS
    _gone: Gone = field(default_factory=Gone)
    _met: _Met = field(default_factory=_Met)

    def take(self, lines: Sequence[Line]) -> None:
        """Deal with some lines as one unit; they are durable on return.

        Raises `InvalidLine`, `LineConflict`, `DocumentConflict`, `StreamOwned` and what
        `Keeping.write` raises; then none of them was kept. Raises `SpaceNotFound` when the space
        was deleted since the import began.
        """
        for line in lines:
            if isinstance(line.holds, MovedHead):
                self._fingerprint = line.holds.fingerprint
                self._settings = line.holds.settings
            elif isinstance(line.holds, MovedTurn):
                self._check(line.number, line.holds)
            elif isinstance(line.holds, MovedFact | MovedMerge | MovedUnlinking):
                wrong = wrong_with(line.holds)
                if wrong is not None:
                    raise self._invalid(line.number, "it names nothing", field=wrong)
        ready = self._make_ready(lines)
        space, done, gone, met = self.tools.keeping.write(
            lambda unit: self._keep(unit, lines, ready)
        )
        self._space, self._gone = space, gone
        self._met.take_in(met)
        self.done = self.done.and_then(done)
        self.kept = lines[-1].number

    def finish(self) -> None:
        """Make the documents whose lines came, now that their turns are there.

        Notes that waited for others come first. Raises what `take` raises; the documents before the
        one that it names are kept.
        """
        if self._met.notes.waiting:
            done, self._met.notes = self.tools.keeping.write(self._keep_waiting)
            self.done = self.done.and_then(done)
        for number, document in self._met.awaited:
            self.done = self.done.and_then(
                self.tools.keeping.write(partial(self._make_document, number, document))
            )

    def _check(self, number: int, turn: MovedTurn) -> None:
        limit = self.tools.max_turn_chars
        if len(turn.content) > limit:
            detail = f"a turn may hold {limit} characters and this one has {len(turn.content)}"
            raise self._invalid(number, detail, field="content")
        spoken = NewTurn(
            role=turn.role,
            content=turn.content,
            speaker=turn.speaker,
            source=turn.source,
            at=turn.at,
        )
        # Written without a time, a turn is known again whenever it comes: see `content_digest`.
        fitting = {content_digest(spoken), content_digest(replace(spoken, at=None))}
        if turn.content_digest not in fitting:
            raise self._invalid(number, "the turn does not fit its digest", field="digest")

    def _invalid(self, number: int, what: str, *, field: str) -> InvalidLine:
        return InvalidLine(
            f"Line {number}: {what}. Lines up to {self.kept} were dealt with; put it right and "
            "send all of it again.",
            line=number,
            kept=self.kept,
            field=field,
        )

    def _make_ready(self, lines: Sequence[Line]) -> dict[TurnId, Ready]:
        """Look before the costly part which turns are here; the unit looks again, and decides."""
        turns = [turn for _, turn in _among(lines, MovedTurn)]
        held: Mapping[TurnId, MovedTurn] = {}
        with self.tools.keeping.read() as reading:
            space = reading.spaces.find(self.name)
            if space is not None and turns:
                held = reading.turns.identified(space.key, [turn.id for turn in turns])
        embedder, analyzer = self.tools.embedder, self.tools.analyzer
        return {
            turn.id: make_ready(turn, embedder, analyzer) for turn in turns if turn.id not in held
        }

    def _keep(
        self, unit: Unit, lines: Sequence[Line], ready: Mapping[TurnId, Ready]
    ) -> tuple[SpaceKey, Imported, Gone, _Met]:
        space = self._the_space(unit)
        gone = gone_since(unit, space.key, self._gone)
        here = self._arrival(unit, space, gone)
        met = self._met.child()
        turned = self._keep_turns(here, met, lines, ready, gone)
        known = self._keep_knowledge(here, met, lines)
        noted = self._keep_notes(here, met, lines)
        said = [said for _, said in _among(lines, MovedFeedback)]
        called = [title for _, title in _among(lines, MovedTitle)]
        heard = Imported(
            feedback=keep_feedback(here, said, aliases=met.aliases),
            titles=keep_titles(here, called, aliases=met.aliases),
            position=here.position,
        )
        return space.key, turned.and_then(known).and_then(noted).and_then(heard), gone, met

    def _keep_turns(
        self,
        here: Arrival,
        met: _Met,
        lines: Sequence[Line],
        ready: Mapping[TurnId, Ready],
        gone: Gone,
    ) -> Imported:
        """Keep streams and turns, and look what is here of the documents that they are parts of."""
        documents = meet_documents(here, _among(lines, MovedDocument), kept=self.kept)
        met.awaited += documents.awaited
        met.settled.update(documents.settled)
        made = sum(
            make_stream(here, stream)
            for _, stream in _among(lines, MovedStream)
            if stream.name not in here.passing.streams and stream.name not in met.settled
        )
        turns = _among(lines, MovedTurn)
        fresh, aliases = fresh_among(here, turns, kept=self.kept)
        met.aliases.update(aliases)
        wanted = to_be_kept(here, fresh, settled=met.settled)
        # A document that is here may hold the same text in turns of its own.
        told_otherwise = sum(
            met.settled.get(turn.stream, False) and turn.id not in gone.turns for turn in fresh
        )
        tools = self.tools
        keep = KeepTurns(here, tools.embedder, tools.analyzer, tools.episodes, self._fingerprint)
        kept = keep(wanted, ready=ready)
        return Imported(
            streams=made + kept.streams,
            turns=kept.turns,
            present=len(turns) - len(fresh) + told_otherwise,
            forgotten=len(fresh) - len(wanted) - told_otherwise,
            with_vectors=kept.with_vectors,
        )

    def _keep_knowledge(self, here: Arrival, met: _Met, lines: Sequence[Line]) -> Imported:
        """Keep what is said of entities, by turns that are here."""
        facts = [fact for _, fact in _among(lines, MovedFact)]
        stated, known = keep_facts(here, facts, aliases=met.aliases)
        met.facts.update(known)
        rulings = [ruling for _, ruling in _among(lines, MovedRuling)]
        ruled = keep_rulings(here, rulings, facts=met.facts)
        merged = keep_merges(here, [merge for _, merge in _among(lines, MovedMerge)])
        unlinkings = [unlinking for _, unlinking in _among(lines, MovedUnlinking)]
        unlinked = keep_unlinkings(here, unlinkings, aliases=met.aliases)
        return Imported(facts=stated, rulings=ruled, merges=merged, unlinkings=unlinked)

    def _keep_notes(self, here: Arrival, met: _Met, lines: Sequence[Line]) -> Imported:
        """Keep notes and the links between them."""
        links = [link for _, link in _among(lines, MovedLink)]
        notes_here, coming = self._notes_here(here, met), _among(lines, MovedNote)
        noted, left_out, met.notes = keep_notes(notes_here, coming, met.notes, is_all=bool(links))
        linked = keep_links(notes_here, links)
        return Imported(notes=noted, links=linked, notes_left_out=left_out)

    def _keep_waiting(self, unit: Unit) -> tuple[Imported, NotesMet]:
        """Keep the notes that wait for one that does not come, as far as they are without it."""
        here = self._arrival(unit, self._the_space(unit), self._gone)
        notes_here = self._notes_here(here, self._met)
        noted, left_out, met = keep_notes(notes_here, [], self._met.notes, is_all=True)
        return Imported(notes=noted, notes_left_out=left_out, position=here.position), met

    def _make_document(self, number: int, moved: MovedDocument, unit: Unit) -> Imported:
        here = self._arrival(unit, self._the_space(unit), self._gone)
        is_made = make_document(here, number, moved, kept=self.kept)
        return Imported(documents=int(is_made), position=here.position)

    def _arrival(self, unit: Unit, space: Space, gone: Gone) -> Arrival:
        clock, restoring = self.tools.clock, self.restore_forgotten
        return Arrival(
            unit,
            space,
            Gone() if restoring else gone,
            restoring,
            space.settings.standing(clock.latest()),
            self.tools.ids,
            self.access.id,
            clock.now(),
        )

    def _notes_here(self, here: Arrival, met: _Met) -> NotesHere:
        fingerprint = self.tools.embedder.fingerprint
        return NotesHere(
            NoteWork(here.unit, here.space, fingerprint, here.actor, here.now),
            here.passing,
            met.aliases,
            here.standing,
            self._fingerprint,
            self.kept,
        )

    def _the_space(self, unit: Unit) -> Space:
        found = unit.spaces.find(self.name)
        if self._space is None:
            return found or self._new_space(unit)
        if found is None or found.key != self._space:
            raise SpaceNotFound(self.name)
        return found

    def _new_space(self, unit: Unit) -> Space:
        tools = self.tools
        space = make_space(unit, self.name, self.access, clock=tools.clock, ids=tools.ids)
        if self._settings == NO_SETTINGS:
            return space
        now = tools.clock.now()
        return set_for(unit, space, self._settings, actor=self.access.id, at=now)


def _among(lines: Sequence[Line], kind: type[Kind]) -> list[tuple[int, Kind]]:
    """Return what lines hold of a kind, each with its line's number."""
    return [(line.number, line.holds) for line in lines if isinstance(line.holds, kind)]

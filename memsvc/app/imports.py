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
after all facts (`memsvc.app.moving_facts`), notes after that, and links last
(`memsvc.app.moving_notes`).

A document comes before its streams and turns, so that one that is here with other content is
refused before anything of it is kept; its rows are made when all lines are there, one document a
unit. Until then its parts are plain streams, and so an import that was cut short completes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from memsvc.app.compare import owe_names
from memsvc.app.episodes import Episodes
from memsvc.app.fingerprints import content_digest, revision_digest, turn_digest
from memsvc.app.forget_wanted import forgotten_words
from memsvc.app.found import make_space
from memsvc.app.govern import set_for
from memsvc.app.keep_notes import NoteWork
from memsvc.app.moving import (
    NO_SETTINGS,
    Gone,
    Here,
    Imported,
    Line,
    MovedDocument,
    MovedFact,
    MovedHead,
    MovedLink,
    MovedMerge,
    MovedRuling,
    gone_since,
    held_as,
    known_by_client_id,
    turns_of,
)
from memsvc.app.moving_documents import is_same, make_document, refuse_owned
from memsvc.app.moving_facts import keep_facts, keep_merges, keep_rulings, wrong_with
from memsvc.app.moving_notes import NotesHere, NotesMet, keep_links, keep_notes
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import (
    DocumentConflict,
    InvalidLine,
    LineConflict,
    SpaceNotFound,
    StreamOwned,
)
from memsvc.domain.ids import FactId, Position, SpaceKey, SpaceName, StreamName, TurnId
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.memory import NewTurn, Space, SpaceSettings, Stream, Turn
from memsvc.domain.work import Step
from memsvc.ingest.compose import Prepared, prepare, said
from memsvc.ingest.extract.named import names_in, subjects_of
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.mentions import Mentioned
from memsvc.ports.models import Embedder
from memsvc.ports.notes import MovedNote
from memsvc.ports.records import (
    Embedding,
    EntryDraft,
    MovedStream,
    MovedTurn,
    PlacedTurn,
    TurnDraft,
)
from memsvc.ports.world import Clock, Ids


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


@dataclass(frozen=True, slots=True)
class _Ready:
    """A turn with everything that can be computed before its unit begins."""

    prepared: Prepared
    terms: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Met:
    """What the lines so far have met here.

    `awaited` are to be made at the end, with their lines' numbers. `settled` are the streams of
    all others, which are passed over; True when the document is here, False when it was deleted.
    `aliases` are the ids of turns that are here under another one, by the one that came; `facts`
    the ids here of all facts that came.
    """

    awaited: tuple[tuple[int, MovedDocument], ...] = ()
    settled: Mapping[StreamName, bool] = field(default_factory=dict)
    aliases: Mapping[TurnId, TurnId] = field(default_factory=dict)
    facts: Mapping[FactId, FactId] = field(default_factory=dict)
    notes: NotesMet = field(default_factory=NotesMet)

    def and_then(self, later: "_Met") -> "_Met":
        """Return both together."""
        return _Met(
            self.awaited + later.awaited,
            {**self.settled, **later.settled},
            {**self.aliases, **later.aliases},
            {**self.facts, **later.facts},
            self.notes,
        )


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
            elif isinstance(line.holds, MovedFact | MovedMerge):
                wrong = wrong_with(line.holds)
                if wrong is not None:
                    raise self._invalid(line.number, "it names nothing", field=wrong)
        ready = self._make_ready(lines)
        space, done, gone, met = self.tools.keeping.write(
            lambda unit: self._keep(unit, lines, ready)
        )
        self._space, self._gone, self._met = space, gone, met
        self.done = self.done.and_then(done)
        self.kept = lines[-1].number

    def finish(self) -> None:
        """Make the documents whose lines came, now that their turns are there.

        Notes that waited for others come first. Raises what `take` raises; the documents before the
        one that it names are kept.
        """
        if self._met.notes.waiting:
            done, notes = self.tools.keeping.write(self._keep_waiting)
            self.done, self._met = self.done.and_then(done), replace(self._met, notes=notes)
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

    def _make_ready(self, lines: Sequence[Line]) -> dict[TurnId, _Ready]:
        """Look before the costly part which turns are here; the unit looks again, and decides."""
        turns = turns_of(lines)
        held: Mapping[TurnId, MovedTurn] = {}
        with self.tools.keeping.read() as reading:
            space = reading.spaces.find(self.name)
            if space is not None and turns:
                held = reading.turns.identified(space.key, [turn.id for _, turn in turns])
        return {turn.id: self._prepared(turn) for _, turn in turns if turn.id not in held}

    def _prepared(self, turn: MovedTurn) -> _Ready:
        terms = tuple(self.tools.analyzer.terms(said(turn)))
        return _Ready(prepare(turn, self.tools.embedder), terms, names_in(turn))

    def _keep(
        self, unit: Unit, lines: Sequence[Line], ready: Mapping[TurnId, _Ready]
    ) -> tuple[SpaceKey, Imported, Gone, _Met]:
        space = self._the_space(unit)
        gone = gone_since(unit, space.key, self._gone)
        passing = Gone() if self.restore_forgotten else gone
        met = self._met.and_then(self._meet(unit, space, lines, passing))
        made = sum(
            self._make_stream(unit, space, line.holds)
            for line in lines
            if isinstance(line.holds, MovedStream)
            and line.holds.name not in passing.streams
            and line.holds.name not in met.settled
        )
        turns = turns_of(lines)
        fresh, aliases = self._fresh(unit, space, turns)
        met = met.and_then(_Met(aliases=aliases))
        now = self.tools.clock.latest()
        unsaid = set() if self.restore_forgotten else forgotten_words(unit, space, fresh)
        wanted = [
            turn
            for turn in fresh
            if turn.id not in passing.turns
            and turn.id not in unsaid
            and turn.stream not in met.settled
            and not _has_expired(turn, now)
        ]
        # A document that is here may hold the same text in turns of its own.
        told_otherwise = sum(
            met.settled.get(turn.stream, False) and turn.id not in gone.turns for turn in fresh
        )
        streams, made_here = self._streams(unit, space, wanted)
        added, with_vectors = self._add(unit, space, wanted, streams=streams, ready=ready)
        actor, ids, at = self.access.id, self.tools.ids, self.tools.clock.now()
        stated, here = keep_facts(
            unit,
            space,
            [line.holds for line in lines if isinstance(line.holds, MovedFact)],
            passing=passing,
            aliases=met.aliases,
            standing=space.settings.standing(now),
            ids=ids,
            actor=actor,
            now=at,
        )
        met = met.and_then(_Met(facts=here))
        ruled = keep_rulings(
            unit,
            space,
            [line.holds for line in lines if isinstance(line.holds, MovedRuling)],
            here=met.facts,
            restoring=self.restore_forgotten,
            standing=space.settings.standing(now),
            ids=ids,
            actor=actor,
            now=at,
        )
        moved = [line.holds for line in lines if isinstance(line.holds, MovedMerge)]
        merged = keep_merges(
            unit,
            space,
            moved,
            passing=passing,
            standing=space.settings.standing(now),
            ids=ids,
            actor=actor,
            now=at,
        )
        links = [line.holds for line in lines if isinstance(line.holds, MovedLink)]
        notes_here = self._notes_here(unit, space, passing, met)
        coming = [(line.number, line.holds) for line in lines if isinstance(line.holds, MovedNote)]
        noted, left_out, notes_met = keep_notes(notes_here, coming, met.notes, is_all=bool(links))
        linked = keep_links(notes_here, links)
        met = replace(met, notes=notes_met)
        done = Imported(
            streams=made + made_here,
            turns=added,
            present=len(turns) - len(fresh) + told_otherwise,
            forgotten=len(fresh) - len(wanted) - told_otherwise,
            with_vectors=with_vectors,
            facts=stated,
            rulings=ruled,
            merges=merged,
            notes=noted,
            links=linked,
            notes_left_out=left_out,
            position=Position(unit.ledger.next_position(space.key) - 1),
        )
        return space.key, done, gone, met

    def _keep_waiting(self, unit: Unit) -> tuple[Imported, NotesMet]:
        """Keep the notes that wait for one that does not come, as far as they are without it."""
        space = self._the_space(unit)
        passing = Gone() if self.restore_forgotten else self._gone
        here = self._notes_here(unit, space, passing, self._met)
        noted, left_out, met = keep_notes(here, [], self._met.notes, is_all=True)
        return (
            Imported(
                notes=noted,
                notes_left_out=left_out,
                position=Position(unit.ledger.next_position(space.key) - 1),
            ),
            met,
        )

    def _notes_here(self, unit: Unit, space: Space, passing: Gone, met: _Met) -> NotesHere:
        clock, fingerprint = self.tools.clock, self.tools.embedder.fingerprint
        return NotesHere(
            NoteWork(unit, space, fingerprint, self.access.id, clock.now()),
            passing,
            met.aliases,
            space.settings.standing(clock.latest()),
            self._fingerprint,
            self.kept,
        )

    def _meet(self, unit: Unit, space: Space, lines: Sequence[Line], passing: Gone) -> _Met:
        """Look which documents among the lines are to be made, and which passed over.

        Raises `DocumentConflict`, and `StreamOwned` when another document has a part's stream.
        """
        awaited = []
        settled: dict[StreamName, bool] = {}
        for line in lines:
            moved = line.holds
            if not isinstance(moved, MovedDocument):
                continue
            is_here = self._is_here(unit, space, line.number, moved)
            if is_here or moved.name in passing.documents:
                settled |= {part.stream: is_here for part in moved.parts}
            else:
                refuse_owned(unit, space, moved)
                awaited.append((line.number, moved))
        return _Met(tuple(awaited), settled)

    def _is_here(self, unit: Unit, space: Space, number: int, moved: MovedDocument) -> bool:
        """Tell whether the document is here already. Raises `DocumentConflict`."""
        here = unit.documents.find(space.key, moved.name)
        if here is None:
            return False
        standing = space.settings.standing(self.tools.clock.latest())
        if not is_same(unit, space, here, moved, standing):
            raise DocumentConflict(moved.name, line=number, kept=self.kept)
        return True

    def _make_document(self, number: int, moved: MovedDocument, unit: Unit) -> Imported:
        space = self._the_space(unit)
        is_made = not self._is_here(unit, space, number, moved) and make_document(
            unit, space, moved, actor=self.access.id, clock=self.tools.clock
        )
        position = Position(unit.ledger.next_position(space.key) - 1)
        return Imported(documents=int(is_made), position=position)

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

    def _make_stream(self, unit: Unit, space: Space, stream: MovedStream) -> bool:
        """Make the stream unless it is here; tell whether it was made."""
        if unit.streams.find(space.key, stream.name) is not None:
            return False
        unit.streams.make(space.key, stream.name, title=stream.title, at=stream.created_at)
        content = {"name": stream.name, "title": stream.title}
        self._enter(
            unit, space, [EntryDraft(Change.STREAM_MADE, stream.name, _digest(content, space))]
        )
        return True

    def _streams(
        self, unit: Unit, space: Space, turns: Iterable[MovedTurn]
    ) -> tuple[dict[StreamName, Stream], int]:
        """Return the streams of these turns; one that was deleted since its own line is made.

        Raises `StreamOwned`: only its document writes to a stream of one.
        """
        found: dict[StreamName, Stream] = {}
        made = 0
        for name in dict.fromkeys(turn.stream for turn in turns):
            stream = unit.streams.find(space.key, name)
            if stream is None:
                moved = MovedStream(name, None, self.tools.clock.now())
                made += self._make_stream(unit, space, moved)
                stream = unit.streams.find(space.key, name)
                assert stream is not None  # noqa: S101  made just above
            if stream.document is not None:
                raise StreamOwned(stream.name, document=stream.document)
            found[name] = stream
        return found, made

    def _fresh(
        self, unit: Unit, space: Space, turns: Sequence[tuple[int, MovedTurn]]
    ) -> tuple[list[MovedTurn], dict[TurnId, TurnId]]:
        """Return the turns that are not here, and the ids of those that have another one here.

        Raises `LineConflict`.
        """
        if not turns:
            return [], {}
        held = dict(unit.turns.identified(space.key, [turn.id for _, turn in turns]))
        known = known_by_client_id(unit, space.key, turns)
        fresh: list[MovedTurn] = []
        aliases: dict[TurnId, TurnId] = {}
        for number, turn in turns:
            here = held_as(turn, held, known)
            if here is None:
                fresh.append(turn)
                held[turn.id] = turn
                if turn.client_id is not None:
                    known[turn.stream, turn.client_id] = Here(turn.id, turn.content_digest)
            elif here.digest != turn.content_digest:
                raise LineConflict(turn.id, line=number, kept=self.kept)
            elif here.id != turn.id:
                aliases[turn.id] = here.id
        return fresh, aliases

    def _add(
        self,
        unit: Unit,
        space: Space,
        turns: Sequence[MovedTurn],
        *,
        streams: Mapping[StreamName, Stream],
        ready: Mapping[TurnId, _Ready],
    ) -> tuple[int, int]:
        """Keep turns with terms, versions and vectors; count them, and those with vectors."""
        if not turns:
            return 0, 0
        made = [ready.get(turn.id) or self._prepared(turn) for turn in turns]
        embeds = [self._fits(turn, own) for turn, own in zip(turns, made, strict=True)]
        kept = unit.turns.place(
            space.key,
            [
                PlacedTurn(
                    streams[turn.stream], turn.seq, self._draft(space, turn, own, embedded=embedded)
                )
                for turn, own, embedded in zip(turns, made, embeds, strict=True)
            ],
            first_position=unit.ledger.next_position(space.key),
        )
        unit.terms.add(
            space.key, {turn.key: own.terms for turn, own in zip(kept, made, strict=True)}
        )
        mentioned = {
            turn.key: Mentioned(own.names, subjects_of(streams[turn.stream].title))
            for turn, own in zip(kept, made, strict=True)
        }
        unit.mentions.add(space.key, mentioned)
        owe_names(unit, space, mentioned, now=self.tools.clock.now())
        self._embed(unit, space, kept, turns)
        self._enter(unit, space, [_added(turn, space) for turn in kept])
        for turn, moved in zip(kept, turns, strict=True):
            self._edit(unit, space, turn, moved)
        self.tools.episodes.close(
            unit,
            space,
            [stream.key for stream in streams.values()],
            actor=self.access.id,
            at=self.tools.clock.now(),
        )
        return len(kept), sum(embeds)

    def _fits(self, turn: MovedTurn, ready: _Ready) -> bool:
        """Tell whether the turn's vectors are those that would be made here."""
        fingerprint = self.tools.embedder.fingerprint
        return (
            turn.vectors is not None
            and self._fingerprint == fingerprint.text
            and turn.vectors.shape[1] == fingerprint.dimension
            and turn.pieces == ready.prepared.spans
        )

    def _embed(
        self, unit: Unit, space: Space, kept: Sequence[Turn], turns: Sequence[MovedTurn]
    ) -> None:
        """Keep the vectors that came along, and owe the others."""
        embeddings = [
            Embedding(turn.key, moved.pieces, moved.vectors)
            for turn, moved in zip(kept, turns, strict=True)
            if turn.embedded and moved.vectors is not None
        ]
        if embeddings:
            unit.embeddings.add(space.key, embeddings, fingerprint=self.tools.embedder.fingerprint)
        owed = [turn.key for turn in kept if not turn.embedded]
        unit.outbox.put(space.key, Step.EMBED, owed, now=self.tools.clock.now())

    def _edit(self, unit: Unit, space: Space, turn: Turn, moved: MovedTurn) -> None:
        """Repeat the edits that the turn has seen."""
        for version in moved.versions[1:]:
            place, metadata = version.place, version.metadata
            digest = revision_digest(place=place, metadata=metadata, secret=space.secret)
            position = self._enter(unit, space, [EntryDraft(Change.TURN_REVISED, turn.id, digest)])
            turn = unit.turns.revise(
                space.key, turn, metadata=metadata, place=place, position=position
            )

    def _draft(self, space: Space, turn: MovedTurn, ready: _Ready, *, embedded: bool) -> TurnDraft:
        first = turn.versions[0]
        return TurnDraft(
            id=turn.id,
            role=turn.role,
            content=turn.content,
            speaker=turn.speaker,
            client_id=turn.client_id,
            at=turn.at,
            place=first.place,
            source=turn.source,
            metadata=first.metadata,
            user_id=turn.user_id,
            agent_id=turn.agent_id,
            tokens=ready.prepared.tokens,
            length=len(ready.terms),
            content_digest=turn.content_digest,
            embedded=embedded,
            expires_at=turn.expires_at,
            stands_until=space.settings.stands_until(
                turn.expires_at, written_at=self.tools.clock.now()
            ),
            echo_of=turn.echo_of,
        )

    def _enter(self, unit: Unit, space: Space, drafts: Sequence[EntryDraft]) -> Position:
        return unit.ledger.append(
            space.key, drafts, actor=self.access.id, at=self.tools.clock.now()
        )


def _has_expired(turn: MovedTurn, now: datetime) -> bool:
    return turn.expires_at is not None and turn.expires_at <= now


def _added(turn: Turn, space: Space) -> EntryDraft:
    digest = turn_digest(turn, place=turn.place, metadata=turn.metadata, secret=space.secret)
    return EntryDraft(Change.TURN_ADDED, turn.id, digest)


def _digest(content: Mapping[str, object], space: Space) -> bytes:
    return digest_of(content, secret=space.secret)

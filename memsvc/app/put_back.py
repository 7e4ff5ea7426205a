"""Put back: make each kind of thing stand again as it stood at a position, within one unit.

The ledger says what may have changed since. Of each such thing the rows as of then are held against
those of now, kind after kind, each kind on what was put back before it: settings, merges,
unlinkings, facts and rulings, notes and the links between them, and the titles of events. What was
forgotten since has no row then either, so it stays gone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memsvc.app import titles, unlinking
from memsvc.app.compare import owe_missing_names
from memsvc.app.enter_facts import SaidBy, said_by, say_again, take_back_said
from memsvc.app.episodes import Episodes
from memsvc.app.feedback import say, unsay
from memsvc.app.forget import delete_document, delete_turns
from memsvc.app.govern import set_for
from memsvc.app.keep_notes import NoteWork
from memsvc.app.merging import make_merge, undo_merge
from memsvc.app.revise import revise_turn
from memsvc.app.state_digest import (
    fact_of,
    feedback_of,
    link_of,
    merge_of,
    note_of,
    ruling_of,
    settings_of,
    turn_of,
)
from memsvc.app.superseding_facts import rule_again, take_back
from memsvc.domain.feedback import Feedback
from memsvc.domain.ids import (
    DocumentName,
    EventId,
    FactId,
    FeedbackId,
    LinkId,
    MergeId,
    NoteId,
    NoteKey,
    Position,
    RulingId,
    TurnId,
    UnlinkingId,
)
from memsvc.domain.knowledge import Fact
from memsvc.domain.ledger import Change, Entry
from memsvc.domain.memory import ALWAYS, Fingerprint, Space, Turn
from memsvc.domain.note import Facets, Making, Note
from memsvc.domain.rollback import Thing, Undoing, Undone
from memsvc.ports.keeping import Reading, Unit
from memsvc.ports.notes import LinkDraft, Revision
from memsvc.ports.world import Ids

PAGE = 1_000

GOES_BACK = (
    Change.TURN_REVISED,
    Change.ENTITIES_MERGED,
    Change.ENTITIES_UNMERGED,
    Change.ENTITY_UNLINKED,
    Change.ENTITY_LINKED,
    Change.FACT_ADDED,
    Change.FACT_REVISED,
    Change.FACT_UNSAID,
    Change.FACT_RULED,
    Change.FACT_UNRULED,
    Change.FEEDBACK_GIVEN,
    Change.FEEDBACK_TAKEN_BACK,
    Change.NOTE_ADDED,
    Change.NOTE_REVISED,
    Change.NOTE_RETIRED,
    Change.NOTE_RESTORED,
    Change.LINK_ADDED,
    Change.LINK_RETIRED,
    Change.EVENT_TITLED,
    Change.EVENT_UNTITLED,
)
GOES = (Change.TURN_ADDED, Change.DOCUMENT_WRITTEN)
"""What goes where turns are included."""

_OF_NOTES = (
    Change.NOTE_ADDED,
    Change.NOTE_REVISED,
    Change.NOTE_RETIRED,
    Change.NOTE_RESTORED,
)


def entered_since(unit: Unit, space: Space, to: Position, *, with_turns: bool) -> Sequence[Entry]:
    """Return the entries after a position that a rollback to it looks at."""
    kinds = (*GOES_BACK, *GOES) if with_turns else GOES_BACK
    found: list[Entry] = []
    after = to
    while page := unit.ledger.changes(space.key, kinds, after=after, limit=PAGE):
        found += page
        after = page[-1].position
    return found


@dataclass(frozen=True, slots=True)
class PutBack:
    """Puts a space back, in somebody's name; `then` reads its rows as of an earlier position.

    `since` is what the ledger entered after that (`entered_since`). `reason` goes with the versions
    that this makes.
    """

    unit: Unit
    then: Reading
    space: Space
    since: Sequence[Entry]
    episodes: Episodes
    ids: Ids
    fingerprint: Fingerprint
    actor: str
    now: datetime
    reason: str

    def __call__(self, *, with_turns: bool) -> list[Undone]:
        """Put everything back and return what was changed, in the order of the changes."""
        return [
            *(self._delete_turns() if with_turns else ()),
            *self._revise_turns(),
            *self._put_settings(),
            *self._cut_merges(),
            *self._with_unlinkings(unlinking.cut_back),
            *self._cut_rulings(),
            *self._put_facts(),
            *self._put_rulings(),
            *self._put_merges(),
            *self._with_unlinkings(unlinking.put_back),
            *self._put_feedback(),
            *self._cut_links(),
            *self._put_notes(),
            *self._put_links(),
            *self._put_titles(),
        ]

    # Turns ---------------------------------------------------------------------------------------

    def _delete_turns(self) -> Iterator[Undone]:
        """Delete the documents and turns that came since, with all that hangs on them.

        The parts of a document that was there stay: what they had replaced is gone.
        """
        unit, space = self.unit, self.space
        written = list(self._since(Change.DOCUMENT_WRITTEN))
        for name in written:
            document = unit.documents.find(space.key, DocumentName(name))
            is_new = self.then.documents.find(space.key, DocumentName(name)) is None
            if document is None or not is_new:
                continue
            delete_document(unit, space, document, self.episodes, actor=self.actor, at=self.now)
            yield Undone(Thing.DOCUMENT, name, Undoing.DELETED, None, None)
        turns = self._turns(self._since(Change.TURN_ADDED))
        streams = {name: unit.streams.find(space.key, name) for name in {t.stream for t in turns}}
        parts = {name for name, held in streams.items() if held and held.document is not None}
        gone = [turn for turn in turns if turn.stream not in parts]
        if gone:
            delete_turns(unit, space, gone, self.episodes, actor=self.actor, at=self.now)
        for turn in turns:
            said = turn_of(turn, space)
            is_part = turn.stream in parts
            undoing = Undoing.KEPT if is_part else Undoing.DELETED
            yield Undone(Thing.TURN, turn.id, undoing, said, said if is_part else None)

    def _revise_turns(self) -> Iterator[Undone]:
        for turn in self._turns(self._since(Change.TURN_REVISED)):
            stood = self.then.turns.get(self.space.key, turn.id)
            if stood is None or (stood.place, stood.metadata) == (turn.place, turn.metadata):
                continue
            after = revise_turn(
                self.unit,
                self.space,
                turn,
                metadata=stood.metadata,
                place=stood.place,
                actor=self.actor,
                at=self.now,
            )
            yield self._undone(
                Thing.TURN, turn.id, turn_of(turn, self.space), turn_of(after, self.space)
            )

    def _turns(self, ids: Sequence[str]) -> list[Turn]:
        """Return those of these turns that have rows, in the order of writing."""
        wanted = [TurnId(one) for one in ids]
        keys = self.unit.turns.keys_of(self.space.key, wanted, standing=ALWAYS)
        return self.unit.turns.by_keys(self.space.key, sorted(keys.values()))

    # Settings, merges and unlinkings --------------------------------------------------------------

    def _put_settings(self) -> Iterator[Undone]:
        stood = self.then.spaces.of(self.space.key).settings
        held = self.space.settings
        if stood == held:
            return
        revised = set_for(self.unit, self.space, stood, actor=self.actor, at=self.now)
        if held.synonyms is None:
            owe_missing_names(self.unit, revised, fingerprint=self.fingerprint, now=self.now)
        yield self._undone(
            Thing.SETTINGS,
            self.space.name,
            settings_of(held, self.space),
            settings_of(stood, self.space),
        )

    def _cut_merges(self) -> Iterator[Undone]:
        """Take back the merges that did not stand."""
        unit, space = self.unit, self.space
        for one in self._merges():
            merge = unit.merges.get(space.key, one)
            if merge is not None and self.then.merges.get(space.key, one) is None:
                undo_merge(unit, space, one, actor=self.actor, at=self.now)
                yield self._undone(Thing.MERGE, one, merge_of(merge, space), None)

    def _put_merges(self) -> Iterator[Undone]:
        """Make the merges again that stood, of names that turns and facts bear again."""
        unit, space = self.unit, self.space
        for one in self._merges():
            merge = self.then.merges.get(space.key, one)
            if merge is None or unit.merges.get(space.key, one) is not None:
                continue
            named = unit.entities.named(space.key, merge.hangs_on, standing=ALWAYS)
            if not named.issuperset(merge.hangs_on):
                continue  # what bore the name was forgotten
            again = replace(merge, position=unit.ledger.next_position(space.key))
            make_merge(unit, space, again, actor=self.actor, at=self.now)
            yield self._undone(Thing.MERGE, one, None, merge_of(again, space))

    def _merges(self) -> list[MergeId]:
        kinds = (Change.ENTITIES_MERGED, Change.ENTITIES_UNMERGED)
        return [MergeId(one) for one in self._since(*kinds)]

    def _with_unlinkings(self, step: Callable[..., list[Undone]]) -> list[Undone]:
        since = self._since(Change.ENTITY_UNLINKED, Change.ENTITY_LINKED)
        ids = [UnlinkingId(one) for one in since]
        return step(self.unit, self.space, ids, then=self.then, actor=self.actor, at=self.now)

    # Facts ---------------------------------------------------------------------------------------

    def _put_facts(self) -> list[Undone]:
        """Have the turns say facts again that said them, and others no longer."""
        unit, space = self.unit, self.space
        kinds = (Change.FACT_ADDED, Change.FACT_REVISED, Change.FACT_UNSAID)
        ids = [FactId(one) for one in self._since(*kinds)]
        stood = self.then.facts.of_ids(space.key, ids)
        held = unit.facts.of_ids(space.key, ids)
        turns = {
            saying.turn
            for found in (stood, held)
            for fact in found.values()
            for saying in fact.sayings
        }
        keys = unit.turns.keys_of(space.key, sorted(turns), standing=ALWAYS)
        unsaid: dict[Fact, list[SaidBy]] = {}
        said: dict[Fact, list[SaidBy]] = {}
        for one, fact in held.items():
            now = said_by(fact, keys)
            then = said_by(stood[one], keys) if one in stood else []
            unsaid[fact] = [saying for saying in now if saying not in then]
            said[fact] = [saying for saying in then if saying not in now]
        take_back_said(unit, space, unsaid, actor=self.actor, now=self.now)
        say_again(unit, space, said, actor=self.actor, now=self.now)
        after = unit.facts.of_ids(space.key, ids)
        return [
            self._undone(
                Thing.FACT,
                one,
                fact_of(held[one], space) if held[one].sayings else None,
                fact_of(after[one], space) if after[one].sayings else None,
            )
            for one in ids
            if one in held and (unsaid[held[one]] or said[held[one]])
        ]

    def _cut_rulings(self) -> Iterator[Undone]:
        """Take back the rulings that did not stand, before the facts that they are about."""
        unit, space = self.unit, self.space
        stood = self.then.rulings.of_ids(space.key, self._rulings())
        for one, ruling in unit.rulings.of_ids(space.key, self._rulings()).items():
            fact = unit.facts.get(space.key, ruling.fact)
            if one not in stood and fact is not None:
                take_back(unit, space, fact, [ruling], actor=self.actor, now=self.now)
                yield self._undone(Thing.RULING, one, ruling_of(ruling, space), None)

    def _put_rulings(self) -> Iterator[Undone]:
        """Rule again what was ruled, of facts that are there."""
        unit, space = self.unit, self.space
        held = unit.rulings.of_ids(space.key, self._rulings())
        for one, ruling in self.then.rulings.of_ids(space.key, self._rulings()).items():
            fact = unit.facts.get(space.key, ruling.fact)
            by = None if ruling.by is None else unit.facts.get(space.key, ruling.by)
            if one in held or fact is None or (by is None) != (ruling.by is None):
                continue
            rule_again(unit, space, ruling, fact=fact, by=by, actor=self.actor, now=self.now)
            yield self._undone(Thing.RULING, one, None, ruling_of(ruling, space))

    def _rulings(self) -> list[RulingId]:
        return [RulingId(one) for one in self._since(Change.FACT_RULED, Change.FACT_UNRULED)]

    # Feedback ------------------------------------------------------------------------------------

    def _put_feedback(self) -> Iterator[Undone]:
        """Have people say of turns what they said: under a new id, and told by the one it had."""
        unit, space = self.unit, self.space
        since = self._since(Change.FEEDBACK_GIVEN, Change.FEEDBACK_TAKEN_BACK)
        of = unit.feedback.turns_of(space.key, [FeedbackId(one) for one in since])
        turns = sorted(set(of.values()))
        stood = _by_who(self.then.feedback.of_turns(space.key, turns))
        held = _by_who(unit.feedback.of_turns(space.key, turns))
        left = {
            one
            for one, said in held.items()
            if one in stood and feedback_of(stood[one], space) == feedback_of(said, space)
        }
        for said in (said for one, said in held.items() if one not in left):
            unsay(unit, space, said, actor=self.actor, at=self.now)
            yield self._undone(Thing.FEEDBACK, said.id, feedback_of(said, space), None)
        for said in (said for one, said in stood.items() if one not in left):
            again = replace(
                said,
                id=FeedbackId(self.ids.new("fb")),
                position=unit.ledger.next_position(space.key),
            )
            say(unit, space, again, actor=self.actor, at=self.now)
            yield self._undone(Thing.FEEDBACK, said.id, None, feedback_of(again, space))

    # Notes and links -----------------------------------------------------------------------------

    def _put_notes(self) -> list[Undone]:
        unit, space, work = self.unit, self.space, self._work()
        ids = [NoteId(one) for one in self._since(*_OF_NOTES)]
        stood = self.then.notes.of_ids(space.key, ids)
        held = unit.notes.of_ids(space.key, ids)
        work.retire([note for one, note in held.items() if one not in stood])
        making = Making(maker=self.actor, reason=self.reason)
        work.restore({one: making for one in stood if one not in held})
        there = unit.notes.of_ids(space.key, ids)
        other = {
            one: note.facets
            for one, note in stood.items()
            if one in there and note.facets != there[one].facets
        }
        self._revise_notes(work, stood, other, making)
        after = unit.notes.of_ids(space.key, ids)
        return [
            self._undone(
                Thing.NOTE,
                one,
                note_of(held[one], space) if one in held else None,
                note_of(after[one], space) if one in after else None,
            )
            for one in ids
            if _facets(held, one) != _facets(after, one)
        ]

    def _revise_notes(
        self,
        work: NoteWork,
        stood: Mapping[NoteId, Note],
        other: Mapping[NoteId, Facets],
        making: Making,
    ) -> None:
        """Have notes say again what they said, with the vectors that they had."""
        versions: dict[NoteKey, Position] = {stood[one].key: stood[one].version for one in other}
        vectors = self.unit.notes.vectors_at(self.space.key, versions, fingerprint=self.fingerprint)
        work.revise(
            {
                one: Revision(stood[one].key, facets, making, vectors.get(stood[one].key))
                for one, facets in other.items()
            }
        )

    def _cut_links(self) -> list[Undone]:
        """Take back the links that did not stand, before notes at their ends go."""
        unit, space = self.unit, self.space
        found = (unit.links.get(space.key, one) for one in self._links())
        gone = [link for link in found if link and not self.then.links.get(space.key, link.id)]
        self._work().unlink(gone)
        return [self._undone(Thing.LINK, link.id, link_of(link, space), None) for link in gone]

    def _put_links(self) -> list[Undone]:
        """Make the links again that stood, between notes that stand again."""
        unit, space = self.unit, self.space
        found = (self.then.links.get(space.key, one) for one in self._links())
        back = [link for link in found if link and not unit.links.get(space.key, link.id)]
        ends = unit.notes.of_ids(space.key, list({end for x in back for end in (x.start, x.end)}))
        drafts = [
            LinkDraft(
                link.id,
                ends[link.start].key,
                ends[link.end].key,
                link.kind,
                link.score,
                link.making,
            )
            for link in back
            if link.start in ends and link.end in ends
        ]
        made = self._work().link(drafts)
        return [self._undone(Thing.LINK, link.id, None, link_of(link, space)) for link in made]

    def _links(self) -> list[LinkId]:
        return [LinkId(one) for one in self._since(Change.LINK_ADDED, Change.LINK_RETIRED)]

    def _put_titles(self) -> list[Undone]:
        ids = [EventId(one) for one in self._since(Change.EVENT_TITLED, Change.EVENT_UNTITLED)]
        return titles.put_back(
            self.unit, self.space, ids, then=self.then, actor=self.actor, at=self.now
        )

    # What all of them do -------------------------------------------------------------------------

    def _work(self) -> NoteWork:
        return NoteWork(self.unit, self.space, self.fingerprint, self.actor, self.now)

    def _since(self, *kinds: Change) -> list[str]:
        """Return what entries of these kinds name, each once."""
        return list(dict.fromkeys(one.subject for one in self.since if one.change in kinds))

    def _undone(self, thing: Thing, of: str, before: bytes | None, after: bytes | None) -> Undone:
        undoing = Undoing.REVISED if after is not None else Undoing.RETIRED
        if before is None:
            undoing = Undoing.RESTORED
        return Undone(thing, of, undoing, before, after)


def _by_who(said: Sequence[Feedback]) -> dict[tuple[TurnId, str], Feedback]:
    """Return feedback by the turn and who says it: one each."""
    return {(one.turn, one.actor): one for one in said}


def _facets(notes: Mapping[NoteId, Note], one: NoteId) -> Facets | None:
    return notes[one].facets if one in notes else None

"""Facts: triples that turns say, stated by whoever read them there; read back, and deleted.

The same triple is one fact, whatever its spelling and however many turns say it. It stands as long
as one of them does: a fact that only expired turns say counts as gone, and goes with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from memsvc.app.chronicle import Chronicle
from memsvc.app.compare import owe_names
from memsvc.app.fingerprints import deletion, fact_digest, saying_digest
from memsvc.app.look_up import the_fact, the_space, the_turn
from memsvc.app.superseding_facts import supersede_stated
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import InvalidField, TurnNotFound
from memsvc.domain.ids import FactId, Position, SpaceKey, SpaceName, TurnId, TurnKey
from memsvc.domain.knowledge import (
    DatedFact,
    Fact,
    NewFact,
    Outcome,
    Stated,
    meaning_the_same,
)
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Page, Space
from memsvc.domain.relation import predicate_name
from memsvc.domain.validity import FactState
from memsvc.domain.work import Step
from memsvc.ingest.extract.mention import normal
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.knowledge import FactDraft, SayingDraft
from memsvc.ports.mentions import Mentioned
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock, Ids


class Triple(NamedTuple):
    """What makes two statements the same fact: the entities at its ends and its predicate."""

    subject: str
    predicate: str
    object: str


def triple_of(fact: NewFact | Fact) -> Triple:
    """Return what a fact says in every spelling; a name is empty where nothing names anything."""
    return Triple(normal(fact.subject), predicate_name(fact.predicate), normal(fact.object))


class SaidBy(NamedTuple):
    """That a turn says a fact, by its id and key, and of which interval."""

    turn: TurnId
    key: TurnKey
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    replaces: bool = False

    @property
    def what(self) -> tuple[object, ...]:
        """What makes two sayings of a fact the same."""
        return self.turn, self.valid_from, self.valid_to, self.replaces

    @property
    def draft(self) -> SayingDraft:
        """Return it as it is kept."""
        return SayingDraft(self.key, self.valid_from, self.valid_to, self.replaces)


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact to be entered, with what turns say of it; `id` is kept where it can."""

    fact: NewFact
    sayings: tuple[SaidBy, ...]
    id: FactId | None = None


def statement_of(fact: NewFact, keys: Mapping[TurnId, TurnKey]) -> Statement:
    """Return the statement of a fact by those of its turns that have a key here."""
    return Statement(
        fact,
        tuple(
            SaidBy(turn, keys[turn], fact.valid_from, fact.valid_to, fact.replaces)
            for turn in fact.turns
            if turn in keys
        ),
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which facts are wanted, by how they stand: all parts must hold.

    `states` empty for all; `valid_at` a moment in the world at which they held. What was superseded
    is left out unless it is asked for, by its state, by a moment or by `superseded`.
    """

    states: tuple[FactState, ...] = ()
    valid_at: datetime | None = None
    superseded: bool = False

    def wants(self, one: DatedFact) -> bool:
        """Tell whether a fact is wanted."""
        state = one.validity.state
        if self.states and state not in self.states:
            return False
        if self.valid_at is not None:
            return one.validity.holds_at(self.valid_at)
        return bool(self.states) or self.superseded or state is not FactState.SUPERSEDED


EVERY = Wanted(superseded=True)

PAGES_READ = 20
"""Pages that are looked through for one, at most: few may be wanted of many."""


@dataclass(frozen=True, slots=True)
class StatedNow:
    """A fact as it stands after it was stated, and what that did."""

    dated: DatedFact
    outcome: Outcome

    @property
    def fact(self) -> Fact:
        """The fact itself."""
        return self.dated.fact


@dataclass(frozen=True, slots=True)
class Facts:
    """The use cases, with what they need."""

    keeping: Keeping
    clock: Clock
    ids: Ids

    def state(
        self, access: Access, space: SpaceName, facts: Sequence[NewFact]
    ) -> tuple[list[StatedNow], Position]:
        """Have turns say facts; return each as it stands now, in order, and the ledger's position.

        All or nothing. Raises `SpaceNotFound`, `TurnNotFound`, `FactNotFound` for one whose place
        another is to take, `RulingConflict` for its own, and `InvalidField` for a subject or object
        that names nothing and for an interval that ends before it begins.
        """
        access.require(Role.WRITER, space=space)
        for place, fact in enumerate(facts):
            check(fact, where=f"facts.{place}")

        def work(unit: Unit) -> tuple[list[StatedNow], Position]:
            held = the_space(unit, access, space, Role.WRITER)
            stated = self.entered(unit, held, facts, actor=access.id)
            shown = self._chronicle(unit, held).dated(
                list({each.fact.id: each.fact for each in stated}.values())
            )
            by_id = {each.fact.id: each for each in shown}
            found = [StatedNow(by_id[each.fact.id], each.outcome) for each in stated]
            return found, Position(unit.ledger.next_position(held.key) - 1)

        return self.keeping.write(work)

    def entered(
        self, unit: Unit, space: Space, facts: Sequence[NewFact], *, actor: str
    ) -> list[Stated]:
        """Enter facts that somebody states, and what they supersede; as turns say them that stand.

        Raises `TurnNotFound` and `FactNotFound`.
        """
        ids = list(dict.fromkeys(turn for fact in facts for turn in fact.turns))
        standing = space.settings.standing(self.clock.latest())
        keys = unit.turns.keys_of(space.key, ids, standing=standing)
        for turn in ids:
            if turn not in keys:
                raise TurnNotFound(turn)
        told = [statement_of(fact, keys) for fact in facts]
        now = self.clock.now()
        stated = enter(unit, space, told, ids=self.ids, actor=actor, now=now)
        superseding = supersede_stated(
            unit, space, facts, stated, standing=standing, ids=self.ids, actor=actor, now=now
        )
        every = list({each.fact.id for each in stated})
        shown = unit.facts.of_ids(space.key, every, standing=standing)
        return [
            Stated(
                shown[each.fact.id],
                Outcome.EXTENDED
                if each.fact.id in superseding and each.outcome is Outcome.KNOWN
                else each.outcome,
            )
            for each in stated
        ]

    def get(self, access: Access, space: SpaceName, fact: FactId) -> DatedFact:
        """Return one fact. Raises `FactNotFound`."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            found = the_fact(reading, held, fact, now=self.clock.latest())
            return self._chronicle(reading, held).dated([found])[0]

    def page(
        self,
        access: Access,
        space: SpaceName,
        *,
        entity: str | None = None,
        turn: TurnId | None = None,
        wanted: Wanted = EVERY,
        after: str | None,
        limit: int,
    ) -> Page[DatedFact]:
        """List facts in the order of writing.

        Those about `entity`, in any spelling and through merges, those that `turn` says, and those
        that stand as `wanted`, as far as asked. A page may hold fewer than there are. Raises
        `TurnNotFound`.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            now = self.clock.latest()
            names = None
            if entity is not None:
                names = meaning_the_same(normal(entity), reading.merges.all(held.key))
            key = None if turn is None else the_turn(reading, held, turn, now=now).key
            chronicle = self._chronicle(reading, held)
            found: list[DatedFact] = []
            for _ in range(PAGES_READ):
                page = reading.facts.page(
                    held.key,
                    names=names,
                    turn=key,
                    after=after,
                    limit=limit,
                    standing=held.settings.standing(now),
                )
                fit = [each for each in chronicle.dated(page.items) if wanted.wants(each)]
                found += fit[: limit - len(found)]
                after = page.next_cursor
                if len(found) == limit and (fit[-1:] != found[-1:] or after is not None):
                    after = str(found[-1].fact.position)
                if len(found) == limit or after is None:
                    break
        return Page(tuple(found), after)

    def _chronicle(self, reading: Reading | Unit, space: Space) -> Chronicle:
        return Chronicle(reading, space, self.clock.latest())

    def delete(self, access: Access, space: SpaceName, fact: FactId) -> Position:
        """Delete a fact with what was derived from it; its turns stay. Raises `FactNotFound`."""

        def work(unit: Unit) -> Position:
            held = the_space(unit, access, space, Role.WRITER)
            found = the_fact(unit, held, fact, now=self.clock.latest())
            unit.facts.delete(held.key, [found.key])
            entry = deletion(Change.FACT_DELETED, found.id, secret=held.secret)
            return unit.ledger.append(held.key, [entry], actor=access.id, at=self.clock.now())

        return self.keeping.write(work)


def enter(
    unit: Unit, space: Space, told: Sequence[Statement], *, ids: Ids, actor: str, now: datetime
) -> list[Stated]:
    """Keep facts whose turns are here and enter them; return each with all its turns, in order.

    Every turn that newly says a fact owes its vector, and where the space asks for it the synonyms
    of its names: should the others be deleted before they are made, one is left to owe them.
    """
    together = _together(told)
    here = _held(unit, space.key, list(together))
    fresh = {triple: each for triple, each in together.items() if triple not in here}
    added = _add(unit, space, fresh, ids=ids, actor=actor, now=now)
    further = {
        triple: _unsaid(each.sayings, here[triple])
        for triple, each in together.items()
        if triple in here
    }
    extended = _extend(
        unit,
        space,
        {here[triple]: sayings for triple, sayings in further.items() if sayings},
        actor=actor,
        now=now,
    )
    naming: dict[TurnKey, Mentioned] = {}
    for triple, sayings in (*((each, fresh[each].sayings) for each in fresh), *further.items()):
        keys = [saying.key for saying in sayings]
        naming.update(dict.fromkeys(keys, Mentioned((triple.subject, triple.object))))
    unit.outbox.put(space.key, Step.FACTS, sorted(naming), now=now)
    owe_names(unit, space, naming, now=now)
    found = {
        **{triple: Stated(fact, Outcome.KNOWN) for triple, fact in here.items()},
        **{triple_of(fact): Stated(fact, Outcome.EXTENDED) for fact in extended},
        **{triple: Stated(fact, Outcome.ADDED) for triple, fact in added.items()},
    }
    return [found[triple_of(each.fact)] for each in told]


def _together(told: Sequence[Statement]) -> dict[Triple, Statement]:
    """Return what is told with the turns of all who say the same, spelled as it came first."""
    found: dict[Triple, Statement] = {}
    for each in told:
        triple = triple_of(each.fact)
        before = found.get(triple)
        said = () if before is None else before.sayings
        sayings = tuple({one.what: one for one in (*said, *each.sayings)}.values())
        found[triple] = replace(before or each, sayings=sayings)
    return found


def _unsaid(sayings: Sequence[SaidBy], fact: Fact) -> list[SaidBy]:
    """Return what turns do not say of a fact yet."""
    said = {(one.turn, one.valid_from, one.valid_to, one.replaces) for one in fact.sayings}
    return [saying for saying in sayings if saying.what not in said]


def _held(unit: Unit, space: SpaceKey, wanted: Sequence[Triple]) -> dict[Triple, Fact]:
    """Return those of these facts that there are, whoever says them."""
    ends = unit.facts.of_ends(space, [(triple.subject, triple.object) for triple in wanted])
    found = {triple_of(fact): fact for facts in ends.values() for fact in facts}
    return {triple: found[triple] for triple in wanted if triple in found}


def _add(
    unit: Unit,
    space: Space,
    fresh: Mapping[Triple, Statement],
    *,
    ids: Ids,
    actor: str,
    now: datetime,
) -> dict[Triple, Fact]:
    if not fresh:
        return {}
    wanted = [each.id for each in fresh.values() if each.id is not None]
    taken = set(unit.facts.of_ids(space.key, wanted)) if wanted else set()
    drafts = []
    for triple, each in fresh.items():
        fact = each.fact
        id_ = each.id if each.id is not None and each.id not in taken else FactId(ids.new("f"))
        taken.add(id_)
        drafts.append(
            FactDraft(
                id_,
                fact.subject,
                fact.predicate,
                fact.object,
                triple.subject,
                triple.object,
                [saying.draft for saying in each.sayings],
            )
        )
    added = unit.facts.add(space.key, drafts, first_position=unit.ledger.next_position(space.key))
    entries = [
        EntryDraft(Change.FACT_ADDED, fact.id, fact_digest(fact, secret=space.secret))
        for fact in added
    ]
    unit.ledger.append(space.key, entries, actor=actor, at=now)
    return dict(zip(fresh, added, strict=True))


def _extend(
    unit: Unit,
    space: Space,
    further: Mapping[Fact, Sequence[SaidBy]],
    *,
    actor: str,
    now: datetime,
) -> list[Fact]:
    if not further:
        return []
    # What its turns say of it is read back with what is derived from them; the digest is of both.
    entries = [
        EntryDraft(
            Change.FACT_REVISED,
            fact.id,
            saying_digest(fact, [saying.what for saying in sayings], secret=space.secret),
        )
        for fact, sayings in further.items()
    ]
    version = unit.ledger.append(space.key, entries, actor=actor, at=now)
    unit.facts.say(
        space.key,
        {fact.key: [saying.draft for saying in sayings] for fact, sayings in further.items()},
        version=version,
    )
    return [replace(fact, version=version) for fact in further]


def said_by(fact: Fact, keys: Mapping[TurnId, TurnKey]) -> list[SaidBy]:
    """Return what those turns say of a fact that have a key here."""
    return [
        SaidBy(one.turn, keys[one.turn], one.valid_from, one.valid_to, one.replaces)
        for one in fact.sayings
        if one.turn in keys
    ]


def say_again(
    unit: Unit, space: Space, said: Mapping[Fact, Sequence[SaidBy]], *, actor: str, now: datetime
) -> None:
    """Have turns say facts that are there, and owe what hangs on it."""
    further = {fact: sayings for fact, sayings in said.items() if sayings}
    _extend(unit, space, further, actor=actor, now=now)
    naming: dict[TurnKey, Mentioned] = {}
    for fact, sayings in further.items():
        ends = Mentioned((fact.subject_name, fact.object_name))
        naming.update(dict.fromkeys((saying.key for saying in sayings), ends))
    unit.outbox.put(space.key, Step.FACTS, sorted(naming), now=now)
    owe_names(unit, space, naming, now=now)


def take_back_said(
    unit: Unit, space: Space, unsaid: Mapping[Fact, Sequence[SaidBy]], *, actor: str, now: datetime
) -> None:
    """Have turns say facts no longer; a fact that none says any more is hidden."""
    fewer = {fact: sayings for fact, sayings in unsaid.items() if sayings}
    if not fewer:
        return
    entries = [
        EntryDraft(
            Change.FACT_UNSAID,
            fact.id,
            saying_digest(fact, [saying.what for saying in sayings], secret=space.secret),
        )
        for fact, sayings in fewer.items()
    ]
    version = unit.ledger.append(space.key, entries, actor=actor, at=now)
    drafts = {fact.key: [saying.draft for saying in sayings] for fact, sayings in fewer.items()}
    unit.facts.unsay(space.key, drafts, version=version)


def check(fact: NewFact, *, where: str) -> None:
    """Refuse a fact that says nothing. Raises `InvalidField`."""
    for end, said in (("subject", fact.subject), ("object", fact.object)):
        if not normal(said):
            raise InvalidField(
                f"{where}.{end}: it names nothing; write a name with a letter or digit.",
                field=f"{where}.{end}",
            )
    begins, ends = fact.valid_from, fact.valid_to
    if begins is not None and ends is not None and ends <= begins:
        raise InvalidField(
            f"{where}.valid_to: it must come after valid_from.", field=f"{where}.valid_to"
        )

"""Facts: triples that turns say, stated by whoever read them there; read back, and deleted.

The same triple is one fact, whatever its spelling and however many turns say it. It stands as long
as one of them does: a fact that only expired turns say counts as gone, and goes with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from memsvc.app.compare import owe_names
from memsvc.app.fingerprints import deletion, fact_digest, saying_digest
from memsvc.app.look_up import the_fact, the_space, the_turn
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import InvalidField, TurnNotFound
from memsvc.domain.ids import FactId, Position, SpaceKey, SpaceName, TurnId, TurnKey
from memsvc.domain.knowledge import (
    Fact,
    NewFact,
    Outcome,
    Stated,
    meaning_the_same,
    predicate_name,
)
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Page, Space
from memsvc.domain.work import Step
from memsvc.ingest.extract.mention import normal
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.knowledge import FactDraft
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


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact to be entered, with the keys of the turns that say it; `id` is kept where it can."""

    fact: NewFact
    turns: Mapping[TurnId, TurnKey]
    id: FactId | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The use cases, with what they need."""

    keeping: Keeping
    clock: Clock
    ids: Ids

    def state(
        self, access: Access, space: SpaceName, facts: Sequence[NewFact]
    ) -> tuple[list[Stated], Position]:
        """Have turns say facts; return each as it stands now, in order, and the ledger's position.

        All or nothing. Raises `SpaceNotFound`, `TurnNotFound`, and `InvalidField` for a subject or
        object that names nothing.
        """
        access.require(Role.WRITER, space=space)
        for place, fact in enumerate(facts):
            _check(fact, where=f"facts.{place}")

        def work(unit: Unit) -> tuple[list[Stated], Position]:
            held = the_space(unit, access, space, Role.WRITER)
            ids = list(dict.fromkeys(turn for fact in facts for turn in fact.turns))
            standing = held.settings.standing(self.clock.latest())
            keys = unit.turns.keys_of(held.key, ids, standing=standing)
            for turn in ids:
                if turn not in keys:
                    raise TurnNotFound(turn)
            told = [Statement(fact, {turn: keys[turn] for turn in fact.turns}) for fact in facts]
            stated = enter(unit, held, told, ids=self.ids, actor=access.id, now=self.clock.now())
            shown = unit.facts.of_ids(
                held.key, list({each.fact.id for each in stated}), standing=standing
            )
            found = [replace(each, fact=shown[each.fact.id]) for each in stated]
            return found, Position(unit.ledger.next_position(held.key) - 1)

        return self.keeping.write(work)

    def get(self, access: Access, space: SpaceName, fact: FactId) -> Fact:
        """Return one fact. Raises `FactNotFound`."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            return the_fact(reading, held, fact, now=self.clock.latest())

    def page(
        self,
        access: Access,
        space: SpaceName,
        *,
        entity: str | None,
        turn: TurnId | None,
        after: str | None,
        limit: int,
    ) -> Page[Fact]:
        """List facts in the order of writing.

        Those about `entity`, in any spelling and through merges, and those that `turn` says, as
        far as asked. Raises `TurnNotFound`.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            now = self.clock.latest()
            names = None
            if entity is not None:
                names = meaning_the_same(normal(entity), reading.merges.all(held.key))
            return reading.facts.page(
                held.key,
                names=names,
                turn=None if turn is None else the_turn(reading, held, turn, now=now).key,
                after=after,
                limit=limit,
                standing=held.settings.standing(now),
            )

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
        triple: {turn: key for turn, key in each.turns.items() if turn not in here[triple].turns}
        for triple, each in together.items()
        if triple in here
    }
    extended = _extend(
        unit,
        space,
        {here[triple]: turns for triple, turns in further.items() if turns},
        actor=actor,
        now=now,
    )
    naming: dict[TurnKey, Mentioned] = {}
    for triple, turns in (*((each, fresh[each].turns) for each in fresh), *further.items()):
        naming.update(dict.fromkeys(turns.values(), Mentioned((triple.subject, triple.object))))
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
        found[triple] = (
            each if before is None else replace(before, turns={**before.turns, **each.turns})
        )
    return found


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
                list(each.turns.values()),
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
    further: Mapping[Fact, Mapping[TurnId, TurnKey]],
    *,
    actor: str,
    now: datetime,
) -> list[Fact]:
    if not further:
        return []
    extended = [replace(fact, turns=(*fact.turns, *turns)) for fact, turns in further.items()]
    entries = [
        EntryDraft(Change.FACT_REVISED, fact.id, saying_digest(fact, secret=space.secret))
        for fact in extended
    ]
    version = unit.ledger.append(space.key, entries, actor=actor, at=now)
    unit.facts.say(
        space.key,
        {fact.key: list(turns.values()) for fact, turns in further.items()},
        version=version,
    )
    return [replace(fact, version=version) for fact in extended]


def _check(fact: NewFact, *, where: str) -> None:
    for end, said in (("subject", fact.subject), ("object", fact.object)):
        if not normal(said):
            raise InvalidField(
                f"{where}.{end}: it names nothing; write a name with a letter or digit.",
                field=f"{where}.{end}",
            )

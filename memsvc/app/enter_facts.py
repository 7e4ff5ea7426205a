"""Entering facts: which triples are one fact, who says them, and the rows and entries of both.

A fact is its triple, in any spelling; turns say it, each of an interval or of none. Stating,
bringing in and rolling back all end here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from memsvc.app.compare import owe_names
from memsvc.app.fingerprints import fact_digest, saying_digest
from memsvc.domain.ids import FactId, RunId, SpaceKey, TurnId, TurnKey
from memsvc.domain.knowledge import Fact, NewFact, Outcome, Stated
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space
from memsvc.domain.relation import predicate_name
from memsvc.domain.work import Step
from memsvc.ingest.extract.mention import normal
from memsvc.ports.keeping import Unit
from memsvc.ports.knowledge import FactDraft, SayingDraft
from memsvc.ports.mentions import Mentioned
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Ids


class Triple(NamedTuple):
    """What makes two statements the same fact: the entities at its ends and its predicate."""

    subject: str
    predicate: str
    object: str


def triple_of(fact: NewFact | Fact) -> Triple:
    """Return what a fact says in every spelling; a name is empty where nothing names anything."""
    return Triple(normal(fact.subject), predicate_name(fact.predicate), normal(fact.object))


class SaidBy(NamedTuple):
    """That a turn says a fact, by its id and key, of which interval, and which run read it."""

    turn: TurnId
    key: TurnKey
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    replaces: bool = False
    run: RunId | None = None

    @property
    def what(self) -> tuple[object, ...]:
        """What makes two sayings of a fact the same."""
        return self.turn, self.valid_from, self.valid_to, self.replaces

    @property
    def draft(self) -> SayingDraft:
        """Return it as it is kept."""
        return SayingDraft(self.key, self.valid_from, self.valid_to, self.replaces, self.run)


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact to be entered, with what turns say of it; `id` is kept where it can."""

    fact: NewFact
    sayings: tuple[SaidBy, ...]
    id: FactId | None = None


def statement_of(
    fact: NewFact, keys: Mapping[TurnId, TurnKey], *, run: RunId | None = None
) -> Statement:
    """Return the statement of a fact by those of its turns that have a key here."""
    return Statement(
        fact,
        tuple(
            SaidBy(turn, keys[turn], fact.valid_from, fact.valid_to, fact.replaces, run)
            for turn in fact.turns
            if turn in keys
        ),
    )


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
    if added and space.settings.improving is not None and space.settings.improving.judging:
        new = {saying.key for each in fresh.values() for saying in each.sayings}
        unit.outbox.put(space.key, Step.JUDGE_FACTS, sorted(new), now=now)
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
        SaidBy(one.turn, keys[one.turn], one.valid_from, one.valid_to, one.replaces, one.run)
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

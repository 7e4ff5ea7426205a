"""Rulings about facts, as statements and people make them: kept once, entered in the ledger."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from memsvc.app.fingerprints import ruling_digest
from memsvc.domain.errors import FactNotFound, RulingConflict
from memsvc.domain.ids import FactId, FactKey, RulingId
from memsvc.domain.knowledge import Fact, NewFact, Stated
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space, Standing
from memsvc.domain.validity import EVER, Ruling, Verdict
from memsvc.ports.keeping import Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Ids

OWN_PLACE = "A fact does not take its own place; say which other one did."

STATED = "stated"
"""The reason for a ruling that a statement holds (`supersedes`)."""


def supersede_stated(
    unit: Unit,
    space: Space,
    facts: Sequence[NewFact],
    stated: Sequence[Stated],
    *,
    standing: Standing,
    ids: Ids,
    actor: str,
    now: datetime,
) -> set[FactId]:
    """Have what is stated take the place of what it says it does, from when on it holds.

    Returns the facts of which that was not known. Raises `FactNotFound`, and `RulingConflict` for
    a fact that is to take its own place.
    """
    every = sorted({id_ for fact in facts for id_ in fact.supersedes})
    if not every:
        return set()
    olds = unit.facts.of_ids(space.key, every, standing=standing)
    new = unit.facts.of_ids(space.key, [each.fact.id for each in stated], standing=standing)
    told = set()
    for fact, now_stated in zip(facts, stated, strict=True):
        by = new[now_stated.fact.id]
        for id_ in fact.supersedes:
            if id_ not in olds:
                raise FactNotFound(id_)
            if id_ == by.id:
                raise RulingConflict(OWN_PLACE)
            at = _begins(by, among=fact)
            if rule(
                unit, space, olds[id_], Verdict.SUPERSEDED, by=by, at=at, reason=STATED,
                ids=ids, actor=actor, now=now,
            ):  # fmt: skip
                told.add(by.id)
    return told


def rule(
    unit: Unit,
    space: Space,
    fact: Fact,
    verdict: Verdict,
    *,
    by: Fact | None = None,
    at: datetime | None = None,
    reason: str,
    ids: Ids,
    actor: str,
    now: datetime,
    id_: RulingId | None = None,
) -> bool:
    """Keep a ruling, unless one that stands says the same; tell whether it was kept."""
    by_id = None if by is None else by.id
    here = unit.rulings.of_facts(space.key, [fact.key])
    if any((each.verdict, each.by, each.at) == (verdict, by_id, at) for each in here):
        return False
    position = unit.ledger.next_position(space.key)
    made = id_ or RulingId(ids.new("u"))
    ruling = Ruling(made, fact.id, verdict, by_id, at, reason, actor, position)
    digest = ruling_digest(ruling, secret=space.secret)
    entry = EntryDraft(Change.FACT_RULED, made, digest)
    unit.ledger.append(space.key, [entry], actor=actor, at=now)
    unit.rulings.add(space.key, ruling, fact=fact.key, by=None if by is None else by.key)
    unit.facts.revise(space.key, _keys(fact, by), version=position)
    return True


def rule_again(
    unit: Unit,
    space: Space,
    ruling: Ruling,
    *,
    fact: Fact,
    by: Fact | None,
    actor: str,
    now: datetime,
) -> None:
    """Keep a ruling that was taken back, as its maker's; `actor` asked for it."""
    again = replace(ruling, position=unit.ledger.next_position(space.key))
    entry = EntryDraft(Change.FACT_RULED, ruling.id, ruling_digest(again, secret=space.secret))
    unit.ledger.append(space.key, [entry], actor=actor, at=now)
    unit.rulings.add(space.key, again, fact=fact.key, by=None if by is None else by.key)
    unit.facts.revise(space.key, _keys(fact, by), version=again.position)


def take_back(
    unit: Unit, space: Space, fact: Fact, rulings: Sequence[Ruling], *, actor: str, now: datetime
) -> None:
    """Take rulings about a fact back."""
    if not rulings:
        return
    entries = [
        EntryDraft(Change.FACT_UNRULED, each.id, ruling_digest(each, secret=space.secret))
        for each in rulings
    ]
    until = unit.ledger.append(space.key, entries, actor=actor, at=now)
    unit.rulings.retire(space.key, [each.id for each in rulings], until=until)
    unit.facts.revise(space.key, [fact.key], version=until)


def _begins(fact: Fact, *, among: NewFact) -> datetime | None:
    """Return when a fact begins to hold, by what these turns say; None for ever."""
    begun = [
        saying.claimed.start
        for saying in fact.sayings
        if saying.turn in among.turns
        and (saying.valid_from, saying.valid_to) == (among.valid_from, among.valid_to)
    ]
    first = min(start or EVER for start in begun)
    return None if first == EVER else first


def _keys(*facts: Fact | None) -> list[FactKey]:
    return [fact.key for fact in facts if fact is not None]

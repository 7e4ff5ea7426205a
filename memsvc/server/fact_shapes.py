"""Between the shapes of facts and what the use cases speak, as `shapes` does for the rest."""

from collections.abc import Sequence

from memsvc.app.facts import StatedNow
from memsvc.domain import knowledge as domain
from memsvc.domain.ids import FactId, Position, TurnId
from memsvc.domain.memory import least_trusted
from memsvc.sdk.facts import (
    ConflictInfo,
    DeletedFact,
    FactInfo,
    IntervalInfo,
    NewFact,
    RulingInfo,
    StatedFact,
    StatedFacts,
    StateFacts,
)


def facts_from(body: StateFacts) -> list[domain.NewFact]:
    """Return the facts that a request states."""
    return [fact_from(fact) for fact in body.facts]


def fact_from(fact: NewFact) -> domain.NewFact:
    """Return a fact that a request states."""
    return domain.NewFact(
        fact.subject,
        fact.predicate,
        fact.object,
        tuple(TurnId(turn) for turn in fact.turns),
        valid_from=fact.valid_from,
        valid_to=fact.valid_to,
        replaces=fact.replaces,
        supersedes=tuple(FactId(id_) for id_ in fact.supersedes),
    )


def fact_shape(dated: domain.DatedFact) -> FactInfo:
    """Return a fact, with when it held."""
    fact, validity = dated.fact, dated.validity
    return FactInfo(
        id=fact.id,
        subject=fact.subject,
        predicate=fact.predicate,
        object=fact.object,
        subject_name=fact.subject_name,
        object_name=fact.object_name,
        turns=list(fact.turns),
        position=fact.position,
        version=fact.version,
        state=validity.state,
        valid_from=validity.valid_from,
        valid_to=validity.valid_to,
        intervals=[
            IntervalInfo(valid_from=each.start, valid_to=each.end) for each in validity.intervals
        ],
        superseded_by=validity.superseded_by,
        disputes=list(validity.disputes),
        source=max(fact.sayings, key=lambda said: said.at).source,
        trust=least_trusted(said.source for said in fact.sayings),
        rulings=[
            RulingInfo(
                id=each.id,
                verdict=each.verdict,
                by=each.by,
                at=each.at,
                reason=each.reason,
                maker=each.maker,
                position=each.position,
            )
            for each in dated.rulings
        ],
        run=_run_of(fact),
    )


def _run_of(fact: domain.Fact) -> str | None:
    """Return the run that read a fact first, if nobody stated it."""
    runs = [said.run for said in fact.sayings]
    return None if None in runs else min(map(str, runs), default=None)


def stated_shape(stated: Sequence[StatedNow], position: Position) -> StatedFacts:
    """Return what a statement did."""
    return StatedFacts(
        facts=[StatedFact(outcome=each.outcome, **dict(fact_shape(each.dated))) for each in stated],
        position=position,
    )


def conflict_shape(conflict: domain.Conflict) -> ConflictInfo:
    """Return what cannot all hold."""
    return ConflictInfo(
        subject=conflict.subject,
        relation=conflict.relation,
        facts=[fact_shape(each) for each in conflict.facts],
    )


def deleted_fact_shape(fact: FactId, position: Position) -> DeletedFact:
    """Return what a deletion removed."""
    return DeletedFact(id=fact, position=position)

"""Between the shapes of facts and what the use cases speak, as `shapes` does for the rest."""

from collections.abc import Sequence

from memsvc.domain import knowledge as domain
from memsvc.domain.ids import FactId, Position, TurnId
from memsvc.sdk.facts import DeletedFact, FactInfo, StatedFact, StatedFacts, StateFacts


def facts_from(body: StateFacts) -> list[domain.NewFact]:
    """Return the facts that a request states."""
    return [
        domain.NewFact(
            fact.subject,
            fact.predicate,
            fact.object,
            tuple(TurnId(turn) for turn in fact.turns),
        )
        for fact in body.facts
    ]


def fact_shape(fact: domain.Fact) -> FactInfo:
    """Return a fact."""
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
    )


def stated_shape(stated: Sequence[domain.Stated], position: Position) -> StatedFacts:
    """Return what a statement did."""
    return StatedFacts(
        facts=[StatedFact(outcome=each.outcome, **dict(fact_shape(each.fact))) for each in stated],
        position=position,
    )


def deleted_fact_shape(fact: FactId, position: Position) -> DeletedFact:
    """Return what a deletion removed."""
    return DeletedFact(id=fact, position=position)

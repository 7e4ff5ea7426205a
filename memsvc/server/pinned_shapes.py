"""Between the shapes of pinned questions and what the use cases speak."""

from memsvc.domain.ids import TurnId
from memsvc.domain.pinned import NewPin, Pin
from memsvc.domain.recall import Filter
from memsvc.sdk.pinned import BetweenInfo, FiltersInfo, PinInfo, PinQuestion
from memsvc.server.shapes import where_from


def pin_from(body: PinQuestion) -> NewPin:
    """Return what a request pins."""
    expected = tuple(map(TurnId, body.expected))
    where = where_from(body.filters, body.between)
    return NewPin(body.question, body.recipe, body.k, expected, where)


def pin_shape(pin: Pin) -> PinInfo:
    """Return a pinned question."""
    return PinInfo(
        id=pin.id,
        question=pin.asked.question,
        recipe=pin.asked.recipe,
        k=pin.asked.k,
        expected=list(pin.asked.expected),
        filters=_filters_shape(pin.asked.where),
        between=_between_shape(pin.asked.where),
        gone=list(pin.gone),
        actor=pin.actor,
        at=pin.at,
        position=pin.position,
    )


def _filters_shape(where: Filter) -> FiltersInfo:
    return FiltersInfo(
        streams=list(where.streams),
        documents=list(where.documents),
        speakers=list(where.speakers),
        places=list(where.places),
        roles=list(where.roles),
        sources=list(where.sources),
        user_id=where.user_id,
        agent_id=where.agent_id,
        metadata=dict(where.metadata),
    )


def _between_shape(where: Filter) -> BetweenInfo | None:
    if where.since is None and where.until is None:
        return None
    return BetweenInfo(since=where.since, until=where.until)

"""Between the shapes of pinned questions and what the use cases speak."""

from memsvc.domain.ids import TurnId
from memsvc.domain.pinned import NewPin, Pin
from memsvc.sdk.pinned import PinInfo, PinQuestion


def pin_from(body: PinQuestion) -> NewPin:
    """Return what a request pins."""
    return NewPin(body.question, body.recipe, body.k, tuple(map(TurnId, body.expected)))


def pin_shape(pin: Pin) -> PinInfo:
    """Return a pinned question."""
    return PinInfo(
        id=pin.id,
        question=pin.asked.question,
        recipe=pin.asked.recipe,
        k=pin.asked.k,
        expected=list(pin.asked.expected),
        gone=list(pin.gone),
        actor=pin.actor,
        at=pin.at,
        position=pin.position,
    )

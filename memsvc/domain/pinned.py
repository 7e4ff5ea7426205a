"""Pinned questions: what a space is asked again and again, to see whether its answers still hold.

It is asked as it was then: of the same recipe, for as many hits, with the same filters; but of the
present, for an answer about the past never changes.

A pin is a check and no memory: no recall sees it. It is of now, so that a look back has none, and
it outlives a rollback, which it may be there to judge.
"""

from dataclasses import dataclass, field
from datetime import datetime

from memsvc.domain.ids import PinId, Position, TurnId
from memsvc.domain.recall import Filter

MOST_EXPECTED = 50
"""Turns that one question may be expected to find."""


@dataclass(frozen=True, slots=True)
class NewPin:
    """A question with the turns that should answer it, best first.

    Without a `recipe` it is asked with the one that the space is set to. `where` says which turns
    may answer.
    """

    question: str
    recipe: str | None
    k: int
    expected: tuple[TurnId, ...]
    where: Filter = field(default_factory=Filter)

    def asks_the_same(self, other: "NewPin") -> bool:
        """Tell whether the same is asked of the same recipe and turns, whatever is expected."""
        return (self.question, self.recipe, self.where) == (
            other.question,
            other.recipe,
            other.where,
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """What is asked, and every text that the filters name."""
        return (self.question, *self.where.texts)


@dataclass(frozen=True, slots=True)
class Pin:
    """A pinned question as it is kept. `position` is the ledger position that it was pinned at.

    `gone` are those of the expected turns that may be seen no more, as far as that was looked up.
    """

    id: PinId
    asked: NewPin
    actor: str
    at: datetime
    position: Position
    gone: tuple[TurnId, ...] = ()

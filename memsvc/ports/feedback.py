"""Keeping feedback on turns. What is said of a turn goes with it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from memsvc.domain.feedback import Feedback
from memsvc.domain.ids import FeedbackId, Position, SpaceKey, TurnKey
from memsvc.domain.memory import Page, Standing


class FeedbackReader(Protocol):
    """Reads what is said of turns and was not taken back."""

    def get(self, space: SpaceKey, feedback: FeedbackId, *, standing: Standing) -> Feedback | None:
        """Return the feedback of that id, if its turn stands."""
        ...

    def page(
        self,
        space: SpaceKey,
        *,
        turn: TurnKey | None,
        after: str | None,
        limit: int,
        standing: Standing,
    ) -> Page[Feedback]:
        """List what is said of turns that stand, of one or of all, in the order of saying."""
        ...

    def of_turns(self, space: SpaceKey, turns: Sequence[TurnKey]) -> list[Feedback]:
        """Return what is said of these turns, in the order of saying, expired ones' too."""
        ...


class FeedbackWriter(FeedbackReader, Protocol):
    """Reads and changes what is said of turns; the indexes follow."""

    def turns_of(
        self, space: SpaceKey, feedback: Sequence[FeedbackId]
    ) -> Mapping[FeedbackId, TurnKey]:
        """Return which turns these speak or spoke of; of an unknown id nothing."""
        ...

    def by_actor(self, space: SpaceKey, turn: TurnKey, *, actor: str) -> Feedback | None:
        """Return what this actor says of the turn now."""
        ...

    def add(self, space: SpaceKey, feedback: Feedback) -> None:
        """Keep what an actor says who says nothing else of this turn."""
        ...

    def retire(self, space: SpaceKey, feedback: Feedback, *, until: Position) -> None:
        """Have something said no more, from a ledger position on."""
        ...

    def questions(self, space: SpaceKey) -> Mapping[FeedbackId, str]:
        """Return the questions that feedback keeps, also such as was taken back."""
        ...

    def drop_questions(self, space: SpaceKey, which: Sequence[FeedbackId]) -> None:
        """Keep these questions no longer; what was said stays."""
        ...

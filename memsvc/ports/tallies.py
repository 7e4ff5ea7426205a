"""Keeping count of what a language model did for a space: which turns are done, and its tokens.

Neither is memory: a mark says that a step with one maker has dealt with a turn, so that it is not
asked of the model again; a count is for the budget of the space and for whoever looks at it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from memsvc.domain.ids import RunId, SpaceKey, TurnKey
from memsvc.domain.improving import Tokens
from memsvc.domain.work import Step


class TallyReader(Protocol):
    """Reads marks and counts."""

    def done(
        self, space: SpaceKey, step: Step, turns: Sequence[TurnKey], *, maker: str
    ) -> Collection[TurnKey]:
        """Return those of these turns that a step with this maker has dealt with."""
        ...

    def spent_since(self, space: SpaceKey, since: datetime) -> Mapping[datetime, Tokens]:
        """Return the tokens spent in a space after a moment, by the minute, the first first."""
        ...

    def spent(self, space: SpaceKey) -> Mapping[Step, Tokens]:
        """Return the tokens ever spent in a space, by what they were spent on."""
        ...


class TallyWriter(TallyReader, Protocol):
    """Reads and keeps marks and counts."""

    def mark(
        self,
        space: SpaceKey,
        step: Step,
        turns: Sequence[TurnKey],
        *,
        maker: str,
        run: RunId | None,
    ) -> None:
        """Keep that a step with this maker has dealt with turns, in this run if there was one."""
        ...

    def unmark(self, space: SpaceKey, step: Step, turns: Sequence[TurnKey]) -> None:
        """Keep no longer that a step has dealt with turns, with whatever maker."""
        ...

    def spend(self, space: SpaceKey, step: Step, tokens: Tokens, *, at: datetime) -> None:
        """Count tokens, to the minute."""
        ...

    def owe_unmarked(self, space: SpaceKey, step: Step, *, now: datetime) -> int:
        """Owe a step to the turns of a space that it has dealt with under no maker."""
        ...

    def owe_undone(self, space: SpaceKey, step: Step, *, now: datetime) -> int:
        """Owe a step anew to what it dealt with in runs that were taken back; return how many."""
        ...

    def owe_undone_of_others(self, step: Step, *, maker: str, now: datetime) -> int:
        """Do that in every space, for what makers other than this one made."""
        ...

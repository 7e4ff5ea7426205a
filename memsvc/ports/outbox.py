"""Keeping what is still owed to turns."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from memsvc.domain.ids import (
    SpaceKey,
    TurnKey,
)
from memsvc.domain.work import Backlog, Job, Step, Waiting


class LeaseLost(Exception):
    """Somebody else does, or has done, a job whose lease ran out before it was done."""


class OutboxReader(Protocol):
    """Reads what is still owed."""

    def backlog(self, space: SpaceKey, *, now: datetime) -> Backlog:
        """Tell how far enrichment is behind in the space."""
        ...

    def lag_s(self, space: SpaceKey, *, now: datetime) -> float:
        """Return the age of the space's oldest waiting job in seconds; 0 for none."""
        ...

    def is_owed(self, space: SpaceKey, step: Step) -> bool:
        """Tell whether any job of a step waits in the space; costs the same however many do."""
        ...

    def waiting(self, *, now: datetime) -> Waiting:
        """Tell what waits in the whole installation, for the metrics."""
        ...


class OutboxWriter(OutboxReader, Protocol):
    """Owes work and pays it."""

    def put(self, space: SpaceKey, step: Step, turns: Sequence[TurnKey], *, now: datetime) -> None:
        """Owe a step to turns that are not owed it yet."""
        ...

    def claim(
        self,
        step: Step,
        *,
        now: datetime,
        lease_s: float,
        limit: int,
        holder: str,
        but_of: Collection[SpaceKey] = (),
    ) -> list[Job]:
        """Lease due jobs of one space, oldest first; a lease that ran out is due again.

        None of the spaces `but_of`. `holder` names the process that has them, each start another.

        No job is put off for longer than a lease; one that seems to be was put off before the
        clock went back, and is due.
        """
        ...

    def take_over(self, *, holder: str, now: datetime) -> int:
        """Make due what holders have leased that are dead; return how many jobs.

        Alive are this holder, and those whose process has a shared database open.
        """
        ...

    def give_back(self, *, holder: str, now: datetime) -> int:
        """Make due what this holder has leased, as if it had not been; return how many jobs."""
        ...

    def finish(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Strike jobs off, in the unit that keeps what came of them.

        Raises `LeaseLost` where another has leased one of them since, or struck it off: then its
        effect is theirs, and this unit keeps nothing. Jobs go with their turns; that is no loss.
        """
        ...

    def postpone(
        self, space: SpaceKey, job: Job, *, until: datetime, reason: str, was_tried: bool = True
    ) -> None:
        """Give a job another try later; it counts as tried unless it was not."""
        ...

    def park(self, space: SpaceKey, job: Job, *, reason: str, now: datetime) -> None:
        """Set a job aside that failed all its tries."""
        ...

    def retry(self, space: SpaceKey, *, now: datetime) -> int:
        """Make every parked job of the space due again; return how many."""
        ...

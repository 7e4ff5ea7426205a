"""Afford: which steps of a language model run now, within what a space may spend on them.

A budget is for the tokens of the last hour. It is looked at before each call, so that a space may
go over it by one; then its jobs wait until enough of the hour has passed, and the backlog says so.
While the model cannot be asked, nobody's jobs are claimed, for longer and longer pauses. What was
spent is counted right after the call: a worker that is killed in between has spent it for nothing,
and uncounted.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from memsvc.app.owe_improving import is_asked_for
from memsvc.domain.errors import ModelUnavailable
from memsvc.domain.ids import SpaceKey
from memsvc.domain.improving import WINDOW, Tokens, rests_until
from memsvc.domain.memory import Space
from memsvc.domain.work import Job, Step
from memsvc.ports.improving import Meter
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.world import Clock

log = structlog.get_logger(__name__)

LOOK_AGAIN = timedelta(minutes=1)
"""How long a space is passed over before its budget is looked at again: it may have been raised."""

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0
"""For which nothing is claimed while the model cannot be asked; the first doubles."""

OVER = "The space has spent its tokens of this hour; it goes on at {until:%H:%M} UTC."


@dataclass(slots=True)
class _Pause:
    """Since when, and for how long, the model is left alone."""

    seconds: float = 0.0
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Afford:
    """The guard of the steps of a language model, with what it needs."""

    keeping: Keeping
    meter: Meter
    clock: Clock
    _over: dict[SpaceKey, datetime] = field(default_factory=dict)
    _pause: _Pause = field(default_factory=_Pause)

    def shut_out(self) -> Collection[SpaceKey] | None:
        """Return the spaces that have spent their budget; None while the model is left alone."""
        now = self.clock.now()
        if self._pause.until is not None and now < self._pause.until:
            return None
        for space, until in list(self._over.items()):
            if now >= until:
                del self._over[space]
        return self._over.keys()

    def guarded(
        self, step: Step, do: Callable[[SpaceKey, Sequence[Job]], None]
    ) -> Callable[[SpaceKey, Sequence[Job]], None]:
        """Return a step that runs where it is asked for and can be paid, and counts its cost."""
        return partial(self._do, step, do)

    def _do(
        self,
        step: Step,
        do: Callable[[SpaceKey, Sequence[Job]], None],
        space: SpaceKey,
        jobs: Sequence[Job],
    ) -> None:
        now = self.clock.now()
        with self.keeping.read() as reading:
            if not reading.turns.by_keys(space, [job.turn for job in jobs]):
                return  # forgotten, and the jobs with them; perhaps the whole space
            held = reading.spaces.of(space)
            until = resting_until(reading, held, now=now)
        if not is_asked_for(held.settings.improving, step):
            self.keeping.write(partial(self._leave, step, held, jobs))
        elif until is not None:
            self._over[space] = min(until, now + LOOK_AGAIN)
            self.keeping.write(partial(self._put_off, held, jobs, until))
        else:
            self._ask(step, partial(do, space, jobs), held)

    def _ask(self, step: Step, do: Callable[[], None], space: Space) -> None:
        with self.meter.counting() as tally:
            try:
                do()
            except ModelUnavailable:
                self._wait()
                raise
            finally:
                if tally.tokens.asks:
                    self.keeping.write(partial(self._spend, step, space, tally.tokens))
        self._pause.seconds, self._pause.until = 0.0, None

    def _wait(self) -> None:
        pause = self._pause
        pause.seconds = min(max(2 * pause.seconds, SHORTEST_PAUSE_S), LONGEST_PAUSE_S)
        pause.until = self.clock.now() + timedelta(seconds=pause.seconds)
        log.warning("enrichment.model_unavailable", pause_s=pause.seconds)

    def _spend(self, step: Step, space: Space, tokens: Tokens, unit: Unit) -> None:
        there = unit.spaces.find(space.name)
        if there is not None and there.key == space.key:  # it may have been deleted meanwhile
            unit.tallies.spend(space.key, step, tokens, at=self.clock.now())

    def _put_off(self, space: Space, jobs: Sequence[Job], until: datetime, unit: Unit) -> None:
        soon = min(until, self.clock.now() + LOOK_AGAIN)
        for job in jobs:
            unit.outbox.postpone(
                space.key, job, until=soon, reason=OVER.format(until=until), was_tried=False
            )

    def _leave(self, step: Step, space: Space, jobs: Sequence[Job], unit: Unit) -> None:
        """Strike jobs off that nobody asks for any more; notes are made by rule then."""
        if step is Step.WRITE_NOTES:
            turns = [turn.key for turn in unit.turns.by_keys(space.key, [j.turn for j in jobs])]
            unit.outbox.put(space.key, Step.NOTES, turns, now=self.clock.now())
        unit.outbox.finish(space.key, jobs)


def resting_until(reading: Reading, space: Space, *, now: datetime) -> datetime | None:
    """Return when a space has tokens to spend again; None where it has some, or no bound."""
    improving = space.settings.improving
    if improving is None or improving.tokens_an_hour is None:
        return None
    spent = reading.tallies.spent_since(space.key, now - WINDOW)
    return rests_until(spent, improving.tokens_an_hour, now=now)

"""Enrich: do the work that writes have left in the outbox.

A job is claimed by lease, so that one whose worker died is due again; it is idempotent, so that
doing it twice does no harm; it is struck off in the unit that keeps its result. A batch that
fails is done again one by one, so that one bad job does not hold up its neighbours. What fails
alone is tried again later and later, and after its last try parked with the reason, for a person
to see. While model or store are unavailable nothing is parked: they come back by themselves. What
gets no answer time after time while others of its step do is no such case, and is parked as well.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from memsvc.app.look_up import the_space
from memsvc.app.owe_improving import owe_undone
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import Unavailable
from memsvc.domain.ids import SpaceKey, SpaceName
from memsvc.domain.work import Job, Step
from memsvc.ports.improving import UnreadableReply
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.outbox import LeaseLost
from memsvc.ports.world import Clock

log = structlog.get_logger(__name__)

LEASE_S = 60.0
BATCH = 16
TRIES = 5
FIRST_PAUSE_S = 2.0
"""Pause before the second try; it doubles with every further one."""

LONGEST_PAUSE_S = LEASE_S
"""Pause between tries while something is unavailable, however long that lasts. Not longer than a
lease: by that a job is known that was put off before the clock went back."""

APART_AFTER = 3
"""Tries of a batch that got no answer after which its jobs are tried one by one: one of them may be
why, as where a server breaks over a certain text."""

MOST_IN_VAIN = 2
"""Jobs of such a batch that are tried where none gets an answer: then it is the model."""


@dataclass(slots=True)
class _Answers:
    """How often each step was answered, and which jobs were not while others were, how often.

    Known to this process alone: a new start gives everybody as many tries again.
    """

    given: Counter[Step] = field(default_factory=Counter)
    refused: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By the keys of jobs, how often, and what `given` was at the last time."""

    def give(self, jobs: Sequence[Job]) -> None:
        """Note that these got an answer."""
        self.given[jobs[0].step] += 1
        for job in jobs:
            self.refused.pop(job.key, None)

    def refuse(self, job: Job) -> bool:
        """Note that a job got none; tell whether it had all its tries while others got some.

        A try counts where others were answered since the one before, so that no outage does.
        """
        given = self.given[job.step]
        times, before = self.refused.pop(job.key, (0, given))
        times += given > before
        if times < TRIES:
            self.refused[job.key] = (times, given)
        return times >= TRIES


@dataclass(frozen=True, slots=True)
class Enrich:
    """The use case, with what it needs; what comes first in `steps` is done first."""

    keeping: Keeping
    steps: Mapping[Step, Callable[[SpaceKey, Sequence[Job]], None]]
    clock: Clock
    shut_out: Callable[[], Collection[SpaceKey] | None] = tuple
    """Spaces whose jobs are not claimed for now; None for all there are."""

    lease_s: float = LEASE_S
    holder: str = "worker"
    """The process that this is, which no other has ever been."""

    _answers: _Answers = field(default_factory=_Answers)

    def work_once(self) -> int:
        """Claim some due jobs of the first step that has any, and do them.

        Return how many were claimed, 0 when none is due.
        """
        jobs = self.keeping.write(self._claim)
        if jobs:
            self._do(jobs)
        return len(jobs)

    def take_over(self) -> int:
        """Make due at once what a worker that is dead had leased; return how many jobs.

        A data directory has one process at a time: whoever else holds a lease ended without paying.
        Of processes that share a database the store knows which are alive.
        """

        def work(unit: Unit) -> int:
            return unit.outbox.take_over(holder=self.holder, now=self.clock.now())

        jobs = self.keeping.write(work)
        if jobs:
            log.info("enrichment.taken_over", jobs=jobs)
        return jobs

    def give_back(self) -> int:
        """Make due at once what this worker has leased and will not do; return how many jobs."""

        def work(unit: Unit) -> int:
            return unit.outbox.give_back(holder=self.holder, now=self.clock.now())

        jobs = self.keeping.write(work)
        if jobs:
            log.info("enrichment.given_back", jobs=jobs)
        return jobs

    def retry(self, access: Access, space: SpaceName) -> int:
        """Make the space's parked jobs due again, and owe anew what was taken back by its run.

        Return how many jobs that are.
        """

        def work(unit: Unit) -> int:
            held, now = the_space(unit, access, space, Role.WRITER), self.clock.now()
            return unit.outbox.retry(held.key, now=now) + owe_undone(unit, held, now=now)

        return self.keeping.write(work)

    def _claim(self, unit: Unit) -> list[Job]:
        """Look through all steps in one unit: an idle worker takes the writer once a look."""
        now = self.clock.now()
        but_of = self.shut_out()
        for step in () if but_of is None else self.steps:
            jobs = unit.outbox.claim(
                step,
                now=now,
                lease_s=self.lease_s,
                limit=BATCH,
                holder=self.holder,
                but_of=but_of or (),
            )
            if jobs:
                return jobs
        return []

    def _do(self, jobs: Sequence[Job]) -> None:
        try:
            self.steps[jobs[0].step](jobs[0].space, jobs)
        except Unavailable as error:  # mostly nobody's own fault
            self._wait(jobs, reason=error.detail)
        except Exception as error:  # the worker's edge: one bad job must not stop the rest
            if len(jobs) > 1:
                for job in jobs:
                    self._do([job])
            elif isinstance(error, LeaseLost):  # whoever has it now sees to it
                log.info("enrichment.lease_lost", step=jobs[0].step, turn=jobs[0].turn)
            elif isinstance(error, UnreadableReply):  # it would be no other the next time
                self._fail(jobs, reason=str(error), park=True, tries=0)
            else:
                log.exception("enrichment.failed", step=jobs[0].step, turn=jobs[0].turn)
                self._fail(jobs, reason=f"{type(error).__name__}: {error}", park=True)
        else:
            self._answers.give(jobs)

    def _wait(self, jobs: Sequence[Job], *, reason: str) -> None:
        """Put off what got no answer, or see whether one of the jobs is why."""
        if len(jobs) > 1 and jobs[0].attempts >= APART_AFTER:
            self._do_apart(jobs, reason=reason)
            return
        is_alone = len(jobs) == 1 and self._answers.refuse(jobs[0])
        self._fail(jobs, reason=reason, park=is_alone, tries=0)

    def _do_apart(self, jobs: Sequence[Job], *, reason: str) -> None:
        """Do jobs one by one, each time beginning with another, as long as any gets an answer."""
        step, begin = jobs[0].step, jobs[0].attempts % len(jobs)
        given = self._answers.given[step]
        turned = [*jobs[begin:], *jobs[:begin]]
        for place, job in enumerate(turned):
            if place == MOST_IN_VAIN and self._answers.given[step] == given:
                self._fail(turned[place:], reason=reason, park=False)
                return
            self._do([job])

    def _fail(self, jobs: Sequence[Job], *, reason: str, park: bool, tries: int = TRIES) -> None:
        """Give each job another try later, or, after its last, park it if that is wanted."""

        def work(unit: Unit) -> None:
            now = self.clock.now()
            for job in jobs:
                if park and job.attempts >= tries:
                    unit.outbox.park(job.space, job, reason=reason, now=now)
                else:
                    doublings = min(job.attempts - 1, TRIES)
                    pause_s = min(FIRST_PAUSE_S * 2**doublings, LONGEST_PAUSE_S)
                    until = now + timedelta(seconds=pause_s)
                    unit.outbox.postpone(job.space, job, until=until, reason=reason)

        self.keeping.write(work)
        log.warning("enrichment.postponed", jobs=len(jobs))

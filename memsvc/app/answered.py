"""What becomes of jobs by what a language model answered: done, put off, or parked for a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.domain.work import Job
from memsvc.ports.improving import Unread
from memsvc.ports.keeping import Unit

PAUSE_S = 30.0
"""Before what a model gave no answer to is asked again."""

TRIES = 20
"""More than of other jobs: a slow model is no reason for a person to come."""


def settle(
    unit: Unit,
    space: SpaceKey,
    jobs: Sequence[Job],
    answers: Mapping[TurnKey, object],
    *,
    now: datetime,
) -> None:
    """Strike off the jobs that were answered or needed no answer, and put off the others.

    What fits no form after its repair would not do so the next time either: it is parked at once,
    with what was said; anything else after its tries.
    """
    done = []
    for job in jobs:
        answer = answers.get(job.turn)
        if not isinstance(answer, Unread):
            done.append(job)
        elif not answer.is_final and job.attempts < TRIES:
            until = now + timedelta(seconds=PAUSE_S)
            unit.outbox.postpone(space, job, until=until, reason=answer.why)
        else:
            unit.outbox.park(space, job, reason=answer.why, now=now)
    unit.outbox.finish(space, done)

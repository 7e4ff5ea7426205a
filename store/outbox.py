"""Rows of `outbox`: work that a write leaves behind, claimed by lease."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.domain.work import BESIDE, BY_MODEL, Backlog, Job, Parked, Step, Waiting
from memsvc.ports.outbox import LeaseLost
from store.database import is_postgres
from store.either import insert_or
from store.sharing import living
from store.tables import Instant, outbox, spaces, turns

_FOLLOWING = outbox.c.step.not_in([step.value for step in BESIDE.values()])
"""What writes wait for: a change of the embedding model may take a day, and nothing is behind."""

# Built once: building them costs more than running them.
_PUT = insert_or(outbox).on_conflict_do_nothing(index_elements=["space", "step", "turn"])
_OLDEST = select(func.min(outbox.c.created_at)).where(
    outbox.c.space == bindparam("space"), outbox.c.parked_at.is_(None), _FOLLOWING
)

FORGOTTEN = "What the model said is not kept: something was deleted since."


class OutboxRows:
    """Owes work and pays it, through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def backlog(self, space: SpaceKey, *, now: datetime) -> Backlog:
        """Tell how far enrichment is behind in the space."""
        waiting: dict[Step, int] = {}
        oldest = now
        for row in self._connection.execute(
            select(outbox.c.step, func.count().label("jobs"), func.min(outbox.c.created_at))
            .where(outbox.c.space == space, outbox.c.parked_at.is_(None))
            .group_by(outbox.c.step)
        ):
            waiting[Step(row.step)] = row.jobs
            if Step(row.step) not in BESIDE.values():
                oldest = min(oldest, row[-1])
        parked = self._connection.execute(
            select(outbox, turns.c.id.label("turn_id"))
            .join(turns, turns.c.key == outbox.c.turn)
            .where(outbox.c.space == space, outbox.c.parked_at.is_not(None))
            .order_by(outbox.c.key)
            .limit(100)
        )
        done = self._connection.execute(
            select(spaces.c.jobs_done).where(spaces.c.key == space)
        ).scalar_one()
        return Backlog(
            waiting=waiting,
            parked=tuple(
                Parked(
                    row.key, row.turn_id, Step(row.step), row.attempts, row.reason, row.parked_at
                )
                for row in parked
            ),
            done=done,
            lag_s=(now - oldest).total_seconds(),
        )

    def lag_s(self, space: SpaceKey, *, now: datetime) -> float:
        """Return the age of the space's oldest waiting job in seconds; 0 for none."""
        oldest = self._connection.execute(_OLDEST, {"space": space}).scalar()
        return _age_s(oldest, now)

    def is_owed(self, space: SpaceKey, step: Step) -> bool:
        """Tell whether any job of a step waits in the space."""
        found = self._connection.execute(
            select(outbox.c.key)
            .where(
                outbox.c.space == space, outbox.c.step == step.value, outbox.c.parked_at.is_(None)
            )
            .limit(1)
        )
        return found.first() is not None

    def waiting(self, *, now: datetime) -> Waiting:
        """Tell what waits in the whole installation, for the metrics."""
        jobs, oldest = self._connection.execute(
            select(func.count(), func.min(outbox.c.created_at))
            .select_from(outbox)
            .where(outbox.c.parked_at.is_(None), _FOLLOWING)
        ).one()
        return Waiting(jobs, _age_s(oldest, now))

    def put(self, space: SpaceKey, step: Step, turns: Sequence[TurnKey], *, now: datetime) -> None:
        """Owe a step to turns that are not owed it yet."""
        if not turns:
            return
        self._connection.execute(
            _PUT,
            [
                {
                    "space": space,
                    "step": step.value,
                    "turn": turn,
                    "created_at": now,
                    "due_at": now,
                    "attempts": 0,
                }
                for turn in turns
            ],
        )

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

        No job is put off for longer than a lease. One that is due later than that was put off by a
        clock that has gone back since, and must not wait until it has caught up: it is due now.
        """
        due = (
            outbox.c.step == step.value,
            outbox.c.parked_at.is_(None),
            or_(outbox.c.due_at <= now, outbox.c.due_at > now + timedelta(seconds=lease_s)),
            *((outbox.c.space.not_in(sorted(but_of)),) if but_of else ()),
        )
        oldest = self._connection.execute(
            select(outbox.c.space).where(*due).order_by(outbox.c.due_at, outbox.c.key).limit(1)
        ).scalar()
        if oldest is None:
            return []
        chosen = (
            select(outbox.c.key)
            .where(*due, outbox.c.space == oldest)
            .order_by(outbox.c.key)
            .limit(limit)
            .with_for_update(skip_locked=True)  # of PostgreSQL: another worker has them in hand
        )
        rows = self._connection.execute(
            update(outbox)
            .where(outbox.c.key.in_(chosen))
            .values(
                due_at=now + timedelta(seconds=lease_s),
                attempts=outbox.c.attempts + 1,
                holder=holder,
            )
            .returning(outbox)
        )
        jobs = [
            Job(row.key, SpaceKey(row.space), TurnKey(row.turn), Step(row.step), row.attempts)
            for row in rows
        ]
        return sorted(jobs, key=lambda job: job.key)

    def take_over(self, *, holder: str, now: datetime) -> int:
        """Make due what holders have leased that are dead; return how many jobs."""
        dead = [outbox.c.holder != holder, outbox.c.parked_at.is_(None)]
        if is_postgres(self._connection):
            dead.append(func.hashtext(outbox.c.holder).not_in(living(self._connection)))
        return self._connection.execute(
            update(outbox).where(*dead).values(due_at=now, holder=None)
        ).rowcount

    def give_back(self, *, holder: str, now: datetime) -> int:
        """Make due what this holder has leased, as if it had not been; return how many jobs."""
        return self._connection.execute(
            update(outbox)
            .where(outbox.c.holder == holder, outbox.c.parked_at.is_(None))
            .values(due_at=now, holder=None, attempts=outbox.c.attempts - 1)
        ).rowcount

    def finish(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Strike jobs off, and count those that were still owed. Raises `LeaseLost`.

        A lease is known by its try: whoever leased the job since has counted one more.
        """
        if not jobs:
            return
        leases = [(job.key, job.attempts) for job in jobs]
        struck = self._connection.execute(
            delete(outbox)
            .where(outbox.c.space == space, tuple_(outbox.c.key, outbox.c.attempts).in_(leases))
            .returning(outbox.c.key)
        )
        keys = set(struck.scalars())
        lost = [job.turn for job in jobs if job.key not in keys]
        if lost and self._stand(space, lost):
            raise LeaseLost
        self._connection.execute(
            update(spaces)
            .where(spaces.c.key == space)
            .values(jobs_done=spaces.c.jobs_done + len(keys))
        )

    def _stand(self, space: SpaceKey, of: Sequence[TurnKey]) -> bool:
        """Tell whether any of these turns is there: jobs go with their turns."""
        query = select(turns.c.key).where(turns.c.space == space, turns.c.key.in_(of)).limit(1)
        return self._connection.execute(query).first() is not None

    def postpone(
        self, space: SpaceKey, job: Job, *, until: datetime, reason: str, was_tried: bool = True
    ) -> None:
        """Give a job another try later; it counts as tried unless it was not."""
        self._connection.execute(
            update(outbox)
            .where(*_leased(space, job))
            .values(
                due_at=until,
                reason=reason,
                holder=None,
                attempts=outbox.c.attempts - (0 if was_tried else 1),
            )
        )

    def park(self, space: SpaceKey, job: Job, *, reason: str, now: datetime) -> None:
        """Set a job aside that failed all its tries."""
        self._connection.execute(
            update(outbox)
            .where(*_leased(space, job))
            .values(parked_at=now, reason=reason, holder=None)
        )

    def retry(self, space: SpaceKey, *, now: datetime) -> int:
        """Make every parked job of the space due again; return how many."""
        return self._connection.execute(
            update(outbox)
            .where(outbox.c.space == space, outbox.c.parked_at.is_not(None))
            .values(parked_at=None, due_at=now, attempts=0, reason=None)
        ).rowcount


def _leased(space: SpaceKey, job: Job) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of a job for as long as nobody has leased it since."""
    return outbox.c.space == space, outbox.c.key == job.key, outbox.c.attempts == job.attempts


def forget_reasons(connection: Connection, space: SpaceKey) -> None:
    """Drop what a language model said that was parked: it may hold words of turns that are gone."""
    connection.execute(
        update(outbox)
        .where(
            outbox.c.step.in_([step.value for step in BY_MODEL]),
            outbox.c.parked_at.is_not(None),
            outbox.c.space == space,
        )
        .values(reason=FORGOTTEN)
    )


def _age_s(oldest: datetime | None, now: datetime) -> float:
    """Return how old something is; a clock that was set back makes nothing younger than new."""
    return 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())


def owe(
    connection: Connection, step: Step, lacking: Select[tuple[int, int]], *, now: datetime
) -> int:
    """Owe a step to turns, by `space` and `turn`, that are not owed it yet; return how many."""
    turns = lacking.subquery()
    is_owed = exists().where(
        outbox.c.space == turns.c.space,
        outbox.c.turn == turns.c.turn,
        outbox.c.step == step.value,
    )
    owed = select(
        turns.c.space,
        literal(step.value),
        turns.c.turn,
        literal(now, Instant),
        literal(now, Instant),
        literal(0),
    )
    columns = ["space", "step", "turn", "created_at", "due_at", "attempts"]
    missing = insert(outbox).from_select(columns, owed.where(~is_owed).distinct())
    return connection.execute(missing.execution_options(preserve_rowcount=True)).rowcount

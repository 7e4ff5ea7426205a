"""Roll back: take what is derived or edited back to how it stood, all in one unit of work.

To a position: what the ledger names since is compared with how it stood then, and put back by the
changes that are ordinary for it. Of a run of enrichment: what that made is taken back. A dry run
does all of it and takes it back, so it says exactly what the real one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memsvc.app.episodes import Episodes
from memsvc.app.keep_notes import NoteWork
from memsvc.app.look_up import the_space
from memsvc.app.put_back import PutBack, entered_since
from memsvc.app.then import stood
from memsvc.app.undo_run import undo_run
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import InvalidField, RunNotFound
from memsvc.domain.ids import Position, SpaceName
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.memory import Fingerprint, Space
from memsvc.domain.note import Run
from memsvc.domain.past import Past
from memsvc.domain.rollback import Goal, RolledBack, Undoing, Undone
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock, Ids

FIELD = "to"


class _TakenBack(Exception):
    """Carries the answer of a dry run out of the unit that it rolls back."""

    def __init__(self, done: RolledBack) -> None:
        self.done = done


@dataclass(frozen=True, slots=True)
class RollBack:
    """The use case, with what it needs. `fingerprint` is of the vectors of notes."""

    keeping: Keeping
    episodes: Episodes
    clock: Clock
    ids: Ids
    fingerprint: Fingerprint

    def __call__(
        self, access: Access, space: SpaceName, goal: Goal, *, dry_run: bool
    ) -> RolledBack:
        """Roll a space back, or what one run made in it; return what was changed.

        To a position it needs an admin, as settings go back with the rest; of a run, a writer.
        Where nothing has changed since, nothing is entered. Raises `SpaceNotFound`, `RunNotFound`,
        and `InvalidField` for a position that the ledger has not reached and for a time before the
        space began.
        """
        role = Role.WRITER if goal.to is None else Role.ADMIN
        access.require(role, space=space)
        _check(goal)

        def work(unit: Unit) -> RolledBack:
            held = the_space(unit, access, space, role)
            now = self.clock.now()
            target, run = None, None
            if goal.to is None:
                run, undone = self._undo_run(unit, held, goal, actor=access.id, now=now)
            else:
                target, _ = stood(unit, held, goal.to, field=FIELD)
                undone = self._put_back(unit, held, target, goal, actor=access.id, now=now)
            position = held.position
            if any(one.undoing is not Undoing.KEPT for one in undone):
                entry = EntryDraft(Change.SPACE_ROLLED_BACK, held.name, _digest(held, goal, undone))
                position = unit.ledger.append(held.key, [entry], actor=access.id, at=now)
            if target is not None:
                unit.runs.undo_after(held.key, target, undone=position, now=now)
            elif run is not None:  # it ends, so that what comes of the step now is another's
                ended_at, at = run.ended_at or now, run.undone or position
                unit.runs.keep(held.key, replace(run, ended_at=ended_at, undone=at))
            done = RolledBack(undone, target, goal.run, held.position, position, is_dry=dry_run)
            if dry_run:
                raise _TakenBack(done)
            return done

        try:
            # Alone, so that the rows as of then, which are read beside the unit, are all there.
            return self.keeping.write(work, alone=True)
        except _TakenBack as taken_back:
            return taken_back.done

    def _put_back(
        self, unit: Unit, space: Space, target: Position, goal: Goal, *, actor: str, now: datetime
    ) -> list[Undone]:
        past = Past({space.key: target}, now)
        with self.keeping.read(past) as then:
            return PutBack(
                unit=unit,
                then=then,
                space=space,
                since=entered_since(unit, space, target, with_turns=goal.with_turns),
                episodes=self.episodes,
                ids=self.ids,
                fingerprint=self.fingerprint,
                actor=actor,
                now=now,
                reason=_line(goal.reason) or f"Rolled back to position {target}.",
            )(with_turns=goal.with_turns)

    def _undo_run(
        self, unit: Unit, space: Space, goal: Goal, *, actor: str, now: datetime
    ) -> tuple[Run, list[Undone]]:
        assert goal.run is not None  # noqa: S101  `_check` has seen to it
        run = unit.runs.get(space.key, goal.run)
        if run is None:
            raise RunNotFound(goal.run)
        work = NoteWork(unit, space, self.fingerprint, actor, now)
        reason = _line(goal.reason) or f"Rolled back the run {goal.run}."
        return run, undo_run(work, goal.run, reason=reason)


def _check(goal: Goal) -> None:
    if (goal.to is None) == (goal.run is None):
        raise InvalidField("Say where to: a position or time as `to`, or a `run`.", field=FIELD)
    if goal.run is not None and goal.with_turns:
        raise InvalidField(
            "include_turns: a run of enrichment makes no turns; leave it out.",
            field="include_turns",
        )


def _line(reason: str) -> str:
    return " ".join(reason.split())


def _digest(space: Space, goal: Goal, undone: Sequence[Undone]) -> bytes:
    """Return the ledger's digest of a rollback: where to, why, and what it did."""
    content = {
        "to": str(goal.to),
        "run": goal.run,
        "with_turns": goal.with_turns,
        "reason": goal.reason,
        "undone": [[one.thing.value, one.id, one.undoing.value] for one in undone],
    }
    return digest_of(content, secret=space.secret)

"""Runs of enrichment: what one step did in a space with one maker, until nothing was due."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from memsvc.domain.ids import Position, RunId, SpaceKey, TurnKey
from memsvc.domain.note import Run
from memsvc.domain.work import Step
from memsvc.ports.keeping import Unit
from memsvc.ports.world import Ids


def going_on(
    unit: Unit, space: SpaceKey, *, step: Step, maker: str, ids: Ids, now: datetime
) -> Run:
    """Return the run of a step with a maker that goes on, or one that begins and is not kept yet.

    To be asked for before the unit enters what it changes.
    """
    first = unit.ledger.next_position(space)
    return unit.runs.going_on(space, step=step, maker=maker) or Run(
        id=RunId(ids.new("run")),
        step=step,
        maker=maker,
        started_at=now,
        ended_at=None,
        first=first,
        last=first,
        changes=0,
    )


def keep(unit: Unit, space: SpaceKey, run: Run, *, since: Position) -> None:
    """Keep a run with what the unit has entered since a position; nothing where that is nothing."""
    last = Position(unit.ledger.next_position(space) - 1)
    if last >= since:
        unit.runs.keep(space, replace(run, last=last, changes=run.changes + last - since + 1))


def mark(unit: Unit, space: SpaceKey, turns: Sequence[TurnKey], *, step: Step, maker: str) -> None:
    """Keep that a step has dealt with turns, in the run that goes on if there is one.

    To be called after `keep`. A run that is taken back leaves its marks: what a model made of a
    turn and somebody took back is not made again by itself.
    """
    run = unit.runs.going_on(space, step=step, maker=maker) if turns else None
    unit.tallies.mark(space, step, turns, maker=maker, run=None if run is None else run.id)


def end(unit: Unit, space: SpaceKey, *, step: Step, maker: str, now: datetime) -> None:
    """End the run of a step with a maker when no job of it waits any more."""
    if unit.outbox.is_owed(space, step):
        return
    run = unit.runs.going_on(space, step=step, maker=maker)
    if run is not None:
        unit.runs.keep(space, replace(run, ended_at=now))

"""Rows of `runs`: what enrichment did, to be read and rolled back as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, select, update

from memsvc.domain.ids import Position, RunId, SpaceKey
from memsvc.domain.memory import Page
from memsvc.domain.note import Run
from memsvc.domain.rollback import Thing
from store.batches import batched
from store.cursors import number_from, page_of
from store.either import insert_or
from store.history import stands
from store.rows import AnyRow
from store.tables import Instant, fact_rulings, fact_turns, links, note_versions, runs, titles

_MADE = (
    (Thing.FACT, fact_turns, fact_turns.c.run, fact_turns.c.fact),
    (Thing.RULING, fact_rulings, fact_rulings.c.maker, fact_rulings.c.id),
    (Thing.NOTE, note_versions, note_versions.c.run, note_versions.c.note),
    (Thing.LINK, links, links.c.run, links.c.id),
    (Thing.TITLE, titles, titles.c.run, titles.c.event),
)
"""Where it stands in which run a thing was made: the rows, the run's column, and the thing's."""


class RunRows:
    """Reads and keeps runs through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, space: SpaceKey, run: RunId) -> Run | None:
        """Return the run of that id."""
        query = select(runs).where(runs.c.space == space, runs.c.id == run)
        row = self._connection.execute(query).first()
        return None if row is None else _run(row)

    def going_on(self, space: SpaceKey, *, step: str, maker: str) -> Run | None:
        """Return the run of this step with this maker that has not ended."""
        row = self._connection.execute(
            select(runs).where(
                runs.c.space == space,
                runs.c.step == step,
                runs.c.maker == maker,
                runs.c.ended_at.is_(None),
            )
        ).first()
        return None if row is None else _run(row)

    def page(self, space: SpaceKey, *, after: str | None, limit: int) -> Page[Run]:
        """List runs, the newest first; the cursor is the ledger position of a first change."""
        query = (
            select(runs)
            .where(runs.c.space == space)
            .order_by(runs.c.first.desc(), runs.c.id.desc())
            .limit(limit + 1)
        )
        if after is not None:
            query = query.where(runs.c.first < number_from(after))
        found = [_run(row) for row in self._connection.execute(query)]
        return page_of(found, limit, lambda one: one.first)

    def made(self, space: SpaceKey, among: Sequence[RunId]) -> Mapping[RunId, Mapping[Thing, int]]:
        """Return how much of what each of these runs made stands, by kind."""
        found: dict[RunId, dict[Thing, int]] = {run: {} for run in among}
        for part in batched(among):
            for thing, rows, run, item in _MADE:
                counted = (
                    select(run, func.count(item.distinct()))
                    .where(rows.c.space == space, run.in_(part), stands(rows))
                    .group_by(run)
                )
                for one, count in self._connection.execute(counted):
                    found[RunId(one)][thing] = count
        return found

    def keep(self, space: SpaceKey, run: Run) -> None:
        """Keep a run as it is now, in place of what was kept of it before."""
        row = {"space": space, **asdict(run)}
        put = insert_or(runs).values(row)
        changed = {name: put.excluded[name] for name in ("ended_at", "last", "changes", "undone")}
        self._connection.execute(
            put.on_conflict_do_update(index_elements=["space", "id"], set_=changed)
        )

    def undo_after(self, space: SpaceKey, to: Position, *, undone: Position, now: datetime) -> None:
        """Keep that all is as it was at `to`: later runs are taken back, and later rollbacks."""
        begun_later = and_(runs.c.space == space, runs.c.first > to)
        self._connection.execute(
            update(runs)
            .where(begun_later, runs.c.undone.is_(None))
            .values(
                undone=undone,
                ended_at=func.coalesce(runs.c.ended_at, bindparam("ended", now, Instant)),
            )
        )
        self._connection.execute(
            update(runs)
            .where(runs.c.space == space, runs.c.first <= to, runs.c.undone > to)
            .values(undone=None)
        )


def _run(row: AnyRow) -> Run:
    return Run(
        id=RunId(row.id),
        step=row.step,
        maker=row.maker,
        started_at=row.started_at,
        ended_at=row.ended_at,
        first=Position(row.first),
        last=Position(row.last),
        changes=row.changes,
        undone=None if row.undone is None else Position(row.undone),
    )

"""Rows of `runs`: what enrichment did, to be read and rolled back as a whole."""

from dataclasses import asdict

from sqlalchemy import Connection, select
from sqlalchemy.dialects import sqlite

from memsvc.domain.ids import Position, RunId, SpaceKey
from memsvc.domain.memory import Page
from memsvc.domain.note import Run
from store.cursors import page_of
from store.rows import AnyRow
from store.tables import runs


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
        """List runs in the order of their ids, which is that of their beginnings."""
        query = select(runs).where(runs.c.space == space).order_by(runs.c.id).limit(limit + 1)
        if after is not None:
            query = query.where(runs.c.id > after)
        found = [_run(row) for row in self._connection.execute(query)]
        return page_of(found, limit, lambda one: one.id)

    def keep(self, space: SpaceKey, run: Run) -> None:
        """Keep a run as it is now, in place of what was kept of it before."""
        row = {"space": space, **asdict(run)}
        put = sqlite.insert(runs).values(row)
        changed = {name: put.excluded[name] for name in ("ended_at", "last", "changes")}
        self._connection.execute(
            put.on_conflict_do_update(index_elements=["space", "id"], set_=changed)
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
    )

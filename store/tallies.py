"""Rows of `improved` and `spending`: what a language model did for a space, and its tokens."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, select

from memsvc.domain.ids import RunId, SpaceKey, TurnKey
from memsvc.domain.improving import Tokens
from memsvc.domain.work import Step
from store.batches import batched
from store.either import insert_or, total
from store.outbox import owe
from store.tables import improved, runs, spending, turns

_DEALT = insert_or(improved)
_MARK = _DEALT.on_conflict_do_update(
    index_elements=["space", "turn", "step", "maker"], set_={"run": _DEALT.excluded.run}
)


class TallyRows:
    """Reads and keeps marks and counts through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def done(
        self, space: SpaceKey, step: Step, turns: Sequence[TurnKey], *, maker: str
    ) -> Collection[TurnKey]:
        """Return those of these turns that a step with this maker has dealt with."""
        return {
            TurnKey(turn)
            for part in batched(turns)
            for turn in self._connection.execute(
                select(improved.c.turn).where(
                    improved.c.space == space,
                    improved.c.turn.in_(part),
                    improved.c.step == step.value,
                    improved.c.maker == maker,
                )
            ).scalars()
        }

    def spent_since(self, space: SpaceKey, since: datetime) -> Mapping[datetime, Tokens]:
        """Return the tokens spent in a space after a moment, by the minute, the first first."""
        rows = self._connection.execute(
            select(spending.c.minute, *_SUMS)
            .where(spending.c.space == space, spending.c.minute > since)
            .group_by(spending.c.minute)
            .order_by(spending.c.minute)
        )
        return {minute: Tokens(*sums) for minute, *sums in rows}

    def spent(self, space: SpaceKey) -> Mapping[Step, Tokens]:
        """Return the tokens ever spent in a space, by what they were spent on."""
        rows = self._connection.execute(
            select(spending.c.step, *_SUMS)
            .where(spending.c.space == space)
            .group_by(spending.c.step)
        )
        return {Step(step): Tokens(*sums) for step, *sums in rows}

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
        if turns:
            said = {"space": space, "step": step.value, "maker": maker, "run": run}
            self._connection.execute(_MARK, [{**said, "turn": turn} for turn in turns])

    def unmark(self, space: SpaceKey, step: Step, turns: Sequence[TurnKey]) -> None:
        """Keep no longer that a step has dealt with turns, with whatever maker."""
        for part in batched(turns):
            self._connection.execute(
                delete(improved).where(
                    improved.c.space == space,
                    improved.c.turn.in_(part),
                    improved.c.step == step.value,
                )
            )

    def spend(self, space: SpaceKey, step: Step, tokens: Tokens, *, at: datetime) -> None:
        """Count tokens, to the minute."""
        put = insert_or(spending).values(
            space=space,
            minute=at.replace(second=0, microsecond=0),
            step=step.value,
            read=tokens.read,
            written=tokens.written,
            asks=tokens.asks,
        )
        more = {name: spending.c[name] + put.excluded[name] for name in ("read", "written", "asks")}
        self._connection.execute(
            put.on_conflict_do_update(index_elements=["space", "minute", "step"], set_=more)
        )

    def owe_unmarked(self, space: SpaceKey, step: Step, *, now: datetime) -> int:
        """Owe a step to the turns of a space that it has dealt with under no maker."""
        marked = exists().where(
            improved.c.space == turns.c.space,
            improved.c.turn == turns.c.key,
            improved.c.step == step.value,
        )
        lacking = (
            select(turns.c.space, turns.c.key.label("turn"))
            .where(turns.c.space == space, ~marked)
            .order_by(turns.c.key)
        )
        return owe(self._connection, step, lacking, now=now)

    def owe_undone(self, space: SpaceKey, step: Step, *, now: datetime) -> int:
        """Owe a step anew to what it dealt with in runs that were taken back; return how many."""
        return self._owe_undone(step, improved.c.space == space, now=now)

    def owe_undone_of_others(self, step: Step, *, maker: str, now: datetime) -> int:
        """Do that in every space, for what makers other than this one made."""
        return self._owe_undone(step, improved.c.maker != maker, now=now)

    def _owe_undone(self, step: Step, which: ColumnElement[bool], *, now: datetime) -> int:
        undone = exists().where(
            runs.c.space == improved.c.space,
            runs.c.id == improved.c.run,
            runs.c.undone.is_not(None),
        )
        those = and_(which, improved.c.step == step.value, improved.c.run.is_not(None), undone)
        lacking = select(improved.c.space, improved.c.turn).where(those).order_by(improved.c.turn)
        owed = owe(self._connection, step, lacking, now=now)
        self._connection.execute(delete(improved).where(those))
        return owed


_SUMS = tuple(map(total, (spending.c.read, spending.c.written, spending.c.asks)))

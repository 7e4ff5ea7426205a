"""Names of turns and facts about them, as far as turns that stand have and say them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select, union

from memsvc.domain.ids import FactKey, SpaceKey, TurnKey
from memsvc.domain.memory import Standing
from store.batches import batched
from store.cursors import name_from
from store.filters import standing_conditions
from store.history import stands
from store.linked import is_linked
from store.tables import fact_turns, facts, mentions, merges, turns

LAST = "\U0010ffff"
"""Comes after every character that a name can hold."""

_ENDS = (facts.c.subject_name, facts.c.object_name)
_IS_GIVEN = (merges.c.spelled.is_not(None), stands(merges))


class EntityRows:
    """Reads names through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def names(
        self, space: SpaceKey, *, prefix: str, after: str, longest: int, limit: int
    ) -> list[str]:
        """Return the first names after one, ascending, that begin so and are not too long.

        Raises `InvalidField` for an `after` that no name can be.
        """
        begun, found = name_from(after), set[str]()
        # Each is an index that is walked from there on; what was given are few and have none.
        for column in (mentions.c.name, *_ENDS, merges.c.into):
            given = _IS_GIVEN if column is merges.c.into else ()
            query = (
                select(column)
                .where(
                    column.table.c.space == space,
                    *given,
                    column > begun,
                    column >= prefix,
                    column < prefix + LAST,
                    func.length(column) <= longest,
                )
                .distinct()
                .order_by(column)
                .limit(limit)
            )
            found.update(self._connection.execute(query).scalars())
        return sorted(found)[:limit]

    def named(self, space: SpaceKey, names: Sequence[str], *, standing: Standing) -> set[str]:
        """Return those of these names that a turn that stands has, in its text or by its facts."""
        found: set[str] = set()
        for part in batched(names):
            by_text = (
                select(mentions.c.name)
                .join(turns, turns.c.key == mentions.c.turn)
                .where(
                    mentions.c.space == space,
                    mentions.c.name.in_(part),
                    is_linked(),
                    *standing_conditions(space, standing),
                )
            )
            by_facts = (
                select(column).where(
                    facts.c.space == space, column.in_(part), _is_said(space, standing)
                )
                for column in _ENDS
            )
            found.update(self._connection.execute(union(by_text, *by_facts)).scalars())
        return found

    def newest_naming(
        self, space: SpaceKey, names: Sequence[str], *, standing: Standing
    ) -> Mapping[str, TurnKey]:
        """Return the newest turn that stands and names each of these in its text."""
        found: dict[str, TurnKey] = {}
        for part in batched(names):
            rows = self._connection.execute(
                select(mentions.c.name, func.max(mentions.c.turn))
                .join(turns, turns.c.key == mentions.c.turn)
                .where(
                    mentions.c.space == space,
                    mentions.c.name.in_(part),
                    mentions.c.about.is_(False),
                    is_linked(),
                    *standing_conditions(space, standing),
                )
                .group_by(mentions.c.name)
            )
            found.update((name, TurnKey(turn)) for name, turn in rows)
        return found

    def facts_of(
        self, space: SpaceKey, names: Sequence[str], *, standing: Standing
    ) -> Mapping[str, Sequence[FactKey]]:
        """Return the facts that begin or end in each name and that a turn that stands says."""
        found: dict[str, list[FactKey]] = defaultdict(list)
        for part in batched(names):
            both = union(
                *(
                    select(column.label("name"), facts.c.key).where(
                        facts.c.space == space, column.in_(part), _is_said(space, standing)
                    )
                    for column in _ENDS
                )
            )
            for name, key in sorted(map(tuple, self._connection.execute(both))):
                found[name].append(FactKey(key))
        return found


def _is_said(space: SpaceKey, standing: Standing) -> Any:
    """Say that a turn that stands says a fact."""
    said: Select[Any] = (
        select(fact_turns.c.turn)
        .join(turns, turns.c.key == fact_turns.c.turn)
        .where(
            fact_turns.c.space == space,
            fact_turns.c.fact == facts.c.key,
            stands(fact_turns),
            *standing_conditions(space, standing),
        )
    )
    return exists(said.correlate(facts))

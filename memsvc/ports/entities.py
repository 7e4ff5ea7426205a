"""Reading entities from rows: which names turns have, and the facts about them.

Only what stands counts: a turn that has expired and is still held names nothing and says nothing.
What is kept in memory (`memsvc.ports.indexes.Mentions`) knows who names something; here is what
it does not: the names in order, and facts.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from memsvc.domain.ids import FactKey, SpaceKey, TurnKey
from memsvc.domain.memory import Standing


class EntityReader(Protocol):
    """Reads names and what hangs on them."""

    def names(
        self, space: SpaceKey, *, prefix: str, after: str, longest: int, limit: int
    ) -> list[str]:
        """Return the first names after one, ascending, that begin so and are not too long.

        Those of turns that have expired and are still held are among them, merged ones, and those
        that were given to an entity and that no turn need write, or that people say no turn names.
        """
        ...

    def named(self, space: SpaceKey, names: Sequence[str], *, standing: Standing) -> set[str]:
        """Return those of these names that a turn that stands has, in its text or by its facts."""
        ...

    def newest_naming(
        self, space: SpaceKey, names: Sequence[str], *, standing: Standing
    ) -> Mapping[str, TurnKey]:
        """Return the newest turn that stands and names each of these in its text."""
        ...

    def facts_of(
        self, space: SpaceKey, names: Sequence[str], *, standing: Standing
    ) -> Mapping[str, Sequence[FactKey]]:
        """Return the facts that begin or end in each name and that a turn that stands says."""
        ...

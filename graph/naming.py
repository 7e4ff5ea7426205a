"""Who names what: the ground that two-hop recall walks on.

Turns and entities are plain numbers. An entity that a turn is *about* (its title, or the entity of
its event) is also one that it names.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.int64]
"""Turns or entities, shape (n,)."""

Scores: TypeAlias = NDArray[np.float64]
"""One number a turn or a path, shape (n,)."""

Weights: TypeAlias = NDArray[np.float64]
"""What each term of the question says for each turn, shape (terms, n)."""

Marks: TypeAlias = NDArray[np.bool_]
"""One yes or no beside each number, shape (n,)."""


class Named(NamedTuple):
    """Names that a turn names, or turns that name something, each once and ascending.

    `about` marks those pairs where the turn is about what is named; that counts as naming too.
    """

    numbers: Numbers
    about: Marks


class NamedEach(NamedTuple):
    """What several turns name, or who names several names: one after another in one array each.

    The first `each[0]` belong to the first that was asked for, the next `each[1]` to the second.
    """

    numbers: Numbers
    about: Marks
    each: Numbers


class Naming(Protocol):
    """Who names what. A number that is not known names nothing and nobody names it."""

    def named_by_each(self, turns: Numbers) -> NamedEach:
        """Return the entities that each of these turns names."""
        ...

    def naming_each(self, entities: Numbers) -> NamedEach:
        """Return the turns that name each of these entities."""
        ...


class Names:
    """The plain twin: `Naming` over lists that are given at once."""

    def __init__(
        self, named: Mapping[int, Iterable[int]], subjects: Mapping[int, Iterable[int]]
    ) -> None:
        pairs = {(turn, entity): False for turn, held in named.items() for entity in held}
        pairs.update({(turn, entity): True for turn, held in subjects.items() for entity in held})
        ordered = sorted((turn, entity, about) for (turn, entity), about in pairs.items())
        self._by_turn = _grouped([(turn, entity, about) for turn, entity, about in ordered])
        self._by_entity = _grouped([(entity, turn, about) for turn, entity, about in ordered])

    def named_by(self, turn: int) -> Named:
        """Return the entities that a turn names."""
        return self._by_turn.get(turn, NOTHING)

    def naming(self, entity: int) -> Named:
        """Return the turns that name an entity."""
        return self._by_entity.get(entity, NOTHING)

    def named_by_each(self, turns: Numbers) -> NamedEach:
        """Return the entities that each of these turns names."""
        return one_after_another([self.named_by(turn) for turn in turns.tolist()])

    def naming_each(self, entities: Numbers) -> NamedEach:
        """Return the turns that name each of these entities."""
        return one_after_another([self.naming(entity) for entity in entities.tolist()])


NOTHING = Named(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_))


def one_after_another(found: Sequence[Named]) -> NamedEach:
    """Return these as one."""
    return NamedEach(
        np.concatenate([NOTHING.numbers, *(one.numbers for one in found)]),
        np.concatenate([NOTHING.about, *(one.about for one in found)]),
        np.array([len(one.numbers) for one in found], dtype=np.int64),
    )


def _grouped(pairs: Sequence[tuple[int, int, bool]]) -> dict[int, Named]:
    held: dict[int, list[tuple[int, bool]]] = {}
    for key, number, about in pairs:
        held.setdefault(key, []).append((number, about))
    return {
        key: Named(
            np.array([number for number, _ in found], dtype=np.int64),
            np.array([about for _, about in found], dtype=np.bool_),
        )
        for key, found in held.items()
    }

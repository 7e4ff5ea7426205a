"""Who names what, when people have said that some names mean the same.

Merges are looked through here and nowhere stored: taken back, everything is as it was. A merged
name answers with the number of what it means, and that with the turns of all. A name that somebody
gave and no turn writes has no number of its own: it answers with that of the name that bears it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graph.naming import Marks, Named, NamedEach, Numbers, one_after_another
from memsvc.domain.knowledge import meant
from memsvc.ports.vectors import Keys
from store.mentions import TurnMentions


@dataclass(frozen=True, slots=True)
class Merged:
    """`memsvc.ports.indexes.Mentions` over merges.

    `final` has the number of what each merged number means, `groups` the numbers that mean one,
    `bearers` the numbers that bear names which no turn writes, and `given` those names.
    """

    plain: TurnMentions
    final: Mapping[int, int]
    groups: Mapping[int, Sequence[int]]
    bearers: Mapping[str, int]
    given: Mapping[int, str]

    @classmethod
    def of(cls, plain: TurnMentions, merges: Mapping[str, str]) -> "Merged":
        """Look through merges, by what is merged, which some turn names."""
        final: dict[int, int] = {}
        groups: dict[int, list[int]] = {}
        bearers = bearers_of(plain.number_of, merges)
        for name in merges:
            number, means = plain.number_of(name), meant(name, merges)
            into = bearers[means] if means in bearers else plain.number_of(means)
            if number is not None and into is not None and number != into:
                final[number] = into
                groups.setdefault(into, [into]).append(number)
        given = {number: name for name, number in bearers.items()}
        return cls(plain, final, groups, bearers, given)

    def named_by(self, turn: int) -> Named:
        """Return the numbers of what a turn names; none for one that does not stand."""
        found = self.plain.named_by(turn)
        if not any(number in self.final for number in found.numbers.tolist()):
            return found
        numbers = [self.final.get(number, number) for number in found.numbers.tolist()]
        return _together(np.array(numbers, dtype=np.int64), found.about)

    def naming(self, entity: int) -> Named:
        """Return the keys of the turns that name this; none for a number that is not known."""
        group = self.groups.get(entity)
        if group is None:
            return self.plain.naming(entity)
        parts = [self.plain.naming(number) for number in group]
        return _together(
            np.concatenate([part.numbers for part in parts]),
            np.concatenate([part.about for part in parts]),
        )

    def count(self, entity: int) -> int:
        """Return how many turns name this."""
        if entity in self.groups:
            return len(self.naming(entity).numbers)
        return self.plain.count(entity)

    def named_by_each(self, turns: Keys) -> NamedEach:
        """Return what `named_by` says of each of these turns."""
        found = self.plain.named_by_each(turns)
        if self.final.keys().isdisjoint(found.numbers.tolist()):
            return found
        return one_after_another([self.named_by(turn) for turn in turns.tolist()])

    def naming_each(self, entities: Numbers) -> NamedEach:
        """Return what `naming` says of each of these."""
        if self.groups.keys().isdisjoint(entities.tolist()):
            return self.plain.naming_each(entities)
        return one_after_another([self.naming(entity) for entity in entities.tolist()])

    def count_each(self, entities: Numbers) -> Numbers:
        """Return how many turns name each of these; every number must be known."""
        counts = self.plain.count_each(entities)
        for place, entity in enumerate(entities.tolist()):
            if entity in self.groups:
                counts[place] = len(self.naming(entity).numbers)
        return counts

    def count_about_each(self, entities: Numbers) -> Numbers:
        """Return how many turns are about each of these; every number must be known."""
        counts = self.plain.count_about_each(entities)
        for place, entity in enumerate(entities.tolist()):
            if entity in self.groups:
                counts[place] = np.count_nonzero(self.naming(entity).about)
        return counts

    def number_of(self, name: str) -> int | None:
        """Return the number of what a name means; None for one that nothing bears."""
        number = self.plain.number_of(name)
        if number is None:
            return self.bearers.get(name)
        return self.final.get(number, number)

    def name_of(self, entity: int) -> str:
        """Return the name of this number; it must be known."""
        return self.given[entity] if entity in self.given else self.plain.name_of(entity)

    def knows(self, name: str) -> bool:
        """Tell whether any turn names this, by this name or by another that it was given for."""
        return name in self.bearers or self.plain.knows(name)

    def is_subject(self, name: str) -> bool:
        """Tell whether any turn is about what this name means."""
        number = self.number_of(name)
        return number is not None and bool(self.naming(number).about.any())


def bearers_of(number_of: Callable[[str], int | None], merges: Mapping[str, str]) -> dict[str, int]:
    """Return for each name that was given and that no turn writes the number of who bears it.

    Where several do, the first: what they are called by is one.
    """
    found: dict[str, int] = {}
    for name, into in merges.items():
        number = number_of(name)
        if number is not None and number_of(into) is None:
            found[into] = min(number, found.get(into, number))
    return found


def _together(numbers: Numbers, about: Marks) -> Named:
    """Return numbers each once and ascending; about it if any of the same is."""
    once, place = np.unique(numbers, return_inverse=True)
    return Named(once, np.bincount(place, weights=about, minlength=len(once)) > 0)

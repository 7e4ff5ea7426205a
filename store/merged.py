"""Who names what, when people have said that some names mean the same.

Merges are looked through here and nowhere stored: taken back, everything is as it was. A merged
name answers with the number of what it means, and that with the turns of all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graph.naming import Marks, Named, NamedEach, Numbers, one_after_another
from memsvc.domain.knowledge import meant
from memsvc.ports.vectors import Keys
from store.mentions import TurnMentions


@dataclass(frozen=True, slots=True)
class Merged:
    """`memsvc.ports.indexes.Mentions` over merges.

    `final` has the number of what each merged number means, `groups` the numbers that mean one.
    """

    plain: TurnMentions
    final: Mapping[int, int]
    groups: Mapping[int, Sequence[int]]

    @classmethod
    def of(cls, plain: TurnMentions, merges: Mapping[str, str]) -> "Merged":
        """Look through merges, by what is merged; every name in them is named by some turn."""
        final: dict[int, int] = {}
        groups: dict[int, list[int]] = {}
        for name in merges:
            number, into = plain.number_of(name), plain.number_of(meant(name, merges))
            if number is not None and into is not None:
                final[number] = into
                groups.setdefault(into, [into]).append(number)
        return cls(plain, final, groups)

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
        """Return the number of what a name means; None for one that no turn names."""
        number = self.plain.number_of(name)
        return None if number is None else self.final.get(number, number)

    def name_of(self, entity: int) -> str:
        """Return the name of this number; it must be known."""
        return self.plain.name_of(entity)

    def knows(self, name: str) -> bool:
        """Tell whether any turn names this."""
        return self.plain.knows(name)

    def is_subject(self, name: str) -> bool:
        """Tell whether any turn is about what this name means."""
        number = self.number_of(name)
        return number is not None and bool(self.naming(number).about.any())


def _together(numbers: Numbers, about: Marks) -> Named:
    """Return numbers each once and ascending; about it if any of the same is."""
    once, place = np.unique(numbers, return_inverse=True)
    return Named(once, np.bincount(place, weights=about, minlength=len(once)) > 0)

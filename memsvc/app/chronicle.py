"""Chronicle: how facts stand, of all that is said about their subjects.

Facts with the same subject, through merges, and the same relation are one group, and stand beside
each other (`memsvc.domain.validity`). Nothing of that is kept, so it is right at any moment and
any ledger position that the rows are read at.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from memsvc.domain.ids import FactId
from memsvc.domain.knowledge import DatedFact, Fact, meant
from memsvc.domain.memory import Space, Standing
from memsvc.domain.relation import holds_one, relation_of, spellings
from memsvc.domain.validity import Ruling, Told, validity
from memsvc.ports.keeping import Reading, Unit


class Matter(NamedTuple):
    """What facts are said of: one subject by its name, through merges, and one relation."""

    subject: str
    relation: str


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Tells how facts of a space stand at a moment, as far as turns say them that stand then."""

    reading: Reading | Unit
    space: Space
    now: datetime

    def dated(self, facts: Sequence[Fact]) -> list[DatedFact]:
        """Return these facts, in their order, with when each held and how it stands."""
        if not facts:
            return []
        found = self._groups(facts, self._into())
        by_id = {each.fact.id: each for group in found.values() for each in group}
        return [by_id[fact.id] for fact in facts]

    def groups(
        self, facts: Sequence[Fact], *, whole: bool = True
    ) -> Mapping[Matter, list[DatedFact]]:
        """Return the groups that these facts are in, with all that stand beside them.

        Not `whole`, with those alone that have a say in how they stand.
        """
        if not facts:
            return {}
        into = self._into()
        if not whole:
            return self._groups(facts, into)
        matters = {self._matter(fact, into) for fact in facts}
        siblings = self._of(matters, into, replacing=False)
        return self._groups([*facts, *siblings], into)

    def _into(self) -> Mapping[str, str]:
        return {merge.name: merge.into for merge in self.reading.merges.all(self.space.key)}

    def _groups(
        self, facts: Iterable[Fact], into: Mapping[str, str]
    ) -> dict[Matter, list[DatedFact]]:
        groups: dict[Matter, dict[FactId, Fact]] = defaultdict(dict)
        for fact in facts:
            groups[self._matter(fact, into)][fact.id] = fact
        single = {matter for matter in groups if self._is_single(matter)}
        siblings = [
            *self._of(single, into, replacing=False),
            # Where several may hold, those alone can change how another stands.
            *self._of(groups.keys() - single, into, replacing=True),
        ]
        for fact in siblings:
            groups[self._matter(fact, into)][fact.id] = fact
        every = {fact.id: fact for group in groups.values() for fact in group.values()}
        keys = [fact.key for fact in every.values()]
        ruled = self.reading.rulings.of_facts(self.space.key, keys)
        there = every.keys() | self._others(ruled, every)
        rulings: dict[FactId, list[Ruling]] = defaultdict(list)
        for each in ruled:
            if each.by is None or each.by in there:
                rulings[each.fact].append(each)
        return {
            matter: self._stand(list(group.values()), rulings, into, is_single=matter in single)
            for matter, group in groups.items()
        }

    def _stand(
        self,
        group: Sequence[Fact],
        rulings: Mapping[FactId, Sequence[Ruling]],
        into: Mapping[str, str],
        *,
        is_single: bool,
    ) -> list[DatedFact]:
        told = [Told(fact.id, meant(fact.object_name, into), fact.sayings) for fact in group]
        of_group = [ruling for fact in group for ruling in rulings.get(fact.id, ())]
        found = validity(told, of_group, is_single=is_single, now=self.now)
        return [
            DatedFact(fact, found[fact.id], tuple(rulings.get(fact.id, ())))
            for fact in sorted(group, key=lambda each: each.position)
        ]

    def _others(self, rulings: Sequence[Ruling], here: Mapping[FactId, Fact]) -> set[FactId]:
        """Return the facts elsewhere that are said to have taken the place of one of these."""
        asked = {each.by for each in rulings if each.by is not None} - here.keys()
        if not asked:
            return set()
        return set(
            self.reading.facts.of_ids(self.space.key, sorted(asked), standing=self._standing)
        )

    def _of(
        self, matters: Iterable[Matter], into: Mapping[str, str], *, replacing: bool
    ) -> list[Fact]:
        asked = set(matters)
        if not asked:
            return []
        named: dict[str, list[str]] = defaultdict(list)
        for name in {*into, *into.values()}:
            named[meant(name, into)].append(name)
        found = self.reading.facts.of_subjects(
            self.space.key,
            [name for each in asked for name in named.get(each.subject, [each.subject])],
            [spelled for each in asked for spelled in spellings(each.relation)],
            replacing=replacing,
            standing=self._standing,
        )
        return [fact for fact in found if self._matter(fact, into) in asked]

    @property
    def _standing(self) -> Standing:
        return self.space.settings.standing(self.now)

    def _is_single(self, matter: Matter) -> bool:
        return holds_one(matter.relation, self.space.settings.single_valued or ())

    @staticmethod
    def _matter(fact: Fact, into: Mapping[str, str]) -> Matter:
        return Matter(meant(fact.subject_name, into), relation_of(fact.predicate))

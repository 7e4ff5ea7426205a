"""Deciding facts: what a person says took a fact's place, or holds; and what is in conflict.

What is decided is final: no statement changes it, until it is taken back. It is said about one
fact, with a reason, and hangs on it: it goes when the fact does.
"""

from dataclasses import dataclass
from datetime import datetime

from memsvc.app.chronicle import Chronicle
from memsvc.app.facts import Facts, check
from memsvc.app.look_up import the_fact, the_space
from memsvc.app.superseding_facts import OWN_PLACE, rule, take_back
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import RulingConflict, RulingNotFound, VersionMismatch
from memsvc.domain.ids import FactId, RulingId, SpaceName
from memsvc.domain.knowledge import Conflict, DatedFact, Fact, NewFact, meaning_the_same
from memsvc.domain.memory import Page, Space
from memsvc.domain.relation import holds_one, relation_of, spellings
from memsvc.domain.validity import FactState, Validity, Verdict
from memsvc.ingest.extract.mention import normal
from memsvc.ports.keeping import Reading, Unit

FACTS_LOOKED_AT = 500
ROUNDS = 4
"""Runs of facts that are looked through for a page of conflicts, at most."""

_FIRST = (
    FactState.CURRENT,
    FactState.DISPUTED,
    FactState.PLANNED,
    FactState.ENDED,
    FactState.SUPERSEDED,
)
"""In which order the sides of a conflict are shown."""


@dataclass(frozen=True, slots=True)
class DecideFacts:
    """The use cases, with what they need. Each raises `SpaceNotFound` and `FactNotFound`."""

    facts: Facts

    def supersede(
        self,
        access: Access,
        space: SpaceName,
        fact: FactId,
        *,
        by: FactId | NewFact | None,
        at: datetime | None,
        reason: str,
        version: int,
    ) -> DatedFact:
        """Say that a fact held no longer from `at` on; return it as it stands now.

        `by` took its place: a fact, or one that turns say and that is stated with it. Without `at`
        that is from when `by` began, or else from now on. Raises `TurnNotFound`, `VersionMismatch`
        when the fact has changed since it was read, and `RulingConflict` for a fact that is to take
        its own place and for a moment before the fact began.
        """
        if isinstance(by, NewFact):
            check(by, where="by")

        def work(unit: Unit) -> DatedFact:
            held = the_space(unit, access, space, Role.WRITER)
            old = self._expected(unit, held, fact, version)
            other = self._other(unit, held, by, actor=access.id)
            if other is not None and other.id == old.id:
                raise RulingConflict(OWN_PLACE)
            end = at or self._end(old, other)
            first = min(saying.claimed.start or end for saying in old.sayings)
            if end < first:
                raise RulingConflict(
                    f"The fact began later, at {first.isoformat()}; say a later `at`."
                )
            now = self.facts.clock.now()
            ruled = unit.rulings.of_facts(held.key, [old.key])
            final = [each for each in ruled if each.is_final]
            take_back(unit, held, old, final, actor=access.id, now=now)
            rule(
                unit,
                held,
                old,
                Verdict.SUPERSEDED,
                by=other,
                at=end,
                reason=reason,
                ids=self.facts.ids,
                actor=access.id,
                now=now,
            )
            return self._shown(unit, held, fact)

        return self.facts.keeping.write(work)

    def decide(
        self,
        access: Access,
        space: SpaceName,
        fact: FactId,
        *,
        verdict: Verdict,
        winner: FactId | None = None,
        reason: str,
        version: int,
    ) -> DatedFact:
        """Uphold or reject a fact, or uphold the `winner` over it; return it as it stands now.

        What was decided before about the same is taken back with it. Raises `VersionMismatch`, and
        `RulingConflict` for a winner that says nothing of the same subject and relation.
        """

        def work(unit: Unit) -> DatedFact:
            held = the_space(unit, access, space, Role.WRITER)
            asked = self._expected(unit, held, fact, version)
            [(matter, group)] = self._chronicle(unit, held).groups([asked]).items()
            chosen = asked
            if winner is not None:
                among = {each.fact.id: each.fact for each in group}
                the_fact(unit, held, winner, now=self.facts.clock.latest())
                if winner not in among or winner == fact:
                    raise RulingConflict(
                        f"{winner!r} is no other fact about the same subject and relation; see the "
                        "conflicts of the space."
                    )
                chosen = among[winner]
            now = self.facts.clock.now()
            is_single = holds_one(matter.relation, held.settings.single_valued or ())
            for each in group:
                is_rival = is_single and verdict is Verdict.UPHELD
                undone = [
                    ruling
                    for ruling in each.rulings
                    if ruling.is_final
                    and (
                        each.fact.id == chosen.id or (is_rival and ruling.verdict is Verdict.UPHELD)
                    )
                    and (each.fact.id != chosen.id or ruling.verdict is not verdict)
                ]
                take_back(unit, held, each.fact, undone, actor=access.id, now=now)
            rule(
                unit,
                held,
                chosen,
                verdict,
                reason=reason,
                ids=self.facts.ids,
                actor=access.id,
                now=now,
            )
            return self._shown(unit, held, fact)

        return self.facts.keeping.write(work)

    def undo(self, access: Access, space: SpaceName, fact: FactId, ruling: RulingId) -> DatedFact:
        """Take a ruling about a fact back; return the fact. Raises `RulingNotFound`."""

        def work(unit: Unit) -> DatedFact:
            held = the_space(unit, access, space, Role.WRITER)
            asked = the_fact(unit, held, fact, now=self.facts.clock.latest())
            of_it = unit.rulings.of_facts(held.key, [asked.key])
            found = [each for each in of_it if each.id == ruling]
            if not found:
                raise RulingNotFound(ruling)
            now = self.facts.clock.now()
            take_back(unit, held, asked, found, actor=access.id, now=now)
            return self._shown(unit, held, fact)

        return self.facts.keeping.write(work)

    def conflicts(
        self,
        access: Access,
        space: SpaceName,
        *,
        entity: str | None,
        predicate: str | None = None,
        state: FactState | None,
        after: str | None,
        limit: int,
    ) -> Page[Conflict]:
        """List what is said of one subject and relation and cannot all hold.

        In the order in which the first superseded or disputed fact of each was written; with
        `predicate`, only those of the relation that it means, with `state`, only those in which one
        stands so. A page may hold fewer than there are.
        """
        with self.facts.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            now = self.facts.clock.latest()
            names = None
            if entity is not None:
                names = meaning_the_same(normal(entity), reading.merges.all(held.key))
            predicates = None if predicate is None else spellings(relation_of(predicate))
            chronicle = self._chronicle(reading, held)
            found: list[Conflict] = []
            for _ in range(ROUNDS):
                page = reading.facts.page(
                    held.key,
                    names=names,
                    turn=None,
                    predicates=predicates,
                    after=after,
                    limit=FACTS_LOOKED_AT,
                    standing=held.settings.standing(now),
                )
                after = page.next_cursor
                against = [each for each in chronicle.dated(page.items) if _is_against(each)]
                groups = chronicle.groups([each.fact for each in against])
                first = {
                    next(each.fact.id for each in group if _is_against(each)): (matter, group)
                    for matter, group in groups.items()
                }
                for each in against:
                    if each.fact.id not in first:
                        continue
                    matter, group = first[each.fact.id]
                    sides = _sides(group)
                    if state is None or any(one.validity.state is state for one in sides):
                        found.append(Conflict(matter.subject, matter.relation, sides))
                    if len(found) == limit:
                        return Page(tuple(found), str(each.fact.position))
                if after is None:
                    break
        return Page(tuple(found), after)

    def _expected(self, unit: Unit, space: Space, fact: FactId, version: int) -> Fact:
        found = the_fact(unit, space, fact, now=self.facts.clock.latest())
        if found.version != version:
            raise VersionMismatch(current=found.version)
        return found

    def _other(
        self, unit: Unit, space: Space, by: FactId | NewFact | None, *, actor: str
    ) -> Fact | None:
        if by is None:
            return None
        if isinstance(by, NewFact):
            return self.facts.entered(unit, space, [by], actor=actor)[0].fact
        return the_fact(unit, space, by, now=self.facts.clock.latest())

    def _end(self, old: Fact, by: Fact | None) -> datetime:
        """Return from when on a fact is superseded, if nobody says: never before it began."""
        now = self.facts.clock.now()
        begun = max((each.claimed.start or each.at for each in old.sayings), default=now)
        if by is None:
            return max(now, begun)
        return max(min(each.claimed.start or each.at for each in by.sayings), begun)

    def _shown(self, unit: Unit, space: Space, fact: FactId) -> DatedFact:
        found = the_fact(unit, space, fact, now=self.facts.clock.latest())
        return self._chronicle(unit, space).dated([found])[0]

    def _chronicle(self, unit: Reading | Unit, space: Space) -> Chronicle:
        return Chronicle(unit, space, self.facts.clock.latest())


def _is_against(one: DatedFact) -> bool:
    return one.validity.state in {FactState.SUPERSEDED, FactState.DISPUTED}


def _sides(group: list[DatedFact]) -> tuple[DatedFact, ...]:
    """Return those of a group that are in conflict, what holds now first, then the newest."""
    involved = {each.fact.id for each in group if _is_against(each)}
    for each in group:
        if each.fact.id in involved:
            involved.update(_named(each.validity))
    sides = [each for each in group if each.fact.id in involved]
    sides.sort(key=lambda each: each.fact.position, reverse=True)
    sides.sort(key=lambda each: str(each.validity.valid_from or ""), reverse=True)
    return tuple(sorted(sides, key=lambda each: _FIRST.index(each.validity.state)))


def _named(validity: Validity) -> set[FactId]:
    by = () if validity.superseded_by is None else (validity.superseded_by,)
    return {*validity.disputes, *by}

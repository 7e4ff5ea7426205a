"""Facts: triples that turns say, stated by whoever read them there; read back, and deleted.

The same triple is one fact, whatever its spelling and however many turns say it. It stands as long
as one of them does: a fact that only expired turns say counts as gone, and goes with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from memsvc.app.chronicle import Chronicle
from memsvc.app.enter_facts import enter, statement_of
from memsvc.app.fingerprints import deletion
from memsvc.app.look_up import the_fact, the_space, the_turn
from memsvc.app.superseding_facts import supersede_stated
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import InvalidField, TurnNotFound
from memsvc.domain.ids import FactId, Position, SpaceName, TurnId
from memsvc.domain.knowledge import (
    DatedFact,
    Fact,
    NewFact,
    Outcome,
    Stated,
    meaning_the_same,
)
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Page, Space
from memsvc.domain.relation import relation_of, spellings
from memsvc.domain.validity import FactState
from memsvc.ingest.extract.mention import normal
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.world import Clock, Ids


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which facts are wanted, by how they stand: all parts must hold.

    `states` empty for all; `valid_at` a moment in the world at which they held. What was superseded
    is left out unless it is asked for, by its state, by a moment or by `superseded`.
    """

    states: tuple[FactState, ...] = ()
    valid_at: datetime | None = None
    superseded: bool = False

    def wants(self, one: DatedFact) -> bool:
        """Tell whether a fact is wanted."""
        state = one.validity.state
        if self.states and state not in self.states:
            return False
        if self.valid_at is not None:
            return one.validity.holds_at(self.valid_at)
        return bool(self.states) or self.superseded or state is not FactState.SUPERSEDED


EVERY = Wanted(superseded=True)

PAGES_READ = 20
"""Pages that are looked through for one, at most: few may be wanted of many."""


@dataclass(frozen=True, slots=True)
class StatedNow:
    """A fact as it stands after it was stated, and what that did."""

    dated: DatedFact
    outcome: Outcome

    @property
    def fact(self) -> Fact:
        """The fact itself."""
        return self.dated.fact


@dataclass(frozen=True, slots=True)
class Facts:
    """The use cases, with what they need."""

    keeping: Keeping
    clock: Clock
    ids: Ids

    def state(
        self, access: Access, space: SpaceName, facts: Sequence[NewFact]
    ) -> tuple[list[StatedNow], Position]:
        """Have turns say facts; return each as it stands now, in order, and the ledger's position.

        All or nothing. Raises `SpaceNotFound`, `TurnNotFound`, `FactNotFound` for one whose place
        another is to take, `RulingConflict` for its own, and `InvalidField` for a subject or object
        that names nothing and for an interval that ends before it begins.
        """
        access.require(Role.WRITER, space=space)
        for place, fact in enumerate(facts):
            check(fact, where=f"facts.{place}")

        def work(unit: Unit) -> tuple[list[StatedNow], Position]:
            held = the_space(unit, access, space, Role.WRITER)
            stated = self.entered(unit, held, facts, actor=access.id)
            shown = self._chronicle(unit, held).dated(
                list({each.fact.id: each.fact for each in stated}.values())
            )
            by_id = {each.fact.id: each for each in shown}
            found = [StatedNow(by_id[each.fact.id], each.outcome) for each in stated]
            return found, Position(unit.ledger.next_position(held.key) - 1)

        return self.keeping.write(work)

    def entered(
        self, unit: Unit, space: Space, facts: Sequence[NewFact], *, actor: str
    ) -> list[Stated]:
        """Enter facts that somebody states, and what they supersede; as turns say them that stand.

        Raises `TurnNotFound` and `FactNotFound`.
        """
        ids = list(dict.fromkeys(turn for fact in facts for turn in fact.turns))
        standing = space.settings.standing(self.clock.latest())
        keys = unit.turns.keys_of(space.key, ids, standing=standing)
        for turn in ids:
            if turn not in keys:
                raise TurnNotFound(turn)
        told = [statement_of(fact, keys) for fact in facts]
        now = self.clock.now()
        stated = enter(unit, space, told, ids=self.ids, actor=actor, now=now)
        superseding = supersede_stated(
            unit, space, facts, stated, standing=standing, ids=self.ids, actor=actor, now=now
        )
        every = list({each.fact.id for each in stated})
        shown = unit.facts.of_ids(space.key, every, standing=standing)
        return [
            Stated(
                shown[each.fact.id],
                Outcome.EXTENDED
                if each.fact.id in superseding and each.outcome is Outcome.KNOWN
                else each.outcome,
            )
            for each in stated
        ]

    def get(self, access: Access, space: SpaceName, fact: FactId) -> DatedFact:
        """Return one fact. Raises `FactNotFound`."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            found = the_fact(reading, held, fact, now=self.clock.latest())
            return self._chronicle(reading, held).dated([found])[0]

    def page(
        self,
        access: Access,
        space: SpaceName,
        *,
        entity: str | None = None,
        turn: TurnId | None = None,
        predicate: str | None = None,
        wanted: Wanted = EVERY,
        after: str | None,
        limit: int,
    ) -> Page[DatedFact]:
        """List facts in the order of writing.

        Those about `entity`, in any spelling and through merges, those that `turn` says, those by
        `predicate` or another that means the same relation, and those that stand as `wanted`, as
        far as asked. A page may hold fewer than there are. Raises `TurnNotFound`.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            now = self.clock.latest()
            names = None
            if entity is not None:
                names = meaning_the_same(normal(entity), reading.merges.all(held.key))
            key = None if turn is None else the_turn(reading, held, turn, now=now).key
            predicates = None if predicate is None else spellings(relation_of(predicate))
            chronicle = self._chronicle(reading, held)
            found: list[DatedFact] = []
            for _ in range(PAGES_READ):
                page = reading.facts.page(
                    held.key,
                    names=names,
                    turn=key,
                    predicates=predicates,
                    after=after,
                    limit=limit,
                    standing=held.settings.standing(now),
                )
                fit = [each for each in chronicle.dated(page.items) if wanted.wants(each)]
                found += fit[: limit - len(found)]
                after = page.next_cursor
                if len(found) == limit and (fit[-1:] != found[-1:] or after is not None):
                    after = str(found[-1].fact.position)
                if len(found) == limit or after is None:
                    break
        return Page(tuple(found), after)

    def _chronicle(self, reading: Reading | Unit, space: Space) -> Chronicle:
        return Chronicle(reading, space, self.clock.latest())

    def delete(self, access: Access, space: SpaceName, fact: FactId) -> Position:
        """Delete a fact with what was derived from it; its turns stay. Raises `FactNotFound`."""

        def work(unit: Unit) -> Position:
            held = the_space(unit, access, space, Role.WRITER)
            found = the_fact(unit, held, fact, now=self.clock.latest())
            unit.facts.delete(held.key, [found.key])
            entry = deletion(Change.FACT_DELETED, found.id, secret=held.secret)
            return unit.ledger.append(held.key, [entry], actor=access.id, at=self.clock.now())

        return self.keeping.write(work)


def check(fact: NewFact, *, where: str) -> None:
    """Refuse a fact that says nothing. Raises `InvalidField`."""
    for end, said in (("subject", fact.subject), ("object", fact.object)):
        if not normal(said):
            raise InvalidField(
                f"{where}.{end}: it names nothing; write a name with a letter or digit.",
                field=f"{where}.{end}",
            )
    begins, ends = fact.valid_from, fact.valid_to
    if begins is not None and ends is not None and ends <= begins:
        raise InvalidField(
            f"{where}.valid_to: it must come after valid_from.", field=f"{where}.valid_to"
        )

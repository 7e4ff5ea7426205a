"""Pinned questions: kept with the turns that should answer, so that a change can be seen.

Asking them is a recall like any other, and left to whoever wants to know.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memsvc.app.fingerprints import deletion, pin_digest
from memsvc.app.look_up import known_recipe, the_space, the_turn
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import PinNotFound
from memsvc.domain.ids import PinId, Position, SpaceName
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Page, Space
from memsvc.domain.pinned import NewPin, Pin
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock, Ids


@dataclass(frozen=True, slots=True)
class PinQuestions:
    """The use cases, with what they need. Each raises `SpaceNotFound`."""

    keeping: Keeping
    clock: Clock
    ids: Ids
    recipes: Collection[str]

    def pin(self, access: Access, space: SpaceName, asked: NewPin) -> tuple[Pin, bool]:
        """Keep a question; return it, and whether anything is new.

        The same question of the same recipe with the same filters is pinned once: what it expects
        anew takes the place of what it expected. Raises `TurnNotFound` for a turn that is not
        there, and `InvalidField` for a recipe that is not known.
        """
        if asked.recipe is not None:
            known_recipe(asked.recipe, self.recipes)

        def work(unit: Unit) -> tuple[Pin, bool]:
            held = the_space(unit, access, space, Role.WRITER)
            for turn in asked.expected:
                the_turn(unit, held, turn, now=self.clock.latest())
            before = unit.pinned.same(held.key, asked)
            if before is not None and before.asked == asked:
                return before, False
            now = self.clock.now()
            entries = []
            if before is not None:
                entries.append(deletion(Change.QUESTION_UNPINNED, before.id, secret=held.secret))
                unit.pinned.drop(held.key, [before.id])
            position = Position(unit.ledger.next_position(held.key) + len(entries))
            pin = Pin(PinId(self.ids.new("pq")), asked, access.id, now, position)
            digest = pin_digest(pin, secret=held.secret)
            entries.append(EntryDraft(Change.QUESTION_PINNED, pin.id, digest))
            unit.ledger.append(held.key, entries, actor=access.id, at=now)
            unit.pinned.add(held.key, pin)
            return pin, True

        return self.keeping.write(work)

    def page(self, access: Access, space: SpaceName, *, after: str | None, limit: int) -> Page[Pin]:
        """List what is pinned, in the order of pinning, with which of the turns are gone."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            found = reading.pinned.page(held.key, after=after, limit=limit)
            expected = list(
                dict.fromkeys(each for pin in found.items for each in pin.asked.expected)
            )
            standing = held.settings.standing(self.clock.latest())
            there = reading.turns.keys_of(held.key, expected, standing=standing)
            pins = [
                replace(pin, gone=tuple(each for each in pin.asked.expected if each not in there))
                for pin in found.items
            ]
            return replace(found, items=tuple(pins))

    def unpin(self, access: Access, space: SpaceName, pin: PinId) -> Position:
        """Keep it no longer; return the ledger position after it. Raises `PinNotFound`."""

        def work(unit: Unit) -> Position:
            held = the_space(unit, access, space, Role.WRITER)
            if unit.pinned.get(held.key, pin) is None:
                raise PinNotFound(pin)
            unpin(unit, held, [pin], actor=access.id, at=self.clock.now())
            return Position(unit.ledger.next_position(held.key) - 1)

        return self.keeping.write(work)


def unpin(unit: Unit, space: Space, pins: Sequence[PinId], *, actor: str, at: datetime) -> None:
    """Keep these pinned questions no longer, and enter that; none is nothing."""
    if not pins:
        return
    entries = [deletion(Change.QUESTION_UNPINNED, pin, secret=space.secret) for pin in pins]
    unit.pinned.drop(space.key, pins)
    unit.ledger.append(space.key, entries, actor=actor, at=at)

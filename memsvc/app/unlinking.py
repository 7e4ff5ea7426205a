"""Unlinking: somebody's word that a turn does not name an entity, kept until it is taken back.

Rules find names in texts, and may take a verb for a person, as in "And Mark my words!". An
unlinking is one row about one turn and one name that was found in it, and looked through by whoever
reads; what was found stays, so taken back, everything is as it was. It goes with its turn, and with
the name when the turn loses that. What facts say is not touched: those are deleted or ruled on. The
ledger names an unlinking by its id, never by the name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memsvc.app.compare import owe_names
from memsvc.app.fingerprints import deletion, unlinking_digest
from memsvc.app.look_up import the_space, the_turn
from memsvc.app.state_digest import unlinking_of
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import EntityNotFound, TurnNotFound, UnlinkConflict, UnlinkingNotFound
from memsvc.domain.ids import Position, SpaceName, TurnId, UnlinkingId
from memsvc.domain.knowledge import Merge, Unlinking, meaning_the_same
from memsvc.domain.ledger import Change
from memsvc.domain.memory import ALWAYS, Page, Space
from memsvc.domain.rollback import Thing, Undoing, Undone
from memsvc.ingest.extract.mention import normal
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.mentions import Mentioned
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock, Ids


@dataclass(frozen=True, slots=True)
class Unlink:
    """The use cases, with what they need. Each raises `SpaceNotFound`."""

    keeping: Keeping
    clock: Clock
    ids: Ids

    def unlink(
        self, access: Access, space: SpaceName, name: str, turns: Sequence[TurnId]
    ) -> list[Unlinking]:
        """Say that turns do not name an entity, by any spelling of it; all of them or none.

        One unlinking a turn, or more where the turn has several of the names that mean it. Raises
        `EntityNotFound`, `TurnNotFound`, and `UnlinkConflict` for a turn in which it was not found
        and where a merge would be left without a name that turns have.
        """

        def work(unit: Unit) -> list[Unlinking]:
            held = the_space(unit, access, space, Role.WRITER)
            made = self._made(unit, held, name, list(dict.fromkeys(turns)))
            before = unit.merges.all(held.key)
            make_unlinkings(unit, held, made, actor=access.id, at=self.clock.now())
            _refuse_lost(name, before, unit.merges.all(held.key))
            return made

        return self.keeping.write(work)

    def page(
        self,
        access: Access,
        space: SpaceName,
        *,
        turn: TurnId | None,
        after: str | None,
        limit: int,
    ) -> Page[Unlinking]:
        """List unlinkings in the order in which they were made, of one turn or of all.

        The cursor is a ledger position. Raises `TurnNotFound`.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            now = self.clock.latest()
            return reading.unlinkings.page(
                held.key,
                turn=None if turn is None else the_turn(reading, held, turn, now=now).key,
                after=after,
                limit=limit,
                standing=held.settings.standing(now),
            )

    def undo(self, access: Access, space: SpaceName, unlinking: UnlinkingId) -> None:
        """Take an unlinking back: the turn names that again. Raises `UnlinkingNotFound`."""

        def work(unit: Unit) -> None:
            held = the_space(unit, access, space, Role.WRITER)
            standing = held.settings.standing(self.clock.latest())
            found = unit.unlinkings.get(held.key, unlinking, standing=standing)
            if found is None:
                raise UnlinkingNotFound(unlinking)
            undo_unlinking(unit, held, found, actor=access.id, at=self.clock.now())

        self.keeping.write(work)

    def _made(
        self, unit: Unit, space: Space, name: str, turns: Sequence[TurnId]
    ) -> list[Unlinking]:
        """Return unlinkings for each turn, at the next positions; nothing is kept yet."""
        standing = space.settings.standing(self.clock.latest())
        names = meaning_the_same(normal(name), unit.merges.all(space.key))
        if not unit.entities.named(space.key, names, standing=standing):
            raise EntityNotFound(name)
        keys = unit.turns.keys_of(space.key, turns, standing=standing)
        found = unit.unlinkings.found_in(space.key, list(keys.values()), names)
        position = unit.ledger.next_position(space.key)
        made: list[Unlinking] = []
        for turn in turns:
            if turn not in keys:
                raise TurnNotFound(turn)
            if keys[turn] not in found:
                raise UnlinkConflict(
                    f"{name!r} is not found in the text of turn {turn!r} or in the title above it, "
                    "or was unlinked from it before. What only its facts name goes with the facts.",
                    entity=name,
                    turn=turn,
                )
            made += (
                Unlinking(
                    UnlinkingId(self.ids.new("ul")),
                    turn,
                    keys[turn],
                    one,
                    Position(position + len(made) + place),
                )
                for place, one in enumerate(found[keys[turn]])
            )
        return made


def make_unlinkings(
    unit: Unit, space: Space, unlinkings: Sequence[Unlinking], *, actor: str, at: datetime
) -> None:
    """Keep unlinkings, at the next positions, and enter them."""
    entries = [
        EntryDraft(Change.ENTITY_UNLINKED, one.id, unlinking_digest(one, secret=space.secret))
        for one in unlinkings
    ]
    unit.ledger.append(space.key, entries, actor=actor, at=at)
    unit.unlinkings.add(space.key, unlinkings)


def undo_unlinking(
    unit: Unit, space: Space, unlinking: Unlinking, *, actor: str, at: datetime
) -> None:
    """Take back an unlinking that is there, and enter that.

    A name that nobody had meanwhile has no vector any more; it is owed one where the space asks
    for synonyms.
    """
    entry = deletion(Change.ENTITY_LINKED, unlinking.id, secret=space.secret)
    until = unit.ledger.append(space.key, [entry], actor=actor, at=at)
    unit.unlinkings.retire(space.key, unlinking, until=until)
    owe_names(unit, space, {unlinking.key: Mentioned([unlinking.name])}, now=at)


def cut_back(
    unit: Unit,
    space: Space,
    ids: Sequence[UnlinkingId],
    *,
    then: Reading,
    actor: str,
    at: datetime,
) -> list[Undone]:
    """Take back those of these unlinkings that did not stand, so that turns name that again."""
    undone: list[Undone] = []
    for one in ids:
        held = unit.unlinkings.get(space.key, one, standing=ALWAYS)
        if held and then.unlinkings.get(space.key, one, standing=ALWAYS) is None:
            undo_unlinking(unit, space, held, actor=actor, at=at)
            said = unlinking_of(held, space)
            undone.append(Undone(Thing.UNLINKING, one, Undoing.RETIRED, said, None))
    return undone


def put_back(
    unit: Unit,
    space: Space,
    ids: Sequence[UnlinkingId],
    *,
    then: Reading,
    actor: str,
    at: datetime,
) -> list[Undone]:
    """Make those of these unlinkings again that stood, where the name is found in the turn."""
    undone: list[Undone] = []
    for one in ids:
        stood = then.unlinkings.get(space.key, one, standing=ALWAYS)
        if stood is None or unit.unlinkings.get(space.key, one, standing=ALWAYS) is not None:
            continue
        if not unit.unlinkings.found_in(space.key, [stood.key], [stood.name]):
            continue  # the turn is gone, or has another title, or is unlinked by another word
        again = replace(stood, position=unit.ledger.next_position(space.key))
        make_unlinkings(unit, space, [again], actor=actor, at=at)
        said = unlinking_of(again, space)
        undone.append(Undone(Thing.UNLINKING, one, Undoing.RESTORED, None, said))
    return undone


def _refuse_lost(name: str, before: Sequence[Merge], after: Sequence[Merge]) -> None:
    """Refuse what leaves a merge without one of its names: undone, it would not come back."""
    lost = [merge for merge in before if merge not in after]
    if lost:
        raise UnlinkConflict(
            f"No other turn names {lost[0].name!r} or {lost[0].into!r}, which are merged; take "
            "that merge back first.",
            entity=name,
            merge=lost[0].id,
        )

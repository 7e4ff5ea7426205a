"""Revise: edit what may be edited about a turn. Its text may not: a correction is a new turn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memsvc.app.fingerprints import revision_digest
from memsvc.app.look_up import the_space, the_turn
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import VersionMismatch
from memsvc.domain.ids import SpaceName, TurnId
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space, Turn
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock


@dataclass(frozen=True, slots=True)
class Revise:
    """The use case, with what it needs."""

    keeping: Keeping
    clock: Clock

    def __call__(
        self,
        access: Access,
        space: SpaceName,
        turn: TurnId,
        *,
        version: int,
        metadata: Mapping[str, Any] | None,
        place: str | None,
    ) -> Turn:
        """Put new metadata or a new place on a turn; None leaves one as it is.

        The version before stays readable. Raises `TurnNotFound`, and `VersionMismatch` when
        `version` is no longer the current one: compare-and-set, so that no edit is lost.
        """

        def work(unit: Unit) -> Turn:
            held = the_space(unit, access, space, Role.WRITER)
            current = the_turn(unit, held, turn, now=self.clock.latest())
            if current.version != version:
                raise VersionMismatch(current=current.version)
            new_metadata = current.metadata if metadata is None else metadata
            new_place = current.place if place is None else place
            return revise_turn(
                unit,
                held,
                current,
                metadata=new_metadata,
                place=new_place,
                actor=access.id,
                at=self.clock.now(),
            )

        return self.keeping.write(work)


def revise_turn(
    unit: Unit,
    space: Space,
    turn: Turn,
    *,
    metadata: Mapping[str, Any],
    place: str | None,
    actor: str,
    at: datetime,
) -> Turn:
    """Put other metadata and another place on a turn that stands, and enter that."""
    digest = revision_digest(place=place, metadata=metadata, secret=space.secret)
    entry = EntryDraft(Change.TURN_REVISED, turn.id, digest)
    position = unit.ledger.append(space.key, [entry], actor=actor, at=at)
    return unit.turns.revise(space.key, turn, metadata=metadata, place=place, position=position)

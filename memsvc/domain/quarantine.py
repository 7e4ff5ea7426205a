"""Quarantine: what was held instead of being kept, until somebody decides on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from memsvc.domain.admission import Reason, Ruling
from memsvc.domain.ids import NoteId, Position, StreamName, TurnId
from memsvc.domain.memory import NewTurn
from memsvc.domain.note import Facets
from memsvc.domain.recall import Filter


@dataclass(frozen=True, slots=True)
class HeldNote:
    """The note that a turn is to become as well: its id, and what helps to find it."""

    id: NoteId
    facets: Facets


@dataclass(frozen=True, slots=True)
class Held:
    """A turn that was held: all that it takes to keep it after all, and why it is not kept.

    `id` is the id that the turn gets when it is released. `title` is what its stream is to be
    called if it is not there yet. `at` is when it was held, and also when it happened if its
    writer did not say. `position` is where the ledger entered it, `actor` who wrote it.
    Decided on, its content is empty. What the turn is an `echo_of` was told when it was held, and
    is no echo itself. `note` is there for a note that was written outright.
    """

    id: TurnId
    stream: StreamName
    turn: NewTurn
    title: str | None
    user_id: str | None
    agent_id: str | None
    reasons: Sequence[Reason]
    actor: str
    at: datetime
    position: Position
    content_digest: bytes
    ruling: Ruling = Ruling.HELD
    note: HeldNote | None = None

    @property
    def happened_at(self) -> datetime:
        """When it happened."""
        return self.turn.at or self.at

    def passes(self, where: Filter) -> bool:
        """Tell whether a filter would let it through, were it a turn of its stream."""
        turn = self.turn
        listed = (
            (self.stream, where.streams),
            (None, where.documents),
            (turn.speaker, where.speakers),
            (turn.place, where.places),
            (turn.role, where.roles),
            (turn.source, where.sources),
        )
        owned = ((self.user_id, where.user_id), (self.agent_id, where.agent_id))
        metadata = turn.metadata or {}
        return (
            all(not wanted or value in wanted for value, wanted in listed)
            and all(wanted is None or value == wanted for value, wanted in owned)
            and (where.since is None or self.happened_at >= where.since)
            and (where.until is None or self.happened_at < where.until)
            and all(
                name in metadata and _is_same(metadata[name], value)
                for name, value in where.metadata.items()
            )
        )


class KnownHeld(NamedTuple):
    """What is held under a client's own id."""

    id: TurnId
    position: Position
    content_digest: bytes
    reasons: Sequence[Reason]


def _is_same(held: object, wanted: object) -> bool:
    """Compare as JSON does: 1 equals 1.0, and neither equals true."""
    return held == wanted and isinstance(held, bool) == isinstance(wanted, bool)

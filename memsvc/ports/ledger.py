"""Keeping what was done in a space: its ledger, and the answers that requests got."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from memsvc.domain.ids import (
    Position,
    SpaceKey,
)
from memsvc.domain.ledger import MOST_LOOKED_THROUGH, Change, Entry, Sought
from memsvc.domain.memory import Page
from memsvc.ports.records import (
    EntryDraft,
)


class LedgerReader(Protocol):
    """Reads a space's ledger."""

    def page(self, space: SpaceKey, *, after: Position, limit: int) -> list[Entry]:
        """Return entries after a position, in order."""
        ...

    def find(
        self,
        space: SpaceKey,
        sought: Sought,
        *,
        limit: int,
        looked_through: int = MOST_LOOKED_THROUGH,
    ) -> Page[Entry]:
        """Return the entries that are sought, in order or the newest first.

        Where they are not in order (`Sought.is_in_order`), those among so many positions, which may
        be fewer than there are. The cursor is a position to go on after, or before.
        """
        ...

    def changes(
        self, space: SpaceKey, kinds: Sequence[Change], *, after: Position, limit: int
    ) -> list[Entry]:
        """Return entries of these kinds after a position, in order."""
        ...

    def last_by(self, space: SpaceKey, moment: datetime) -> Entry | None:
        """Return the last entry that was made at a moment or before; None if none was."""
        ...


class LedgerWriter(LedgerReader, Protocol):
    """Reads a space's ledger and appends to it."""

    def append(
        self, space: SpaceKey, drafts: Sequence[EntryDraft], *, actor: str, at: datetime
    ) -> Position:
        """Chain the entries onto the ledger and return the position of the last one."""
        ...

    def next_position(self, space: SpaceKey) -> Position:
        """Return the position that the next entry of this unit will get."""
        ...


class AnswerKeeper(Protocol):
    """Keeps the answers to requests that came with an Idempotency-Key."""

    def find(
        self, space: SpaceKey, *, actor: str, idempotency_key: str, since: datetime
    ) -> tuple[bytes, Mapping[str, Any]] | None:
        """Return the digest of the first request and its answer, if kept since then."""
        ...

    def keep(
        self,
        space: SpaceKey,
        *,
        actor: str,
        idempotency_key: str,
        digest: bytes,
        answer: Mapping[str, Any],
        at: datetime,
    ) -> None:
        """Keep an answer; an older one of the same key is replaced."""
        ...

    def drop_before(self, moment: datetime) -> int:
        """Drop the answers of every space that were kept before a moment; return how many."""
        ...

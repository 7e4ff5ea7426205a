"""Keeping what was held, and what admission asks of the rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from memsvc.domain.ids import SpaceKey, StreamName, TurnId, TurnKey
from memsvc.domain.memory import Page, Source, Standing
from memsvc.domain.quarantine import Held, KnownHeld


class QuarantineReader(Protocol):
    """Reads what is held."""

    def get(self, space: SpaceKey, held: TurnId) -> Held | None:
        """Return what is or was held under that id, however it was decided on."""
        ...

    def page(
        self, space: SpaceKey, *, standing: Standing, after: str | None, limit: int
    ) -> Page[Held]:
        """List what is held and has not expired, in the order of writing."""
        ...

    def rejected(self, space: SpaceKey, digests: Sequence[bytes]) -> set[bytes]:
        """Return those of these digests of words that were rejected."""
        ...

    def left(self, space: SpaceKey, ids: Sequence[TurnId]) -> int:
        """Count those of these ids that are still held."""
        ...

    def newest(self, space: SpaceKey) -> TurnKey:
        """Return the turn of the space that was written last; 0 when it holds none."""
        ...

    def saying(self, space: SpaceKey, texts: Sequence[str], *, after: TurnKey) -> Sequence[TurnKey]:
        """Return the turns that have the terms of one of these texts, all and in that order.

        Reads the terms of all turns written after that one, 0 for the whole space.
        """
        ...


class QuarantineKeeper(QuarantineReader, Protocol):
    """Reads and keeps what is held."""

    def hold(self, space: SpaceKey, held: Sequence[Held]) -> None:
        """Hold these."""
        ...

    def known(
        self, space: SpaceKey, stream: StreamName, client_ids: Sequence[str]
    ) -> Mapping[str, KnownHeld]:
        """Return what of the stream is held under these ids of its writer's own."""
        ...

    def release(self, space: SpaceKey, held: TurnId) -> None:
        """Purge its text, now that it is a turn's; its id stays."""
        ...

    def reject(self, space: SpaceKey, held: TurnId, *, words: bytes) -> None:
        """Purge its text; its id and the digest of its words stay."""
        ...

    def every(self, space: SpaceKey, *, stream: StreamName | None = None) -> list[Held]:
        """Return all that is held, of one stream or of all, in the order of writing."""
        ...

    def expired(self, space: SpaceKey, standing: Standing, *, limit: int) -> list[Held]:
        """Return what is held and stands no longer; fewer than `limit` only if that is all."""
        ...

    def delete(self, space: SpaceKey, ids: Sequence[TurnId]) -> None:
        """Delete the rows of these."""
        ...

    def come(self, space: SpaceKey, source: Source, *, since: datetime) -> int:
        """Count the turns of a source that came after a moment, held ones included."""
        ...

"""Keeping turns, and the vectors made of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from memsvc.domain.ids import (
    Position,
    SpaceKey,
    StreamKey,
    TurnId,
    TurnKey,
)
from memsvc.domain.manner import Manner
from memsvc.domain.memory import (
    Fingerprint,
    Page,
    Span,
    Standing,
    Stream,
    Turn,
    TurnVersion,
)
from memsvc.domain.recall import Filter
from memsvc.domain.work import Step
from memsvc.ports.models import Matrix
from memsvc.ports.records import (
    Embedding,
    KnownTurn,
    MovedTurn,
    PlacedTurn,
    TurnDraft,
)
from memsvc.ports.vectors import Keys


class TurnReader(Protocol):
    """Reads turns."""

    def get(
        self, space: SpaceKey, turn: TurnId, *, standing: Standing | None = None
    ) -> Turn | None:
        """Return the turn of that id if it stands; any that has a row without `standing`."""
        ...

    def by_keys(self, space: SpaceKey, keys: Sequence[int]) -> list[Turn]:
        """Return those of these turns that the space holds, in the order of the keys given."""
        ...

    def by_ids(self, space: SpaceKey, ids: Sequence[TurnId]) -> list[Turn]:
        """Return those of these turns that the space holds, in no order."""
        ...

    def page(
        self,
        space: SpaceKey,
        where: Filter,
        *,
        after: str | None,
        limit: int,
        standing: Standing | None = None,
    ) -> Page[Turn]:
        """List turns that stand in the order of writing; all that have a row without `standing`."""
        ...

    def expired(self, space: SpaceKey, standing: Standing, *, limit: int) -> list[Turn]:
        """Return turns that stand no longer; fewer than `limit` only if there are no more.

        Under retention the oldest ones are looked at: behind a turn that stands because the clock
        was set back after it was written, others wait for it.
        """
        ...

    def last_until(self, space: SpaceKey, position: Position) -> TurnKey | None:
        """Return the key of the last turn written up to a ledger position; None if none was."""
        ...

    def keys_where(self, space: SpaceKey, where: Filter) -> Keys:
        """Return the keys of all turns that the filter lets through, ascending."""
        ...

    def known(
        self, space: SpaceKey, stream: StreamKey, client_ids: Sequence[str]
    ) -> Mapping[str, KnownTurn]:
        """Return which of these client ids the stream already holds."""
        ...

    def before(self, space: SpaceKey, turn: Turn, *, limit: int) -> list[Turn]:
        """Return the last turns of the same stream before a turn, in order."""
        ...

    def versions(self, space: SpaceKey, turn: TurnKey) -> list[TurnVersion]:
        """Return the turn's earlier versions, oldest first, without the current one."""
        ...

    def moved(
        self,
        space: SpaceKey,
        *,
        after: Position,
        until: Position,
        limit: int,
        standing: Standing,
        fingerprint: Fingerprint | None,
    ) -> list[MovedTurn]:
        """Return turns written after one position and up to another, with all that is kept of them.

        In the order of writing; vectors are those of this fingerprint, none for None. What has
        expired is passed over.
        """
        ...

    def keys_of(
        self, space: SpaceKey, ids: Sequence[TurnId], *, standing: Standing
    ) -> Mapping[TurnId, TurnKey]:
        """Return the keys of those of these turns that stand."""
        ...

    def identified(self, space: SpaceKey, ids: Sequence[TurnId]) -> Mapping[TurnId, MovedTurn]:
        """Return those of these turns that the space holds, without vectors."""
        ...


class TurnWriter(TurnReader, Protocol):
    """Reads and changes turns."""

    def add(
        self,
        space: SpaceKey,
        stream: Stream,
        drafts: Sequence[TurnDraft],
        *,
        first_position: Position,
    ) -> list[Turn]:
        """Append turns to the stream; turn i is entered in the ledger at `first_position + i`."""
        ...

    def place(
        self, space: SpaceKey, placed: Sequence[PlacedTurn], *, first_position: Position
    ) -> list[Turn]:
        """Append turns of several streams, each at its own number or, past that, the next one.

        Turn i is entered in the ledger at `first_position + i`.
        """
        ...

    def revise(
        self,
        space: SpaceKey,
        turn: Turn,
        *,
        metadata: Mapping[str, Any],
        place: str | None,
        position: Position,
    ) -> Turn:
        """Keep the present version and put the new one in its place."""
        ...

    def set_lengths(self, space: SpaceKey, lengths: Mapping[TurnKey, int]) -> None:
        """Keep how many terms each turn has, after its terms were made anew."""
        ...

    def set_manners(self, space: SpaceKey, manners: Mapping[TurnKey, Manner]) -> None:
        """Keep how turns speak, after that was told anew."""
        ...

    def mark_embedded(self, space: SpaceKey, keys: Sequence[TurnKey]) -> None:
        """Say that these turns have their vectors now."""
        ...

    def delete(self, space: SpaceKey, keys: Sequence[TurnKey]) -> list[TurnKey]:
        """Delete turns with their versions, vectors, terms and jobs, and what hangs on them.

        Returns other turns, whose notes fell back to an earlier version and may owe a vector.
        """
        ...


class EmbeddingReader(Protocol):
    """Reads vectors."""

    def of(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> Mapping[TurnKey, Matrix]:
        """Return the vectors of those of these turns that have some of this fingerprint."""
        ...

    def spans(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> Mapping[TurnKey, Sequence[Span]]:
        """Return which runs of their texts the vectors of this fingerprint stand for, in order."""
        ...

    def without(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> list[TurnKey]:
        """Return those of these turns that have no vector of this fingerprint, in their order."""
        ...


class EmbeddingWriter(EmbeddingReader, Protocol):
    """Reads and keeps vectors."""

    def add(
        self, space: SpaceKey, embeddings: Sequence[Embedding], *, fingerprint: Fingerprint
    ) -> None:
        """Keep the vectors of turns that have none of this fingerprint."""
        ...

    def owe_missing(
        self, fingerprint: Fingerprint, *, now: datetime, step: Step = Step.EMBED
    ) -> int:
        """Owe a vector to every turn, of every space, that has none of this fingerprint.

        Under the step that makes those of the model by which spaces are recalled, a turn counts as
        embedded from now on when it has one. Returns how many turns that are.
        """
        ...

"""Keeping which model spaces are recalled by while the embedding model changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.domain.reembedding import ModelNamed, Reembedding, SpaceProgress


class ReembeddingReader(Protocol):
    """Reads changes of the embedding model."""

    def last(self) -> Reembedding | None:
        """Return the last change that was begun, ended or not."""
        ...

    def progress(self) -> Sequence[SpaceProgress]:
        """Count for every space its turns, and what is owed to the model beside."""
        ...


class ReembeddingWriter(ReembeddingReader, Protocol):
    """Changes the embedding model."""

    def begin(self, before: ModelNamed, after: ModelNamed, *, at: datetime) -> Reembedding:
        """Enter a change; the one before it must have ended."""
        ...

    def put(self, change: Reembedding) -> None:
        """Keep how far a change has come."""
        ...

    def lacking(self, *, limit: int) -> Mapping[SpaceKey, Sequence[TurnKey]]:
        """Return turns, by space, that are owed a vector of the model beside.

        Raises `ReembeddingConflict` when there are more than `limit`.
        """
        ...

    def forgive(self) -> None:
        """Strike off whatever is owed to the model beside."""
        ...

    def turn_over(self, *, now: datetime) -> None:
        """Owe to the present model what was owed to the one beside, now that it is present.

        But for vectors of turns, which it has.
        """
        ...

    def drop_some(self, model: ModelNamed, *, after: TurnKey | None) -> TurnKey | None:
        """Delete some vectors of a model; return how far that came, None when none is left.

        `after` is what the call before has returned, None for the first.
        """
        ...

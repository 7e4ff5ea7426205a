"""Keeping spaces, and the streams in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from memsvc.domain.ids import (
    Position,
    SpaceKey,
    SpaceName,
    StreamKey,
    StreamName,
    TurnKey,
)
from memsvc.domain.memory import (
    Page,
    Space,
    SpaceSettings,
    Stream,
)
from memsvc.ports.records import (
    SpaceCounts,
    StreamSummary,
)


class SpaceReader(Protocol):
    """Reads spaces."""

    def find(self, name: SpaceName) -> Space | None:
        """Return the space of that name."""
        ...

    def page(self, *, among: Sequence[str] | None, after: str | None, limit: int) -> Page[Space]:
        """List spaces by name; `among` restricts to these names."""
        ...

    def counts(self, space: SpaceKey) -> SpaceCounts:
        """Count what the space holds."""
        ...

    def that_expire(self, now: datetime) -> list[Space]:
        """Return the spaces that hold turns which have expired, of all the installation's."""
        ...

    def of(self, space: SpaceKey) -> Space:
        """Return the space of that key; it must exist."""
        ...


class SpaceWriter(SpaceReader, Protocol):
    """Reads and changes spaces."""

    def make(self, name: SpaceName, *, secret: bytes, at: datetime) -> Space:
        """Make a space whose name is free."""
        ...

    def revise(self, space: SpaceKey, settings: SpaceSettings, *, version: Position) -> None:
        """Put new settings in the place of the present ones."""
        ...

    def delete(self, space: SpaceKey) -> None:
        """Delete the space and every row of it in every table."""
        ...


class StreamReader(Protocol):
    """Reads streams."""

    def find(self, space: SpaceKey, name: StreamName) -> Stream | None:
        """Return the stream of that name."""
        ...

    def page(self, space: SpaceKey, *, after: str | None, limit: int) -> Page[StreamSummary]:
        """List streams in the order in which they were made."""
        ...

    def newest(self, space: SpaceKey) -> StreamKey | None:
        """Return the key of the stream that was made last; None when there is none."""
        ...

    def summary(self, space: SpaceKey, stream: Stream) -> StreamSummary:
        """Count what a stream holds."""
        ...

    def keys_of(self, space: SpaceKey, held: Sequence[TurnKey]) -> list[StreamKey]:
        """Return the streams that these turns are in, each once, in the order of their keys."""
        ...

    def named(self, space: SpaceKey, names: Sequence[StreamName]) -> list[StreamKey]:
        """Return those of these streams that there are."""
        ...

    def titles(self, space: SpaceKey, names: Sequence[StreamName]) -> Mapping[StreamName, str]:
        """Return the titles of those of these streams that have one."""
        ...


class StreamWriter(StreamReader, Protocol):
    """Reads and changes streams."""

    def make(self, space: SpaceKey, name: StreamName, *, title: str | None, at: datetime) -> Stream:
        """Make a stream whose name is free."""
        ...

    def retitle(self, space: SpaceKey, titles: Mapping[StreamKey, str]) -> None:
        """Give streams other titles."""
        ...

    def delete(self, space: SpaceKey, gone: Sequence[StreamKey]) -> None:
        """Delete the streams' own rows; their turns are deleted first."""
        ...

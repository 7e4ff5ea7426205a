"""Keeping what turns name, from which two-hop recall is led (`memsvc.ports.indexes.Mentions`)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from memsvc.domain.ids import SpaceKey, StreamKey, TurnKey


class Mentioned(NamedTuple):
    """What one turn names and what it is about, by names that hold no line break, each once."""

    names: Sequence[str] = ()
    subjects: Sequence[str] = ()


class MentionWriter(Protocol):
    """Keeps what turns name as rows."""

    def add(self, space: SpaceKey, mentioned: Mapping[TurnKey, Mentioned]) -> None:
        """Keep what new turns name; for one that names nothing, nothing is kept."""
        ...

    def replace(self, space: SpaceKey, mentioned: Mapping[TurnKey, Mentioned]) -> None:
        """Keep this in place of what was kept of these turns; the space is indexed anew."""
        ...

    def retitle(self, space: SpaceKey, subjects: Mapping[StreamKey, Sequence[str]]) -> None:
        """Say what all turns of these streams are about now."""
        ...

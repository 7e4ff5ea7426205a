"""The verbs of `space.entities`, `space.merges` and `space.unlinked`."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from memsvc.sdk import entity_calls
from memsvc.sdk.calls import PAGE
from memsvc.sdk.entities import (
    EntityDetail,
    EntityInfo,
    MergeInfo,
    RenamedInfo,
    Unlinked,
    UnlinkingInfo,
)

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Entities:
    """What the turns of a space name."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def list(self, *, prefix: str = "", page: int = PAGE) -> Iterator[EntityInfo]:
        """Walk the entities by name, those that begin so."""
        return self._client.walk(
            lambda cursor: entity_calls.list_entities(
                self._space, prefix=prefix, limit=page, cursor=cursor
            )
        )

    def get(self, name: str) -> EntityDetail:
        """Return an entity by any spelling, with turns that name it and facts about it."""
        return self._client.send(entity_calls.read_entity(self._space, name))

    def merge(self, name: str, into: str) -> MergeInfo:
        """Say that one entity is another, until `space.merges.undo`.

        Raises `EntityNotFound`, and `MergeConflict` when they are one already, or the first is
        merged.
        """
        return self._client.send(entity_calls.merge_entities(self._space, name, into))

    def rename(self, name: str, to: str) -> RenamedInfo:
        """Call an entity otherwise, whether turns write that or not, until `space.merges.undo`.

        A name that was given before gives way. Raises `EntityNotFound`, and `MergeConflict` when it
        is called so already, or another entity is.
        """
        return self._client.send(entity_calls.rename_entity(self._space, name, to))

    def unlink(self, name: str, turns: Sequence[str]) -> Unlinked:
        """Say that turns do not name an entity, until `space.unlinked.undo`.

        All of them or none. What facts say stays. Raises `EntityNotFound`, `TurnNotFound`, and
        `UnlinkConflict` for a turn in which it was not found, and where a merge would be left
        without a name that turns have.
        """
        return self._client.send(entity_calls.unlink_entity(self._space, name, turns))


class Unlinkings:
    """Which turns people say do not name what was found in them."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def list(self, *, turn: str | None = None, page: int = PAGE) -> Iterator[UnlinkingInfo]:
        """Walk the unlinkings in the order in which they were made, of one turn or of all."""
        return self._client.walk(
            lambda cursor: entity_calls.list_unlinkings(
                self._space, turn=turn, limit=page, cursor=cursor
            )
        )

    def undo(self, unlinking: str) -> None:
        """Take an unlinking back: the turn names that again. Raises `UnlinkingNotFound`."""
        return self._client.send(entity_calls.undo_unlinking(self._space, unlinking))


class Merges:
    """Which entities people say are one."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def list(self, *, page: int = PAGE) -> Iterator[MergeInfo]:
        """Walk the merges in the order in which they were made."""
        return self._client.walk(
            lambda cursor: entity_calls.list_merges(self._space, limit=page, cursor=cursor)
        )

    def undo(self, merge: str) -> None:
        """Take a merge back; everything is as it was before. Raises `MergeNotFound`."""
        return self._client.send(entity_calls.undo_merge(self._space, merge))

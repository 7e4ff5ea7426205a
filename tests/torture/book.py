"""What clients sent, and what they were told: the side of the story that a kill cannot change."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from memsvc.sdk.client import Client


@dataclass(slots=True)
class Group:
    """Turns of one unit of work, by their client ids: there together or not at all.

    `again` sends the very same once more.
    """

    space: str
    turns: tuple[str, ...]
    is_acknowledged: bool = False
    again: Callable[[Client], object] | None = None


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How what is there differs from what was promised; all zero is good."""

    lost: int = 0
    doubled: int = 0
    half: int = 0


@dataclass(slots=True)
class Book:
    """Groups that were sent, and turns that were deleted. Any thread may write.

    `states` has, by space, the digests of which what stands there has one; `twins` the notes that a
    space has that nobody killed.
    """

    groups: list[Group] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    deleting: list[frozenset[str]] = field(default_factory=list)
    states: dict[str, frozenset[str]] = field(default_factory=dict)
    twins: dict[str, Counter[object]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def sent(self, space: str, turns: Iterable[str]) -> Group:
        """Note a group before it goes out."""
        group = Group(space, tuple(turns))
        with self._lock:
            self.groups.append(group)
        return group

    def going(self, turns: Iterable[str]) -> frozenset[str]:
        """Note before it goes out that these are to be deleted together."""
        gone = frozenset(turns)
        with self._lock:
            self.deleting.append(gone)
        return gone

    def gone(self, turns: frozenset[str]) -> None:
        """Note that the deletion was acknowledged."""
        with self._lock:
            self.deleting.remove(turns)
            self.deleted |= turns

    def between(self, space: str, digests: Iterable[str]) -> None:
        """Note that from now on a space stands in one of these states, whatever happens."""
        with self._lock:
            self.states[space] = frozenset(digests)

    @property
    def acknowledged(self) -> int:
        """How many turns and deletions were acknowledged."""
        return len(self.deleted) + sum(
            len(group.turns) for group in self.groups if group.is_acknowledged
        )

    @property
    def spaces(self) -> set[str]:
        """Every space that something was sent to."""
        return {group.space for group in self.groups}

    def reckon(self, held: Mapping[str, Counter[str]]) -> Reckoning:
        """Compare with the client ids that each space holds.

        A deletion that was sent and not answered may have happened or not, but for all its turns
        alike. What is there and was never sent counts as doubled: nobody else could have made it.
        """
        lost = half = 0
        unsure = set().union(*self.deleting)
        for group in self.groups:
            here = held.get(group.space, Counter())
            standing = [t for t in group.turns if t not in self.deleted and t not in unsure]
            present = sum(here[turn] > 0 for turn in standing)
            if group.is_acknowledged:
                lost += len(standing) - present
            elif 0 < present < len(standing):
                half += 1
        everywhere = sum(held.values(), Counter())
        lost += sum(everywhere[turn] > 0 for turn in self.deleted)  # a deletion that was lost
        for together in self.deleting:
            half += 0 < sum(everywhere[turn] > 0 for turn in together) < len(together)
        known = {(group.space, turn) for group in self.groups for turn in group.turns}
        doubled = sum(
            count - 1 if (space, turn) in known else count
            for space, here in held.items()
            for turn, count in here.items()
        )
        return Reckoning(lost, doubled, half)

"""What is kept in memory for a space, derived from its rows and following its ledger."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.naming import Named, NamedEach
from memsvc.domain.ids import EventKey, Position, SpaceKey, StreamKey
from memsvc.domain.memory import Source
from memsvc.domain.past import Past
from memsvc.domain.recall import Filter
from memsvc.domain.whereabouts import PlaceSummary
from memsvc.ports.knowledge import Knowledge
from memsvc.ports.lexicon import Lexicon, Places
from memsvc.ports.vectors import Keys, VectorIndex

Numbers: TypeAlias = NDArray[np.int64]

NOBODY = -1
"""Stands where there is no neighbour, or no such turn."""


class Neighbours(NamedTuple):
    """The turns next to some turns in their streams; `NOBODY` at a stream's ends."""

    before: Keys
    after: Keys


class Timeline(Protocol):
    """The order of a space's turns: which stream each is in, what stands beside it, how long.

    Deleted turns are passed over: their neighbours become each other's neighbours. Inside, turns
    stand at places 0, 1, 2 and so on, ascending with their keys; a deleted turn's place stays
    empty. Streams are known by numbers 0, 1, 2 and so on. Both hold until the next load.
    """

    def __len__(self) -> int:
        """Return how many turns stand in the space."""
        ...

    @property
    def mean_length(self) -> float:
        """The mean length in terms of the space's turns; 0.0 when there are none."""
        ...

    @property
    def size(self) -> int:
        """How many places there are, empty ones included."""
        ...

    def places(self, keys: Keys) -> Numbers:
        """Return where each of these turns stands; `NOBODY` for one that does not."""
        ...

    def keys_at(self, places: Places) -> Keys:
        """Return the key of the turn at each place; `NOBODY` stays itself."""
        ...

    def stands_at(self, places: Places) -> NDArray[np.bool_]:
        """Tell for each place whether its turn still stands."""
        ...

    def lengths_at(self, places: Places) -> NDArray[np.int32]:
        """Return the length in terms of the turn at each place."""
        ...

    def streams_at(self, places: Places) -> NDArray[np.int32]:
        """Return the number of the stream of the turn at each place."""
        ...

    def knows(self, keys: Keys) -> NDArray[np.bool_]:
        """Tell for each key whether such a turn stands in the space."""
        ...

    def neighbours(self, keys: Keys) -> Neighbours:
        """Return the turns directly before and after each of these; every key must be known."""
        ...

    def numbers_of(self, streams: Sequence[StreamKey]) -> Numbers:
        """Return the numbers of those of these streams that ever held a turn, ascending."""
        ...

    def streams(self, keys: Keys) -> NDArray[np.int32]:
        """Return the number of each turn's stream; every key must be known."""
        ...

    def expired(self, now: datetime) -> Keys:
        """Return the turns, ascending, that have expired at a moment and are still held."""
        ...

    @property
    def mean_stream_length(self) -> float:
        """The mean length in terms of the space's streams; 0.0 when there are none."""
        ...

    @property
    def stream_count(self) -> int:
        """How many streams hold a turn."""
        ...

    @property
    def stream_lengths(self) -> Numbers:
        """The length in terms of each stream, by its number; 0 for one that was emptied."""
        ...

    def lengths(self, keys: Keys) -> NDArray[np.int32]:
        """Return the length in terms of each turn; every key must be known."""
        ...

    def hiding(self, keys: Keys) -> "Timeline":
        """Return it as if these turns did not stand; their neighbours stay what they are."""
        ...

    def for_one_recall(self) -> "Timeline":
        """Return it as one recall asks it, again and again of the same keys.

        Nobody may change an array of keys that it was asked of.
        """
        ...


class Traits(Protocol):
    """Who said each turn, where, for whom and when."""

    def matching(self, where: Filter) -> NDArray[np.bool_]:
        """Tell for each place whether its turn passes what a filter asks of these.

        That is speaker, place, role, source, user, agent and time; what else a filter asks
        (`Filter.beyond_traits`) counts for nothing here.
        """
        ...

    def placed(self) -> NDArray[np.bool_]:
        """Tell for each place whether its turn says where it happened."""
        ...

    def by_place(self, among: NDArray[np.bool_]) -> list[PlaceSummary]:
        """Return where these turns happened, by name, with how many did and when the last one."""
        ...

    def at(self, places: Places) -> Numbers:
        """Return when the turn at each place happened, in microseconds since 1970."""
        ...

    def sources(self, places: Places) -> NDArray[np.int32]:
        """Return the source of the turn at each place by its place among the `Source`s."""
        ...

    def of_role(self, places: Places, role: str) -> NDArray[np.bool_]:
        """Tell for the turn at each place whether it has this role."""
        ...

    def asks(self, places: Places) -> NDArray[np.float32]:
        """Return which share of its words the turn at each place asks with, in [0, 1]."""
        ...

    def prefers(self, places: Places) -> NDArray[np.bool_]:
        """Tell for the turn at each place whether it states a preference."""
        ...

    def rules(self, places: Places) -> NDArray[np.bool_]:
        """Tell for the turn at each place whether it says how an agent is to behave."""
        ...

    def stating(self) -> Places:
        """Return the places of the turns that state a preference or say how to behave, ascending.

        In the time that it takes to name them: few do, and nobody looks through all for them.
        """
        ...

    def echoes(self) -> Places:
        """Return the places of the turns that repeat an earlier one, ascending."""
        ...

    def holds(self, source: Source) -> bool:
        """Tell whether a turn of this source was ever here, deleted or not."""
        ...

    def owners(self, places: Places) -> NDArray[np.int32]:
        """Return numbers for the user and the agent of the turn at each place; shape (n, 2).

        Equal numbers are equal names; what number a name has means nothing.
        """
        ...

    def speakers(self) -> Collection[str]:
        """Return who ever spoke in the space, as they are called there."""
        ...


class Episodes(Protocol):
    """Which closed event each turn begins in.

    Events are known by numbers 0, 1, 2 and so on, which hold until the next load.
    """

    def __len__(self) -> int:
        """Return how many closed events there are."""
        ...

    def at(self, places: Places) -> NDArray[np.int32]:
        """Return the number of the closed event of the turn at each place; `NOBODY` for none."""
        ...

    def number_of(self, event: EventKey) -> int | None:
        """Return the number of an event; None for one that is not known."""
        ...

    def key_of(self, number: int) -> EventKey:
        """Return the key of the event of this number; it must be known."""
        ...


class Mentions(Protocol):
    """Who names what: what each turn names, and what the stream that it is in is about.

    Turns are known by their keys. Names are as `memsvc.ingest.extract.mention.normal` gives them,
    and known by numbers 0, 1, 2 and so on, which hold until the next load. Turns that no longer
    stand are passed over; those that have expired and are still held are not.
    """

    def named_by(self, turn: int) -> Named:
        """Return the numbers of the names in a turn; none for one that does not stand."""
        ...

    def naming(self, entity: int) -> Named:
        """Return the keys of the turns that name this; none for a number that is not known."""
        ...

    def named_by_each(self, turns: Keys) -> NamedEach:
        """Return what `named_by` says of each of these turns, in a tenth of the time."""
        ...

    def naming_each(self, entities: Numbers) -> NamedEach:
        """Return what `naming` says of each of these, in a tenth of the time."""
        ...

    def count(self, entity: int) -> int:
        """Return how many turns name this, in less time than it takes to name them."""
        ...

    def count_each(self, entities: Numbers) -> Numbers:
        """Return how many turns name each of these; every number must be known."""
        ...

    def count_about_each(self, entities: Numbers) -> Numbers:
        """Return how many turns are about each of these; every number must be known."""
        ...

    def number_of(self, name: str) -> int | None:
        """Return the number of a name; None for one that no turn names."""
        ...

    def name_of(self, entity: int) -> str:
        """Return the name of this number; it must be known."""
        ...

    def knows(self, name: str) -> bool:
        """Tell whether any turn names this."""
        ...

    def is_subject(self, name: str) -> bool:
        """Tell whether any turn is about this."""
        ...


class SpaceIndexes(NamedTuple):
    """The indexes of one space as they stand at one ledger position."""

    vectors: VectorIndex
    timeline: Timeline
    lexicon: Lexicon
    traits: Traits
    episodes: Episodes
    mentions: Mentions
    knowledge: Knowledge
    position: Position


class Shelf(Protocol):
    """Holds the indexes of every space in use."""

    def open(
        self, space: SpaceKey, past: Past | None = None, *, at_least: Position | None = None
    ) -> AbstractContextManager[SpaceIndexes]:
        """Lend the space's indexes, loaded from rows when they are not in memory.

        Who has just read where its ledger stands says so by `at_least`, which saves looking it up.

        They do not change while they are lent. They hold every change whose write was answered;
        with `past`, what the space was then.
        """
        ...

    def kept_at(self, space: SpaceKey) -> Position | None:
        """Return the ledger position of the copy of its indexes on disk; None without one."""
        ...

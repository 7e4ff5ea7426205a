"""Who said a turn, where, for whom, when and how, in flat arrays: what filters ask most often.

About 40 bytes a turn. From rows, a filter that lets 100,000 turns through took ten times as long
as all the rest of the recall; from here it is a comparison of small numbers.
"""

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.manner import Manner
from memsvc.domain.memory import Source
from memsvc.domain.recall import Filter
from memsvc.domain.whereabouts import PlaceSummary
from memsvc.ports.indexes import Numbers
from memsvc.ports.lexicon import Places
from store.room import FIRST_ROOM, more
from store.tables import EPOCH, MICROSECOND, microseconds

Mask = NDArray[np.bool_]


class Traits(NamedTuple):
    """What filters ask of a turn. `at` is when it was said; of all this, only its place changes.

    `echo_of` is the id of the turn whose words it repeats, `manner` how it speaks, `packed`.
    """

    at: datetime
    role: str
    source: str
    speaker: str | None
    user_id: str | None
    agent_id: str | None
    place: str | None
    echo_of: str | None = None
    manner: int = 0


WORDED = Traits._fields[1:-1]
PLACE = "place"
ECHO_OF = "echo_of"

PARTS = 100
"""In how many parts the share of words that ask is told."""
_ASKS, _PREFERS, _RULES = 0x7F, 0x80, 0x100


def packed(manner: Manner) -> int:
    """Return one small number for how a turn speaks: bits 0 to 6 tell how much of it asks."""
    return round(manner.asks * PARTS) | manner.prefers * _PREFERS | manner.rules * _RULES


class TraitColumns:
    """The traits of the turns at places 0, 1, 2 and so on; every different word has a number."""

    def __init__(self) -> None:
        self._used = 0
        self._at = np.zeros(FIRST_ROOM, dtype=np.int64)
        self._manners = np.zeros(FIRST_ROOM, dtype=np.int16)
        self._words: dict[str, NDArray[np.int32]] = {
            name: np.zeros(FIRST_ROOM, dtype=np.int32) for name in WORDED
        }
        self._numbers: dict[str, dict[str | None, int]] = {name: {} for name in WORDED}
        self._stating = array("q")

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the arrays take."""
        return (
            self._at.nbytes
            + self._manners.nbytes
            + sum(column.nbytes for column in self._words.values())
        )

    def append(self, traits: Traits) -> None:
        """Add the traits of the turn at the next place."""
        place = self._used
        if place == len(self._at):
            room = more(place)
            self._at = np.concatenate([self._at, np.zeros(room, dtype=np.int64)])
            self._manners = np.concatenate([self._manners, np.zeros(room, dtype=np.int16)])
            for name, column in self._words.items():
                self._words[name] = np.concatenate([column, np.zeros(room, dtype=np.int32)])
        self._at[place] = microseconds(traits.at)
        self._manners[place] = traits.manner
        if traits.manner & (_PREFERS | _RULES):
            self._stating.append(place)
        for name in WORDED:
            self._words[name][place] = self._number(name, getattr(traits, name))
        self._used += 1

    def move(self, number: int, *, place: str | None) -> None:
        """Put the turn at the timeline's place `number` where it happened, after an edit."""
        self._words[PLACE][number] = self._number(PLACE, place)

    def matching(self, where: Filter) -> Mask:
        """Tell for each place whether its turn passes what the filter asks of traits."""
        passing = np.ones(self._used, dtype=bool)
        for name, wanted in _words_wanted(where):
            passing &= self._is_one_of(name, wanted)
        if where.since is not None:
            passing &= self._at[: self._used] >= microseconds(where.since)
        if where.until is not None:
            passing &= self._at[: self._used] < microseconds(where.until)
        return passing

    def at(self, places: Places) -> Numbers:
        """Return when the turn at each place happened, in microseconds since 1970."""
        moments: Numbers = self._at[places]
        return moments

    def speakers(self) -> list[str]:
        """Return who ever spoke in the space, as they are called there."""
        return [speaker for speaker in self._numbers["speaker"] if speaker is not None]

    def placed(self) -> Mask:
        """Tell for each place whether its turn says where it happened."""
        nowhere = self._numbers[PLACE].get(None, -1)
        is_placed: Mask = self._words[PLACE][: self._used] != nowhere
        return is_placed

    def by_place(self, among: Mask) -> list[PlaceSummary]:
        """Return where these turns happened, by name, with how many did and when the last one."""
        which = np.flatnonzero(among & self.placed())
        numbers = self._words[PLACE][which]
        names = list(self._numbers[PLACE])
        counts = np.bincount(numbers, minlength=len(names))
        last = np.full(len(names), np.iinfo(np.int64).min)
        np.maximum.at(last, numbers, self._at[which])
        return sorted(
            (
                PlaceSummary(name, int(count), EPOCH + int(moment) * MICROSECOND)
                for name, count, moment in zip(names, counts, last, strict=True)
                if name is not None and count
            ),
            key=lambda summary: summary.name,
        )

    def holds(self, source: Source) -> bool:
        """Tell whether a turn of this source was ever here, deleted or not."""
        return source.value in self._numbers["source"]

    def owners(self, places: Places) -> NDArray[np.int32]:
        """Return numbers for the user and the agent of the turn at each place; shape (n, 2)."""
        return np.stack([self._words[name][places] for name in ("user_id", "agent_id")], axis=1)

    def sources(self, places: Places) -> NDArray[np.int32]:
        """Return the source of the turn at each place by its place among the `Source`s."""
        order = list(Source)
        named = [order.index(Source(word)) for word in self._numbers["source"] if word is not None]
        return np.array(named, dtype=np.int32)[self._words["source"][places]]

    def of_role(self, places: Places, role: str) -> Mask:
        """Tell for the turn at each place whether it has this role."""
        is_so: Mask = self._words["role"][places] == self._numbers["role"].get(role, -1)
        return is_so

    def asks(self, places: Places) -> NDArray[np.float32]:
        """Return which share of its words the turn at each place asks with, in [0, 1]."""
        asking = (self._manners[places] & _ASKS) / np.float32(PARTS)
        return asking.astype(np.float32)

    def prefers(self, places: Places) -> Mask:
        """Tell for the turn at each place whether it states a preference."""
        is_so: Mask = (self._manners[places] & _PREFERS) > 0
        return is_so

    def rules(self, places: Places) -> Mask:
        """Tell for the turn at each place whether it says how an agent is to behave."""
        is_so: Mask = (self._manners[places] & _RULES) > 0
        return is_so

    def stating(self) -> Places:
        """Return the places of the turns that state a preference or a rule, ascending."""
        return np.array(self._stating, dtype=np.int64)

    def echoes(self) -> Places:
        """Return the places of the turns that repeat an earlier one, ascending."""
        own = self._numbers[ECHO_OF].get(None, -1)
        if len(self._numbers[ECHO_OF]) == 1 and own >= 0:  # nearly every space: nobody looks
            return np.empty(0, dtype=np.int64)
        return np.flatnonzero(self._words[ECHO_OF][: self._used] != own)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything the columns hold, as copies, for `from_arrays`."""
        words = {name: list(numbers) for name, numbers in self._numbers.items()}
        return {
            "at": self._at[: self._used].copy(),
            "manners": self._manners[: self._used].copy(),
            **{name: column[: self._used].copy() for name, column in self._words.items()},
            "words": np.frombuffer(json.dumps(words).encode(), dtype=np.uint8),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return columns as they were when `arrays` were taken."""
        made = cls()
        made._used = len(arrays["at"])
        made._at = arrays["at"].copy()
        made._manners = arrays["manners"].copy()
        made._stating = array("q", np.flatnonzero(made._manners & (_PREFERS | _RULES)))
        made._words = {name: arrays[name].copy() for name in WORDED}
        words = json.loads(arrays["words"].tobytes())
        made._numbers = {
            name: {word: number for number, word in enumerate(words[name])} for name in WORDED
        }
        return made

    def _number(self, name: str, word: str | None) -> int:
        """Return the number of a word, given now if it has none."""
        numbers = self._numbers[name]
        return numbers.setdefault(word, len(numbers))

    def _is_one_of(self, name: str, wanted: Sequence[str]) -> Mask:
        known = [number for word in wanted if (number := self._numbers[name].get(word)) is not None]
        column = self._words[name][: self._used]
        return column == known[0] if len(known) == 1 else np.isin(column, known)


def _words_wanted(where: Filter) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield which words a filter wants of which trait, as far as it asks for any."""
    asked: tuple[tuple[str, Sequence[str]], ...] = (
        ("role", where.roles),
        ("source", [source.value for source in where.sources]),
        ("speaker", where.speakers),
        (PLACE, where.places),
        ("user_id", () if where.user_id is None else (where.user_id,)),
        ("agent_id", () if where.agent_id is None else (where.agent_id,)),
    )
    return ((name, wanted) for name, wanted in asked if wanted)

"""Who names what in a space, in memory: names by number, and both ways between names and turns.

What a turn names lies in one flat array, 4 bytes a name and 4 a turn. The way back is a short list
of places for each name; most names occur once, and for those it is one number. Unlike a term, a
name that its last turn has taken along is let go at once: what people forget is most often a name.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from graph.naming import Named, NamedEach, Numbers
from memsvc.ports.indexes import NOBODY
from memsvc.ports.mentions import Mentioned
from memsvc.ports.vectors import Keys
from store.timeline import ArrayTimeline

_BYTES_A_NAME = 150
"""What Python keeps for a name: its text, its place in the table and in two lists. Measured on
100,000 turns of chats with 16,000 names."""

_BYTES_A_LIST = 90
"""What a name takes more that several turns name."""

_GONE = -1
"""Stands where a turn named something that was forgotten, or is kept elsewhere since."""


NOTHING = Named(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.bool_))


class MentionColumns:
    """Names by number, in the order in which they came; turns by their places in the timeline.

    A mention is a code: the number of the name doubled, and one more when the turn is about it.
    The way back holds places in the same way.
    """

    def __init__(self) -> None:
        self._number_of: dict[str, int] = {}
        self._names: list[str] = []  # "" for one that nobody names any more
        self._naming: list[int | array[int]] = []
        self._counts: array[int] = array("i")  # how many turns name each
        self._about: array[int] = array("i")  # and are about it
        self._named: array[int] = array("i")
        self._ends: array[int] = array("i")
        self._moved: dict[int, array[int]] = {}  # what was renamed since, by place
        self._lists = 0

    def __len__(self) -> int:
        """Return how many different names turns have."""
        return len(self._number_of)

    def __iter__(self) -> Iterator[str]:
        """Yield the different names that turns have."""
        return iter(self._number_of)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that names and turns take, about."""
        flat = 4 * (2 * len(self._named) + len(self._ends) + 2 * len(self._names))
        lists = _BYTES_A_LIST * (self._lists + len(self._moved))
        return flat + lists + _BYTES_A_NAME * len(self._number_of)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything the columns hold, as copies, for `from_arrays`."""
        ends = np.array(self._ends, dtype=np.int64)
        size = len(ends)
        places = np.repeat(np.arange(size), ends - np.concatenate([[0], ends[:-1]]))
        moved = [place for place, codes in self._moved.items() for _ in codes]
        places = np.concatenate([places, np.array(moved, dtype=np.int64)])
        every = chain(self._named, *self._moved.values())
        named = np.fromiter(every, dtype=np.int32, count=len(places))
        order = np.argsort(places, kind="stable")
        order = order[named[order] != _GONE]
        return {
            "names": np.frombuffer("\n".join(self._names).encode(), dtype=np.uint8),
            "named": named[order],
            "named_each": np.bincount(places[order], minlength=size).astype(np.int32),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return columns as they were when `arrays` were taken."""
        made = cls()
        codes, each = arrays["named"], arrays["named_each"]
        made._named = array("i", codes.tobytes())
        made._ends = array("i", np.cumsum(each, dtype=np.int32).tobytes())
        written = arrays["names"].tobytes().decode()
        made._names = written.split("\n") if written else []
        made._number_of = {name: number for number, name in enumerate(made._names) if name}
        numbers = codes >> 1
        counts = np.bincount(numbers, minlength=len(made._names))
        made._counts = array("i", counts.astype(np.int32).tobytes())
        about = np.bincount(numbers[codes & 1 == 1], minlength=len(made._names))
        made._about = array("i", about.astype(np.int32).tobytes())
        order = np.argsort(numbers, kind="stable")
        places = (np.repeat(np.arange(len(each), dtype=np.int32), each) << 1 | codes & 1)[order]
        flat, begin = places.tolist(), 0
        for end in np.cumsum(counts).tolist():
            is_one = end - begin == 1  # as most are
            made._naming.append(flat[begin] if is_one else array("i", flat[begin:end]))
            begin = end
        made._lists = int(np.count_nonzero(counts > 1))
        return made

    def append(self, place: int, mentioned: Mentioned) -> None:
        """Enter what the turn at a place names that is above every place so far."""
        self._ends.extend([len(self._named)] * (place - len(self._ends)))
        self._named.extend(self._entered(place, mentioned))
        self._ends.append(len(self._named))

    def put(self, place: int, mentioned: Mentioned) -> None:
        """Enter what the turn at a place names in place of what it named.

        A name that it keeps keeps its number.
        """
        if place >= len(self._ends):
            self.append(place, mentioned)
        else:
            left = self._leave(place)
            self._moved[place] = self._entered(place, mentioned)
            self._let_go(left)

    def remove(self, place: int) -> None:
        """Let go of what the turn at a place named, and of names that nobody names then."""
        self._let_go(self._leave(place))

    def named_at(self, place: int) -> Named:
        """Return the numbers of what the turn at a place names."""
        return _named(np.array(self._codes_at(place), dtype=np.int64))

    def naming(self, number: int) -> Named:
        """Return the places of the turns that name this; none for a number that is not known."""
        return _named(np.array(self._held(number), dtype=np.int64))

    def named_at_each(self, places: Numbers) -> NamedEach:
        """Return the same for each of these places, one after another; nothing for `NOBODY`."""
        known = np.flatnonzero((places >= 0) & (places < len(self._ends)))
        ends = np.frombuffer(self._ends, dtype=np.int32)  # gone before anybody could write
        at = places[known]
        begins = np.where(at > 0, ends[at - 1], 0)
        sizes = np.zeros(len(places), dtype=np.int64)
        sizes[known] = ends[at] - begins
        codes = np.frombuffer(self._named, dtype=np.int32)[_runs(begins, sizes[known])]
        if self._moved or _GONE in codes:
            found = [self._codes_at(place) for place in places.tolist()]
            return _each(found)
        return NamedEach(codes >> 1, codes & 1 == 1, sizes)

    def naming_each(self, numbers: Sequence[int]) -> NamedEach:
        """Return the places of the turns that name each of these, one after another."""
        return _each([self._held(number) for number in numbers])

    def count(self, number: int) -> int:
        """Return how many turns name this."""
        return self._counts[number] if 0 <= number < len(self._counts) else 0

    def count_each(self, numbers: Numbers) -> Numbers:
        """Return how many turns name each of these; every number must be known."""
        counts: Numbers = np.frombuffer(self._counts, dtype=np.int32)[numbers].astype(np.int64)
        return counts

    def count_about_each(self, numbers: Numbers) -> Numbers:
        """Return how many turns are about each of these; every number must be known."""
        about: Numbers = np.frombuffer(self._about, dtype=np.int32)[numbers].astype(np.int64)
        return about

    def is_subject(self, number: int) -> bool:
        """Tell whether any turn is about this; the number must be known."""
        return self._about[number] > 0

    def number_of(self, name: str) -> int | None:
        """Return the number of a name; None for one that no turn names."""
        return self._number_of.get(name)

    def name_of(self, number: int) -> str:
        """Return the name of this number; it must be known."""
        return self._names[number]

    def _entered(self, place: int, mentioned: Mentioned) -> "array[int]":
        """Enter a place with its names and return their codes, ascending."""
        subjects = set(mentioned.subjects)
        codes: array[int] = array("i")
        for name in subjects.union(mentioned.names):
            number, is_subject = self._numbered(name), name in subjects
            self._enter(number, place << 1 | is_subject)
            codes.append(number << 1 | is_subject)
        return array("i", sorted(codes))

    def _numbered(self, name: str) -> int:
        number = self._number_of.setdefault(name, len(self._names))
        if number == len(self._names):
            self._names.append(name)
            self._naming.append(array("i"))
            self._counts.append(0)
            self._about.append(0)
        return number

    def _held(self, number: int) -> "array[int]":
        """Return the codes of a name's places; none for a number that is not known."""
        if not 0 <= number < len(self._naming):
            return array("i")
        held = self._naming[number]
        return array("i", (held,)) if isinstance(held, int) else held

    def _enter(self, number: int, code: int) -> None:
        self._counts[number] += 1
        self._about[number] += code & 1
        held = self._naming[number]
        if isinstance(held, int):
            self._naming[number] = array("i", sorted((held, code)))
            self._lists += 1
        elif not held:
            self._naming[number] = code
        elif code > held[-1]:
            held.append(code)
        else:
            insort(held, code)

    def _leave(self, place: int) -> list[int]:
        """Have a place name nothing; return the numbers of what it named."""
        codes = self._codes_at(place)
        for code in codes:
            number = code >> 1
            self._counts[number] -= 1
            self._about[number] -= code & 1
            held = self._naming[number]
            if isinstance(held, int):
                self._naming[number] = array("i")
            else:
                held.pop(bisect_left(held, place << 1))
                self._lists -= not held
        self._moved.pop(place, None)
        for at in self._room(place):
            self._named[at] = _GONE
        return [code >> 1 for code in codes]

    def _let_go(self, numbers: Iterable[int]) -> None:
        """Forget those of these names that nobody names any more."""
        for number in numbers:
            held = self._naming[number]
            if not isinstance(held, int) and not held:
                del self._number_of[self._names[number]]
                self._names[number] = ""

    def _room(self, place: int) -> range:
        """Return where in the flat array a turn's names lie, or lay."""
        if not 0 <= place < len(self._ends):
            return range(0)
        return range(self._ends[place - 1] if place else 0, self._ends[place])

    def _codes_at(self, place: int) -> "array[int]":
        if place in self._moved:
            return self._moved[place]
        room = self._room(place)
        codes = self._named[room.start : room.stop]
        return array("i") if _GONE in codes else codes


@dataclass(frozen=True, slots=True)
class TurnMentions:
    """The columns by the keys of turns: `memsvc.ports.indexes.Mentions`."""

    columns: MentionColumns
    timeline: ArrayTimeline

    def named_by(self, turn: int) -> Named:
        """Return the numbers of the names in a turn; none for one that does not stand."""
        place = int(self.timeline.places(np.array([turn], dtype=np.int64))[0])
        return NOTHING if place == NOBODY else self.columns.named_at(place)

    def naming(self, entity: int) -> Named:
        """Return the keys of the turns that name this; none for a number that is not known."""
        places, about = self.columns.naming(entity)
        return Named(self.timeline.keys_at(places), about)

    def named_by_each(self, turns: Keys) -> NamedEach:
        """Return what `named_by` says of each of these turns, in a tenth of the time."""
        numbers, about, each = self.columns.named_at_each(self.timeline.places(turns))
        return NamedEach(numbers.astype(np.int64), about, each)

    def naming_each(self, entities: Numbers) -> NamedEach:
        """Return what `naming` says of each of these, in a tenth of the time."""
        places, about, each = self.columns.naming_each(entities.tolist())
        return NamedEach(self.timeline.keys_at(places), about, each)

    def count(self, entity: int) -> int:
        """Return how many turns name this, in less time than it takes to name them."""
        return self.columns.count(entity)

    def count_each(self, entities: Numbers) -> Numbers:
        """Return how many turns name each of these; every number must be known."""
        return self.columns.count_each(entities)

    def count_about_each(self, entities: Numbers) -> Numbers:
        """Return how many turns are about each of these; every number must be known."""
        return self.columns.count_about_each(entities)

    def number_of(self, name: str) -> int | None:
        """Return the number of a name; None for one that no turn names."""
        return self.columns.number_of(name)

    def name_of(self, entity: int) -> str:
        """Return the name of this number; it must be known."""
        return self.columns.name_of(entity)

    def knows(self, name: str) -> bool:
        """Tell whether any turn names this."""
        return self.columns.number_of(name) is not None

    def is_subject(self, name: str) -> bool:
        """Tell whether any turn is about this."""
        number = self.columns.number_of(name)
        return number is not None and self.columns.is_subject(number)


def _named(codes: NDArray[np.int64]) -> Named:
    return Named(codes >> 1, (codes & 1).astype(np.bool_))


def _each(codes: "Sequence[array[int]]") -> NamedEach:
    flat = np.frombuffer(b"".join(codes), dtype=np.int32).astype(np.int64)
    each = np.fromiter(map(len, codes), dtype=np.int64, count=len(codes))
    return NamedEach(flat >> 1, (flat & 1).astype(np.bool_), each)


def _runs(begins: NDArray[np.integer[Any]], sizes: Numbers) -> Numbers:
    """Return the numbers of all runs, one after another."""
    ends = np.cumsum(sizes)
    runs: Numbers = np.repeat(begins - ends + sizes, sizes) + np.arange(sizes.sum())
    return runs

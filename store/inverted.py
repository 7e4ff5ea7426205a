"""The inverted file of a space in memory: for every term, where in the timeline it stands.

Made from the rows of `terms` and brought on with every commit, like the other indexes. Reading
postings from the database (an FTS5 table was tried, see docs/decisions/0009) took longer than all
the rest of a recall together; from here a term that 20,000 turns hold is two array copies.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.lexicon import Postings, Stands
from store.information import Information, information_of

LARGEST_COUNT = 65_535
"""How often a term counts at most in one turn; BM25 has long been flat by then."""

MOST_AT_ONCE = 32
"""Turns whose deletion is followed term by term."""

_BYTES_A_TERM = 110
"""What Python keeps for a term beside its postings: its text and its place in the table."""

_BYTES_A_GROWING_TERM = 190
"""What it keeps more for one that was entered since the load: two arrays. Both were measured on
the vocabulary of 100,000 turns."""


class _Growing(NamedTuple):
    """The postings of one term since the load."""

    places: "array[int]"
    counts: "array[int]"


class _Loaded(NamedTuple):
    """The postings that were loaded, one term after the other; `ends` says where each ends."""

    ends: NDArray[np.int64]
    places: NDArray[np.int32]
    counts: NDArray[np.uint16]

    @property
    def nbytes(self) -> int:
        return self.ends.nbytes + self.places.nbytes + self.counts.nbytes

    def of(self, number: int) -> slice:
        """Return where the postings of a term lie; nowhere for one that came later."""
        if number >= len(self.ends):
            return slice(0, 0)
        return slice(int(self.ends[number - 1]) if number else 0, int(self.ends[number]))


NONE_LOADED = _Loaded(
    np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0, dtype=np.uint16)
)


class InvertedFile:
    """Postings by term. Turns come in the order of their places; deleted ones stay in it.

    Whoever reads passes over places whose turn no longer stands (`Timeline.stands_at`): taking a
    turn's postings out one by one would cost more than skipping them until the next load.

    What comes from a snapshot lies in three flat arrays, six bytes a posting; what is entered
    afterwards in two small arrays a term, beside it. A term is known by a number.
    """

    def __init__(self, loaded: _Loaded = NONE_LOADED) -> None:
        self._numbers: dict[str, int] = {}
        self._loaded = loaded
        self._growing: dict[int, _Growing] = {}
        self._entered = 0
        self._information: Information | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of memory that terms and postings take, about."""
        column = 0 if self._information is None else self._information.nbytes
        tables = len(self._numbers) * _BYTES_A_TERM + len(self._growing) * _BYTES_A_GROWING_TERM
        return tables + self._loaded.nbytes + self._entered * 6 + column

    def __len__(self) -> int:
        """Return how many different terms were ever entered."""
        return len(self._numbers)

    def __iter__(self) -> Iterator[str]:
        """Yield the different terms."""
        return iter(self._numbers)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything the file holds, as copies, for `from_arrays`."""
        return {
            "terms": np.frombuffer("\n".join(self._numbers).encode(), dtype=np.uint8),
            "sizes": self._sizes(),
            "places": self._places(),
            "counts": np.frombuffer(b"".join(self._all_counts()), dtype=np.uint16),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return an inverted file as it was when `arrays` were taken."""
        # Copies: what is forgotten must not stay in a file because postings are read there.
        ends = np.cumsum(arrays["sizes"], dtype=np.int64)
        made = cls(_Loaded(ends, arrays["places"].copy(), arrays["counts"].copy()))
        if len(ends):
            names = arrays["terms"].tobytes().decode().split("\n")
            made._numbers = {name: number for number, name in enumerate(names)}
        return made

    def append(self, place: int, terms: Iterable[str]) -> None:
        """Enter the terms of the turn at a place that is above every place so far."""
        counted = Counter(terms)
        if self._information is not None:
            self._information.append(place, {term: self._holders(term) for term in counted})
        for term, count in counted.items():
            number = self._numbers.setdefault(term, len(self._numbers))
            held = self._growing.get(number)
            if held is None:
                held = self._growing[number] = _Growing(array("i"), array("H"))
            held.places.append(place)
            held.counts.append(min(count, LARGEST_COUNT))
        self._entered += len(counted)

    def remove(self, removed: Mapping[int, Sequence[str]], timeline: Stands) -> None:
        """Take note that turns were deleted from the timeline; by place, with their terms.

        Their postings stay. Of many it is cheaper to ask for all information anew.
        """
        told = self._information
        if told is None or not removed:
            return
        empty = timeline.size - len(timeline)
        if len(removed) > MOST_AT_ONCE or empty != told.deleted + len(removed):
            self._information = None
            return
        terms = {term for own in removed.values() for term in own}
        postings = {term: found.places for term, found in self.postings(sorted(terms)).items()}
        told.remove(np.array(sorted(removed), dtype=np.int32), postings, timeline)

    def postings(self, terms: Sequence[str]) -> Mapping[str, Postings]:
        """Return the postings of each of these terms that was ever entered."""
        found = {}
        for term in dict.fromkeys(terms):
            number = self._numbers.get(term)
            if number is not None:
                found[term] = self._postings_of(number)
        return found

    def _postings_of(self, number: int) -> Postings:
        where, held = self._loaded.of(number), self._growing.get(number)
        places, counts = self._loaded.places[where], self._loaded.counts[where]
        if held is None:  # what was loaded never changes, so a view will do
            return Postings(places, counts)
        # Copies: a view would forbid the arrays to grow for as long as anybody holds it.
        return Postings(
            np.concatenate([places, np.frombuffer(held.places, dtype=np.int32)]),
            np.concatenate([counts, np.frombuffer(held.counts, dtype=np.uint16)]),
        )

    def information(self, timeline: Stands) -> NDArray[np.float32]:
        """Return how much the words of the turn at each place tell, in nats a term.

        Made when it is first asked for, and again after a deletion that `remove` was not told of; 0
        where no turn stands.
        """
        held = self._information
        if held is None or held.deleted != timeline.size - len(timeline):
            held = self._information = information_of(
                self._numbers, self._sizes(), self._places(), timeline
            )
        return held.told

    def _holders(self, term: str) -> int:
        number = self._numbers.get(term)
        if number is None:
            return 0
        held = self._growing.get(number)
        loaded = len(self._loaded.places[self._loaded.of(number)])
        return loaded + (0 if held is None else len(held.places))

    def _sizes(self) -> NDArray[np.int64]:
        """Return how many postings each term has, by number."""
        sizes = np.zeros(len(self._numbers), dtype=np.int64)
        sizes[: len(self._loaded.ends)] = np.diff(self._loaded.ends, prepend=0)
        for number, held in self._growing.items():
            sizes[number] += len(held.places)
        return sizes

    def _places(self) -> NDArray[np.int32]:
        """Return the places of every term, one term after the other."""
        if not self._growing:
            return self._loaded.places.copy()
        return np.frombuffer(b"".join(self._all_places()), dtype=np.int32)

    def _all_places(self) -> Iterator["memoryview | array[int]"]:
        loaded = self._loaded.places.data
        for number in range(len(self._numbers)):
            yield loaded[self._loaded.of(number)]
            if number in self._growing:
                yield self._growing[number].places

    def _all_counts(self) -> Iterator["memoryview | array[int]"]:
        loaded = self._loaded.counts.data
        for number in range(len(self._numbers)):
            yield loaded[self._loaded.of(number)]
            if number in self._growing:
                yield self._growing[number].counts

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

_BYTES_A_TERM = 300
"""What Python keeps for a term beside its postings: its text, two arrays, its place in the table.
Measured on the vocabulary of 100,000 turns."""


class _Held(NamedTuple):
    """The postings of one term, growing."""

    places: "array[int]"
    counts: "array[int]"


class InvertedFile:
    """Postings by term. Turns come in the order of their places; deleted ones stay in it.

    Whoever reads passes over places whose turn no longer stands (`Timeline.stands_at`): taking a
    turn's postings out one by one would cost more than skipping them until the next load.
    """

    def __init__(self) -> None:
        self._terms: dict[str, _Held] = {}
        self._postings = 0
        self._information: Information | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of memory that terms and postings take, about."""
        column = 0 if self._information is None else self._information.nbytes
        return len(self._terms) * _BYTES_A_TERM + self._postings * 6 + column

    def __len__(self) -> int:
        """Return how many different terms were ever entered."""
        return len(self._terms)

    def __iter__(self) -> Iterator[str]:
        """Yield the different terms."""
        return iter(self._terms)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything the file holds, as copies, for `from_arrays`."""
        held = list(self._terms.values())
        sizes = np.array([len(one.places) for one in held], dtype=np.int64)
        return {
            "terms": np.frombuffer("\n".join(self._terms).encode(), dtype=np.uint8),
            "sizes": sizes,
            "places": np.frombuffer(b"".join(one.places for one in held), dtype=np.int32),
            "counts": np.frombuffer(b"".join(one.counts for one in held), dtype=np.uint16),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return an inverted file as it was when `arrays` were taken."""
        made = cls()
        ends = np.cumsum(arrays["sizes"]).tolist()
        places, counts = arrays["places"].tobytes(), arrays["counts"].tobytes()
        names = arrays["terms"].tobytes().decode().split("\n")
        begin = 0
        for term, end in zip(names, ends, strict=bool(ends)):
            made._terms[term] = _Held(
                array("i", places[4 * begin : 4 * end]), array("H", counts[2 * begin : 2 * end])
            )
            begin = end
        made._postings = begin
        return made

    def append(self, place: int, terms: Iterable[str]) -> None:
        """Enter the terms of the turn at a place that is above every place so far."""
        counted = Counter(terms)
        if self._information is not None:
            self._information.append(place, {term: self._holders(term) for term in counted})
        for term, count in counted.items():
            held = self._terms.get(term)
            if held is None:
                held = self._terms[term] = _Held(array("i"), array("H"))
            held.places.append(place)
            held.counts.append(min(count, LARGEST_COUNT))
        self._postings += len(counted)

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
            held = self._terms.get(term)
            if held is not None:
                # Copies: a view would forbid the arrays to grow for as long as anybody holds it.
                found[term] = Postings(
                    np.array(held.places, dtype=np.int32), np.array(held.counts, dtype=np.uint16)
                )
        return found

    def information(self, timeline: Stands) -> NDArray[np.float32]:
        """Return how much the words of the turn at each place tell, in nats a term.

        Made when it is first asked for, and again after a deletion that `remove` was not told of; 0
        where no turn stands.
        """
        held = self._information
        if held is None or held.deleted != timeline.size - len(timeline):
            postings = [one.places for one in self._terms.values()]
            sizes = np.array([len(places) for places in postings], dtype=np.int64)
            places = np.frombuffer(b"".join(postings), dtype=np.int32)
            held = self._information = information_of(self._terms, sizes, places, timeline)
        return held.told

    def _holders(self, term: str) -> int:
        held = self._terms.get(term)
        return 0 if held is None else len(held.places)

"""The words of a space in PostgreSQL: postings are read where they are, as far as they are asked.

They are rows that triggers keep with those of `terms` (`store.indexing`), so they commit with a
turn and go with it. What is made of them is what `store.inverted` makes of its own: the same turns,
the same counts, and so the same scores.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.ids import SpaceKey
from memsvc.ports.indexes import NOBODY, Timeline
from memsvc.ports.lexicon import Postings, Stands
from store.asking import Asking, Holders
from store.information import Information, information_of


class DatabaseWords:
    """A `Lexicon` over rows that their writers keep: what is entered and removed is noted alone.

    `timeline` says where a turn stands; one that it does not know, which was written a moment ago,
    is passed over.
    """

    def __init__(self, asking: Asking, space: SpaceKey, timeline: Timeline) -> None:
        self._asking = asking
        self._space = space
        self._timeline = timeline
        self._told: Information | None = None
        self._holders: Counter[str] = Counter()
        self._found: dict[str, Postings | None] | None = None
        self._of: Self | None = None

    def lent(self) -> Self:
        """Return it for one question, in which no term is asked for twice."""
        made = copy(self)
        made.__dict__ |= {"_found": {}, "_of": self}
        return made

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it takes: for what turns tell alone, once anybody has asked."""
        return 0 if self._told is None else self._told.nbytes + 120 * len(self._holders)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Nothing: no copy is kept of what the database has."""
        return {}

    def append(self, place: int, terms: Iterable[str]) -> None:
        """Take note of the turn at a place that is above every place so far."""
        if self._told is not None:
            own = set(terms)
            self._told.append(place, {term: self._holders[term] for term in own})
            self._holders.update(own)

    def remove(self, removed: Mapping[int, Sequence[str]], timeline: Stands) -> None:  # noqa: ARG002  as the one in memory
        """Take note that turns were deleted: what all others tell is asked for anew."""
        self._told = None

    def postings(self, terms: Sequence[str]) -> Mapping[str, Postings]:
        """Return the postings of each of these terms that any turn holds."""
        known = {} if self._found is None else self._found
        lacking = [term for term in dict.fromkeys(terms) if term not in known]
        if lacking:
            found = self._asking.holders(self._space, lacking)
            for term in lacking:
                known[term] = self._placed(found[term]) if term in found else None
        return {term: held for term in dict.fromkeys(terms) if (held := known[term]) is not None}

    def information(self, timeline: Stands) -> NDArray[np.float32]:
        """Return how much the words of the turn at each place tell, in nats a term.

        Made of all postings when it is first asked for, and again after a deletion.
        """
        if self._of is not None:
            return self._of.information(timeline)
        held = self._told
        if held is None or held.deleted != timeline.size - len(timeline):
            placed = {
                term: self._placed(holders).places
                for term, holders in self._asking.holders(self._space, None).items()
            }
            sizes = np.array([len(places) for places in placed.values()], dtype=np.int64)
            places = np.concatenate([np.empty(0, dtype=np.int32), *placed.values()])
            held = information_of(placed, sizes, places, timeline)
            self._told, self._holders = (
                held,
                Counter(dict(zip(placed, sizes.tolist(), strict=True))),
            )
        return held.told

    def _placed(self, holders: Holders) -> Postings:
        places = self._timeline.places(holders.turns)
        known = places != NOBODY
        return Postings(places[known].astype(np.int32), holders.counts[known].astype(np.uint16))

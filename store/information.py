"""How much the words of each turn tell, in one flat array that is made when it is first asked for.

A term tells -ln p nats, p being the share of the earlier turns of its space that hold it: what was
said often before tells little. A turn tells the mean over its different terms, beside `SILENT`
terms that tell nothing, so that a greeting of one rare name does not tell more than a message.

    sum over its terms of  ln((before + EARLIER) / (holders + 1))  /  (terms + SILENT)

`before` counts the turns written before it that stand, `holders` those of them that hold the term.
So a number hangs on what came before its turn alone, and the next turns cost what their terms do;
only a deletion makes them all anew. A space that is never asked pays nothing.

This is the self-information that SirLLM (arXiv 2405.12528) keeps tokens by, with the words of the
space itself in the place of a language model. docs/decisions/0035 has what it is worth.
"""

from collections.abc import Iterable, Mapping
from math import log

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.lexicon import Stands

EARLIER = 100
"""Turns that are taken to have come before the first, holding none of its terms: without them all
that a young space hears counts for little, because nothing has been said often yet."""

SILENT = 10
"""Terms that tell nothing, counted with those of every turn. From 2 to 40 finds about the same."""

FIRST_ROOM = 64
Numbers32 = NDArray[np.int32]


class Information:
    """What the turns at places 0, 1, 2 and so on tell, as long as no turn is deleted.

    `deleted` is how many places were empty when it was made, `passed_over` how many of the turns
    at them held each term: they no longer count.
    """

    def __init__(
        self, told: NDArray[np.float32], *, deleted: int, passed_over: Mapping[str, int]
    ) -> None:
        self._told = told
        self._used = len(told)
        self.deleted = deleted
        self._passed_over = passed_over

    @property
    def told(self) -> NDArray[np.float32]:
        """The information of each turn in nats a term; 0 at empty places."""
        return self._told[: self._used]

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the array takes."""
        return self._told.nbytes

    def append(self, place: int, terms: Mapping[str, int]) -> None:
        """Add the turn at the next place; `terms` are how many places held each of its terms."""
        before = place - self.deleted
        held = sum(log(count - self._passed_over.get(term, 0) + 1) for term, count in terms.items())
        if place == len(self._told):
            room = np.zeros(max(place, FIRST_ROOM), dtype=np.float32)
            self._told = np.concatenate([self._told, room])
        self._told[place] = (len(terms) * log(before + EARLIER) - held) / (len(terms) + SILENT)
        self._used = place + 1


def information_of(
    names: Iterable[str], sizes: NDArray[np.int64], places: Numbers32, timeline: Stands
) -> Information:
    """Make it from all postings: the places of every term one after the other, `sizes` of each."""
    stands = timeline.stands_at(np.arange(timeline.size))
    standing = stands[places]
    term_of = np.repeat(np.arange(len(sizes)), sizes)
    kept, of_kept = places[standing], term_of[standing]
    counts = np.bincount(of_kept, minlength=len(sizes))
    begins = np.cumsum(counts) - counts
    holders = np.arange(len(kept)) - begins[of_kept]
    before: NDArray[np.int64] = (np.cumsum(stands) - stands)[kept]
    tells = np.log((before + EARLIER) / (holders + 1))
    total = np.bincount(kept, weights=tells, minlength=timeline.size)
    terms = np.bincount(kept, minlength=timeline.size)
    gone = sizes - counts
    passed_over = {name: int(count) for name, count in zip(names, gone, strict=True) if count}
    return Information(
        (total / (terms + SILENT)).astype(np.float32),
        deleted=timeline.size - len(timeline),
        passed_over=passed_over,
    )

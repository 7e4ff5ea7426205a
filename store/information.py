"""How much the words of each turn tell, in one flat array that is made when it is first asked for.

A term tells -ln p nats, p being the share of the earlier turns of its space that hold it: what was
said often before tells little. A turn tells the mean over its different terms, beside `SILENT`
terms that tell nothing, so that a greeting of one rare name does not tell more than a message.

    sum over its terms of  ln((before + EARLIER) / (holders + 1))  /  (terms + SILENT)

`before` counts the turns written before it that stand, `holders` those of them that hold the term.
So a number hangs on what came before its turn alone, and the next turns cost what their terms do.
A deletion changes the numbers of all that came later: the sum of what holders take off is kept
beside each, and corrected for the terms that were deleted alone. A space that is never asked pays
nothing.

This is the self-information that SirLLM (arXiv 2405.12528) keeps tokens by, with the words of the
space itself in the place of a language model. docs/decisions/0035 has what it is worth.
"""

from collections.abc import Iterable, Mapping
from math import log

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.lexicon import Stands
from store.room import more

EARLIER = 100
"""Turns that are taken to have come before the first, holding none of its terms: without them all
that a young space hears counts for little, because nothing has been said often yet."""

SILENT = 10
"""Terms that tell nothing, counted with those of every turn. From 2 to 40 finds about the same."""

Numbers32 = NDArray[np.int32]


class Information:
    """What the turns at places 0, 1, 2 and so on tell.

    `held` is the sum of ln(holders + 1) over the terms of each, `terms` how many they are.
    `deleted` is how many places are empty, `passed_over` how many of the turns that stood there
    held each term: they no longer count.
    """

    def __init__(
        self,
        told: NDArray[np.float32],
        held: NDArray[np.float64],
        terms: Numbers32,
        *,
        deleted: int,
        passed_over: dict[str, int],
    ) -> None:
        self._told = told
        self._held = held
        self._terms = terms
        self._used = len(told)
        self.deleted = deleted
        self._passed_over = passed_over

    @property
    def told(self) -> NDArray[np.float32]:
        """The information of each turn in nats a term; 0 at empty places."""
        return self._told[: self._used]

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the arrays take."""
        return self._told.nbytes + self._held.nbytes + self._terms.nbytes

    def append(self, place: int, terms: Mapping[str, int]) -> None:
        """Add the turn at the next place; `terms` are how many places held each of its terms."""
        before = place - self.deleted
        held = sum(log(count - self._passed_over.get(term, 0) + 1) for term, count in terms.items())
        if place == len(self._told):
            self._told, self._held, self._terms = (
                np.concatenate([column, np.zeros(more(place), dtype=column.dtype)])
                for column in (self._told, self._held, self._terms)
            )
        self._told[place] = (len(terms) * log(before + EARLIER) - held) / (len(terms) + SILENT)
        self._held[place], self._terms[place] = held, len(terms)
        self._used = place + 1

    def remove(
        self, places: Numbers32, postings: Mapping[str, Numbers32], timeline: Stands
    ) -> None:
        """Leave out turns that were deleted just now; `postings` are those of all their terms."""
        for term, holding in postings.items():
            stands, goes = timeline.stands_at(holding), np.isin(holding, places)
            holders: NDArray[np.int64] = np.cumsum(stands) - stands
            gone = np.cumsum(goes)
            later = stands & (gone > 0)
            self._held[holding[later]] -= np.log1p(gone[later] / (holders[later] + 1))
            self._passed_over[term] = self._passed_over.get(term, 0) + int(gone[-1])
        self.deleted += len(places)
        first = int(places.min())
        stands = timeline.stands_at(np.arange(first, self._used))
        self._told[first : self._used] = _told(
            self._held[first : self._used],
            self._terms[first : self._used],
            stands,
            before=len(timeline) - int(np.count_nonzero(stands)),
        )


def _told(
    held: NDArray[np.float64], terms: Numbers32, stands: NDArray[np.bool_], *, before: int
) -> NDArray[np.float32]:
    """Return what turns that follow each other tell, `before` turns standing before the first."""
    earlier = before + np.cumsum(stands) - stands
    told = (terms * np.log(earlier + EARLIER) - held) / (terms + SILENT)
    return np.where(stands, told, 0.0).astype(np.float32)


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
    held = np.bincount(kept, weights=np.log(holders + 1), minlength=timeline.size).astype(float)
    terms = np.bincount(kept, minlength=timeline.size).astype(np.int32)
    gone = sizes - counts
    passed_over = {name: int(count) for name, count in zip(names, gone, strict=True) if count}
    return Information(
        _told(held, terms, stands, before=0),
        held,
        terms,
        deleted=timeline.size - len(timeline),
        passed_over=passed_over,
    )

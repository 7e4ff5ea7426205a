"""Whereabouts: which places there are, and where something was last.

A thing is where the latest turn happened that names it and says where that was. Names are compared
as recall compares words; nothing is inferred: "it" is nobody, and whoever says "Ann was here
yesterday" in the kitchen puts Ann into the kitchen. Follows the question of Spatially-Aware
Transformer (arXiv 2402.15160) with the plainest answer that a record can give.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from memsvc.app.within import Within, within
from memsvc.domain.access import Access
from memsvc.domain.ids import SpaceName
from memsvc.domain.memory import Page
from memsvc.domain.recall import Filter
from memsvc.domain.whereabouts import Naming, PlaceSummary, Sighting, Whereabouts
from memsvc.ingest.compose import said
from memsvc.ports.indexes import Numbers, Shelf
from memsvc.ports.keeping import Keeping
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.world import Clock

READ_AT_ONCE = 64
MOST_READ = 1_024
"""Turns that name a thing and are looked at, the latest of them."""


@dataclass(frozen=True, slots=True)
class FindPlaces:
    """The use cases, with what they need."""

    keeping: Keeping
    shelf: Shelf
    analyzer: Analyzer
    clock: Clock

    def places(
        self, access: Access, space: SpaceName, *, after: str | None, limit: int
    ) -> Page[PlaceSummary]:
        """List the places of turns that stand, by name; the cursor is a name."""
        with within(
            access, space, keeping=self.keeping, shelf=self.shelf, clock=self.clock
        ) as inside:
            every = inside.indexes.traits.by_place(inside.may_answer(Filter()))
        found = [place for place in every if after is None or place.name > after]
        more = len(found) > limit
        return Page(tuple(found[:limit]), found[limit - 1].name if more else None)

    def whereabouts(
        self, access: Access, space: SpaceName, of: str, *, where: Filter, limit: int
    ) -> Whereabouts:
        """Say where something was last, and up to `limit` places where it was before.

        Of the turns that hold every content word of its name those count that hold them as a
        phrase; if none does, all do. Raises `SpaceNotFound`.
        """
        terms = self.analyzer.asked(of)
        with within(
            access, space, keeping=self.keeping, shelf=self.shelf, clock=self.clock
        ) as inside:
            named = _latest_naming(terms, inside, where)
            stays: dict[Naming, list[Sighting]] = {naming: [] for naming in Naming}
            for sighting in self._sightings(terms, named, inside):
                found = stays[sighting.naming]
                if not found or found[-1].place != sighting.place:
                    found.append(sighting)
                if len(stays[Naming.PHRASE]) > limit:
                    break
        found = stays[Naming.PHRASE] or stays[Naming.WORDS]
        return Whereabouts(found[0] if found else None, tuple(found[1 : limit + 1]))

    def _sightings(
        self, terms: Sequence[str], named: Numbers, inside: Within
    ) -> Iterator[Sighting]:
        """Yield what the turns at these places say, in their order, reading some at a time."""
        for begin in range(0, min(len(named), MOST_READ), READ_AT_ONCE):
            for turn in inside.turns_at(named[begin : begin + READ_AT_ONCE]):
                if turn.place is not None:  # an edit may just have taken it
                    is_phrase = _holds_in_a_row(self.analyzer.asked(said(turn)), terms)
                    naming = Naming.PHRASE if is_phrase else Naming.WORDS
                    yield Sighting(turn, turn.place, naming)


def _latest_naming(terms: Sequence[str], inside: Within, where: Filter) -> Numbers:
    """Return where the turns stand that hold all these terms and have a place, latest first."""
    traits = inside.indexes.traits
    postings = inside.indexes.lexicon.postings(terms)
    if not terms or any(term not in postings for term in terms):
        return np.empty(0, dtype=np.int64)
    may = inside.may_answer(where) & traits.placed()
    rarest, *others = sorted((found.places for found in postings.values()), key=len)
    named = np.asarray(rarest[may[rarest]], dtype=np.int64)
    for places in others:
        named = np.intersect1d(named, places, assume_unique=True)
    order = np.argsort(traits.at(named), kind="stable")
    return named[order[::-1]]


def _holds_in_a_row(held: Sequence[str], wanted: Sequence[str]) -> bool:
    count = len(wanted)
    return any(list(held[n : n + count]) == list(wanted) for n in range(len(held) - count + 1))

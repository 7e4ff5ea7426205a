"""Arms that read a turn as part of its event: the event's words, and its meaning.

They say how well the event that a turn belongs to answers, as one text and as the mean of its
turns (EM-LLM, arXiv:2407.09450, retrieves whole events so). What they are worth beside the arms
that read a turn with its neighbours was measured, and is not enough to be asked by default: see
docs/decisions/0034. Statistics are those of the space's own events. As all that surrounds a turn,
they count less the longer the turn is (`retrieval.brevity`).
"""

import math
from dataclasses import dataclass

import numpy as np
from typing_extensions import override

from memsvc.ports.vectors import Keys, Scores
from retrieval import brevity
from retrieval.arms import Trusted
from retrieval.bm25 import bm25_of_groups
from retrieval.episodes import Grouping, by_event
from retrieval.pool import NO_KEYS, Ask, lookup


class _OfEvents(Trusted):
    """What the arms of events have in common."""

    def propose(self, ask: Ask, limit: int) -> Keys:  # noqa: ARG002  the port's signature
        """Propose nothing: an event speaks for the turns of it that others propose."""
        return NO_KEYS

    @override
    def trust(self, ask: Ask, keys: Keys) -> Scores:
        """Return more for a shorter turn."""
        return brevity.of_turns(ask.indexes.timeline, keys)


@dataclass(frozen=True, slots=True)
class LexicalEvent(_OfEvents):
    """Said in the same words by the whole event: BM25 of its turns as one text."""

    grouping: Grouping = by_event

    name = "lexical_event"
    silence = 0.0

    def score(self, ask: Ask, keys: Keys) -> Scores:
        """Return the BM25 of each turn's event; NaN when it shares no term."""
        timeline = ask.indexes.timeline
        groups = self.grouping(ask.indexes)
        ranked = bm25_of_groups(ask.terms, ask.postings, timeline, groups)
        found = lookup(ranked, groups[timeline.places(keys)])
        return np.where(found > 0, found, np.nan).astype(np.float32)


@dataclass(frozen=True, slots=True)
class DenseEvent(_OfEvents):
    """Alike in meaning with the whole event: the cosine with the mean of its turns' vectors."""

    grouping: Grouping = by_event

    name = "dense_event"
    silence = math.nan

    def score(self, ask: Ask, keys: Keys) -> Scores:
        """Return the cosine of each turn's event; NaN when none of its turns has a vector."""
        if ask.vector is None or len(keys) == 0:
            return np.full(len(keys), np.nan, dtype=np.float32)
        timeline, vectors = ask.indexes.timeline, ask.indexes.vectors
        groups = self.grouping(ask.indexes)
        wanted, of_key = np.unique(groups[timeline.places(keys)], return_inverse=True)
        places = np.flatnonzero(np.isin(groups, wanted))
        places = places[timeline.stands_at(places)]
        sums = np.zeros((len(wanted), vectors.dimension), dtype=np.float32)
        np.add.at(
            sums, np.searchsorted(wanted, groups[places]), vectors.means(timeline.keys_at(places))
        )
        norms = np.linalg.norm(sums, axis=1)
        cosines = (sums @ ask.vector) / np.maximum(norms, 1e-12)
        return np.where(norms > 0, cosines, np.nan)[of_key].astype(np.float32)

"""Which turns may hold a passage: runs of turns to be read, found from the inverted file alone.

A passage may begin in one turn and end in a later one, so what is proposed are runs: a turn that
holds rare terms of the passage, and as many turns on either side as the passage could reach into.
Whether it stands there, and where, is for whoever reads the texts (`memsvc.ingest.alignment`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.indexes import NOBODY, Numbers, SpaceIndexes, Timeline
from memsvc.ports.lexicon import Places

RAREST = 12
"""Terms that anchors are scored by. Those that are not rare cost much and tell little."""

LIKELIEST = 24
"""Turns read because they hold the most of the passage's rare terms."""

MOST_EXACT = 250
"""Turns read because the whole passage could stand there, the earliest of them: a bound for
passages such as "thank you" that stand in thousands of turns."""

FEW = 200
"""Holders of the rarest term that are all read, with no look at the other terms."""

REACH = 64
"""Turns on one side of a turn into which a passage may reach."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The terms of a passage that stand in the space, rarest first, with their weights (idf).

    `places` are those of turns that may answer, one array a term. `length` counts all terms of the
    passage, repeats included.
    """

    terms: tuple[str, ...]
    weights: tuple[float, ...]
    places: tuple[Places, ...]
    length: int


def wanted(terms: Sequence[str], indexes: SpaceIndexes, *, may: Mask) -> Wanted:
    """Look up the terms of a passage; `may` tells for each place whether its turn may answer."""
    held = [
        (term, postings.places[may[postings.places]])
        for term, postings in indexes.lexicon.postings(terms).items()
    ]
    held = sorted((one for one in held if len(one[1])), key=lambda one: (len(one[1]), one[0]))
    count = len(indexes.timeline)
    return Wanted(
        terms=tuple(term for term, _ in held),
        weights=tuple(
            float(np.log1p((max(count - len(found), 0) + 0.5) / (len(found) + 0.5)))
            for _, found in held
        ),
        places=tuple(found for _, found in held),
        length=len(terms),
    )


def likeliest(passage: Wanted, indexes: SpaceIndexes) -> Places:
    """Return the places of the turns that hold most of the passage's rare terms, best first."""
    if not passage.terms:
        return np.empty(0, dtype=np.int64)
    totals = np.zeros(indexes.timeline.size, dtype=np.float32)
    for places, weight in list(zip(passage.places, passage.weights, strict=True))[:RAREST]:
        totals[places] += weight
    found = np.flatnonzero(totals)
    order = np.argsort(-totals[found], kind="stable")
    return found[order[:LIKELIEST]]


def exact(passage: Wanted, indexes: SpaceIndexes) -> Places:
    """Return the places of the turns from or into which the whole passage may reach.

    Wherever it stands, one of these turns holds its rarest term. Where that stands too often, only
    turns are left that have every term in themselves or a turn next to them.
    """
    if not passage.terms:
        return np.empty(0, dtype=np.int64)
    found = passage.places[0]
    if len(found) > FEW:
        timeline = indexes.timeline
        for places in passage.places[1:]:
            holds = np.zeros(timeline.size + 1, dtype=np.bool_)  # the last for NOBODY
            holds[places] = True
            beside = timeline.neighbours(timeline.keys_at(found))
            near = [timeline.places(keys) for keys in beside]
            found = found[holds[found] | holds[near[0]] | holds[near[1]]]
    order = np.argsort(indexes.traits.at(found), kind="stable")
    return found[order[:MOST_EXACT]]


def runs(anchors: Places, *, length: int, timeline: Timeline, may: Mask) -> Iterator[list[int]]:
    """Yield runs of turns that follow each other in a stream, each as places in order.

    Around every anchor there is room for `length` terms on either side, as far as turns that may
    answer follow each other. Runs that meet are one.
    """
    if not len(anchors):
        return
    held = np.unique(
        np.concatenate(
            [anchors]
            + [
                _reached(anchors, side, length=length, timeline=timeline, may=may)
                for side in (0, 1)
            ]
        )
    )
    order = held[np.lexsort((held, timeline.streams_at(held)))]
    after = timeline.places(timeline.neighbours(timeline.keys_at(order)).after)
    breaks = np.flatnonzero(after[:-1] != order[1:]) + 1
    for run in np.split(order, breaks):
        yield run.tolist()


def _reached(anchors: Places, side: int, *, length: int, timeline: Timeline, may: Mask) -> Numbers:
    """Return the turns before (side 0) or after (1) some others that a passage may reach into."""
    found: list[Numbers] = [np.empty(0, dtype=np.int64)]
    edge = np.asarray(anchors, dtype=np.int64)
    room = np.full(len(edge), length - 1, dtype=np.int64)
    for _ in range(REACH):
        edge = timeline.places(timeline.neighbours(timeline.keys_at(edge))[side])
        goes_on = (edge != NOBODY) & (room > 0)
        goes_on[goes_on] = may[edge[goes_on]]
        edge, room = edge[goes_on], room[goes_on]
        if not len(edge):
            break
        found.append(edge)
        room = room - timeline.lengths_at(edge)
    return np.concatenate(found)

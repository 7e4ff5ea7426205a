"""Beside: what stands next to hits in their streams, for the part of a context that they leave.

A turn has the turns right after and right before it, an event the turns of the next and of the
previous event (contiguity, EM-LLM, arXiv:2407.09450). A turn may lean on one of the two: that goes
before what merely stands beside others. Only what stands and what the question's
filter lets through is ever read: a filter also keeps apart what must not meet. What only repeats
another turn is passed over, and so is what somebody corrected. Nobody stands in
for a neighbour that may not be seen.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from memsvc.app.corrected import instead_of
from memsvc.app.event_hits import REACH, seen
from memsvc.app.hits import Room
from memsvc.app.pack import Passage
from memsvc.domain.memory import Turn
from memsvc.domain.recall import Hit
from memsvc.ingest.leaning import answers, asks, begins_with_a_pronoun
from memsvc.ports.indexes import NOBODY
from memsvc.ports.vectors import Keys
from retrieval.episodes import events_of, stretches

Unwanted: TypeAlias = Callable[[Sequence[int]], Collection[int]]

RUN = 16
"""Turns of a neighbouring event that are read; a share of a budget seldom takes more."""


def nobody(_turns: Sequence[int]) -> Collection[int]:
    """Leave nobody out."""
    return ()


def passages_of(
    room: Room,
    hits: Sequence[Hit],
    *,
    alone: bool,
    before_the_title: str = "",
    unwanted: Unwanted = nobody,
) -> list[Passage]:
    """Return the hits of one space with their titles and, unless alone, what is beside them.

    Neighbours of all hits are read at once, and so are all titles. `unwanted` says which of some
    turns are not to be shown beside a hit.
    """
    if not hits:
        return []
    titles = room.reading.streams.titles(room.space, list({hit.turn.stream for hit in hits}))
    sides = () if alone else _sides(room, hits)
    near = seen(room, [key for side in sides for run in side for key in run])
    left_out = unwanted(near)
    found = room.turns([key for key in near if key not in left_out])
    corrected = instead_of(room, found.values())  # beside a hit nothing would say so
    passages = []
    for number, hit in enumerate(hits):
        title = titles.get(hit.turn.stream)
        beside = [
            [
                found[key]
                for key in side[number]
                if key in found and found[key].echo_of is None and key not in corrected
            ]
            for side in sides
        ]
        where = before_the_title + (title or hit.turn.stream)
        is_turn = hit.event is None and hit.note is None
        leant_on = _leant_on(hit.turn, *beside) if is_turn and not alone else ()
        passages.append(Passage(replace(hit, title=title), where, beside, leant_on))
    return passages


def _leant_on(
    turn: Turn, after: Sequence[Turn], before: Sequence[Turn]
) -> tuple[Sequence[Turn], ...]:
    """Return the runs beside a turn without which it is not understood, or says little."""
    on_before = begins_with_a_pronoun(turn.content) or any(
        answers(turn.content, one.content) for one in before
    )
    return (*((before,) if on_before else ()), *((after,) if asks(turn.content) else ()))


def _sides(room: Room, hits: Sequence[Hit]) -> Sequence[Sequence[Sequence[int]]]:
    """Return the runs of turns after each hit and those before each, from the hit outward."""
    indexes = room.ask.indexes
    keys = np.array([hit.turn.key for hit in hits], dtype=np.int64)
    if hits[0].event is None:
        before, after = indexes.timeline.neighbours(keys)
        return [[[key] for key in side.tolist()] for side in (after, before)]
    sides = []
    for forward in (True, False):
        beyond = stretches(indexes, keys, forward=forward, limit=REACH + 1).beyond
        is_another = events_of(indexes, beyond) != events_of(indexes, keys)
        starts: Keys = np.where(is_another, beyond, NOBODY)
        sides.append(stretches(indexes, starts, forward=forward, limit=RUN).keys)
    return sides

"""Corrected: which turns somebody has corrected, and what they said in the place of each.

It costs a look at the metadata of rows that were read anyway, and one more read where some say
that they were corrected.
"""

from collections.abc import Iterable

import numpy as np

from memsvc.app.hits import Room
from memsvc.domain.correction import corrected_by
from memsvc.domain.ids import TurnId, TurnKey
from memsvc.domain.memory import Source, Turn

LONGEST_CHAIN = 5
"""How many corrections of corrections are followed."""

_TRUSTED = list(Source)


def instead_of(room: Room, turns: Iterable[Turn]) -> dict[TurnKey, Turn]:
    """Return by the keys of corrected turns what stands in the place of each, the last of several.

    What may not answer the question takes nobody's place, nor does what was forgotten.
    """
    first = {turn.key: turn for turn in turns if corrected_by(turn.metadata) is not None}
    ends, found = first, dict[TurnKey, Turn]()
    for _ in range(LONGEST_CHAIN):
        if not ends:
            break
        seen = _seen(room, {by for turn in ends.values() if (by := corrected_by(turn.metadata))})
        ends = {
            key: seen[by]
            for key, turn in ends.items()
            if (by := corrected_by(turn.metadata)) in seen and _may(seen[by], first[key])
        }
        found |= ends
    return {key: turn for key, turn in found.items() if turn.key != key}


def _seen(room: Room, ids: set[TurnId]) -> dict[TurnId, Turn]:
    found = room.reading.turns.by_ids(room.space, sorted(ids)) if ids else ()
    keys = np.array([turn.key for turn in found], dtype=np.int64)
    may = room.ask.lets_through(keys) & room.ask.indexes.timeline.knows(keys)
    return {turn.id: turn for turn, passes in zip(found, may.tolist(), strict=True) if passes}


def _may(new: Turn, old: Turn) -> bool:
    """Tell whether a turn's source may correct another's: an agent anybody, others no better one.

    Else a page from the web, once it is kept, could take the place of what a user said.
    """
    most = max(_TRUSTED.index(old.source), _TRUSTED.index(Source.AGENT))
    return _TRUSTED.index(new.source) <= most

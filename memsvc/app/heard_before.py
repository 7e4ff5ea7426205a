"""Which turns say in the same words what an earlier one said, so that nobody is asked twice."""

from collections.abc import Mapping, Sequence

import numpy as np

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.domain.memory import Turn
from memsvc.domain.receipt import folded
from memsvc.ports.indexes import SpaceIndexes
from memsvc.ports.keeping import Reading

LOOKED_AT = 4
"""Nearest turns of each that are compared; the very same words have the very same vector."""


def heard_before(
    reading: Reading, indexes: SpaceIndexes, space: SpaceKey, turns: Sequence[Turn]
) -> Mapping[TurnKey, TurnKey]:
    """Return for each of these turns that says what an earlier one says by whom, in its words.

    The same person must have said both, case and white space apart. A turn without a vector yet
    counts as new.
    """
    vectors = indexes.vectors.means(np.array([turn.key for turn in turns], dtype=np.int64))
    near = {
        turn.key: [
            int(key)
            for key in indexes.vectors.search(vector, k=LOOKED_AT)[0].tolist()
            if key < turn.key
        ]
        for turn, vector in zip(turns, vectors, strict=True)
        if vector.any()
    }
    wanted = sorted({key for keys in near.values() for key in keys})
    there = {turn.key: turn for turn in reading.turns.by_keys(space, wanted)}
    found: dict[TurnKey, TurnKey] = {}
    for turn in turns:
        for key in near.get(turn.key, ()):
            before = there.get(TurnKey(key))
            if before is not None and _says_the_same(turn, before):
                found[turn.key] = before.key
                break
    return found


def _says_the_same(turn: Turn, before: Turn) -> bool:
    return (turn.speaker, turn.role, turn.stream) == (
        before.speaker,
        before.role,
        before.stream,
    ) and folded(turn.content) == folded(before.content)

"""Shadow answers: what two embedding models find for the same questions, before one is switched to.

Nothing of it is kept. Which model is better is told by expected turns alone.
"""

from collections.abc import Sequence

import numpy as np

from memsvc.app.look_up import the_space
from memsvc.app.recall import Recall
from memsvc.domain.access import Access, Role
from memsvc.domain.ids import SpaceName, TurnId
from memsvc.domain.recall import Question
from memsvc.domain.reembedding import AskedOfBoth, Gain, Shadowed
from memsvc.ports.keeping import Reading

RESAMPLED = 2_000
SEED = 97


def pinned_in(
    reading: Reading, access: Access, names: Sequence[SpaceName], *, limit: int
) -> tuple[list[AskedOfBoth], int]:
    """Return what is pinned in these spaces, or in all, and how many there was no room for.

    Raises `SpaceNotFound`.
    """
    keys = [the_space(reading, access, name, Role.READER).key for name in names]
    pins, there = reading.pinned.of_spaces(keys or None, limit=limit)
    asked = [AskedOfBoth(space, pin.asked.question, pin.asked.expected, pin) for space, pin in pins]
    return asked, there - len(asked)


def shadowed(
    present: Recall, beside: Recall, access: Access, questions: Sequence[AskedOfBoth], *, k: int
) -> list[Shadowed]:
    """Ask both models these questions; `k` hits each, but of what is pinned."""
    return [
        Shadowed(each, _found(present, access, each, k=k), _found(beside, access, each, k=k))
        for each in questions
    ]


def gain_of(answers: Sequence[Shadowed]) -> Gain | None:
    """Return by how much more of the expected turns the other model finds; None without any."""
    pairs = [
        (each.recall_before, each.recall_after)
        for each in answers
        if each.recall_before is not None and each.recall_after is not None
    ]
    if not pairs:
        return None
    before, after = np.array(pairs, dtype=np.float64).T
    chosen = np.random.default_rng(SEED).integers(len(pairs), size=(RESAMPLED, len(pairs)))
    means = (after - before)[chosen].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return Gain(len(pairs), float(before.mean()), float(after.mean()), float(low), float(high))


def _found(recall: Recall, access: Access, asked: AskedOfBoth, *, k: int) -> tuple[TurnId, ...]:
    question, recipe = Question(asked.text, k=k), None
    if asked.pin is not None:
        pinned = asked.pin.asked
        question, recipe = Question(asked.text, k=pinned.k, where=pinned.where), pinned.recipe
    expected = set(asked.expected)
    # Of turns that say the very same, the one that is expected stands for the hit.
    return tuple(
        next((turn for turn in hit.turns if turn in expected), hit.turn.id)
        for hit in recall(access, asked.space, question, recipe=recipe).hits
    )

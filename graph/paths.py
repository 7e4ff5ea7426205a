"""Paths from the best turns over what they name to other turns, before the question is asked.

A path is one step out and one step in: seed, entity, turn. What it is worth falls with the rank of
its seed and with how many turns name the entity, unless the turn at its end is about the entity.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from graph.naming import Marks, Named, Naming, Numbers, Scores

DAMPING = 0.5
"""What the next seed is worth beside the one before it."""

COMMONEST = 40
"""Turns that may name a bridge. What more than that name leads anywhere."""

NAMING = 0.8
"""What a turn that only names the bridge is worth beside one that is about it, over the square
root of how many name it."""

IN_PASSING = 0.3
"""What a path is worth that leaves a turn which is about nothing in particular, as turns of a chat
are unless their event has a subject: such a turn names things in passing. In full, bridges cost
four points of recall@2 on LoCoMo; like this they are neutral there."""

MOST_ABOUT = 8
"""Turns that a subject may have. What more are about is a sitting or a book that they all stand in,
and says of none of them what it is about: at a path's end it counts as named, and no path leaves
over it, which would only lead through the same sitting. With LoCoMo's sittings titled by their
dates, recall@10 else falls by .016."""

MOST = 500
"""Paths that are looked at closely: the strongest. It bounds the work, and on the data that the
rule was found on it changes nothing."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Steps from the seed of some rank over an entity to a turn; all arrays are as long.

    `worth` is what the path is worth before the question is asked, `trust` what its seed's word
    counts; `leaving` is the share of the walkers at its seed who take its entity, which sums to 1
    over the entities of a seed.
    """

    ranks: Numbers
    entities: Numbers
    turns: Numbers
    worth: Scores
    trust: Scores
    leaving: Scores

    def __len__(self) -> int:
        """Return how many paths there are."""
        return len(self.turns)

    def strongest(self, limit: int) -> "Paths":
        """Return the `limit` paths that are worth most, or all."""
        if len(self) <= limit:
            return self
        kept = np.sort(np.argsort(-self.trust * self.worth, kind="stable")[:limit])
        return Paths(
            self.ranks[kept],
            self.entities[kept],
            self.turns[kept],
            self.worth[kept],
            self.trust[kept],
            self.leaving[kept],
        )


def paths_from(seeds: Numbers, naming: Naming, *, without: Collection[int]) -> Paths:
    """Return the strongest paths from the seeds, best seed first, over entities not in `without`.

    None leads back to its own seed; an entity that nobody else names, or too many do, bridges
    nothing.
    """
    steps = [
        step
        for rank, seed in enumerate(seeds.tolist())
        for step in _from(seed, rank, naming, without)
    ]
    turns = [step.turns for step in steps]
    each = np.array([len(part) for part in turns], dtype=np.int64)
    about = np.concatenate([np.empty(0, dtype=np.bool_), *(step.about for step in steps)])
    ranks = np.repeat(np.array([step.rank for step in steps], dtype=np.int64), each)
    by_naming = np.repeat(np.array([step.worth for step in steps], dtype=np.float64), each)
    worth = (DAMPING**ranks * np.where(about, 1.0, by_naming)).astype(np.float64)
    return Paths(
        ranks,
        np.repeat(np.array([step.entity for step in steps], dtype=np.int64), each),
        np.concatenate([np.empty(0, dtype=np.int64), *turns]),
        worth,
        np.repeat(np.array([step.trust for step in steps]), each),
        np.repeat(np.array([step.leaving for step in steps]), each),
    ).strongest(MOST)


def walked(paths: Paths, value: Scores) -> Scores:
    """Return for each path the share of all walkers who take it, when each leaves the seeds once.

    `value` is what each path is worth to the question. From a seed walkers take an entity by how
    rare it is, and from there a turn by value.
    """
    steps = np.stack([paths.ranks, paths.entities])
    step = np.unique(steps, axis=1, return_inverse=True)[1].ravel()
    sums = np.bincount(step, weights=value)[step]
    share: Scores = DAMPING**paths.ranks * paths.leaving * value / np.maximum(sums, 1e-12)
    return share


class _Step(NamedTuple):
    """From a seed over an entity to all the turns that name it; `worth` is that of naming it."""

    rank: int
    entity: int
    turns: Numbers
    about: Marks
    worth: float
    trust: float
    leaving: float


def _from(seed: int, rank: int, naming: Naming, without: Collection[int]) -> Iterator[_Step]:
    """Yield the steps of one seed, by entity."""
    entities, subjects = naming.named_by(seed)
    named = [
        (entity, is_subject, found)
        for entity, is_subject in zip(entities.tolist(), subjects.tolist(), strict=True)
        for found in (naming.naming(entity),)
        if not is_subject or tells(found)
    ]
    trust = 1.0 if any(is_subject for _, is_subject, _ in named) else IN_PASSING
    bridges = [bridge for bridge in named if bridge[0] not in without and connects(bridge[2])]
    by_naming = [NAMING / len(found.numbers) ** 0.5 for _, _, found in bridges]
    leaving = [
        1.0 if is_subject else worth
        for (_, is_subject, _), worth in zip(bridges, by_naming, strict=True)
    ]
    total = max(sum(leaving), 1e-12)
    for (entity, _, found), worth, left in zip(bridges, by_naming, leaving, strict=True):
        others = found.numbers != seed
        about = found.about[others] & tells(found)
        yield _Step(rank, entity, found.numbers[others], about, worth, trust, left / total)


def tells(found: Named) -> bool:
    """Tell whether an entity says what those turns are about that have it for a subject."""
    return bool(0 < np.count_nonzero(found.about) <= MOST_ABOUT)


def connects(found: Named) -> bool:
    """Tell whether an entity leads from one of its turns to another, and not anywhere."""
    return 1 < len(found.numbers) <= COMMONEST

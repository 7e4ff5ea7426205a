"""Paths from the best turns over what they name to other turns, before the question is asked.

A path is one step out and one step in: seed, entity, turn. What it is worth falls with the rank of
its seed and with how many turns name the entity, unless the turn at its end is about the entity.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from graph.naming import Naming, Numbers, Scores
from memsvc.ports.indexes import Named

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
    parts = [
        part
        for rank, seed in enumerate(seeds.tolist())
        for part in _from(seed, rank, naming, without)
    ]
    return Paths(
        _joined([part.ranks for part in parts]),
        _joined([part.entities for part in parts]),
        _joined([part.turns for part in parts]),
        np.concatenate([np.empty(0), *(part.worth for part in parts)]),
        np.concatenate([np.empty(0), *(part.trust for part in parts)]),
        np.concatenate([np.empty(0), *(part.leaving for part in parts)]),
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


def _from(seed: int, rank: int, naming: Naming, without: Collection[int]) -> Iterator[Paths]:
    """Yield the paths of one seed, by entity."""
    entities, subjects = naming.named_by(seed)
    trust = 1.0 if subjects.any() else IN_PASSING
    bridges = [
        (entity, is_subject, found)
        for entity, is_subject in zip(entities.tolist(), subjects.tolist(), strict=True)
        if entity not in without and connects(found := naming.naming(entity))
    ]
    by_naming = np.array([NAMING / len(found.numbers) ** 0.5 for _, _, found in bridges])
    leaving = np.where([is_subject for _, is_subject, _ in bridges], 1.0, by_naming)
    shares = leaving / max(leaving.sum(), 1e-12)
    for (entity, _, found), worth, share in zip(bridges, by_naming, shares, strict=True):
        others = found.numbers != seed
        count = int(others.sum())
        yield Paths(
            ranks=np.full(count, rank, dtype=np.int64),
            entities=np.full(count, entity, dtype=np.int64),
            turns=found.numbers[others],
            worth=DAMPING**rank * np.where(found.about[others], 1.0, worth),
            trust=np.full(count, trust),
            leaving=np.full(count, share),
        )


def connects(found: Named) -> bool:
    """Tell whether an entity leads from one of its turns to another, and not anywhere."""
    return 1 < len(found.numbers) <= COMMONEST


def _joined(parts: list[Numbers]) -> Numbers:
    joined: Numbers = np.concatenate([np.empty(0, dtype=np.int64), *parts])
    return joined

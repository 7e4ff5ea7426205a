"""Paths from the best turns over what they name to other turns, before the question is asked.

A path is one step out and one step in: seed, entity, turn. What it is worth falls with the rank of
its seed and with how many turns name the entity, unless the turn at its end is about the entity.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from graph.naming import Marks, Naming, Numbers, Scores

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

    They ascend by rank, entity and turn.

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
    entities, is_subject, each = naming.named_by_each(seeds)
    ranks = np.repeat(np.arange(len(seeds)), each)
    turns, about, sizes = naming.naming_each(entities)
    step = np.repeat(np.arange(len(entities)), sizes)
    does_tell = tells(np.bincount(step[about], minlength=len(entities)))
    stands = ~is_subject | does_tell
    is_told = np.bincount(ranks[is_subject & stands], minlength=len(seeds)) > 0
    trust = np.where(is_told, 1.0, IN_PASSING)
    bridges = stands & (sizes > 1) & (sizes <= COMMONEST)
    for entity in without:
        bridges &= entities != entity
    by_naming = NAMING / np.maximum(sizes, 1) ** 0.5
    leaving = np.where(is_subject, 1.0, by_naming) * bridges
    total = np.bincount(ranks, weights=leaving, minlength=len(seeds))
    leaving /= np.maximum(total, 1e-12)[ranks]
    kept = np.flatnonzero(bridges[step] & (turns != seeds[ranks[step]]))
    turns, step = turns[kept], step[kept]
    is_about = about[kept] & does_tell[step]
    ranks = ranks[step]
    worth = (DAMPING**ranks * np.where(is_about, 1.0, by_naming[step])).astype(np.float64)
    paths = Paths(ranks, entities[step], turns, worth, trust[ranks], leaving[step])
    return paths.strongest(MOST)


def walked(paths: Paths, value: Scores) -> Scores:
    """Return for each path the share of all walkers who take it, when each leaves the seeds once.

    `value` is what each path is worth to the question. From a seed walkers take an entity by how
    rare it is, and from there a turn by value.
    """
    ranks, entities = paths.ranks, paths.entities
    step = np.zeros(len(paths), dtype=np.int64)
    np.cumsum((ranks[1:] != ranks[:-1]) | (entities[1:] != entities[:-1]), out=step[1:])
    sums = np.bincount(step, weights=value)[step]
    share: Scores = DAMPING**paths.ranks * paths.leaving * value / np.maximum(sums, 1e-12)
    return share


def tells(about: Numbers) -> Marks:
    """Tell whether entities say what turns are about that have them for a subject, so many each."""
    does: Marks = (about > 0) & (about <= MOST_ABOUT)
    return does

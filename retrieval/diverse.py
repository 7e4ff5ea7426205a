"""Diversity: of many that are relevant, those that do not all say the same.

Maximal marginal relevance (Carbonell and Goldstein 1998): take one after the other the candidate
of the greatest `weight * relevance - (1 - weight) * likeness`, where its likeness is that to the
most alike of those taken before.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

WEIGHT = 0.5
"""Of relevance; the rest is the weight of being unlike what was taken before."""


class Taken(NamedTuple):
    """A candidate by its place, and how like it is to those taken before, from 0 to 1."""

    place: int
    likeness: float


def diverse(
    relevance: Sequence[float],
    likeness: Callable[[int, int], float],
    *,
    wanted: int,
    weight: float = WEIGHT,
) -> list[Taken]:
    """Return up to `wanted` candidates in the order in which they were taken.

    `relevance` and `likeness` of two places lie from 0 to 1; ties go to the earlier place. Looks at
    `wanted` times as many pairs as there are candidates.
    """
    closest = dict.fromkeys(range(len(relevance)), 0.0)
    taken: list[Taken] = []
    while closest and len(taken) < wanted:
        best = max(
            closest,
            key=lambda place: weight * relevance[place] - (1 - weight) * closest[place],
        )
        taken.append(Taken(best, closest.pop(best)))
        for place, so_far in closest.items():
            closest[place] = max(so_far, likeness(place, best))
    return taken

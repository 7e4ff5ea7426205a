"""Ways of doing the same, timed in turns, so that what else the machine does strikes all alike."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


def alternated(
    ways: Mapping[str, Callable[[T], object]], asked: Sequence[T], *, seed: int = 0
) -> dict[str, list[float]]:
    """Time every way on everything asked; seconds, in the order of asking.

    All answer one question before any gets the next, each time in another order: what a way leaves
    behind, such as threads that spin for a while, then strikes each of the others as often.
    """
    chance = Random(seed)  # noqa: S311  nothing secret
    took: dict[str, list[float]] = {name: [] for name in ways}
    for one in asked:
        for name in chance.sample(list(ways), len(ways)):
            begun = perf_counter()
            ways[name](one)
            took[name].append(perf_counter() - begun)
    return took

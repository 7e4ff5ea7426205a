"""What a recall computes once, though several of its stages ask for it.

Two hops run before the fusion and after it, and the fusion itself asks how near each candidate is.
Nothing here outlives its question: indexes may change between two.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from memsvc.ports.vectors import Keys, Scores

T = TypeVar("T")


class Once:
    """Values by name, and the scores of turns as far as anybody has asked for them."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._keys: Keys = np.empty(0, dtype=np.int64)
        self._scores: Scores = np.empty(0, dtype=np.float32)

    def value(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` made when this name was first asked for."""
        if name not in self._values:
            self._values[name] = make()
        made: T = self._values[name]
        return made

    def nearness(self, keys: Keys, score: Callable[[Keys], Scores]) -> Scores:
        """Return the score of each turn, asking `score` for those that are new.

        `keys` are distinct, and `score` is the same at every call.
        """
        if len(self._keys) == 0:
            return self._keep(keys, score(keys))
        places = np.minimum(self._keys.searchsorted(keys), len(self._keys) - 1)
        new = self._keys[places] != keys
        found: Scores = self._scores[places]
        if new.any():
            fresh = keys[new]
            found[new] = scores = score(fresh)
            self._keep(np.concatenate([self._keys, fresh]), np.concatenate([self._scores, scores]))
        return found

    def _keep(self, keys: Keys, scores: Scores) -> Scores:
        order = keys.argsort(kind="stable")
        self._keys, self._scores = keys[order], scores[order]
        return scores

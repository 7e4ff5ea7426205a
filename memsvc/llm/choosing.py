"""The odds of choices, from the texts of a few tokens: for models that tell of no others.

A choice is told by the longest token that it begins with, white space before either aside, and by
its like: ` A` and `A` are two tokens and one beginning.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np


def require_apart(choices: Sequence[str]) -> None:
    """Refuse choices that cannot be told apart by their beginnings. Raises `ValueError`."""
    told = sorted(choice.strip() for choice in choices)
    if not all(told):
        raise ValueError("A choice without a letter cannot be told from others.")
    for one, next_ in pairwise(told):
        if next_.startswith(one):
            raise ValueError(f"The choices {one!r} and {next_!r} begin alike.")


def odds_of(choices: Sequence[str], told: Sequence[tuple[str, float]]) -> list[float]:
    """Return the ln p of each choice, -inf where no token tells of it.

    A token that two choices begin with tells of neither. Raises `ValueError` where that is the
    likeliest of all: then they do begin with it, and nobody can tell them apart by one token.
    """
    likely: dict[str, float] = {}
    for token, nats in told:
        text = token.strip()
        if text:
            likely[text] = min(0.0, float(np.logaddexp(likely.get(text, -np.inf), nats)))
    tokens = [_longest(choice.strip(), likely) for choice in choices]
    shared = {token for token, times in Counter(tokens).items() if times > 1 and token is not None}
    if shared & {max(likely, key=likely.__getitem__, default="")}:
        raise ValueError(f"Of the choices {list(choices)} two begin with the same token.")
    return [-np.inf if token is None or token in shared else likely[token] for token in tokens]


def _longest(choice: str, likely: Mapping[str, float]) -> str | None:
    return max((token for token in likely if choice.startswith(token)), key=len, default=None)

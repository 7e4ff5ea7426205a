"""How well a dialogue was cut, held against how people cut it.

Three measures, each a number a dialogue. Pk (Beeferman et al. 1999): how often two utterances k
apart are put into one segment by one side only. WindowDiff (Pevzner and Hearst 2002): how often the
two sides see another number of boundaries between them. Both are errors. F1 is over boundaries,
one that is off by a single utterance being as good as right.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Boundaries: TypeAlias = NDArray[np.bool_]
"""Shape (n,): whether a segment begins at each utterance; never at the first, which goes without
saying."""

NARROWEST = 2
TOLERANCE = 1


def window(reference: Boundaries) -> int:
    """Return k: half the mean segment of the reference, to the nearest even where it is halfway.

    Never below 2, where Pk would only compare neighbours, and always inside the dialogue.
    """
    half = round(len(reference) / (1 + int(reference.sum())) / 2)
    return min(max(NARROWEST, half), len(reference) - 1)


def pk(reference: Boundaries, found: Boundaries) -> float:
    """Return the share of pairs that one side alone parts; 0 where there is no pair."""
    real, ours = _between(reference, found)
    return float(np.mean((real > 0) != (ours > 0))) if len(real) else 0.0


def windowdiff(reference: Boundaries, found: Boundaries) -> float:
    """Return the share of pairs between which the sides count differently; 0 without a pair."""
    real, ours = _between(reference, found)
    return float(np.mean(real != ours)) if len(real) else 0.0


def f1(reference: Boundaries, found: Boundaries) -> float:
    """Return 2 x matches over all boundaries of both sides; 1 where neither has any.

    A match takes one boundary of each side, at most one utterance apart.
    """
    ours = list(np.flatnonzero(found))
    real = np.flatnonzero(reference)
    total = len(real) + len(ours)
    matches = 0
    for place in real:  # in order, each takes the first in reach: no other pairing matches more
        while ours and ours[0] < place - TOLERANCE:
            ours.pop(0)
        if ours and ours[0] <= place + TOLERANCE:
            ours.pop(0)
            matches += 1
    return 2 * matches / total if total else 1.0


def _between(
    reference: Boundaries, found: Boundaries
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many boundaries each side sees between utterances k apart, for each pair."""
    k = window(reference)
    real, ours = np.cumsum(reference), np.cumsum(found)
    return real[k:] - real[: len(real) - k], ours[k:] - ours[: len(ours) - k]

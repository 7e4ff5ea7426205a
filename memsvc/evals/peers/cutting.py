"""Plain ways to cut a dialogue, beside which the product's is measured.

They see whole dialogues at once, as no stream can be seen; the product's way sees a stream turn by
turn. TextTiling (Hearst 1997) cuts where the depth between two peaks of likeness is over the mean
of all depths less half their standard deviation.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from memsvc.evals.scoring.boundaries import Boundaries
from memsvc.ports.models import Matrix

BESIDE = 2
"""Utterances on either side that are compared."""


def at_fixed_size(count: int, *, size: int) -> Boundaries:
    """Cut after every `size` utterances."""
    begins: Boundaries = np.arange(count) % size == 0
    begins[:1] = False
    return begins


def at_random(count: int, *, boundaries: int, random: np.random.Generator) -> Boundaries:
    """Cut at so many places drawn alike from all."""
    begins = np.zeros(count, dtype=bool)
    begins[1 + random.choice(count - 1, size=boundaries, replace=False)] = True
    return begins


def over_the_mean(vectors: Matrix, *, gamma: float = 1.0) -> Boundaries:
    """Cut at peaks of the cosine distance between two before and two ahead.

    A peak is over the dialogue's mean by `gamma` of its standard deviations.
    """
    likeness = 1 - likeness_of_vectors(vectors)
    beside = np.concatenate([[-np.inf], likeness, [-np.inf]])
    is_peak = (likeness >= beside[:-2]) & (likeness >= beside[2:])
    return _begins(is_peak & (likeness > likeness.mean() + gamma * likeness.std()))


def by_depth(likeness: NDArray[np.float64]) -> Boundaries:
    """Cut as TextTiling does, given how alike the sides of each place are; shape (n - 1,)."""
    depths = np.array([_depth(likeness, place) for place in range(len(likeness))])
    return _begins((depths > 0) & (depths > depths.mean() - depths.std() / 2))


def likeness_of_vectors(vectors: Matrix) -> NDArray[np.float64]:
    """Return the cosine between the means of the sides of each place."""
    sides = [
        (vectors[max(0, place - BESIDE) : place].sum(0), vectors[place : place + BESIDE].sum(0))
        for place in range(1, len(vectors))
    ]
    return np.array([one @ two / np.linalg.norm(one) / np.linalg.norm(two) for one, two in sides])


def likeness_of_words(terms: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Return the cosine between the word counts of the sides of each place."""
    return np.array(
        [
            _cosine(
                Counter(term for said in terms[max(0, place - BESIDE) : place] for term in said),
                Counter(term for said in terms[place : place + BESIDE] for term in said),
            )
            for place in range(1, len(terms))
        ]
    )


def _cosine(one: Counter[str], two: Counter[str]) -> float:
    norms = sum(n * n for n in one.values()) * sum(n * n for n in two.values())
    return float(sum(n * two[term] for term, n in one.items()) / norms**0.5) if norms else 0.0


def _depth(likeness: NDArray[np.float64], place: int) -> float:
    """Return how far likeness climbs from a place to the peak on its left and that on its right."""
    peaks = []
    for side in (likeness[place::-1], likeness[place:]):
        falls = np.flatnonzero(np.diff(side) < 0)
        peaks.append(side[falls[0] if len(falls) else -1])
    return float(peaks[0] + peaks[1] - 2 * likeness[place])


def _begins(places: NDArray[np.bool_]) -> Boundaries:
    """Return the cuts before the second utterance and on as cuts before any."""
    return np.concatenate([[False], places])

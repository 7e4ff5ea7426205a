"""Whether two texts contradict each other, how surely, and because of what: by their words alone.

The sentences of both are aligned by the words that they share. Two aligned sentences are opposed
where one denies what the other says, where a word stands against its opposite, or where all is
equal but a number. Three traits of a pair of texts come of that: whether the closest opposed pair
is closer than the closest that agrees, the share of what is close that is opposed, and whether what
one denies is what the other says. A logistic over these three gives the score. It was fitted
on one half of a public set of contradicting passages; `memsvc eval conflict` prints its weights and
what they are worth on the other half.

Texts that share too little to speak of one thing do not contradict each other, whatever they deny.
What only knowledge of the world tells (a war of "four days" and one of "at least 19 days") is not
seen. The words are English.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from memsvc.ingest.polarity import Claim, Claims, are_opposed, claims_of

NEAREST = 0.25
"""Of the words of the shorter of two sentences the share that some pair must have in common. Of
passages on one question all but a hundredth have it, of those on two questions one in fifty."""

EQUAL_BUT_A_NUMBER = 0.8
"""The share of all words of two sentences that must be common for another number to oppose them."""

SHARPNESS = 8.0
"""How much more a close pair of sentences counts in the share: e^8 for one aligned in full."""

WEIGHTS = (0.8, 1.1, 1.2)
BIAS = -0.8

Traits: TypeAlias = NDArray[np.float64]
"""Shape (3,): see `traits_of`."""

Grid: TypeAlias = NDArray[np.float64]
"""Shape (n, m): a value for each sentence of one text with each of another."""


class Clash(StrEnum):
    """What opposes two sentences to each other."""

    DENIED = "denied"
    DOUBTED = "doubted"
    OPPOSITE = "opposite words"
    NUMBER = "another number"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """How surely two texts contradict each other, and what speaks for it.

    `score` in [0, 1] is the share of such pairs that contradicted each other where it was fitted,
    of as many that did not. `clash` says what opposes the two `sentences`, of the first text and of
    the second, that are closest of all opposed ones; both are None where none are.
    """

    score: float
    clash: Clash | None = None
    sentences: tuple[str, str] | None = None


NONE = Contradiction(0.0)
"""The answer on texts that do not speak of one thing."""


def contradiction(one: str, other: str) -> Contradiction:
    """Judge two texts, which may be a sentence or a page; the order does not change the score."""
    aligned = _aligned(claims_of(one), claims_of(other))
    if aligned is None:
        return NONE
    score = float(1 / (1 + np.exp(-(aligned.traits() @ np.array(WEIGHTS) + BIAS))))
    opposed = np.where(aligned.opposed, aligned.closeness, 0.0)
    if not opposed.any():
        return Contradiction(score)
    first, second = np.unravel_index(opposed.argmax(), opposed.shape)
    pair = aligned.one.sentences[first], aligned.other.sentences[second]
    return Contradiction(score, _clash(*pair), (pair[0].text, pair[1].text))


def traits_of(one: str, other: str) -> Traits | None:
    """Return what the score is made of; None for texts that do not speak of one thing.

    In order: the closeness of the closest opposed sentences less that of the closest that agree,
    in [-1, 1]; the share of all pairs, by their closeness, that is opposed, in [0, 1]; the balance
    of what one denies and the other says against what both deny, in (-1, 1).
    """
    aligned = _aligned(claims_of(one), claims_of(other))
    return None if aligned is None else aligned.traits()


class _Aligned(NamedTuple):
    one: Claims
    other: Claims
    closeness: Grid
    opposed: NDArray[np.bool_]

    def traits(self) -> Traits:
        against = float(np.where(self.opposed, self.closeness, 0.0).max())
        agreeing = float(np.where(self.opposed, 0.0, self.closeness).max())
        weights = np.exp(SHARPNESS * self.closeness)
        share = float((weights * self.opposed).sum() / weights.sum())
        return np.array([against - agreeing, share, _crossed(self.one, self.other)])


def _aligned(one: Claims, other: Claims) -> _Aligned | None:
    """Set the sentences of two texts side by side, if any two of them are about the same."""
    if not one.sentences or not other.sentences:
        return None
    closeness = np.array([[_closeness(a, b) for b in other.sentences] for a in one.sentences])
    if closeness.max() < NEAREST:
        return None
    opposed = np.array([[_clash(a, b) is not None for b in other.sentences] for a in one.sentences])
    return _Aligned(one, other, closeness, opposed)


def _closeness(one: Claim, other: Claim) -> float:
    """Return the share of the words of the shorter sentence that the other has too."""
    return len(one.words & other.words) / max(1, min(len(one.words), len(other.words)))


def _clash(one: Claim, other: Claim) -> Clash | None:
    """Say what opposes two sentences; two reasons cancel out, as in "not open" beside "closed"."""
    denied = one.denies != other.denies
    if denied != are_opposed(one, other):
        if not denied:
            return Clash.OPPOSITE
        return Clash.DOUBTED if one.doubts or other.doubts else Clash.DENIED
    return Clash.NUMBER if _differ_by_a_number(one, other) and not denied else None


def _differ_by_a_number(one: Claim, other: Claim) -> bool:
    if not one.numbers or not other.numbers or not one.numbers.isdisjoint(other.numbers):
        return False
    common = len(one.words & other.words)
    return common > 0 and common >= EQUAL_BUT_A_NUMBER * len(one.words | other.words)


def _crossed(one: Claims, other: Claims) -> float:
    against = len((one.denied & other.said) - other.denied)
    against += len((other.denied & one.said) - one.denied)
    both = len(one.denied & other.denied)
    return (against - both) / (1 + against + both)

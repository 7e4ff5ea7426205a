"""How unexpected a unit is: three sources of surprise, one number a unit.

`prominence` follows TextTiling (Hearst 1997): what parts the units before a place from those after
it, over the least that parts them nearby on either side; the sides are means of vectors in the
place of word counts, and the nearer a unit, the more it counts. Looking back only, surprise is one
less the cosine to the open event, and with a causal language model it is what EM-LLM takes
(arXiv 2407.09450), averaged over the tokens of a unit.

Every number is computed from its own rows alone, in an order of its own, so that it comes out the
same to the bit whatever else is computed beside it. A product of matrices would not do that.
"""

from collections.abc import Sequence

import numpy as np

from memsvc.ingest.signs import Sign
from memsvc.ports.models import Matrix

NEARER = 0.7
"""What a unit counts beside the next nearer one: two units further, half as much.

From .6 to .8 the segmentation eval finds the same within its interval; without it, more of chance.
"""

LEANING = 0.1
"""What a sign counts: about half the standard deviation of prominence.

To open as a reply counts twice, being the plainest. At .15 the segmentation eval finds the same
within its interval; without signs it finds less.
"""


def partings(vectors: Matrix, *, context: int) -> list[float]:
    """Return, for each unit, one less the cosine of the `context` units before it and from it on.

    Both sides are weighted means, cut off where the rows end. The first unit has nothing before it:
    NaN. Sides without direction part nothing: 0.
    """
    if not len(vectors):
        return []
    ahead = vectors.copy()
    behind = vectors.copy()
    for distance in range(1, min(context, len(vectors))):
        weighted = vectors * np.float32(NEARER**distance)
        ahead[:-distance] += weighted[distance:]
        behind[distance:] += weighted[:-distance]
    return [np.nan, *_one_less_cosines(behind[:-1], ahead[1:])]


def prominence(parted: Sequence[float], unit: int, *, reach: int, ended: bool) -> float | None:
    """Return how far the parting at `unit` stands over the least before and after it.

    Each side goes down, over at most `reach` units, for as long as what parts them does not grow.
    On a slope, with more to part at the very next unit on either side, there is none: 0. None where
    that needs units yet to come; none do after `parted` when it has `ended`.
    """
    if unit >= len(parted):
        return None
    here = parted[unit]
    beside = [*parted[max(unit - 1, 0) : unit], *parted[unit + 1 : unit + 2]]
    if any(other > here for other in beside):
        return 0.0
    behind = parted[max(unit - reach, 1) : unit][::-1]
    ahead = parted[unit + 1 : unit + 1 + reach]
    after, goes_on = _downhill(here, ahead)
    if goes_on and len(ahead) < reach and not ended:
        return None
    before, _ = _downhill(here, behind)
    return 2 * here - before - after


def _downhill(here: float, others: Sequence[float]) -> tuple[float, bool]:
    """Return the last before the way goes up again, and whether it never does."""
    for other in others:
        if not other <= here:
            return here, False
        here = other
    return here, True


def distance_to(vector: Matrix, event: Matrix) -> float:
    """Return one less the cosine of a row and the mean of others; 0 without direction."""
    return _one_less_cosines(vector, event.sum(axis=0, keepdims=True))[0]


def leaning(signs: Sign, *, after: Sign) -> float:
    """Return by how much less a unit surprises because its words lean on those before it.

    `after` are the signs of the unit before it: what follows a question leans on it.
    """
    return LEANING * (
        2 * (Sign.OPENS_AS_A_REPLY in signs)
        + (Sign.STANDS_ON_WHAT_WAS_NAMED in signs)
        + (Sign.ASKS in after)
    )


def _one_less_cosines(ones: Matrix, others: Matrix) -> list[float]:
    products = np.vecdot(ones, others)
    squares = np.vecdot(ones, ones) * np.vecdot(others, others)
    squares[squares == 0] = np.inf
    found: list[float] = np.where(np.isinf(squares), 0, 1 - products / np.sqrt(squares)).tolist()
    return found

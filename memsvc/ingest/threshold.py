"""From which surprise on something new began: the mean of the last units plus gamma sigmas.

EM-LLM (arXiv 2407.09450) takes mean and standard deviation over thousands of tokens, and its first
chunk has only itself. A stream of turns is cut from its beginning, and many end before sixteen: so
what surprise usually is joins the units seen, and counts as much as `prior` of them.
"""

from collections.abc import Sequence
from math import nan, sqrt
from operator import mul
from typing import NamedTuple

from memsvc.domain.episode import SurpriseSource


class Usual(NamedTuple):
    """Mean and standard deviation of a surprise over the units of many streams."""

    mean: float
    deviation: float


USUAL = {
    SurpriseSource.AROUND: Usual(mean=-0.06, deviation=0.23),
    SurpriseSource.BEHIND: Usual(mean=0.39, deviation=0.19),
}
"""Signs counted. The mean over TIAGE, DialSeg711 and LoCoMo under all-MiniLM-L6-v2.

What a language model's surprise usually is hangs on the model, so there is none.
"""


def threshold(seen: Sequence[float], *, gamma: float, prior: int, usual: Usual | None) -> float:
    """Return what surprise is compared with after the surprises `seen`, all of them float32.

    Without a `usual` one, NaN until `prior` were seen, and one at least. The mean of equal
    surprises is exactly one of them, so that none is over it.
    """
    if usual is None:
        if len(seen) < prior:
            return nan
        prior, usual = 0, Usual(0, 0)
    count = len(seen) + prior
    if count == 0:
        return nan
    mean = (sum(seen) + prior * usual.mean) / count
    square = sum(map(mul, seen, seen)) + prior * (usual.mean**2 + usual.deviation**2)
    return mean + gamma * sqrt(max(0.0, square / count - mean**2))

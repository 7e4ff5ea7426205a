"""How well a number tells two kinds of things apart, whatever bound one would set."""

import numpy as np

from memsvc.evals.scoring.measures import RESAMPLES, TAIL_PERCENT, Estimate, PerQuestion, auroc


def separation(lower: PerQuestion, higher: PerQuestion, *, seed: int) -> Estimate:
    """Return how often one of `higher` is above one of `lower`, a tie for half, with its interval.

    That is the area under the receiver operating characteristic (Hanley and McNeil 1982); 1 when
    some bound parts them all, .5 by chance. Both sides are resampled; repeatable by `seed`.
    """
    random = np.random.default_rng(seed)
    drawn = [
        _area(
            lower[random.integers(len(lower), size=len(lower))],
            higher[random.integers(len(higher), size=len(higher))],
        )
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(drawn, [TAIL_PERCENT, 100 - TAIL_PERCENT])
    return Estimate(mean=_area(lower, higher), low=float(low), high=float(high))


def _area(lower: PerQuestion, higher: PerQuestion) -> float:
    return auroc(
        np.concatenate([lower, higher]), np.repeat([False, True], [len(lower), len(higher)])
    )

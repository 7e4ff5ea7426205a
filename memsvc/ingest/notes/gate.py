"""Whether a new note is worth a step of evolution: cost has to stay linear, and calm.

Most of what is said is more of the same, and evolving over it changes nothing for the price of a
model's call each time (D-MEM, arXiv 2603.14597, saves four of five such calls so). A step runs
where the note is newer to the space than three of ten notes are, or where it may contradict one
that it is shown.
"""

from collections.abc import Sequence

import numpy as np

from memsvc.ports.notemaker import Neighbour

PERCENTILE = 30.0
"""Of the novelty of the space's latest notes; what lies above it is new enough."""

FEWEST = 10
"""Notes from which a percentile means something; before that, every note is new."""


def novelty(cosines: Sequence[float]) -> float:
    """Return how new a note is from its cosines with notes before it: 1 beside none."""
    return 1.0 - max(cosines, default=0.0)


def is_due(new: float, seen: Sequence[float], neighbours: Sequence[Neighbour]) -> bool:
    """Tell whether evolution is to run for a note of this novelty.

    `seen` is the novelty of the space's latest notes. Never where there is no neighbour.
    """
    if not neighbours:
        return False
    if any(each.may_contradict for each in neighbours) or len(seen) < FEWEST:
        return True
    return bool(new > float(np.percentile(np.asarray(seen), PERCENTILE)))

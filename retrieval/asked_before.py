"""Asked before: which turns are the question itself, kept when it was put the first time.

A conversation that is kept holds its questions, and nothing is nearer to a question than the same
one asked before. It is no answer. One that has less of the question may tell something by the way
("Can I eat this, as I am allergic to nuts?"): what users prefer is often said so, and leaving out
all that only asks cost LongMemEval .007 of the area under the curve (docs/decisions/0083).
"""

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.vectors import Keys
from retrieval.pool import Ask

SAME = 0.75
"""Mean of the share of words and of nearness from which a question is this one, in other words
too."""


def asked_before(
    ask: Ask, keys: Keys, words: NDArray[np.float64], nearness: NDArray[np.float64] | None
) -> NDArray[np.bool_]:
    """Tell which of these turns hold nothing but this question.

    `words` is the share of the question's words that each has, `nearness` its cosine, where there
    is a model. Shape (k,).
    """
    alike = words if nearness is None else (words + nearness) / 2
    only_asks = ask.indexes.traits.asks(ask.indexes.timeline.places(keys)) >= 1
    found: NDArray[np.bool_] = only_asks & (alike >= SAME)
    return found

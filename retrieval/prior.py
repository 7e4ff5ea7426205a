"""Prior: of what is said in a conversation, what tells before what asks, and people before agents.

Whatever is asked, a turn that tells much is more often what is looked for than a greeting, a
question tells little, and a memory is mostly asked for what its user said: an agent's answers are
long and hold the words of many questions. One factor says so, after neighbours and sessions have
lent what they lend, so that a question still lends to its answer:

    (1 + told * share of its class that tell less - asks * share of its words in questions
       - other, where another than the user speaks) / (1 + told / 2)

so that a user's turn that tells as much as is usual keeps its score. What stands in no
conversation keeps it too: a passage of a document, and a turn that is alone in its stream. Nobody
speaks there to anybody, and how much one of them tells says how long it is cut and not who meant
it. Where the question is for the agent's own words, or for a summary, all who speak count alike.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.asking import Wanted
from memsvc.domain.memory import Source
from memsvc.ports.indexes import NOBODY, Numbers, SpaceIndexes
from memsvc.ports.vectors import Keys
from retrieval.pool import Ask, Pool
from retrieval.stage import Composable
from retrieval.strength import telling

ARM = "prior"
"""What this is called in a hit's `why`; its score is the factor."""

USER = "user"

OF_ALL = frozenset({Wanted.OWN_WORDS, Wanted.SUMMARY})
"""What is looked for in all that was said, whoever said it."""


@dataclass(frozen=True, slots=True)
class Prior(Composable):
    """Let turns of conversations count by how much they tell, how much they ask and who speaks."""

    told: float
    asks: float
    other: float

    def describe(self) -> str:
        """Name the weights."""
        return f"prior(told x {self.told}, asks x -{self.asks}, other speakers x -{self.other})"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Multiply the score of each candidate that stands in a conversation."""
        if len(pool) == 0:
            return pool
        places = ask.indexes.timeline.places(pool.keys)
        spoken = _spoken(ask.indexes, pool.keys, places)
        if not spoken.any():
            return pool
        traits = ask.indexes.traits
        factor = 1 + self.told * telling(ask.indexes, places) - self.asks * traits.asks(places)
        if ask.wanted.isdisjoint(OF_ALL):
            factor = factor - self.other * ~traits.of_role(places, USER)
        factor = factor / (1 + self.told / 2)
        said = np.where(spoken, factor, np.nan).astype(np.float32)
        return pool.plus(ARM, said, np.where(spoken, factor - 1, 0.0) * pool.score)


def _spoken(indexes: SpaceIndexes, keys: Keys, places: Numbers) -> NDArray[np.bool_]:
    """Tell which turns stand in a conversation."""
    before, after = indexes.timeline.neighbours(keys)
    is_passage = indexes.traits.sources(places) == list(Source).index(Source.DOCUMENT)
    spoken: NDArray[np.bool_] = ((before != NOBODY) | (after != NOBODY)) & ~is_passage
    return spoken

"""Whether a memory holds the answer at all: how probable that is, and what speaks for it.

A ranking always has a first hit. This says whether anything in it is likely to be the answer, so
that an agent may say that it does not know. Nothing is left out of an answer because of it.
"""

from dataclasses import dataclass

ABSTAIN_BELOW = 0.3
"""The probability below which a recall says that the memory may not hold the answer.

Set where few answers that are there are doubted: on labelled chats one in fifteen, beside three to
eleven of twenty whose answer had been taken out (docs/decisions/0076). It is the same for all
spaces and questions; who would rather be wrong in the other direction reads the probability itself.
"""


@dataclass(frozen=True, slots=True)
class Holding:
    """How probable it is that one of those that may answer does, and the reasons.

    `probability` is in [0, 1], and right for questions of which half have their answer in memory.
    The reasons are those of the turn that stands first: `words` is the share of the question's
    words that it holds, weighed by how rare they are; `nearness` its cosine less what chance adds
    to a long one, None without a model; `tokens` how much of the question it holds by the meaning
    of single words, its neighbours' included, None where that was not compared; `lead` how far the
    sum of words and nearness is above that of the turn that stands tenth, below 0 where that has
    more of both.
    """

    probability: float
    words: float
    nearness: float | None
    tokens: float | None
    lead: float

    @property
    def abstains(self) -> bool:
        """True where the memory may not hold the answer."""
        return self.probability < ABSTAIN_BELOW

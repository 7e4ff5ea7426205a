"""Help of a language model at recall: when it is wanted, and what came of it."""

from dataclasses import dataclass
from enum import StrEnum

from memsvc.domain.improving import NO_TOKENS, Tokens

UNSURE_BELOW = 0.5
"""The probability that the memory holds the answer below which a recall is unsure.

Where it is more likely than not that what stands first is no answer. Above the one below which a
recall abstains (`memsvc.domain.holding`): to ask a model in vain costs seconds, to doubt an answer
that is there costs the answer.
"""


class When(StrEnum):
    """When a language model helps with a question."""

    NEVER = "never"
    UNSURE = "unsure"
    """Where what was found without it is less probable to hold the answer than not."""
    ALWAYS = "always"

    def holds_at(self, probability: float) -> bool:
        """Tell whether it helps, where the memory holds the answer by this probability."""
        return self is When.ALWAYS or (self is When.UNSURE and probability < UNSURE_BELOW)


class Helps(StrEnum):
    """What a language model does for a question."""

    CLUES = "clues"
    """Writes what would find the answer."""
    FACTS = "facts"
    """Sifts the facts that walks over the graph start from."""


class Unhelped(StrEnum):
    """Why a recall went on without the help that was wanted."""

    NO_MODEL = "no_model"
    """None is set up; a recipe or a space wanted it."""
    TIME = "time"
    """It was not done within the limit."""
    MODEL = "model"
    """It could not be asked."""
    ANSWER = "answer"
    """It gave no answer, or none that fits."""


@dataclass(frozen=True, slots=True)
class Helped:
    """What a language model had to do with an answer: what it read and wrote, and what it took."""

    by: Helps
    spent: Tokens = NO_TOKENS
    took_s: float = 0.0
    fell_back: Unhelped | None = None

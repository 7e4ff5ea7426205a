"""What a language model is asked at recall: clues to search by, and which facts matter.

What it says is untrusted: a clue is searched for and never shown as memory, and of facts only those
can be chosen that were shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

from memsvc.domain.helping import Unhelped
from memsvc.domain.improving import NO_TOKENS, Tokens

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """What a model said, and what that took."""

    value: T
    spent: Tokens


@dataclass(frozen=True, slots=True)
class Untold:
    """That a model which is there said nothing of use: why, in a word and in a sentence."""

    reason: Unhelped
    why: str
    spent: Tokens = NO_TOKENS


@dataclass(frozen=True, slots=True)
class Clues:
    """What a model would look for: a draft of the answer, which may be empty, and questions."""

    answer: str
    questions: tuple[str, ...]


Handles: TypeAlias = tuple[str, ...]


class ClueWriter(Protocol):
    """Writes what would find the answer to a question."""

    @property
    def name(self) -> str:
        """Which model, by which prompt."""
        ...

    def clues(
        self, question: str, found: Sequence[str], *, within_s: float
    ) -> Told[Clues] | Untold:
        """Return clues to a question, of which a first search has found these texts, best first.

        Raises `ModelUnavailable`.
        """
        ...


class FactSifter(Protocol):
    """Says which facts matter to a question."""

    @property
    def name(self) -> str:
        """Which model, by which prompt."""
        ...

    def sift(
        self, question: str, facts: Sequence[tuple[str, str]], *, within_s: float
    ) -> Told[Handles] | Untold:
        """Return the handles that it names of facts, each shown by its handle and in a line.

        They may be none, and may be handles that were not shown. Raises `ModelUnavailable`.
        """
        ...

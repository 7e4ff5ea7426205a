"""Finding what is said in the same words: the inverted file of a space.

The file only knows which turn holds which term how often; how that becomes a score is
`retrieval.bm25`'s business, with statistics of the one space that is asked.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.ports.vectors import Keys


class Postings(NamedTuple):
    """The turns that hold one term, keys ascending, and how often each holds it."""

    keys: Keys
    counts: NDArray[np.int64]


class Analyzer(Protocol):
    """Turns text into the terms by which it is found."""

    @property
    def fingerprint(self) -> str:
        """Name the rules, so that a lexicon made under other rules is rebuilt."""
        ...

    def terms(self, text: str) -> list[str]:
        """Return the terms of `text` in order, repeats included; pure and repeatable."""
        ...

    def asked(self, question: str) -> list[str]:
        """Return the terms that a question asks for, in order; a part of its `terms`."""
        ...


class LexiconReader(Protocol):
    """Reads the inverted file."""

    def postings(self, space: SpaceKey, terms: Sequence[str]) -> Mapping[str, Postings]:
        """Return the postings of each of these terms that the space holds at all."""
        ...

    def is_settled(self) -> bool:
        """Tell whether the file is free of traces of turns that were taken out of any space."""
        ...


class LexiconWriter(LexiconReader, Protocol):
    """Reads and changes the inverted file, inside a unit of work."""

    def add(self, space: SpaceKey, texts: Mapping[TurnKey, Sequence[str]]) -> None:
        """Enter the terms of new turns."""
        ...

    def remove(self, space: SpaceKey, turns: Sequence[TurnKey]) -> None:
        """Take turns out, while their rows still stand; unknown ones are passed over."""
        ...

    def settle(self) -> None:
        """Drop what the file still holds of turns that were taken out, in every space."""
        ...

    def remove_all(self, space: SpaceKey) -> None:
        """Take a whole space out, while the rows of its turns still stand."""
        ...

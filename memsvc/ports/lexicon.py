"""Finding what is said in the same words: the inverted file of a space.

The file only knows which turn holds which term how often; how that becomes a score is
`retrieval.bm25`'s business, with statistics of the one space that is asked.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.ids import SpaceKey, TurnKey

Places: TypeAlias = NDArray[np.signedinteger[Any]]
"""Where turns stand in the timeline of their space."""


class Postings(NamedTuple):
    """Where in the timeline the turns stand that hold one term, ascending, and how often each."""

    places: Places
    counts: NDArray[np.uint16]


class Analyzer(Protocol):
    """Turns text into the terms by which it is found."""

    @property
    def fingerprint(self) -> str:
        """Name the rules, so that a lexicon made under other rules is rebuilt."""
        ...

    def terms(self, text: str) -> list[str]:
        """Return the terms of `text` in order, repeats included; pure and repeatable.

        No term holds white space.
        """
        ...

    def asked(self, question: str) -> list[str]:
        """Return the terms that a question asks for, in order; a part of its `terms`."""
        ...


class Lexicon(Protocol):
    """The inverted file of one space, kept in memory beside its timeline."""

    def postings(self, terms: Sequence[str]) -> Mapping[str, Postings]:
        """Return the postings of each of these terms that was ever entered.

        A place whose turn was deleted may still be among them; the timeline tells.
        """
        ...


class TermWriter(Protocol):
    """Keeps the terms of turns as rows, from which inverted files are made."""

    def add(self, space: SpaceKey, texts: Mapping[TurnKey, Sequence[str]]) -> None:
        """Keep the terms of turns that have none."""
        ...

    def remove_all(self, space: SpaceKey) -> None:
        """Drop the terms of every turn of a space, to be made anew."""
        ...

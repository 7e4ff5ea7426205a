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


class Stands(Protocol):
    """What has to be known of a timeline to pass over turns that were deleted."""

    def __len__(self) -> int:
        """Return how many turns stand."""
        ...

    @property
    def size(self) -> int:
        """How many places there are, empty ones included."""
        ...

    def stands_at(self, places: Places) -> NDArray[np.bool_]:
        """Tell for each place whether its turn still stands."""
        ...


class Lexicon(Protocol):
    """The inverted file of one space, kept in memory beside its timeline."""

    def postings(self, terms: Sequence[str]) -> Mapping[str, Postings]:
        """Return the postings of each of these terms that was ever entered.

        A place whose turn was deleted may still be among them; the timeline tells.
        """
        ...

    def information(self, timeline: Stands) -> NDArray[np.float32]:
        """Return how much the words of the turn at each place tell, in nats a term.

        0 and more; a turn that tells what nobody said before it in its space tells much. What
        stands at an empty place means nothing.
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

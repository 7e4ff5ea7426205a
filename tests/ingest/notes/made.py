"""Small events and notes that can be checked by hand, and whatever a step might answer."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from memsvc.domain.note import Facets, LinkKind
from memsvc.ingest.words import words_of
from memsvc.ports.notemaker import (
    Proposal,
    ProposedChange,
    ProposedLink,
    Shown,
    Told,
    ToldEvent,
)

NOON = datetime(2024, 5, 12, 12, tzinfo=UTC)
ENGLISH = words_of("english")
SHOWN = ("n1", "n2", "n3")


class Counts:
    """How common words are among some texts."""

    def __init__(self, *texts: str) -> None:
        self._texts = len(texts)
        self._held = Counter(term for text in texts for term in set(ENGLISH.terms(text)))

    @property
    def texts(self) -> int:
        """How many texts there are."""
        return self._texts

    def holding(self, terms: Sequence[str]) -> Sequence[int]:
        """Return how many texts hold each term."""
        return [self._held[term] for term in terms]


def event(*said: str | tuple[str, str], title: str | None = None) -> ToldEvent:
    """Return an event of these texts, a minute apart, each perhaps with its speaker before it."""
    turns = [one if isinstance(one, tuple) else (None, one) for one in said]
    return ToldEvent(
        [
            Told(text, NOON + timedelta(minutes=minute), speaker)
            for minute, (speaker, text) in enumerate(turns)
        ],
        title,
    )


def note(
    *,
    days: int = 0,
    keywords: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    context: str = "",
) -> Shown:
    """Return a note of so many days after noon."""
    return Shown("Ana: I am here.", Facets(keywords, tags, context), NOON + timedelta(days=days))


anything = st.text(st.characters(exclude_categories=()), max_size=100)
handles = st.one_of(st.sampled_from([*SHOWN, "n4", "n0", "N1", "", "1"]), anything)
proposals = st.builds(
    Proposal,
    links=st.lists(
        st.builds(
            ProposedLink,
            handle=handles,
            kind=st.one_of(st.sampled_from([*LinkKind]), anything),
            score=st.floats(allow_nan=True, allow_infinity=True),
            reason=st.one_of(anything, st.just("why " * 200)),
        ),
        max_size=6,
    ).map(tuple),
    changes=st.lists(
        st.builds(
            ProposedChange,
            handle=handles,
            reason=anything,
            context=st.one_of(st.none(), anything, st.just("x" * 2_000)),
            tags=st.one_of(st.none(), st.lists(anything, max_size=20).map(tuple)),
        ),
        max_size=6,
    ).map(tuple),
)
"""Whatever a step might answer, handles that it was not shown among it."""

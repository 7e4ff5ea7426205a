"""Which notes a new note is linked to, how, and why in words: the rule that stands in for a model.

Two notes are related where each is among the nearest of the other by meaning, and near enough; or
where both speak of something that few other notes do. The later of two that share such a name and
are near tells more of the same matter. Where the words of the newer may take the place of the
older's (`memsvc.ingest.updates`), that is said instead. Nothing else is claimed: a cosine cannot
tell agreement from contradiction.
"""

from collections.abc import Iterator, Sequence

from memsvc.domain.note import LinkKind
from memsvc.ports.notemaker import Neighbour, ProposedLink, Shown

LEAST_COSINE = 0.6
"""From which two mutual neighbours are related (algorithms of A-MEM's successors use the same)."""

LEAST_WITH_A_NAME = 0.35
"""From which two notes with a rare name in common are related: what is further apart shares the
name by chance."""

RARE = 0.1
"""What each rare name in common adds to the score of a link, for three names at most."""

MOST_NAMED = 3


def links(new: Shown, neighbours: Sequence[Neighbour]) -> tuple[ProposedLink, ...]:
    """Return the links of a new note to its neighbours, at most one to each, in their order."""
    return tuple(_links(new, neighbours))


def _links(new: Shown, neighbours: Sequence[Neighbour]) -> Iterator[ProposedLink]:
    for each in neighbours:
        found = _kind_and_reason(new, each)
        if found is not None:
            kind, reason = found
            yield ProposedLink(each.handle, kind, _score(each), reason)


def _kind_and_reason(new: Shown, other: Neighbour) -> tuple[LinkKind, str] | None:
    names = ", ".join(other.rare[:MOST_NAMED])
    near = other.is_mutual and other.cosine >= LEAST_COSINE
    is_later = new.at > other.note.at
    found: tuple[LinkKind, str] | None = None
    if other.may_contradict and is_later:
        found = LinkKind.SUPERSEDES, "said later, and otherwise than it was said there"
    elif other.may_contradict:
        found = LinkKind.CONTRADICTS, "says otherwise than is said there"
    elif other.is_same_event:
        found = LinkKind.SAME_EVENT, "both are of one event"
    elif names and near and is_later:
        found = LinkKind.ELABORATES, f"says more of {names}, later"
    elif near:
        found = LinkKind.RELATED, f"among the nearest of each other, cosine {other.cosine:.2f}"
    elif names and other.cosine >= LEAST_WITH_A_NAME:
        found = LinkKind.RELATED, f"both speak of {names}, as few others do"
    return found


def _score(other: Neighbour) -> float:
    """Return how sure a link is: the cosine, and more for names in common that are rare."""
    return max(0.0, min(1.0, other.cosine + RARE * min(len(other.rare), MOST_NAMED)))

"""What a new note changes about its neighbours: the rule that stands in for a model.

The rule is modest. Tags that both turn out to share are added to a neighbour; and the context of
one that is told more of, or that may no longer hold, says so and when. It says so of the latest
note alone: what it said of an earlier one is replaced, so that a note that a hundred others touch
is as long as one that a single one did. Whoever wants all of them follows the links.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from memsvc.domain.note import MAX_CONTEXT_CHARS, MAX_TAGS, LinkKind
from memsvc.ingest.notes.links import links
from memsvc.ports.notemaker import Neighbour, Proposal, ProposedChange, Shown

RULES = "rule/evolve-1"
"""To be raised whenever the same notes would be linked or changed otherwise."""

SHARED_TAGS = 2
"""Tags that one note may give to a neighbour."""

MOST_NAMED = 3

_LATER: Mapping[LinkKind, str] = {
    LinkKind.ELABORATES: "(more of it on",
    LinkKind.SUPERSEDES: "(said otherwise on",
    LinkKind.CONTRADICTS: "(said otherwise on",
}
"""What the context of a neighbour says of a later note, before its date."""


@dataclass(frozen=True, slots=True)
class RuleEvolution:
    """Links and refines by rule; no model takes part."""

    @property
    def name(self) -> str:
        """The rule and its version."""
        return RULES

    def evolve(self, new: Shown, neighbours: Sequence[Neighbour]) -> Proposal:
        """Return the links of a new note, and what it changes about those that it is linked to."""
        linked = links(new, neighbours)
        by_handle = {each.handle: each for each in neighbours}
        kinds = {link.handle: LinkKind(link.kind) for link in linked}
        pairs = [(by_handle[handle], kind) for handle, kind in kinds.items()]
        return Proposal(linked, tuple(_changes(new, pairs)))


def _changes(new: Shown, linked: Sequence[tuple[Neighbour, LinkKind]]) -> Iterator[ProposedChange]:
    for other, kind in linked:
        tags = _shared_tags(new, other.note)
        context = _context(new, other.note, kind)
        if tags or context:
            yield ProposedChange(
                other.handle,
                reason=_reason(kind, tags),
                context=context,
                tags=(*other.note.facets.tags, *tags) if tags else None,
            )


def _shared_tags(new: Shown, other: Shown) -> tuple[str, ...]:
    """Return key phrases of both that the other has no tag for yet, as far as it has room."""
    theirs = {*other.facets.keywords, *other.names}
    shared = [word for word in new.facets.keywords if word in theirs]
    room = max(min(SHARED_TAGS, MAX_TAGS - len(other.facets.tags)), 0)
    return tuple(word for word in shared if word not in other.facets.tags)[:room]


def _context(new: Shown, other: Shown, kind: LinkKind) -> str | None:
    """Return the neighbour's context with what is known of it now; None where nothing is."""
    if kind not in _LATER or new.at < other.at:
        return None
    about = ", ".join(new.facets.keywords[:MOST_NAMED])
    when = f"{_LATER[kind]} {new.at.day} {new.at:%B %Y}"
    later = f"{when}: {about})" if about else f"{when})"
    base = other.facets.context
    for said in set(_LATER.values()):
        base, _, _ = base.partition(said)
    room = MAX_CONTEXT_CHARS - len(later) - 1
    return f"{base.rstrip()[:room]} {later}".lstrip()


def _reason(kind: LinkKind, tags: Sequence[str]) -> str:
    told = {
        LinkKind.ELABORATES: "a later note says more of the same",
        LinkKind.SUPERSEDES: "a later note says otherwise",
        LinkKind.CONTRADICTS: "another note says otherwise",
    }.get(kind)
    shared = f"both are about {', '.join(tags)}" if tags else None
    return "; ".join(part for part in (told, shared) if part)

"""Reading what a maker of notes or a step of evolution answered, as untrusted input.

Whatever it says, no other note is touched than those it was shown, by the handles that it was
shown them under; nothing grows over its bounds; and nothing is kept that no text may hold. What
cannot be used is left out and told, so that a run can show what a model got wrong; the rest
stands.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from memsvc.domain.note import (
    MAX_CONTEXT_CHARS,
    MAX_KEYWORDS,
    MAX_NOTE_CHARS,
    MAX_REASON_CHARS,
    MAX_TAGS,
    MAX_WORD_CHARS,
    Facets,
    LinkKind,
)
from memsvc.ports.notemaker import Proposal, ProposedChange, ProposedLink, Sketch

_KINDS = frozenset(LinkKind)
_TOLD = 80
"""Characters of an unknown handle or kind that are told."""


@dataclass(frozen=True, slots=True)
class ReadLink:
    """A link that may be kept."""

    handle: str
    kind: LinkKind
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class ReadChange:
    """The facets that a neighbour may get, other than those it has."""

    handle: str
    facets: Facets
    reason: str


@dataclass(frozen=True, slots=True)
class Read:
    """What may be kept of a proposal, and why the rest may not, in words."""

    links: tuple[ReadLink, ...]
    changes: tuple[ReadChange, ...]
    refused: tuple[str, ...]


def read_sketch(sketch: Sketch) -> Sketch | None:
    """Return a note within its bounds; None where nothing is left of its content."""
    content = _clean(sketch.content, MAX_NOTE_CHARS, keep_lines=True)
    return Sketch(content, _within(sketch.facets)) if content else None


def read_proposal(proposal: Proposal, shown: Mapping[str, Facets]) -> Read:
    """Return what may be kept of a proposal about notes that were `shown` by these handles.

    One link and one change to each; of several the first that can be used.
    """
    refused: list[str] = []
    linked = {link.handle: link for link in reversed(list(_links(proposal.links, shown, refused)))}
    changed = {
        change.handle: change
        for change in reversed(list(_changes(proposal.changes, shown, refused)))
    }
    return Read(
        links=tuple(linked[handle] for handle in shown if handle in linked),
        changes=tuple(changed[handle] for handle in shown if handle in changed),
        refused=tuple(refused),
    )


def _links(
    links: Iterable[ProposedLink], shown: Mapping[str, Facets], refused: list[str]
) -> Iterator[ReadLink]:
    for link in links:
        reason = _clean(link.reason, MAX_REASON_CHARS)
        if link.handle not in shown:
            refused.append(f"a link to {_told(link.handle)}, which was not shown")
        elif link.kind not in _KINDS:
            refused.append(f"a link of the unknown kind {_told(link.kind)}")
        elif not math.isfinite(link.score):
            refused.append(f"a link to {link.handle} whose score is no number")
        elif not reason:
            refused.append(f"a link to {link.handle} without a reason")
        else:
            score = min(max(float(link.score), 0.0), 1.0)
            yield ReadLink(link.handle, LinkKind(link.kind), score, reason)


def _changes(
    changes: Iterable[ProposedChange], shown: Mapping[str, Facets], refused: list[str]
) -> Iterator[ReadChange]:
    for change in changes:
        reason = _clean(change.reason, MAX_REASON_CHARS)
        if change.handle not in shown:
            refused.append(f"a change of {_told(change.handle)}, which was not shown")
        elif not reason:
            refused.append(f"a change of {change.handle} without a reason")
        else:
            before = shown[change.handle]
            facets = _changed(before, change)
            if facets != before:
                yield ReadChange(change.handle, facets, reason)


def _changed(before: Facets, change: ProposedChange) -> Facets:
    """Return facets with what is to be changed; an emptied context or no tags change nothing."""
    context = _clean(change.context or "", MAX_CONTEXT_CHARS)
    tags = _words(change.tags or (), MAX_TAGS)
    return replace(before, context=context or before.context, tags=tags or before.tags)


def _within(facets: Facets) -> Facets:
    return Facets(
        keywords=_words(facets.keywords, MAX_KEYWORDS),
        tags=_words(facets.tags, MAX_TAGS),
        context=_clean(facets.context, MAX_CONTEXT_CHARS),
    )


def _words(words: Iterable[str], most: int) -> tuple[str, ...]:
    """Return words clean and each once; one that is too long is no keyword and is left out."""
    clean = (_clean(word, MAX_WORD_CHARS + 1) for word in words)
    kept = dict.fromkeys(word for word in clean if 0 < len(word) <= MAX_WORD_CHARS)
    return tuple(kept)[:most]


def _clean(text: str, most: int, *, keep_lines: bool = False) -> str:
    """Return a text without what no text may hold, spaces run together, at most so long."""
    whole = "".join(each for each in text if each != "\0" and not "\ud800" <= each <= "\udfff")
    lines = whole.splitlines() if keep_lines else [whole]
    joined = "\n".join(filter(None, (" ".join(line.split()) for line in lines)))
    return joined[:most].rstrip()


def _told(unknown: str) -> str:
    return repr(unknown[:_TOLD])

"""The entities of a text: every mention that a rule finds, once, with the name it goes by.

Where two rules claim the same characters, the more particular one has them: an address or what is
quoted before a name. Inside one text a shorter form stands for the longer one that it abbreviates:
a surname for the full name, capitals for the name that they abbreviate.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from memsvc.domain.memory import Span
from memsvc.ingest.extract.capitals import capitalised
from memsvc.ingest.extract.mention import Kind, Mention, normal
from memsvc.ingest.extract.patterns import patterned

LONGEST_TEXT = 20_000
"""Characters of a turn that are read. What a longer one names in its rest is found by its words."""

MOST = 200
"""Mentions of one text. Beyond that it is a list, and names by the hundred say nothing of it."""

_WITH_ALIASES = frozenset({Kind.NAME, Kind.QUOTED})
_CALENDAR = frozenset(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June
    July August September October November December
    """.split()  # noqa: SIM905 - as words they can be read
)
_OF = re.compile(r"\s+of(?:\s+the)?\s+", re.IGNORECASE)


def entities(text: str) -> list[Mention]:
    """Return what the text names, in order of place.

    Mentions do not overlap, except that a name of the form "X of Y" is followed by Y, and by X
    when it has two words or more: "Trent Reznor of Nine Inch Nails" names three things. Never
    fails, whatever the text; one without names yields nothing.
    """
    found = list(_apart(text[:LONGEST_TEXT]))[:MOST]
    return resolved([each for mention in found for each in (mention, *_inside(mention))])


def _inside(mention: Mention) -> Iterator[Mention]:
    """Yield the names inside a name of the form "X of Y"."""
    if mention.kind is not Kind.NAME or " of " not in mention.surface:
        return
    parts = list(_OF.finditer(mention.surface))
    if not parts:
        return
    head, tail = parts[0].start(), parts[-1].end()
    if " " in mention.surface[:head]:
        yield from _part(mention, 0, head)
    yield from _part(mention, tail, len(mention.surface))


def _part(mention: Mention, begin: int, end: int) -> Iterator[Mention]:
    surface = mention.surface[begin:end]
    if name := normal(surface):
        start = mention.span.start
        yield Mention(Span(start + begin, start + end), surface, name, Kind.NAME)


def _apart(text: str) -> Iterator[Mention]:
    """Yield the mentions by place; where two overlap, the rule that comes first has it."""
    taken: list[tuple[Span, Kind]] = []
    for span, kind in patterned(text):
        if not any(span.start < other.end and other.start < span.end for other, _ in taken):
            taken.append((span, kind))
    kept = [
        (span, _kind_of(text[span.start : span.end]))
        for span in capitalised(text)
        if not any(span.start < other.end and other.start < span.end for other, _ in taken)
    ]
    for span, kind in sorted([*taken, *kept], key=lambda found: found[0].start):
        surface = text[span.start : span.end]
        if name := normal(surface):
            yield Mention(span, surface, name, kind)


def _kind_of(capitalised_run: str) -> Kind:
    return Kind.DATE if capitalised_run.removesuffix("s") in _CALENDAR else Kind.NAME


def resolved(mentions: Sequence[Mention]) -> list[Mention]:
    """Give shorter forms the name of the longer one in the same text that they stand for."""
    longer = _longer_forms(mentions)
    if not longer:
        return list(mentions)
    return [
        replace(mention, name=longer[mention.name])
        if mention.kind in _WITH_ALIASES and mention.name in longer
        else mention
        for mention in mentions
    ]


def _longer_forms(mentions: Sequence[Mention]) -> dict[str, str]:
    """Return by each short form the one name that it abbreviates; none where two could be meant."""
    found: dict[str, set[str]] = {}
    for mention in mentions:
        if mention.kind is not Kind.NAME:
            continue
        words = mention.name.split(" ")
        if len(words) > 1 and "of" not in words:  # "X of Y" is not called Y for short
            for short in (words[-1], "".join(word[0] for word in words)):
                if len(short) > 1:
                    found.setdefault(short, set()).add(mention.name)
    return {short: next(iter(names)) for short, names in found.items() if len(names) == 1}

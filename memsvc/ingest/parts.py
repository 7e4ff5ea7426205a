"""Parts of a document from the sections of a file: each with a name of its own.

A name is the section's heading, brought to what can stand in a path, and counted on where a
heading comes again; so the same file gives the same names, and an edit of one section leaves the
names of the others as they are.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from memsvc.domain.document import NewPart, Section
from memsvc.domain.errors import UnreadableDocument
from memsvc.ingest.paragraphs import clean, paragraphs

MOST_PARTS = 500
"""Parts that a file makes at most; in one with more headings the deepest ones make none."""

FIRST = "text"
"""The name of what stands before the first heading, or of the whole when there is none."""

LONGEST_NAME = 100
LONGEST_TITLE = 200
BETWEEN_HEADINGS = " › "  # noqa: RUF001  the mark of a path through headings


def parts_of(sections: Sequence[Section]) -> tuple[NewPart, ...]:
    """Return the parts of a file; raises `UnreadableDocument` when it says nothing."""
    taken: set[str] = set()
    found = []
    for section in _few_enough(sections):
        own = paragraphs(section.blocks)
        if own:
            name = _free(part_name(section.headings[-1]) if section.headings else FIRST, taken)
            found.append(NewPart(name, _title(section.headings), own))
    if not found:
        raise UnreadableDocument(
            "The document holds no text; send one that says something.", reason="empty"
        )
    return tuple(found)


def part_name(heading: str) -> str:
    """Bring a heading to a name: letters and digits of any script, and single spaces."""
    kept = "".join(char if _stands_in_names(char) else " " for char in heading)
    return " ".join(kept.split())[:LONGEST_NAME].strip() or FIRST


def _stands_in_names(char: str) -> bool:
    return unicodedata.category(char)[0] == "L" or unicodedata.category(char) == "Nd"


def _free(name: str, taken: set[str]) -> str:
    """Return the name, or the first of "name 2", "name 3" that no part has."""
    count = 1
    free = name
    while free in taken:
        count += 1
        free = f"{name} {count}"
    taken.add(free)
    return free


def _title(headings: Sequence[str]) -> str | None:
    path = BETWEEN_HEADINGS.join(" ".join(clean(heading).split()) for heading in headings)
    return path[:LONGEST_TITLE] or None


def _few_enough(sections: Sequence[Section]) -> list[Section]:
    """Return the sections, those under deeper headings joined to the ones above when too many."""
    depth = max((len(section.headings) for section in sections), default=0)
    while True:
        joined = list(_joined(sections, depth))
        if len(joined) <= MOST_PARTS or depth == 0:
            return joined
        depth -= 1


def _joined(sections: Iterable[Section], depth: int) -> Iterator[Section]:
    """Join each section under more than `depth` headings to the one before it."""
    open_: Section | None = None
    for section in sections:
        if open_ is not None and len(section.headings) > depth:
            open_ = Section(open_.headings, (*open_.blocks, *section.blocks))
            continue
        if open_ is not None:
            yield open_
        open_ = Section(section.headings[:depth], section.blocks)
    if open_ is not None:
        yield open_

"""Order: which of two passages came first, by where they stand and never by what they say.

Follows the task of SORT (arXiv 2410.08133): an order that is stored need not be guessed.
"""

from dataclasses import dataclass
from typing import Literal

from memsvc.app.locate import Locate
from memsvc.app.look_up import the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.ids import DocumentName, SpaceName, StreamName
from memsvc.domain.order import DecidedBy, Location, Match, Ordered
from memsvc.domain.recall import Filter
from memsvc.ports.keeping import Keeping

Part = tuple[DocumentName, int]
"""The document that a stream is a part of, and the part's number in it."""


@dataclass(frozen=True, slots=True)
class Order:
    """The use case, with what it needs."""

    locate: Locate
    keeping: Keeping

    def __call__(
        self, access: Access, space: SpaceName, a: str, b: str, *, where: Filter
    ) -> Ordered:
        """Say which of two passages came first among the turns that the filter lets through.

        Inside a stream its numbers decide, inside a document the order of its parts, else when the
        turns happened and, at the same time, which was written first. Raises `SpaceNotFound`.
        """
        found_a = self.locate(access, space, a, where=where)
        found_b = self.locate(access, space, b, where=where)
        if found_a is None or found_b is None:
            return Ordered(None, found_a, found_b, None, _missing(found_a, found_b))
        parts = self._parts(access, space, found_a.stream, found_b.stream)
        return compared(found_a, found_b, parts=parts)

    def _parts(
        self, access: Access, space: SpaceName, one: StreamName, other: StreamName
    ) -> tuple[Part, Part] | None:
        """Return where two streams stand in the one document that both are parts of."""
        if one == other:
            return None
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            found = reading.streams.find(held.key, one)
            name = None if found is None else found.document
            document = None if name is None else reading.documents.find(held.key, name)
        if document is None:
            return None
        numbers = {part.stream.name: number for number, part in enumerate(document.parts)}
        if not {one, other} <= numbers.keys():
            return None
        return (document.name, numbers[one]), (document.name, numbers[other])


def compared(a: Location, b: Location, *, parts: tuple[Part, Part] | None = None) -> Ordered:
    """Return which of two located passages came first; `parts` says that both are in a document."""
    if a.turn.id == b.turn.id and Match.MEANING in {a.match, b.match}:
        reason = "Both are found in the same turn, and not by their words: where is not known."
        return Ordered(None, a, b, None, reason)
    decided, places, reason = _weighed(a, b, parts)
    first: Literal["a", "b", "same"] = "same"
    if places[0] != places[1]:
        first = "a" if places[0] < places[1] else "b"
    return Ordered(first, a, b, decided, reason)


def _weighed(
    a: Location, b: Location, parts: tuple[Part, Part] | None
) -> tuple[DecidedBy, tuple[float, float], str]:
    """Return what decides, what a and b have of it, and that as a sentence."""
    one, other = a.turn, b.turn
    if one.id == other.id:
        reason = f"Both stand in turn {one.id}, from character {a.start} and {b.start} on."
        return DecidedBy.OFFSET, (a.start, b.start), reason
    if one.stream == other.stream:
        reason = f"Both stand in the stream {one.stream!r}, in turns {one.seq} and {other.seq}."
        return DecidedBy.SEQ, (one.seq, other.seq), reason
    if parts is not None:
        (document, first), (_, second) = parts
        reason = f"Both stand in the document {document!r}, in parts {first + 1} and {second + 1}."
        return DecidedBy.PART, (first, second), reason
    if one.at != other.at:
        reason = f"They happened at {one.at.isoformat()} and {other.at.isoformat()}."
        return DecidedBy.AT, (one.at.timestamp(), other.at.timestamp()), reason
    reason = "They happened at the same time; one was written before the other."
    return DecidedBy.POSITION, (one.position, other.position), reason


def _missing(a: Location | None, b: Location | None) -> str:
    if a is None and b is None:
        return "Neither a nor b is found here, in these words or in others."
    return f"{'a' if a is None else 'b'} is not found here, in these words or in others."

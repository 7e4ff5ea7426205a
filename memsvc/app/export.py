"""Export: a whole space, as it stood at one position of its ledger, page by page.

Each page is a short view of its own, so that a slow reader holds up nobody: a view that stayed
open for minutes would keep the database from folding its log back. That the pages fit together
follows from the position: turns are walked by the position at which they were written, and of
their versions only those are told that stood there. Documents are read, their text left out, in
the view that begins the export, because how they stood earlier is not kept. Facts that were stated
by then are told with all turns that say them by now, and an import passes over those turns that it
does not know. Notes, links, feedback and titles of events go that stand; those taken back do not,
nor do runs of enrichment: both wait for a rollback to a position of this ledger, which does not go
along. What was deleted or has expired while the walk went on is not told any more: what is
forgotten stays forgotten.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, TypeVar

from memsvc.app.look_up import the_space
from memsvc.app.moving import (
    MovedDocument,
    MovedFact,
    MovedFeedback,
    MovedLink,
    MovedMerge,
    MovedRuling,
    MovedTitle,
    MovedUnlinking,
)
from memsvc.app.moving_documents import moved_documents
from memsvc.app.moving_facts import moved_fact, moved_merges, moved_rulings
from memsvc.app.moving_feedback import moved_feedback
from memsvc.app.moving_notes import moved_link
from memsvc.app.moving_titles import moved_titles
from memsvc.app.moving_unlinkings import moved_unlinking
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import SpaceNotFound
from memsvc.domain.feedback import Feedback
from memsvc.domain.ids import Position, SpaceName, StreamKey
from memsvc.domain.knowledge import Fact, Unlinking
from memsvc.domain.memory import Fingerprint, Page, Space, SpaceSettings, Standing
from memsvc.domain.note import Link
from memsvc.ports.keeping import Keeping, Reading
from memsvc.ports.notes import MovedNote
from memsvc.ports.records import MovedStream, MovedTurn
from memsvc.ports.world import Clock

PAGE = 100
"""Turns read at once. Each may be as long as turns may be, so this bounds the memory taken."""

STREAM_PAGE = 500


Told: TypeAlias = (
    MovedDocument
    | MovedStream
    | MovedTurn
    | MovedFact
    | MovedRuling
    | MovedMerge
    | MovedUnlinking
    | MovedNote
    | MovedLink
    | MovedFeedback
    | MovedTitle
)

Thing = TypeVar("Thing")
Placed = TypeVar("Placed", Fact, Link, Feedback, Unlinking)
"""What has the position in the ledger that it came at."""


@dataclass(frozen=True, slots=True)
class ExportHead:
    """What an export begins with. The counts are those at `position`."""

    space: SpaceName
    created_at: datetime
    settings: SpaceSettings
    position: Position
    fingerprint: str
    vectors: bool
    documents: int
    streams: int
    turns: int


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that has begun: its head is read, its pages are read as they are asked for."""

    head: ExportHead
    pages: Iterator[Sequence[Told]]


@dataclass(frozen=True, slots=True)
class Export:
    """The use case, with what it needs. `fingerprint` is that of the vectors to carry along."""

    keeping: Keeping
    clock: Clock
    fingerprint: Fingerprint

    def __call__(self, access: Access, name: SpaceName, *, vectors: bool) -> Exported:
        """Begin an export of the space as it stands now. Raises `SpaceNotFound`.

        A page raises `SpaceNotFound` when the space was deleted meanwhile.
        """
        with self.keeping.read() as reading:
            space = the_space(reading, access, name, Role.READER)
            counts = reading.spaces.counts(space.key)
            standing = space.settings.standing(self.clock.latest())
            documents = list(moved_documents(reading, space, standing))
            head = ExportHead(
                space=space.name,
                created_at=space.created_at,
                settings=space.settings,
                position=space.position,
                fingerprint=self.fingerprint.text,
                vectors=vectors,
                documents=len(documents),
                streams=counts.streams,
                turns=counts.turns,
            )
            newest = reading.streams.newest(space.key)
        return Exported(head, self._pages(space, documents, newest, vectors=vectors))

    def _pages(
        self,
        space: Space,
        documents: Sequence[MovedDocument],
        newest: StreamKey | None,
        *,
        vectors: bool,
    ) -> Iterator[Sequence[Told]]:
        yield from self._documents(space, documents)
        if newest is not None:
            yield from self._streams(space, newest)
        yield from self._turns(space, self.fingerprint if vectors else None)
        yield from self._facts(space)
        yield from self._rulings(space)
        yield self._merges(space)
        yield from self._unlinkings(space)
        yield from self._notes(space, self.fingerprint if vectors else None)
        yield from self._links(space)
        yield from self._feedback(space)
        yield from self._titles(space)

    def _documents(
        self, space: Space, documents: Sequence[MovedDocument]
    ) -> Iterator[Sequence[MovedDocument]]:
        for begin in range(0, len(documents), PAGE):
            page = documents[begin : begin + PAGE]
            with self.keeping.read() as reading:
                _still_there(reading, space)
                yet = [reading.documents.find(space.key, each.name) for each in page]
            yield [each for each, found in zip(page, yet, strict=True) if found is not None]

    def _streams(self, space: Space, newest: StreamKey) -> Iterator[Sequence[MovedStream]]:
        cursor: str | None = None
        while True:
            with self.keeping.read() as reading:
                _still_there(reading, space)
                page = reading.streams.page(space.key, after=cursor, limit=STREAM_PAGE)
            streams = [summary.stream for summary in page.items]
            yield [
                MovedStream(stream.name, stream.title, stream.created_at)
                for stream in streams
                if stream.key <= newest
            ]
            cursor = page.next_cursor
            if cursor is None or streams[-1].key >= newest:
                return

    def _turns(
        self, space: Space, fingerprint: Fingerprint | None
    ) -> Iterator[Sequence[MovedTurn]]:
        def read(reading: Reading, after: Position, standing: Standing) -> Sequence[MovedTurn]:
            return reading.turns.moved(
                space.key,
                after=after,
                until=space.position,
                limit=PAGE,
                standing=standing,
                fingerprint=fingerprint,
            )

        for page in self._by_position(space, read, of=lambda turn: turn.versions[0].position):
            yield [_as_it_stood(turn, space.position) for turn in page]

    def _notes(
        self, space: Space, fingerprint: Fingerprint | None
    ) -> Iterator[Sequence[MovedNote]]:
        def read(reading: Reading, after: Position, standing: Standing) -> Sequence[MovedNote]:
            return reading.notes.moved(
                space.key,
                after=after,
                until=space.position,
                limit=PAGE,
                standing=standing,
                fingerprint=fingerprint,
            )

        return self._by_position(space, read, of=lambda note: note.position)

    def _by_position(
        self,
        space: Space,
        read: Callable[[Reading, Position, Standing], Sequence[Thing]],
        *,
        of: Callable[[Thing], Position],
    ) -> Iterator[Sequence[Thing]]:
        """Yield pages that are read after a position, until one is empty."""
        after = Position(0)
        while True:
            with self._reading(space) as (reading, standing):
                page = read(reading, after, standing)
            if not page:
                return
            yield page
            after = of(page[-1])

    def _facts(self, space: Space) -> Iterator[Sequence[MovedFact]]:
        def read(reading: Reading, after: str | None, standing: Standing) -> Page[Fact]:
            return reading.facts.page(
                space.key, names=None, turn=None, after=after, limit=PAGE, standing=standing
            )

        for facts in self._by_cursor(space, read):
            yield [moved_fact(fact) for fact in facts]

    def _links(self, space: Space) -> Iterator[Sequence[MovedLink]]:
        def read(reading: Reading, after: str | None, standing: Standing) -> Page[Link]:
            return reading.links.page(
                space.key, note=None, after=after, limit=PAGE, standing=standing
            )

        for links in self._by_cursor(space, read):
            yield [moved_link(link) for link in links]

    def _feedback(self, space: Space) -> Iterator[Sequence[MovedFeedback]]:
        def read(reading: Reading, after: str | None, standing: Standing) -> Page[Feedback]:
            return reading.feedback.page(
                space.key, turn=None, after=after, limit=PAGE, standing=standing
            )

        for every in self._by_cursor(space, read):
            yield [moved_feedback(said) for said in every]

    def _by_cursor(
        self, space: Space, read: Callable[[Reading, str | None, Standing], Page[Placed]]
    ) -> Iterator[Sequence[Placed]]:
        """Yield pages that are read by a cursor, up to what came after the export began."""
        cursor: str | None = None
        while True:
            with self._reading(space) as (reading, standing):
                page = read(reading, cursor, standing)
            told = [each for each in page.items if each.position <= space.position]
            yield told
            cursor = page.next_cursor
            if cursor is None or len(told) < len(page.items):
                return

    def _rulings(self, space: Space) -> Iterator[Sequence[MovedRuling]]:
        after: Position | None = Position(0)
        while after is not None:
            with self._reading(space) as (reading, standing):
                told, after = moved_rulings(reading, space, standing, after=after, limit=PAGE)
            yield told

    def _titles(self, space: Space) -> Iterator[Sequence[MovedTitle]]:
        after: Position | None = Position(0)
        while after is not None:
            with self._reading(space) as (reading, standing):
                told, after = moved_titles(
                    reading,
                    space,
                    standing,
                    after=after,
                    limit=PAGE,
                    fingerprint=self.fingerprint,
                )
            yield told

    def _merges(self, space: Space) -> Sequence[MovedMerge]:
        with self._reading(space) as (reading, standing):
            return moved_merges(reading, space, standing)

    def _unlinkings(self, space: Space) -> Iterator[Sequence[MovedUnlinking]]:
        def read(reading: Reading, after: str | None, standing: Standing) -> Page[Unlinking]:
            return reading.unlinkings.page(
                space.key, turn=None, after=after, limit=PAGE, standing=standing
            )

        for every in self._by_cursor(space, read):
            yield [moved_unlinking(one) for one in every]

    @contextmanager
    def _reading(self, space: Space) -> Iterator[tuple[Reading, Standing]]:
        """Lend a view in which the space is still there, and what stands in it now."""
        with self.keeping.read() as reading:
            present = _still_there(reading, space)
            yield reading, present.settings.standing(self.clock.latest())


def _still_there(reading: Reading, space: Space) -> Space:
    """Return this very space as it is now, not a later one of its name. Raises `SpaceNotFound`."""
    found = reading.spaces.find(space.name)
    if found is None or found.key != space.key:
        raise SpaceNotFound(space.name)
    return found


def _as_it_stood(turn: MovedTurn, position: Position) -> MovedTurn:
    """Return the turn without the edits that came after a position."""
    return replace(
        turn,
        versions=tuple(version for version in turn.versions if version.position <= position),
    )

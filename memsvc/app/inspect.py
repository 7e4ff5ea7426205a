"""Inspect: what is there, as it is. Lists, single things, and how far enrichment is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from memsvc.app.afford import resting_until
from memsvc.app.look_up import the_space, the_stream, the_turn
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import RunNotFound
from memsvc.domain.ids import Position, RunId, SpaceName, StreamName, TurnId
from memsvc.domain.ledger import Entry, Sought
from memsvc.domain.memory import Page, Space, Turn, TurnVersion
from memsvc.domain.note import Run
from memsvc.domain.recall import Filter
from memsvc.domain.rollback import Thing
from memsvc.domain.work import Backlog, Waiting
from memsvc.ports.keeping import Keeping
from memsvc.ports.records import SpaceCounts, StreamSummary
from memsvc.ports.world import Clock


@dataclass(frozen=True, slots=True)
class SpaceSummary:
    """A space with what it holds."""

    space: Space
    counts: SpaceCounts


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run of enrichment, with how much of what it made stands, by kind."""

    run: Run
    made: Mapping[Thing, int]


@dataclass(frozen=True, slots=True)
class Inspect:
    """The use cases, with what they need. Each raises the NotFound of what was named."""

    keeping: Keeping
    clock: Clock

    def spaces(self, access: Access, *, after: str | None, limit: int) -> Page[SpaceSummary]:
        """List the spaces that the key may see, by name."""
        among = None if access.sees_all else access.spaces
        with self.keeping.read() as reading:
            page = reading.spaces.page(among=among, after=after, limit=limit)
            summaries = tuple(
                SpaceSummary(space, reading.spaces.counts(space.key)) for space in page.items
            )
        return Page(summaries, page.next_cursor)

    def space(self, access: Access, name: SpaceName) -> SpaceSummary:
        """Return one space."""
        with self.keeping.read() as reading:
            space = the_space(reading, access, name, Role.READER)
            return SpaceSummary(space, reading.spaces.counts(space.key))

    def streams(
        self, access: Access, space: SpaceName, *, after: str | None, limit: int
    ) -> Page[StreamSummary]:
        """List the streams of a space in the order in which they were made."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            return reading.streams.page(held.key, after=after, limit=limit)

    def stream(self, access: Access, space: SpaceName, name: StreamName) -> StreamSummary:
        """Return one stream."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            return reading.streams.summary(held.key, the_stream(reading, held.key, name))

    def turns(
        self, access: Access, space: SpaceName, where: Filter, *, after: str | None, limit: int
    ) -> Page[Turn]:
        """List turns in the order of writing."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            standing = held.settings.standing(self.clock.latest())
            return reading.turns.page(held.key, where, after=after, limit=limit, standing=standing)

    def turn(self, access: Access, space: SpaceName, turn: TurnId) -> Turn:
        """Return one turn."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            return the_turn(reading, held, turn, now=self.clock.latest())

    def versions(self, access: Access, space: SpaceName, turn: TurnId) -> list[TurnVersion]:
        """Return every version of a turn, oldest first, the current one last."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            found = the_turn(reading, held, turn, now=self.clock.latest())
            earlier = reading.turns.versions(held.key, found.key)
        return [*earlier, TurnVersion(found.version, found.place, found.metadata)]

    def ledger(
        self, access: Access, space: SpaceName, *, after: Position, limit: int
    ) -> list[Entry]:
        """List ledger entries after a position."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            return reading.ledger.page(held.key, after=after, limit=limit)

    def entries(
        self, access: Access, space: SpaceName, sought: Sought, *, limit: int
    ) -> Page[Entry]:
        """List the ledger entries that are sought; a page may hold fewer than there are."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            return reading.ledger.find(held.key, sought, limit=limit)

    def enrichment(self, access: Access, space: SpaceName) -> Backlog:
        """Tell how far enrichment is behind, and what of a budget keeps it waiting."""
        now = self.clock.now()
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            return replace(
                reading.outbox.backlog(held.key, now=now),
                spent=reading.tallies.spent(held.key),
                resting_until=resting_until(reading, held, now=now),
            )

    def runs(
        self, access: Access, space: SpaceName, *, after: str | None, limit: int
    ) -> Page[ShownRun]:
        """List the runs of enrichment that changed something, the newest first."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            page = reading.runs.page(held.key, after=after, limit=limit)
            made = reading.runs.made(held.key, [run.id for run in page.items])
        return Page(tuple(ShownRun(run, made[run.id]) for run in page.items), page.next_cursor)

    def run(self, access: Access, space: SpaceName, run: RunId) -> ShownRun:
        """Return one run of enrichment. Raises `RunNotFound`."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            found = reading.runs.get(held.key, run)
            if found is None:
                raise RunNotFound(run)
            return ShownRun(found, reading.runs.made(held.key, [run])[run])

    def waiting_jobs(self) -> Waiting:
        """Tell what waits in the whole installation, for the metrics."""
        with self.keeping.read() as reading:
            return reading.outbox.waiting(now=self.clock.now())

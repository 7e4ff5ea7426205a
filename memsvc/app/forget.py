"""Forget: delete turns, streams, documents and spaces with everything that was derived from them.

Rows, terms and vectors go in one unit; the indexes in memory have let go before it answers. The
ledger keeps that something was deleted, by id, and a digest that its space's secret keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from memsvc.app.episodes import Episodes
from memsvc.app.fingerprints import deletion
from memsvc.app.look_up import the_document, the_space, the_stream, the_turn
from memsvc.app.quarantine import drop_held
from memsvc.domain.access import Access, Role
from memsvc.domain.document import Document
from memsvc.domain.errors import StreamOwned
from memsvc.domain.ids import DocumentName, Position, SpaceKey, SpaceName, StreamName, TurnId
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space, Standing, Stream, Turn, pages
from memsvc.domain.recall import Filter
from memsvc.domain.work import Step
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.records import Extent
from memsvc.ports.world import Clock

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much went. `position` is None when the space itself, with its ledger, is gone."""

    turns: int
    streams: int
    position: Position | None


class Removed(NamedTuple):
    """What deleting turns did: the ledger's position after it, and the events computed anew."""

    position: Position
    touched: Sequence[Extent]


@dataclass(frozen=True, slots=True)
class Forget:
    """The use cases, with what they need."""

    keeping: Keeping
    episodes: Episodes
    clock: Clock

    def turn(self, access: Access, space: SpaceName, turn: TurnId) -> Forgotten:
        """Delete one turn; its number in the stream stays empty. Raises `TurnNotFound`."""

        def work(unit: Unit) -> Forgotten:
            held = the_space(unit, access, space, Role.WRITER)
            found = the_turn(unit, held, turn, now=self.clock.latest())
            position = delete_turns(
                unit, held, [found], self.episodes, actor=access.id, at=self.clock.now()
            )
            return Forgotten(turns=1, streams=0, position=position)

        return self.keeping.write(work)

    def stream(self, access: Access, space: SpaceName, stream: StreamName) -> Forgotten:
        """Delete a stream with all its turns. Raises `StreamNotFound` and `StreamOwned`."""

        def work(unit: Unit) -> Forgotten:
            held = the_space(unit, access, space, Role.WRITER)
            found = the_stream(unit, held.key, stream)
            if found.document is not None:
                raise StreamOwned(found.name, document=found.document)
            now = self.clock.now()
            turns = all_turns(unit, held.key, Filter(streams=(stream,)))
            waiting = unit.quarantine.every(held.key, stream=stream)
            drop_held(unit, held, waiting, actor=access.id, at=now)
            position = delete_streams(
                unit, held, [found], turns, self.episodes, actor=access.id, at=now
            )
            return Forgotten(turns=len(turns), streams=1, position=position)

        return self.keeping.write(work)

    def document(self, access: Access, space: SpaceName, name: DocumentName) -> Forgotten:
        """Delete a document with all its parts and their turns. Raises `DocumentNotFound`."""

        def work(unit: Unit) -> Forgotten:
            held = the_space(unit, access, space, Role.WRITER)
            found = the_document(unit, held.key, name)
            return delete_document(
                unit, held, found, self.episodes, actor=access.id, at=self.clock.now()
            )

        return self.keeping.write(work)

    def space(self, access: Access, space: SpaceName) -> Forgotten:
        """Delete a space with everything in it, its ledger and its secret."""

        def work(unit: Unit) -> Forgotten:
            held = the_space(unit, access, space, Role.ADMIN)
            counts = unit.spaces.counts(held.key)
            unit.spaces.delete(held.key)
            return Forgotten(turns=counts.turns, streams=counts.streams, position=None)

        return self.keeping.write(work)


def delete_turns(
    unit: Unit,
    space: Space,
    turns: Sequence[Turn],
    episodes: Episodes,
    *,
    actor: str,
    at: datetime,
) -> Position:
    """Delete turns, at least one, with everything derived from them, and enter that.

    Events that they were in keep their ids and extents; what was computed from the turns is
    computed from those that are left.
    """
    return remove_turns(unit, space, turns, episodes, actor=actor, at=at).position


def remove_turns(
    unit: Unit,
    space: Space,
    turns: Sequence[Turn],
    episodes: Episodes,
    *,
    actor: str,
    at: datetime,
) -> Removed:
    """Do what `delete_turns` does, and say also which events were mended."""
    keys = [turn.key for turn in turns]
    touched = unit.events.around(space.key, keys)
    owing = unit.turns.delete(space.key, keys)
    unit.outbox.put(space.key, Step.NOTE_VECTORS, owing, now=at)
    position = unit.ledger.append(
        space.key,
        [deletion(Change.TURN_DELETED, turn.id, secret=space.secret) for turn in turns],
        actor=actor,
        at=at,
    )
    episodes.mend(unit, space, touched, version=position, at=at)
    return Removed(position, touched)


def delete_document(
    unit: Unit, space: Space, found: Document, episodes: Episodes, *, actor: str, at: datetime
) -> Forgotten:
    """Delete a document with all its parts and their turns, and enter that."""
    turns = all_turns(unit, space.key, Filter(documents=(found.name,)))
    streams = [part.stream for part in found.parts]
    delete_streams(unit, space, streams, turns, episodes, actor=actor, at=at)
    unit.documents.delete(space.key, found.key)
    entry = deletion(Change.DOCUMENT_DELETED, found.name, secret=space.secret)
    position = unit.ledger.append(space.key, [entry], actor=actor, at=at)
    return Forgotten(turns=len(turns), streams=len(streams), position=position)


def delete_streams(
    unit: Unit,
    space: Space,
    streams: Sequence[Stream],
    turns: Sequence[Turn],
    episodes: Episodes,
    *,
    actor: str,
    at: datetime,
) -> Position:
    """Delete streams, at least one, with their events and all their turns, and enter that.

    Turns of other streams may be among `turns`. Events go first: what goes is not mended.
    """
    keys = [stream.key for stream in streams]
    episodes.delete(unit, space, keys, actor=actor, at=at)
    if turns:
        delete_turns(unit, space, turns, episodes, actor=actor, at=at)
    unit.streams.delete(space.key, keys)
    return unit.ledger.append(
        space.key,
        [deletion(Change.STREAM_DELETED, stream.name, secret=space.secret) for stream in streams],
        actor=actor,
        at=at,
    )


def all_turns(
    reading: Reading | Unit, space: SpaceKey, where: Filter, *, standing: Standing | None = None
) -> list[Turn]:
    """Return every turn that the filter lets through, in the order of writing.

    Those that have expired are among them unless `standing` says which have not.
    """
    walk = pages(
        lambda cursor: reading.turns.page(space, where, after=cursor, limit=PAGE, standing=standing)
    )
    return [turn for page in walk for turn in page.items]

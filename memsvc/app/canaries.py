"""Canaries: planted in a space to be looked for everywhere else, and after it is gone."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from memsvc.app.append import Append, Author
from memsvc.app.fingerprints import canaries_digest
from memsvc.app.found import make_space
from memsvc.app.look_up import the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.canary import ROLE, STREAM, Canary, Sighting, Words
from memsvc.domain.errors import StreamOwned
from memsvc.domain.ids import CanaryId, Position, SpaceName
from memsvc.domain.ledger import Change
from memsvc.domain.memory import NewTurn, Source
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look for the canaries of a space found: those planted, and where one should not be."""

    canaries: Sequence[Canary]
    sightings: Sequence[Sighting]


@dataclass(frozen=True, slots=True)
class Canaries:
    """The use cases, with what they need. Each needs an admin: who knows a canary can hide it."""

    keeping: Keeping
    append: Append
    clock: Clock

    def plant(
        self, access: Access, space: SpaceName, *, count: int
    ) -> tuple[list[Canary], Position]:
        """Write so many sentences that stand nowhere else, each a turn, and enter them.

        A space of a new name is made. Raises `StreamOwned` when a document keeps their stream.
        """
        access.require(Role.ADMIN, space=space)
        ids = self.append.ids
        words = [Words(ids.secret()) for _ in range(count)]
        turns = [NewTurn(ROLE, one.sentence, source=Source.DOCUMENT) for one in words]
        ready = self.append.make_ready(turns, embed_later=False)

        def work(unit: Unit) -> tuple[list[Canary], Position]:
            held = unit.spaces.find(space) or make_space(
                unit, space, access, clock=self.clock, ids=ids
            )
            stream = unit.streams.find(held.key, STREAM)
            if stream is not None and stream.document is not None:
                raise StreamOwned(stream.name, document=stream.document)
            author = Author(access.id, self.clock.now())
            stream = stream or self.append.make_stream(
                unit, held, STREAM, title=None, author=author
            )
            kept = self.append.keep(unit, held, [(stream, ready)], author=author).turns[0]
            planted = {
                turn.key: Canary(
                    CanaryId(ids.new("cn")),
                    held.key,
                    held.name,
                    turn.id,
                    one.seed,
                    hashlib.sha256(one.sentence.encode()).digest(),
                    author.now,
                    access.id,
                    stands=True,
                )
                for turn, one in zip(kept, words, strict=True)
            }
            unit.canaries.add(held.key, planted)
            digest = canaries_digest(list(planted.values()), secret=held.secret)
            entry = EntryDraft(Change.CANARIES_PLANTED, STREAM, digest)
            position = unit.ledger.append(held.key, [entry], actor=access.id, at=author.now)
            return list(planted.values()), position

        return self.keeping.write(work)

    def planted(self, access: Access, space: SpaceName) -> tuple[list[Canary], Position]:
        """Return the canaries of a space, those included whose turns are gone."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.ADMIN)
            return reading.canaries.of_space(held.key), held.position

    def check(self, access: Access, space: SpaceName) -> Looked:
        """Look for the canaries of a space in every row of the installation.

        What was found in a space that the key may not see is told without its name.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.ADMIN)
            canaries = reading.canaries.of_space(held.key)
            found = reading.canaries.sightings(canaries)
        return Looked(
            canaries,
            [
                one if one.space is None or access.sees(one.space) else _unnamed(one)
                for one in found
            ],
        )


def _unnamed(sighting: Sighting) -> Sighting:
    return Sighting(sighting.canary, sighting.where, None, sighting.rows)

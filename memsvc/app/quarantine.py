"""Quarantine: see what is held, and decide on it.

What is released becomes the turn that it would have been, under the id that it was held by, at the
end of its stream, and the note besides that it was to be. What is rejected is purged but for a
digest of its words. Either is for good, and saying it again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memsvc.app.append import Append, Author, Ready
from memsvc.app.fingerprints import deletion, text_digest
from memsvc.app.keep_notes import NoteWork, outright
from memsvc.app.look_up import the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.admission import Ruling
from memsvc.domain.errors import HeldElsewise, HeldNotFound, StreamOwned, TurnConflict
from memsvc.domain.ids import Position, SpaceName, TurnId
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.memory import Page, Space
from memsvc.domain.quarantine import Held
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided on something held, and the ledger's position after it."""

    id: TurnId
    ruling: Ruling
    position: Position


@dataclass(frozen=True, slots=True)
class Quarantine:
    """The use cases, with what they need. All raise `SpaceNotFound`."""

    keeping: Keeping
    append: Append
    clock: Clock

    def page(
        self, access: Access, space: SpaceName, *, after: str | None, limit: int
    ) -> Page[Held]:
        """List what is held, in the order of writing. Needs an admin: it may hold secrets."""
        with self.keeping.read() as reading:
            found = the_space(reading, access, space, Role.ADMIN)
            standing = found.settings.standing(self.clock.latest())
            return reading.quarantine.page(found.key, standing=standing, after=after, limit=limit)

    def release(self, access: Access, space: SpaceName, held: TurnId) -> Decided:
        """Keep the turn after all. Needs an admin.

        Its stream is made if it is not there. Raises `HeldNotFound`; `HeldElsewise` when it was
        rejected; `TurnConflict` when its stream has a turn of its client's id by now, and
        `StreamOwned` when that is a document's.
        """
        with self.keeping.read() as reading:
            found = the_space(reading, access, space, Role.ADMIN)
            waiting = _the_held(reading, found, held, now=self.clock.latest())
        ready: list[Ready] = []
        if waiting.ruling is Ruling.HELD:
            turn = replace(waiting.turn, at=waiting.happened_at)
            made = self.append.make_ready([turn], embed_later=False)
            one = replace(made[0], id=held, digest=waiting.content_digest)
            ready = [replace(one, echo_of=waiting.turn.echo_of)]

        def work(unit: Unit) -> Decided:
            found = the_space(unit, access, space, Role.ADMIN)
            waiting = _the_held(unit, found, held, now=self.clock.latest())
            if waiting.ruling is Ruling.HELD:
                self._keep(unit, found, waiting, ready, actor=access.id)
            return _decided(unit, found, waiting, Ruling.RELEASED)

        return self.keeping.write(work)

    def reject(self, access: Access, space: SpaceName, held: TurnId) -> Decided:
        """Purge its text, and refuse the same words from now on. Needs a writer.

        Raises `HeldNotFound`; `HeldElsewise` when it was released.
        """

        def work(unit: Unit) -> Decided:
            found = the_space(unit, access, space, Role.WRITER)
            waiting = _the_held(unit, found, held, now=self.clock.latest())
            if waiting.ruling is Ruling.HELD:
                words = text_digest(waiting.turn.content, secret=found.secret)
                unit.quarantine.reject(found.key, held, words=words)
                _enter(unit, found, Change.TURN_REJECTED, held, access, at=self.clock.now())
            return _decided(unit, found, waiting, Ruling.REJECTED)

        return self.keeping.write(work)

    def _keep(
        self, unit: Unit, space: Space, held: Held, ready: Sequence[Ready], *, actor: str
    ) -> None:
        author = Author(actor, self.clock.now(), held.user_id, held.agent_id)
        stream = unit.streams.find(space.key, held.stream)
        if stream is not None and stream.document is not None:
            raise StreamOwned(stream.name, document=stream.document)
        client_id = held.turn.client_id
        if (
            stream is not None
            and client_id is not None
            and unit.turns.known(space.key, stream.key, [client_id])
        ):
            raise TurnConflict(client_id)
        stream = stream or self.append.make_stream(
            unit, space, held.stream, title=held.title, author=author
        )
        ((turn,),) = self.append.keep(unit, space, [(stream, ready)], author=author).turns
        if held.note is not None:
            work = NoteWork(unit, space, self.append.embedder.fingerprint, actor, author.now)
            work.add([outright(turn, held.note, maker=held.actor)])
        unit.quarantine.release(space.key, held.id)
        digest = digest_of({"released": held.id}, secret=space.secret)
        entry = EntryDraft(Change.TURN_RELEASED, held.id, digest)
        unit.ledger.append(space.key, [entry], actor=actor, at=author.now)


def drop_held(unit: Unit, space: Space, held: Sequence[Held], *, actor: str, at: datetime) -> None:
    """Delete what is held, because it was forgotten or has expired, and enter that."""
    if held:
        unit.quarantine.delete(space.key, [each.id for each in held])
        entries = [deletion(Change.HELD_DELETED, each.id, secret=space.secret) for each in held]
        unit.ledger.append(space.key, entries, actor=actor, at=at)


def _the_held(reading: Reading | Unit, space: Space, held: TurnId, *, now: datetime) -> Held:
    found = reading.quarantine.get(space.key, held)
    if found is None:
        raise HeldNotFound(held)
    if found.ruling is Ruling.HELD:
        until = space.settings.stands_until(found.turn.expires_at, written_at=found.at)
        if until is not None and until <= now:
            raise HeldNotFound(held)
    return found


def _decided(unit: Unit, space: Space, held: Held, ruling: Ruling) -> Decided:
    """Say what holds now; refuse what was decided otherwise before."""
    if held.ruling not in {Ruling.HELD, ruling}:
        raise HeldElsewise(held.id, ruling=held.ruling.value)
    return Decided(held.id, ruling, Position(unit.ledger.next_position(space.key) - 1))


def _enter(
    unit: Unit, space: Space, change: Change, held: TurnId, access: Access, *, at: datetime
) -> None:
    entry = deletion(change, held, secret=space.secret)
    unit.ledger.append(space.key, [entry], actor=access.id, at=at)

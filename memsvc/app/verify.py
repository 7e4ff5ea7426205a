"""Verify: check a space's ledger, and the turns that it speaks of, against each other."""

from dataclasses import dataclass

from memsvc.app.fingerprints import revision_digest, turn_digest
from memsvc.app.look_up import the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.ids import Position, SpaceName, TurnId
from memsvc.domain.ledger import GENESIS, Change, Entry, Verdict, chain
from memsvc.domain.memory import Space, Turn, TurnVersion
from memsvc.ports.keeping import Keeping, Reading

PAGE = 2_000


@dataclass(slots=True)
class _Walk:
    """How far the check has come."""

    head: bytes = GENESIS
    position: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Verify:
    """The use case, with what it needs."""

    keeping: Keeping

    def __call__(self, access: Access, space: SpaceName) -> Verdict:
        """Recompute every hash and digest of the space's ledger.

        Checked are: no position is missing; each entry hashes onto the one before; the last has
        the position that the space remembers; every turn added and not deleted has a row; and that
        row, as it was written and after each edit, has the digests that were entered.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            walk = _Walk()
            gone = _deleted(reading, held)
            while entries := reading.ledger.page(
                held.key, after=Position(walk.position), limit=PAGE
            ):
                for entry in entries:
                    try:
                        reason = _wrong(reading, held, entry, walk, gone)
                    except (TypeError, ValueError) as error:  # a row that rows.py cannot read
                        reason = f"the turn that it speaks of cannot be read ({error})"
                    if reason is not None:
                        return Verdict(False, walk.position, walk.head, entry.position, reason)
            if walk.position != held.position:
                return Verdict(
                    False,
                    walk.position,
                    walk.head,
                    Position(walk.position + 1),
                    f"the space stands at position {held.position} and its ledger ends before",
                )
            return Verdict(True, walk.position, walk.head, None, None)


def _deleted(reading: Reading, space: Space) -> set[str]:
    gone: set[str] = set()
    after = Position(0)
    while entries := reading.ledger.page(space.key, after=after, limit=PAGE):
        gone.update(entry.subject for entry in entries if entry.change is Change.TURN_DELETED)
        after = entries[-1].position
    return gone


def _wrong(reading: Reading, space: Space, entry: Entry, walk: _Walk, gone: set[str]) -> str | None:
    """Take one step; return what does not fit, if anything."""
    if entry.position != walk.position + 1:
        return f"position {walk.position + 1} is missing"
    walk.head = chain(
        walk.head,
        position=entry.position,
        change=entry.change,
        subject=entry.subject,
        digest=entry.digest,
        actor=entry.actor,
        at=entry.at,
    )
    walk.position = entry.position
    if walk.head != entry.hash:
        return "its hash does not follow from the entry before it"
    if entry.change in (Change.TURN_ADDED, Change.TURN_REVISED) and entry.subject not in gone:
        return _wrong_turn(reading, space, entry)
    return None


def _wrong_turn(reading: Reading, space: Space, entry: Entry) -> str | None:
    turn = reading.turns.get(space.key, TurnId(entry.subject))
    if turn is None:
        return "the turn that it speaks of has no row and was never deleted"
    versions = {
        version.position: version
        for version in (
            *reading.turns.versions(space.key, turn.key),
            TurnVersion(turn.version, turn.place, turn.metadata),
        )
    }
    version = versions.get(entry.position)
    if version is None:
        return "the version of the turn that it speaks of is missing"
    if _digest(entry, turn, version, secret=space.secret) != entry.digest:
        return "the turn that it speaks of has other content now"
    return None


def _digest(entry: Entry, turn: Turn, version: TurnVersion, *, secret: bytes) -> bytes:
    """Return what the entry must hold if the turn's row is as it was then."""
    place, metadata = version.place, version.metadata
    if entry.change is Change.TURN_REVISED:
        return revision_digest(place=place, metadata=metadata, secret=secret)
    return turn_digest(turn, place=place, metadata=metadata, secret=secret)

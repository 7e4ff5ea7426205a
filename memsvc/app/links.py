"""Links between notes: made, read from both ends, and taken back."""

from dataclasses import dataclass

from memsvc.app.keep_notes import NoteWork
from memsvc.app.look_up import the_link, the_note, the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import InvalidField
from memsvc.domain.ids import LinkId, NoteId, Position, SpaceName
from memsvc.domain.memory import Fingerprint, Page
from memsvc.domain.note import Link, LinkKind, Making
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.notes import LinkDraft
from memsvc.ports.world import Clock, Ids


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link as a caller hands it in; `score` is from 0 to 1."""

    start: NoteId
    end: NoteId
    kind: LinkKind
    score: float = 1.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link as it stands; `is_new` is False for one that stood before."""

    link: Link
    is_new: bool


@dataclass(frozen=True, slots=True)
class Links:
    """The use cases, with what they need. All raise `SpaceNotFound`."""

    keeping: Keeping
    clock: Clock
    ids: Ids
    fingerprint: Fingerprint

    def make(self, access: Access, space: SpaceName, new: NewLink) -> MadeLink:
        """Link a note to another; one of this kind that stands already is answered as it is.

        Raises `NoteNotFound`, and `InvalidField` for a note linked to itself.
        """

        def work(unit: Unit) -> MadeLink:
            held = the_space(unit, access, space, Role.WRITER)
            now = self.clock.latest()
            start, end = (the_note(unit, held, note, now=now) for note in (new.start, new.end))
            if start.key == end.key:
                raise InvalidField(
                    "end: a note is not linked to itself; name another.", field="end"
                )
            there = unit.links.between(held.key, start.key, end.key, new.kind)
            if there is not None:
                return MadeLink(there, is_new=False)
            draft = LinkDraft(
                id=LinkId(self.ids.new("l")),
                start=start.key,
                end=end.key,
                kind=new.kind,
                score=new.score,
                making=Making(maker=access.id, reason=" ".join(new.reason.split())),
            )
            doing = NoteWork(unit, held, self.fingerprint, access.id, self.clock.now())
            return MadeLink(doing.link([draft])[0], is_new=True)

        return self.keeping.write(work)

    def get(self, access: Access, space: SpaceName, link: LinkId) -> Link:
        """Return a link. Raises `LinkNotFound`."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            return the_link(reading, held, link, now=self.clock.latest())

    def page(
        self,
        access: Access,
        space: SpaceName,
        *,
        note: NoteId | None,
        after: str | None,
        limit: int,
    ) -> Page[Link]:
        """List links in the order of making: all, or those at a note. Raises `NoteNotFound`."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            now = self.clock.latest()
            return reading.links.page(
                held.key,
                note=None if note is None else the_note(reading, held, note, now=now).key,
                after=after,
                limit=limit,
                standing=held.settings.standing(now),
            )

    def retire(self, access: Access, space: SpaceName, link: LinkId) -> Position:
        """Take a link back; made again it is another. Raises `LinkNotFound`."""

        def work(unit: Unit) -> Position:
            held = the_space(unit, access, space, Role.WRITER)
            found = the_link(unit, held, link, now=self.clock.latest())
            now = self.clock.now()
            NoteWork(unit, held, self.fingerprint, access.id, now).unlink([found])
            return Position(unit.ledger.next_position(held.key) - 1)

        return self.keeping.write(work)

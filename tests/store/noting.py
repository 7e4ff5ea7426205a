"""Steps that change the notes of a space, for tests of indexes that follow."""

from memsvc.app.keep_notes import NoteWork
from memsvc.domain.ids import EventId, LinkId, NoteId, Position
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Source, Space, Turn
from memsvc.domain.note import Facets, LinkKind, Making, Note
from memsvc.domain.recall import Filter
from memsvc.ports.keeping import Unit
from memsvc.ports.notes import LinkDraft, NoteDraft, NotesSought, Revision
from memsvc.world import CountingIds
from tests.store.opened import EAST, MODEL, NORTH, NOW, WEST, enter

VECTORS = (EAST, WEST, NORTH, None)
NOTING = ("note", "revise note", "embed note", "retire", "restore", "unnote", "link", "unlink")


def note_step(
    what: str, unit: Unit, space: Space, turns: list[Turn], *, which: int, ids: CountingIds
) -> None:
    """Take one step with the notes of a space, if it can be taken."""
    work = NoteWork(unit, space, MODEL, "test", NOW)
    notes = list(unit.notes.page(space.key, NotesSought(), after=None, limit=100).items)
    if what == "note" and turns:
        work.add([_draft(turns, notes, which=which, ids=ids)])
    elif what == "restore":
        retired = _retired(unit, space)
        work.restore({note: Making("test", "") for note in retired[which % 3 :][:1]})
    elif not notes:
        return
    else:
        _with_notes(what, work, notes, which=which, ids=ids)


def _retired(unit: Unit, space: Space) -> list[NoteId]:
    """Return the notes that were taken back."""
    seen = {each.id for each in unit.receipts.noted(space.key, after=Position(0))}
    return sorted(each for each in seen if unit.notes.retired(space.key, each) is not None)


def _draft(turns: list[Turn], notes: list[Note], *, which: int, ids: CountingIds) -> NoteDraft:
    cause = notes[which % len(notes)].id if notes and which % 3 == 0 else None
    vector = VECTORS[which % 4]
    return NoteDraft(
        NoteId(ids.new("n")),
        f"note {which}",
        Facets(tags=(f"t{which}",)),
        [turn.key for turn in turns],
        EventId("e"),
        Source.USER,
        NOW,
        Making("test", "", because=cause),
        None if vector is None else vector[None],
    )


def _with_notes(
    what: str, work: NoteWork, notes: list[Note], *, which: int, ids: CountingIds
) -> None:
    note, other = notes[which % len(notes)], notes[(which + 1) % len(notes)]
    unit, space = work.unit, work.space.key
    if what == "revise note":
        cause = other.id if which % 2 and other.key != note.key else None
        vector = VECTORS[which % 4]
        change = Revision(
            note.key,
            Facets(tags=(f"r{which}",)),
            Making("test", "", because=cause),
            None if vector is None else vector[None],
        )
        work.revise({note.id: change})
    elif what == "embed note":
        page = unit.turns.page(space, Filter(), after=None, limit=100)
        turns = [turn.key for turn in page.items]
        missing = unit.notes.without_vector(space, turns, fingerprint=MODEL)
        if not missing:
            return
        unit.notes.embed(space, {each.key: EAST[None] for each in missing}, fingerprint=MODEL)
        enter(unit, work.space, Change.NOTE_EMBEDDED, [each.id for each in missing])
    elif what == "retire":
        work.retire([note])
    elif what == "unnote":
        work.delete([note])
    elif what == "link" and note.key != other.key:
        making = Making("test", "", because=other.id if which % 2 else None)
        draft = LinkDraft(LinkId(ids.new("l")), note.key, other.key, LinkKind.RELATED, 0.5, making)
        work.link([draft])
    elif what == "unlink":
        found = unit.links.page(space, note=None, after=None, limit=100).items
        work.unlink(list(found[which % (len(found) + 1) :][:1]))

"""Undo a run of enrichment: what it made is taken back, what it replaced stands again.

What a person has changed since is left as it is, and told.
"""

from collections.abc import Sequence

from memsvc.app.keep_notes import NoteWork
from memsvc.app.state_digest import link_of, note_of
from memsvc.domain.ids import NoteKey, Position, RunId
from memsvc.domain.note import Making, Note, NoteVersion
from memsvc.domain.rollback import Thing, Undoing, Undone
from memsvc.ports.notes import Revision


def undo_run(work: NoteWork, run: RunId, *, reason: str) -> list[Undone]:
    """Take back what a run made in the space of `work`; return what was changed or kept.

    A note that it made is retired, unless a person edited it later. Of another the version before
    the run's stands again, as a version of its own, unless something came after. Its links go.
    """
    unit, space = work.unit, work.space
    links = unit.links.made_in(space.key, run)
    work.unlink(links)
    undone = [
        Undone(Thing.LINK, link.id, Undoing.RETIRED, link_of(link, space), None) for link in links
    ]
    retired: list[Note] = []
    before: dict[NoteKey, tuple[Note, NoteVersion]] = {}
    for note in unit.notes.made_in(space.key, run):
        versions = unit.notes.versions(space.key, note.key)
        if versions[0].making.run == run:
            if _is_edited(versions, run):
                undone.append(_kept(work, note))
            else:
                retired.append(note)
        elif versions[-1].making.run != run:
            undone.append(_kept(work, note))
        else:
            last = [version for version in versions if version.making.run != run][-1]
            before[note.key] = (note, last)
    work.retire(retired)
    undone += [
        Undone(Thing.NOTE, note.id, Undoing.RETIRED, note_of(note, space), None) for note in retired
    ]
    return undone + _revised(work, before, reason=reason)


def _revised(
    work: NoteWork, before: dict[NoteKey, tuple[Note, NoteVersion]], *, reason: str
) -> list[Undone]:
    unit, space = work.unit, work.space
    of_version: dict[NoteKey, Position] = {
        key: version.position for key, (_, version) in before.items()
    }
    vectors = unit.notes.vectors_at(space.key, of_version, fingerprint=work.fingerprint)
    work.revise(
        {
            note.id: Revision(key, version.facets, Making(work.actor, reason), vectors.get(key))
            for key, (note, version) in before.items()
        }
    )
    now = {note.key: note for note in unit.notes.by_keys(space.key, list(before))}
    return [
        Undone(Thing.NOTE, note.id, Undoing.REVISED, note_of(note, space), note_of(now[key], space))
        for key, (note, _) in before.items()
    ]


def _is_edited(versions: Sequence[NoteVersion], run: RunId) -> bool:
    """Tell whether a person has changed what the run made."""
    first = next(n for n, version in enumerate(versions) if version.making.run == run)
    return any(not version.making.is_by_machine for version in versions[first:])


def _kept(work: NoteWork, note: Note) -> Undone:
    said = note_of(note, work.space)
    return Undone(Thing.NOTE, note.id, Undoing.KEPT, said, said)

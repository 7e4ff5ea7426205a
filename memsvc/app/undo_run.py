"""Undo a run of enrichment: what it made is taken back, what it replaced stands again.

What a person has changed since is left as it is, and told.
"""

from collections.abc import Iterator, Sequence

from memsvc.app.enter_facts import said_by, take_back_said
from memsvc.app.keep_notes import NoteWork
from memsvc.app.state_digest import fact_of, link_of, note_of, ruling_of
from memsvc.app.superseding_facts import take_back
from memsvc.app.titles import take_back as take_back_titles
from memsvc.domain.ids import NoteKey, Position, RunId
from memsvc.domain.memory import ALWAYS
from memsvc.domain.note import Making, Note, NoteVersion
from memsvc.domain.rollback import Thing, Undoing, Undone
from memsvc.ports.notes import Revision


def undo_run(work: NoteWork, run: RunId, *, reason: str) -> list[Undone]:
    """Take back what a run made in the space of `work`; return what was changed or kept.

    Facts that it read are said by its turns no longer, and its rulings are taken back. A note that
    it made is retired, unless a person edited it later. Of another the version before
    the run's stands again, as a version of its own, unless something came after. Its links go, and
    the titles that it gave.
    """
    unit, space = work.unit, work.space
    facts = [*_rulings_taken_back(work, run), *_facts_unsaid(work, run)]
    untitled = take_back_titles(
        unit, space, unit.titles.made_in(space.key, run), actor=work.actor, at=work.now
    )
    links = unit.links.made_in(space.key, run)
    work.unlink(links)
    undone = [
        *facts,
        *untitled,
        *(
            Undone(Thing.LINK, link.id, Undoing.RETIRED, link_of(link, space), None)
            for link in links
        ),
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


def _rulings_taken_back(work: NoteWork, run: RunId) -> Iterator[Undone]:
    """Take back what a run judged of facts."""
    unit, space = work.unit, work.space
    made = unit.rulings.made_in(space.key, run)
    facts = unit.facts.of_ids(space.key, [ruling.fact for ruling in made])
    for ruling in made:
        fact = facts[ruling.fact]
        take_back(unit, space, fact, [ruling], actor=work.actor, now=work.now)
        yield Undone(Thing.RULING, ruling.id, Undoing.RETIRED, ruling_of(ruling, space), None)


def _facts_unsaid(work: NoteWork, run: RunId) -> Iterator[Undone]:
    """Have turns no longer say what a run read in them; what others stated stays said."""
    unit, space = work.unit, work.space
    found = unit.facts.said_in(space.key, run)
    turns = sorted({turn for fact in found for turn in fact.turns})
    keys = unit.turns.keys_of(space.key, turns, standing=ALWAYS)
    unsaid = {fact: [one for one in said_by(fact, keys) if one.run == run] for fact in found}
    take_back_said(unit, space, unsaid, actor=work.actor, now=work.now)
    after = unit.facts.of_ids(space.key, [fact.id for fact in found])
    for fact in found:
        left = after[fact.id]
        undoing = Undoing.REVISED if left.sayings else Undoing.RETIRED
        said = fact_of(left, space) if left.sayings else None
        yield Undone(Thing.FACT, fact.id, undoing, fact_of(fact, space), said)


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

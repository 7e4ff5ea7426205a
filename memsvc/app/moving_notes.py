"""What an export tells of notes and links, and how an import keeps them.

A note keeps its id and comes whole, with all its versions, in one unit of work. It needs every turn
that it hangs on: without one of them, or deleted here, it is left out, and so is what is known
because of it, wherever it is known (`untainted`). A version may come before the note that caused
it; such a note waits until that is there, or until it is clear that it does not come.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from memsvc.app.keep_notes import NoteWork
from memsvc.app.moving import Gone, MovedLink
from memsvc.domain.errors import LineConflict
from memsvc.domain.ids import EventId, NoteId, NoteKey, TurnId, TurnKey
from memsvc.domain.memory import Standing, least_trusted
from memsvc.domain.note import Link, Note, untainted
from memsvc.ports.models import Matrix
from memsvc.ports.notes import LinkDraft, MovedNote, MovedVersion, NoteDraft, Revision


@dataclass(frozen=True, slots=True)
class NotesMet:
    """The notes that wait for others, with their lines' numbers, and those that do not come."""

    waiting: tuple[tuple[int, MovedNote], ...] = ()
    left_out: frozenset[NoteId] = frozenset()


@dataclass(frozen=True, slots=True)
class NotesHere:
    """What an import of notes looks at and works with in one unit.

    `aliases` has the ids of turns that are here under another one; `fingerprint` names the model of
    the vectors that come; up to the line `kept` all was dealt with.
    """

    work: NoteWork
    passing: Gone
    aliases: Mapping[TurnId, TurnId]
    standing: Standing
    fingerprint: str
    kept: int


def moved_link(link: Link) -> MovedLink:
    """Return a link as it goes."""
    return MovedLink(link.id, link.start, link.end, link.kind, link.score, link.making)


def keep_notes(
    here: NotesHere, coming: Sequence[tuple[int, MovedNote]], met: NotesMet, *, is_all: bool
) -> tuple[int, int, NotesMet]:
    """Keep the notes that come and those that waited.

    Return how many came in, how many were left out, and what is met now. With `is_all` no further
    one comes, and none goes on waiting. Raises `LineConflict`.
    """
    every = (*met.waiting, *coming)
    if not every:
        return 0, 0, met
    unit, space = here.work.unit, here.work.space.key
    causes = {cause for _, note in every for cause in _causes(note)}
    known = unit.notes.as_added(space, sorted({note.id for _, note in every} | causes))
    fresh = _fresh(every, known, kept=here.kept)
    turns = {
        turn: here.aliases.get(turn, turn) for _, note in fresh.values() for turn in note.turns
    }
    keys = unit.turns.keys_of(space, sorted(set(turns.values())), standing=here.standing)
    held = {turn: keys[is_] for turn, is_ in turns.items() if is_ in keys}
    left_out = set(met.left_out)
    left_out.update(
        note.id
        for _, note in fresh.values()
        if note.id in here.passing.notes or not held.keys() >= set(note.turns)
    )
    ready = _without(fresh, left_out)
    while blocked := _blocked(ready, known):
        if is_all:
            left_out.update(cause for each in blocked.values() for cause in each)
            ready = _without(ready, left_out)
        else:
            ready = {id_: each for id_, each in ready.items() if id_ not in blocked}
    waiting = tuple(each for id_, each in fresh.items() if id_ not in ready and id_ not in left_out)
    _add(here, [note for _, note in ready.values()], held)
    dropped = len(fresh.keys() & left_out)
    return len(ready), dropped, NotesMet(waiting, frozenset(left_out))


def keep_links(here: NotesHere, coming: Sequence[MovedLink]) -> int:
    """Link the notes that are here as it comes; return how many links were made.

    Passed over are links that are here or were taken back here, and those made because of a note
    that is not here.
    """
    wanted = [link for link in coming if link.id not in here.passing.links]
    if not wanted:
        return 0
    unit, space = here.work.unit, here.work.space.key
    ends = unit.notes.of_ids(
        space, sorted({id_ for each in wanted for id_ in (each.start, each.end)})
    )
    because = {each.making.because for each in wanted if each.making.because is not None}
    causes = unit.notes.as_added(space, sorted(because))
    made = 0
    for link in wanted:
        start, end, cause = ends.get(link.start), ends.get(link.end), link.making.because
        if start is None or end is None or start.key == end.key:
            continue
        if cause is not None and cause not in causes:
            continue
        is_here = unit.links.get(space, link.id) is not None
        if is_here or unit.links.between(space, start.key, end.key, link.kind) is not None:
            continue
        draft = LinkDraft(link.id, start.key, end.key, link.kind, link.score, link.making)
        made += len(here.work.link([draft]))
    return made


def _causes(note: MovedNote) -> set[NoteId]:
    because = (version.said.making.because for version in note.versions)
    return {cause for cause in because if cause is not None and cause != note.id}


_Numbered = dict[NoteId, tuple[int, MovedNote]]


def _fresh(
    every: Iterable[tuple[int, MovedNote]], known: Mapping[NoteId, Note], *, kept: int
) -> _Numbered:
    """Return the notes that are not here. Raises `LineConflict`."""
    fresh: _Numbered = {}
    for number, note in every:
        there = known.get(note.id) or fresh.get(note.id, (0, None))[1]
        if there is None:
            fresh[note.id] = number, note
        elif (there.content, there.at) != (note.content, note.at):
            raise LineConflict(note.id, line=number, kept=kept)
    return fresh


def _without(notes: _Numbered, left_out: set[NoteId]) -> _Numbered:
    """Return what is left of notes without those that are left out, which may become more."""
    while True:
        before = len(left_out)
        found: _Numbered = {}
        for id_, (number, note) in notes.items():
            versions = () if id_ in left_out else _cleaned(note.versions, left_out)
            if versions:
                found[id_] = number, replace(note, versions=versions)
            else:
                left_out.add(id_)
        if len(left_out) == before:
            return found


def _cleaned(versions: Sequence[MovedVersion], left_out: set[NoteId]) -> tuple[MovedVersion, ...]:
    """Return what is left of versions; one that says something else then has no vector yet."""
    came = {version.said.position: version for version in versions}
    return tuple(
        MovedVersion(left, came[left.position].vector)
        if left == came[left.position].said
        else MovedVersion(left)
        for left in untainted([version.said for version in versions], left_out)
    )


def _blocked(ready: _Numbered, known: Mapping[NoteId, Note]) -> dict[NoteId, set[NoteId]]:
    """Return the notes with a cause that neither is here nor comes along, and these causes."""
    there = ready.keys() | known.keys()
    missing = {id_: _causes(note) - there for id_, (_, note) in ready.items()}
    return {id_: causes for id_, causes in missing.items() if causes}


def _add(here: NotesHere, notes: Sequence[MovedNote], held: Mapping[TurnId, TurnKey]) -> None:
    unit, space = here.work.unit, here.work.space.key
    on = {note.id: list(dict.fromkeys(held[turn] for turn in note.turns)) for note in notes}
    sources = {
        turn.key: turn.source
        for turn in unit.turns.by_keys(space, sorted({key for keys in on.values() for key in keys}))
    }
    drafts = []
    for note in notes:
        first = note.versions[0]
        drafts.append(
            NoteDraft(
                note.id,
                note.content,
                first.said.facets,
                on[note.id],
                None if note.event is None else _event(here, note.event, on[note.id]),
                least_trusted([note.source, *(sources[key] for key in on[note.id])]),
                note.at,
                first.said.making,
                _vector(here, first),
                first.said.at,
            )
        )
    added: dict[NoteId, NoteKey] = {note.id: note.key for note in here.work.add(drafts)}
    for later in zip_longest(*(note.versions[1:] for note in notes)):
        here.work.revise(
            {
                note.id: Revision(
                    added[note.id],
                    version.said.facets,
                    version.said.making,
                    _vector(here, version),
                    version.said.at,
                )
                for note, version in zip(notes, later, strict=True)
                if version is not None
            }
        )


def _event(here: NotesHere, came: EventId, turns: Sequence[TurnKey]) -> EventId:
    """Return the one event here that all these turns are in; the one that came without such."""
    inside = here.work.unit.events.of_turns(here.work.space.key, turns)
    each = [{event.id for event in inside.get(turn, ())} for turn in turns]
    common = set.intersection(*each)
    return common.pop() if len(common) == 1 else came


def _vector(here: NotesHere, version: MovedVersion) -> Matrix | None:
    """Return a version's vector if it is one that would be made here."""
    wanted = here.work.fingerprint
    fits = (
        version.vector is not None
        and here.fingerprint == wanted.text
        and version.vector.shape == (1, wanted.dimension)
    )
    return version.vector if fits else None

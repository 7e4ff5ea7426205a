"""Note hits: candidates put together to the notes that hang on them.

A note is as good as its best turn and as near to the question as its own vector, half and half; so
one is found whose turns are, and one whose keywords, tags or context tell what its turns do not.
It answers only where each of its turns may, and tells of links only to notes of which that holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from memsvc.app.hits import Ranks, Room, paths_to, ranks_of, why_of, with_seeds
from memsvc.domain.memory import Turn
from memsvc.domain.note import ROLE, Link, Note
from memsvc.domain.recall import ArmScore, Hit, HitNote
from memsvc.ports.vectors import Keys, Scores
from retrieval.pool import Pool

ARM = "note"
OWN = 0.5
"""What a note's own cosine counts for in its score; the rest is its best turn's. Not fitted."""

NEAREST = 100
NEAREST_OF_SOME = 1_000
"""Notes that are looked at because of their own vectors; more where not all may answer."""

NONE = -1


@dataclass(frozen=True, slots=True)
class _Found:
    """Notes that may answer: their own cosines, the place of each one's best turn, their scores."""

    keys: Keys
    cosines: Scores
    places: NDArray[np.int64]
    score: Scores

    def best_first(self) -> list[int]:
        order: list[int] = np.lexsort((self.keys, -self.score)).tolist()
        return order


def note_hits(room: Room, pool: Pool, *, wanted: int) -> list[Hit]:
    """Return the best notes as hits, ties by their keys, oldest first."""
    found = _found(room, pool)
    order = found.best_first()[:wanted]
    keys = [int(found.keys[number]) for number in order]
    rows = {int(note.key): note for note in room.reading.notes.by_keys(room.space, keys)}
    links = _links(room, list(rows.values()))
    best = [int(found.places[number]) for number in order]
    hung = [turn for key in keys for turn in _turns_of(room, [key])[0]]
    turns = room.turns(list(dict.fromkeys([*hung, *with_seeds(pool, _known(best))])))
    ranks = ranks_of(pool)
    own = _own_ranks(found.cosines)
    hits = []
    for number, key, place in zip(order, keys, best, strict=True):
        turn = _turn(room, pool, key, place, turns)
        if key not in rows or turn is None:
            continue  # deleted between the index and the rows
        note = rows[key]
        why = _why(room, pool, ranks, place, turns)
        if not np.isnan(found.cosines[number]):
            cosine = float(found.cosines[number])
            why[ARM] = ArmScore(rank=own[number], score=cosine, share=OWN * max(cosine, 0.0))
        hits.append(
            Hit(
                space=room.name,
                turn=_as_told(turn, note),
                score=float(found.score[number]),
                why=why,
                turns=note.turns,
                note=HitNote(note, tuple(links.get(note.id, ()))),
            )
        )
    return hits


def _found(room: Room, pool: Pool) -> _Found:
    """Return the notes on candidates, and those near to the question, that may answer."""
    ask, knowledge = room.ask, room.ask.indexes.knowledge
    every = {note for on in knowledge.notes_of(pool.keys) for note in on}
    if ask.vector is not None:
        limit = NEAREST if ask.is_open else NEAREST_OF_SOME
        every.update(knowledge.nearest_notes(ask.vector, limit=limit).keys.tolist())
    keys = _answering(room, np.array(sorted(every), dtype=np.int64))
    cosines = np.full(len(keys), np.nan, dtype=np.float32)
    if ask.vector is not None and len(keys):
        cosines = knowledge.note_cosines(ask.vector, keys)
    places = np.full(len(keys), NONE, dtype=np.int64)
    score = OWN * np.maximum(np.nan_to_num(cosines), 0.0)
    for number, turns in enumerate(_turns_of(room, keys.tolist())):
        at = pool.places_of(np.array(turns, dtype=np.int64))
        at = at[at != NONE]
        if len(at):
            places[number] = at[np.argmax(pool.score[at])]
            score[number] += (1 - OWN) * pool.score[places[number]]
    return _Found(keys, cosines, places, score.astype(np.float32))


def _answering(room: Room, notes: Keys) -> Keys:
    """Return those of these notes each of whose turns stands and may answer."""
    hung = _turns_of(room, notes.tolist())
    every = np.array(sorted({turn for turns in hung for turn in turns}), dtype=np.int64)
    every = every[room.ask.indexes.timeline.knows(every)]
    may = set(every[room.ask.answering(every)].tolist())
    through = [bool(turns) and may.issuperset(turns) for turns in hung]
    found: Keys = notes[np.array(through, dtype=bool)]
    return found


def _turns_of(room: Room, notes: Sequence[int]) -> list[tuple[int, ...]]:
    return room.ask.indexes.knowledge.turns_of(np.array(notes, dtype=np.int64))


def _known(places: Sequence[int]) -> list[int]:
    return [place for place in places if place != NONE]


def _turn(room: Room, pool: Pool, note: int, place: int, turns: Mapping[int, Turn]) -> Turn | None:
    """Return the row of a note's best turn: the first where none was a candidate."""
    hung = _turns_of(room, [note])[0]
    if not all(turn in turns for turn in hung):
        return None
    return turns[hung[0] if place == NONE else int(pool.keys[place])]


def _as_told(turn: Turn, note: Note) -> Turn:
    """Return the turn as the note tells it, dated and attributed as that is.

    Nobody counted the note's tokens; as many as none says that it may fit anywhere.
    """
    return replace(
        turn,
        content=note.content,
        at=note.at,
        source=note.source,
        role=ROLE,
        speaker=None,
        tokens=0,
    )


def _why(
    room: Room, pool: Pool, ranks: Ranks, place: int, turns: Mapping[int, Turn]
) -> dict[str, ArmScore]:
    """Say what the arms thought of the best turn, each for its part of the note's score."""
    if place == NONE:
        return {}
    said = why_of(pool, ranks, place, paths_to(room, pool, place, turns))
    return {arm: replace(each, share=(1 - OWN) * each.share) for arm, each in said.items()}


def _own_ranks(cosines: Scores) -> list[int]:
    ranks = np.empty(len(cosines), dtype=np.int64)
    ranks[np.argsort(-cosines, kind="stable")] = np.arange(1, len(cosines) + 1)
    found: list[int] = ranks.tolist()
    return found


def _links(room: Room, shown: Sequence[Note]) -> dict[str, list[Link]]:
    """Return the links at each of these notes, to notes that the question may see."""
    keys = np.array([note.key for note in shown], dtype=np.int64)
    at = room.ask.indexes.knowledge.links_of(keys)
    ends = sorted({end for links in at for link in links for end in (link.start, link.end)})
    if not ends:
        return {}
    seen = _answering(room, np.array(ends, dtype=np.int64)).tolist()
    ids = {note.id for note in room.reading.notes.by_keys(room.space, seen)}
    found = room.reading.links.of_notes(room.space, [note.key for note in shown])
    return {
        note: [link for link in links if link.start in ids and link.end in ids]
        for note, links in found.items()
    }

"""What a step of notes is shown: the event as it is told, and the few notes next to the new one.

All of it comes from rows and from what is in memory of a space; nothing is changed here. At most
`SHOWN` notes are shown, under handles that mean nothing outside the step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from memsvc.domain.ids import TurnId, TurnKey
from memsvc.domain.memory import Fingerprint, Space, Turn
from memsvc.domain.note import Note, handles
from memsvc.ingest.extract.mention import normal, stands_in
from memsvc.ingest.notes.gate import novelty
from memsvc.ingest.notes.links import MOST_NAMED, RARE
from memsvc.ingest.notes.nearby import Near, nearest, usual_novelty
from memsvc.ingest.notes.opposed import may_contradict
from memsvc.ports.indexes import SpaceIndexes
from memsvc.ports.keeping import Reading
from memsvc.ports.models import Vector
from memsvc.ports.notemaker import Neighbour, Shown, Sketch, Told, ToldEvent

SHOWN = 5
"""Notes that a step is shown, and so the most that it can change."""

LOOKED_AT = 32
"""Nearest notes of which those are shown that are nearest, or share rare names."""

FEW, SHARE = 4, 0.02
"""Turns that may name what is rare: four, or one in fifty."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A new note with the notes that it is shown beside, each also by its handle.

    `novelty` is its own, `usual` that of the latest notes.
    """

    new: Shown
    neighbours: Sequence[Neighbour]
    shown: Mapping[str, Note]
    novelty: float
    usual: Sequence[float]


@dataclass(frozen=True, slots=True)
class Counted:
    """How common some words are in a space of so many turns; any other counts as new to it."""

    texts: int
    held: Mapping[str, int]

    def holding(self, terms: Sequence[str]) -> Sequence[int]:
        """Return how many turns hold each term."""
        return [self.held.get(term, 0) for term in terms]


def counts_in(indexes: SpaceIndexes, terms: Sequence[str]) -> Counted:
    """Return how common these terms are in a space, some deleted turns still among them."""
    found = indexes.lexicon.postings(terms)
    held = {term: len(postings.places) for term, postings in found.items()}
    return Counted(len(indexes.timeline), held)


def told(
    source: Sequence[tuple[Turn, str]], title: str | None, *, indexes: SpaceIndexes
) -> ToldEvent:
    """Return an event as a maker is told it: each turn with what of it is in the event."""
    keys = np.array([turn.key for turn, _ in source], dtype=np.int64)
    vectors = indexes.vectors.means(keys)
    mean = vectors.mean(axis=0)
    central = np.maximum(vectors @ (mean / max(float(np.linalg.norm(mean)), 1e-9)), 0.0)
    turns = [
        Told(text, turn.at, turn.speaker, like)
        for (turn, text), like in zip(source, central.tolist(), strict=True)
    ]
    return ToldEvent(turns, title)


def beside(
    sketch: Sketch,
    source: Sequence[Turn],
    vector: Vector,
    *,
    space: Space,
    reading: Reading,
    indexes: SpaceIndexes,
    fingerprint: Fingerprint,
    now: datetime,
) -> Beside:
    """Choose the notes that a new note of these turns is shown beside."""
    keys, vectors = reading.notes.vectors(space.key, fingerprint=fingerprint)
    near = nearest(vector, vectors, limit=LOOKED_AT)
    standing = space.settings.standing(now)
    found = {
        int(note.key): note
        for note in reading.notes.by_keys(
            space.key, [keys[one.place] for one in near], standing=standing
        )
    }
    hung = [turn for note in found.values() for turn in note.turns]
    turns = reading.turns.keys_of(space.key, hung, standing=standing)
    naming = _Naming(indexes, turns)
    own = naming.by([turn.key for turn in source])
    at = max(turn.at for turn in source)
    new = Shown(sketch.content, sketch.facets, at, own)
    ids = frozenset(turn.id for turn in source)
    pairs = [(found[keys[one.place]], one) for one in near if keys[one.place] in found]
    chosen = _best([(note, _neighbour(note, one, new, ids, naming)) for note, one in pairs])
    shown = dict(zip(handles([note.id for note, _ in chosen]), chosen, strict=True))
    return Beside(
        new=new,
        neighbours=[_called(handle, neighbour) for handle, (_, neighbour) in shown.items()],
        shown={handle: note for handle, (note, _) in shown.items()},
        novelty=novelty([one.cosine for one in near]),
        usual=usual_novelty(vectors),
    )


class _Naming:
    """What notes speak of: the names in their turns, without those of who speaks in the space."""

    def __init__(self, indexes: SpaceIndexes, turns: Mapping[TurnId, TurnKey]) -> None:
        self._mentions = indexes.mentions
        self._turns = turns
        self._speakers = [normal(one) for one in indexes.traits.speakers()]
        self._most = max(FEW, SHARE * len(indexes.timeline))
        self._counts: dict[str, int] = {}

    def of(self, turns: Sequence[TurnId]) -> frozenset[str]:
        """Return what those of these turns that are known name."""
        return self.by([self._turns[turn] for turn in turns if turn in self._turns])

    def by(self, turns: Sequence[TurnKey]) -> frozenset[str]:
        """Return what these turns name."""
        numbers = np.unique(self._mentions.named_by_each(np.array(turns, dtype=np.int64)).numbers)
        counts = self._mentions.count_each(numbers)
        names = [self._mentions.name_of(number) for number in numbers.tolist()]
        self._counts.update(zip(names, counts.tolist(), strict=True))
        return frozenset(
            name for name in names if not any(stands_in(name, one) for one in self._speakers)
        )

    def rare(self, names: frozenset[str]) -> tuple[str, ...]:
        """Return those of these names that few turns have, the rarest first."""
        few = [name for name in names if self._counts[name] <= self._most]
        return tuple(sorted(few, key=lambda name: (self._counts[name], name)))


def _neighbour(
    note: Note, near: Near, new: Shown, source: frozenset[TurnId], naming: _Naming
) -> Neighbour:
    names = naming.of(note.turns)
    newer, older = (new.content, note.content)
    if new.at < note.at:
        newer, older = older, newer
    return Neighbour(
        handle="",
        note=Shown(note.content, note.facets, note.at, names),
        cosine=near.cosine,
        is_mutual=near.is_mutual,
        rare=naming.rare(new.names & names),
        is_same_event=not source.isdisjoint(note.turns),
        may_contradict=may_contradict(newer, older, cosine=near.cosine),
    )


def _best(pairs: Sequence[tuple[Note, Neighbour]]) -> list[tuple[Note, Neighbour]]:
    """Return the notes that are to be shown: the nearest, rare names in common counting too."""

    def worth(pair: tuple[Note, Neighbour]) -> float:
        return pair[1].cosine + RARE * min(len(pair[1].rare), MOST_NAMED)

    return sorted(pairs, key=lambda pair: (-worth(pair), pair[0].key))[:SHOWN]


def _called(handle: str, neighbour: Neighbour) -> Neighbour:
    return replace(neighbour, handle=handle)

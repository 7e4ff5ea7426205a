"""The indexes of one space together, and how they take over what a unit of work changed."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from graph.knowledge import KnowledgeGraph
from memsvc.domain.ids import Position, SpaceKey
from memsvc.ports.indexes import NOBODY, Mentions, SpaceIndexes
from store.asking import Asking
from store.delta import Delta
from store.drawn import Drawing, Drawn
from store.episodes import EpisodeColumns
from store.inverted import InvertedFile
from store.knowing import Knowing
from store.known import SpaceKnowledge
from store.mentions import MentionColumns, TurnMentions
from store.merged import Merged
from store.posted import DatabaseWords
from store.snapshots import Arrays
from store.timeline import ArrayTimeline
from store.traits import TraitColumns
from store.vectors.layered import LayeredIndex
from store.vectors.pgvector import DatabaseVectors


@dataclass(slots=True)
class LoadedSpace:
    """The indexes of one space, and the ledger position that they have applied."""

    vectors: LayeredIndex | DatabaseVectors
    timeline: ArrayTimeline
    lexicon: InvertedFile | DatabaseWords
    traits: TraitColumns
    episodes: EpisodeColumns
    mentions: MentionColumns
    knowing: Knowing
    position: int
    drawn: Drawn | None = None
    drawing: Lock = field(default_factory=Lock)

    @classmethod
    def empty(cls, dimension: int) -> Self:
        """Return the indexes of a space that holds nothing."""
        return cls(
            LayeredIndex(dimension),
            ArrayTimeline(),
            InvertedFile(),
            TraitColumns(),
            EpisodeColumns(),
            MentionColumns(),
            Knowing.empty(dimension),
            position=0,
        )

    @classmethod
    def asking(cls, asking: Asking, space: SpaceKey) -> Self:
        """Return those of a space that holds nothing, with vectors and words in the database."""
        made = cls.empty(asking.fingerprint.dimension)
        made.vectors = DatabaseVectors(asking, space, is_graphed=asking.has_graph(space))
        made.lexicon = DatabaseWords(asking, space, made.timeline)
        return made

    @property
    def indexes(self) -> SpaceIndexes:
        """The indexes as a recall sees them."""
        vectors, lexicon, naming = self.vectors, self.lexicon, self._naming()
        return SpaceIndexes(
            vectors if isinstance(vectors, LayeredIndex) else vectors.lent(),
            self.timeline,
            lexicon if isinstance(lexicon, InvertedFile) else lexicon.lent(),
            self.traits,
            self.episodes,
            naming,
            SpaceKnowledge(self.knowing, naming, self.draw),
            Position(self.position),
        )

    def draw(self) -> KnowledgeGraph:
        """Return the graph; who comes first draws it, and others wait for that."""
        with self.drawing:
            if self.drawn is None:
                self.drawn = self._drawing().draw()
            return self.drawn.graph

    def _drawing(self) -> Drawing:
        return Drawing(self.timeline, self.mentions, self.episodes, self.knowing)

    def _naming(self) -> Mentions:
        plain = TurnMentions(self.mentions, self.timeline)
        return Merged.of(plain, self.knowing.merges) if self.knowing.merges else plain

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the indexes take."""
        return sum(self.nbytes_by_part.values())

    @property
    def nbytes_by_part(self) -> dict[str, int]:
        """The same by what takes them; some parts are mapped from a file and shared."""
        return {
            "vectors": self.vectors.nbytes,
            "words": self.lexicon.nbytes,
            "order": self.timeline.nbytes,
            "traits": self.traits.nbytes,
            "events": self.episodes.nbytes,
            "names": self.mentions.nbytes,
            "known": self.knowing.nbytes,
            "graph": 0 if self.drawn is None else self.drawn.graph.nbytes,
        }

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What changes from commit to commit, as copies; the settled vectors are not in it."""
        return {
            **self.timeline.arrays,
            **self.lexicon.arrays,
            **self.traits.arrays,
            **self.episodes.arrays,
            **self.mentions.arrays,
            **self.vectors.arrays,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays, *, dimension: int, position: int) -> Self:
        """Return the indexes as they were when `arrays` were taken.

        What is known is not in them: being little, it is read from rows (`know`).
        """
        return cls(
            LayeredIndex.from_arrays(dimension, arrays),
            ArrayTimeline.from_arrays(arrays),
            InvertedFile.from_arrays(arrays),
            TraitColumns.from_arrays(arrays),
            EpisodeColumns.from_arrays(arrays),
            MentionColumns.from_arrays(arrays),
            Knowing.empty(dimension),
            position,
        )

    def apply(self, delta: Delta) -> None:
        """Bring the indexes from `delta.before` to `delta.after`."""
        for turn in delta.added:
            place = self.timeline.append(
                turn.key, stream=turn.stream, length=turn.length, until=turn.until
            )
            self.lexicon.append(place, delta.terms.get(turn.key, ()))
            self.traits.append(turn.traits)
            self.episodes.append()
        self._name(delta)
        self._move(delta)
        if delta.vectors:
            keys = np.repeat(
                np.array([key for key, _ in delta.vectors], dtype=np.int64),
                [len(vectors) for _, vectors in delta.vectors],
            )
            self.vectors.add(keys, np.concatenate([vectors for _, vectors in delta.vectors]))
        for event in delta.closed:
            places = self.timeline.places(np.array(event.turns, dtype=np.int64))
            self.episodes.close(event.key, places)
        if delta.removed:
            removed = np.array(delta.removed, dtype=np.int64)
            gone = dict(zip(self.timeline.places(removed).tolist(), delta.removed, strict=True))
            gone.pop(NOBODY, None)
            for place in gone:
                self.mentions.remove(place)
            for key in delta.removed:
                self.timeline.remove(key)
            terms = delta.removed_terms
            known = {place: terms[key] for place, key in gone.items() if key in terms}
            self.lexicon.remove(known, self.timeline)
            self.vectors.remove(removed)
        self._know(delta)
        self.position = delta.after

    def _know(self, delta: Delta) -> None:
        if delta.known_anew:
            self.knowing, self.drawn = Knowing.empty(self.vectors.dimension), None
        self.knowing.apply(delta)
        if self.drawn is not None:
            self._drawing().follow(self.drawn, delta)

    def _name(self, delta: Delta) -> None:
        keys = np.array(list(delta.mentions), dtype=np.int64)
        for place, mentioned in zip(
            self.timeline.places(keys).tolist(), delta.mentions.values(), strict=True
        ):
            if place != NOBODY:
                self.mentions.put(place, mentioned)

    def _move(self, delta: Delta) -> None:
        keys = np.array([key for key, _ in delta.moved], dtype=np.int64)
        for number, (_, place) in zip(
            self.timeline.places(keys).tolist(), delta.moved, strict=True
        ):
            if number != NOBODY:
                self.traits.move(number, place=place)

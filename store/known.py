"""What a space knows, as recalls and use cases see it: `memsvc.ports.knowledge.Knowledge`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graph.knowledge import KnowledgeGraph
from memsvc.domain.feedback import Opinion
from memsvc.domain.ids import FactKey
from memsvc.ports.indexes import Mentions
from memsvc.ports.knowledge import Ends, NoteLink, Synonym
from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Keys, Ranked, Scores
from store.knowing import Knowing


@dataclass(frozen=True, slots=True)
class SpaceKnowledge:
    """Facts, merges, names and notes of one space; `draw` lends its graph.

    `mentions` look through the merges.
    """

    knowing: Knowing
    mentions: Mentions
    draw: Callable[[], KnowledgeGraph]

    def graph(self) -> KnowledgeGraph:
        """Return the space's graph, which is made when it is first asked for and then follows."""
        return self.draw()

    def nearest_facts(self, vector: Vector, *, limit: int) -> Ranked:
        """Return the facts nearest to a unit vector with their cosines, best first."""
        return self.knowing.fact_vectors.search(vector, k=limit)

    def ends_of(self, facts: Keys) -> Ends:
        """Return the ends of facts; every one must be known."""
        found = [self.knowing.facts[key] for key in facts.tolist()]
        return Ends(
            np.array([self._number(fact.subject) for fact in found], dtype=np.int64),
            np.array([self._number(fact.object) for fact in found], dtype=np.int64),
            np.array([len(fact.turns) for fact in found], dtype=np.int64),
        )

    def said_by(self, turns: Sequence[int]) -> Mapping[int, Sequence[FactKey]]:
        """Return the facts that turns say, of those of these turns that say any."""
        said = self.knowing.said_by
        return {turn: [FactKey(key) for key in said[turn]] for turn in turns if turn in said}

    def saying(self, fact: FactKey) -> Sequence[int]:
        """Return the turns that say a fact, ascending; none if it is not known."""
        held = self.knowing.facts.get(fact)
        return () if held is None else held.turns

    def nearest_notes(self, vector: Vector, *, limit: int) -> Ranked:
        """Return the notes nearest to a unit vector with their cosines, best first."""
        return self.knowing.notes.vectors.search(vector, k=limit)

    def note_cosines(self, vector: Vector, notes: Keys) -> Scores:
        """Return the cosine of each of these notes; NaN for one without a vector."""
        return self.knowing.notes.vectors.cosines(vector, notes)

    def notes_of(self, turns: Keys) -> list[tuple[int, ...]]:
        """Return for each of these turns the notes that hang on it, ascending."""
        on_turn = self.knowing.notes.on_turn
        return [tuple(sorted(on_turn.get(turn, ()))) for turn in turns.tolist()]

    def turns_of(self, notes: Keys) -> list[tuple[int, ...]]:
        """Return for each of these notes the turns that it hangs on; none for one that is gone."""
        return [self.knowing.notes.turns.get(note, ()) for note in notes.tolist()]

    def links_of(self, notes: Keys) -> list[list[NoteLink]]:
        """Return for each of these notes the links that start or end at it."""
        return [self.knowing.notes.links_of(note) for note in notes.tolist()]

    def nearest_names(self, vectors: Matrix, *, limit: int) -> list[list[Synonym]]:
        """Return for each of these unit vectors the names nearest to it, best first."""
        index, named = self.knowing.name_vectors, self.knowing.named
        ranked = [index.search(vector, k=limit) for vector in vectors]
        return [
            [
                Synonym(named[place], cosine)
                for place, cosine in zip(one.keys.tolist(), one.scores.tolist(), strict=True)
            ]
            for one in ranked
        ]

    def merged(self, name: str) -> list[str]:
        """Return the names that are merged into this one, through any number of merges."""
        merges = self.knowing.merges
        return sorted(one for one in merges if one != name and name in _on_the_way(one, merges))

    def opinions(self) -> Mapping[int, Opinion]:
        """Return what actors say of turns, by their keys; empty in most spaces."""
        return self.knowing.opinions

    def canaries(self) -> frozenset[int]:
        """Return the keys of the turns that are canaries; none in most spaces."""
        return self.knowing.canaries

    def _number(self, name: str) -> int:
        number = self.mentions.number_of(name)
        assert number is not None, "what a fact names, its turns name"  # noqa: S101
        return number


def _on_the_way(name: str, merges: dict[str, str]) -> list[str]:
    """Return what a name is merged into, then that, and so on."""
    found = []
    while name in merges:
        name = merges[name]
        found.append(name)
    return found

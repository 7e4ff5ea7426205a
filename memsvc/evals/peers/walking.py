"""What personalized PageRank reaches over passages: walks over the names that a rule finds.

The graph is the product's (`graph.knowledge`) and so are its weights: a passage is joined to what
it names by each name's share, and by 1 to what its title says that it is about. Rules differ in
where walks start, and in what the question opens on their way.

- `by_entities`: plain. From the names that stand in the question, all alike, and from the passages
  nearest to it, by a twentieth; titles are names like others, the question opens nothing.
- `Walks.outward`: `graph.outward` from the five best passages of convex scores and the question's
  own names, as `graph.bridges` takes them. A name leads on as far as it is rare, one of the
  question or of a single passage not at all; a passage is as open as `graph.bridges.gates` says.
- `Walks.together`: the same seeds and names in one PageRank, as if it did not matter where a walk
  set out from; a passage is as open as it is for the seed that opens it least.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graph.bridges import SEEDS, gates
from graph.knowledge import KnowledgeGraph
from graph.model import Node, NodeKind
from graph.naming import Weights
from graph.outward import DAMPING, leading, outward
from graph.seeds import HALVED, Start, as_nodes, from_meaning
from graph.walk import Gate
from graph.weights import about, mentions
from memsvc.evals.peers.baselines import Scores, best_first
from memsvc.evals.peers.bridging import Known, View, asked_entities
from memsvc.ingest.extract.entities import entities

FAR = 1e-9
"""What nearness counts where no walk comes: it only orders what is left over."""


def turn(place: int) -> Node:
    """Return the node of the turn at this place."""
    return Node(NodeKind.TURN, place)


def entity(number: int) -> Node:
    """Return the node of an entity."""
    return Node(NodeKind.ENTITY, number)


def plain_graph(known: Known) -> KnowledgeGraph:
    """Join every turn to what it names, its title's names among them."""
    return KnowledgeGraph.build(
        (place, mentions(turn(place), _nodes(counts + Counter(subjects))))
        for place, (counts, subjects) in enumerate(zip(known.counts, known.subjects, strict=True))
    )


def by_entities(view: View, known: Known, *, graph: KnowledgeGraph) -> Scores:
    """Score every turn by one PageRank from the question's names and the nearest turns."""
    own = sorted({m.name for m in entities(view.question)} & known.number.keys())
    numbers = np.array(sorted(known.number[name] for name in own), dtype=np.int64)
    seeds = as_nodes(Start(numbers, np.ones(len(numbers))), NodeKind.ENTITY)
    return ranked(graph, seeds, view)


def ranked(graph: KnowledgeGraph, entities: dict[Node, float], view: View) -> Scores:
    """Score every turn by one PageRank from entities, and from the nearest turns by a twentieth."""
    everyone = np.arange(len(view.cosines))
    nearest = as_nodes(from_meaning(everyone, view.cosines), NodeKind.TURN)
    return arrived(graph, entities | nearest, view)


def arrived(graph: KnowledgeGraph, seeds: dict[Node, float], view: View) -> Scores:
    """Return the mass of every turn; those that no walk reaches by their nearness, below all."""
    found = graph.rank(seeds, k=len(view.cosines), kinds=[NodeKind.TURN]).found
    return spread({each.node: each.mass for each in found}, view) + FAR * view.near


def spread(worth: dict[Node, float], view: View) -> Scores:
    """Return what each turn is worth, by its place; 0 for those that are not there."""
    scores = np.zeros(len(view.near))
    for node, each in worth.items():
        scores[int(node.id)] = each
    return scores


@dataclass(frozen=True, slots=True)
class How:
    """How walks go: what of the rule is in force."""

    gated: bool = True
    rare: bool = True
    damping: float = DAMPING


@dataclass(frozen=True, slots=True)
class Walks:
    """Walks from the best turns of a question, over what turns name and are about."""

    known: Known
    graph: KnowledgeGraph
    turns: NDArray[np.int64]
    """The number of each turn that names anything, and its place."""

    places: NDArray[np.int64]
    leading: Gate
    """How far each node leads on before a question is asked, by number."""

    how: How = How()

    @classmethod
    def over(cls, known: Known) -> "Walks":
        """Build the graph of a space."""
        graph = KnowledgeGraph.build(
            (place, [*mentions(turn(place), _nodes(counts)), *about(turn(place), _nodes(subjects))])
            for place, (counts, subjects) in enumerate(
                zip(known.counts, known.subjects, strict=True)
            )
        )
        numbers = graph.register.find_all([turn(place) for place in range(len(known.counts))])
        places = [place for place, number in enumerate(numbers) if number is not None]
        found = [number for number in numbers if number is not None]
        return cls(known, graph, np.array(found), np.array(places), leading(graph))

    def going(self, how: How) -> "Walks":
        """Return the same walks, going otherwise."""
        return replace(self, how=how)

    def outward(self, view: View, scores: Scores) -> Scores:
        """Return what walks bring to each turn that leave the five best, each by itself."""
        seeds = best_first(scores)[:SEEDS].tolist()
        opened = dict(zip(seeds, self._gates(view, seeds), strict=True))
        closed = self._leading(view)
        found = outward(
            self.graph,
            [turn(seed) for seed in seeds],
            opening=lambda node: self._opening(closed, opened[int(node.id)]),
            damping=self.how.damping,
        )
        return spread(found, view)

    def together(self, view: View, scores: Scores) -> Scores:
        """Return what one PageRank from the five best brings to each turn."""
        seeds = best_first(scores)[:SEEDS].tolist()
        gate = self._opening(self._leading(view), self._gates(view, seeds).min(axis=0))
        found = self.graph.rank(
            {turn(seed): HALVED**rank for rank, seed in enumerate(seeds)},
            k=len(scores),
            kinds=[NodeKind.TURN],
            gate=gate,
            damping=self.how.damping,
        ).found
        most = max((each.mass for each in found), default=1.0)
        return spread({each.node: each.mass / most for each in found}, view)

    def _gates(self, view: View, seeds: Sequence[int]) -> Weights:
        """Return how far the question opens each turn for each seed; shape (seeds, n)."""
        everyone = np.arange(len(view.near))
        if not self.how.gated:
            return np.ones((len(seeds), len(everyone)))
        return gates(np.array(seeds, dtype=np.int64), everyone, view)

    def _leading(self, view: View) -> Gate:
        """Return how far nodes lead on, with the question's own names closed."""
        gate = self.leading.copy() if self.how.rare else (self.leading > 0).astype(np.float32)
        own = [entity(asked.entity) for asked in asked_entities(view, self.known)]
        gate[[n for n in self.graph.register.find_all(own) if n is not None]] = 0.0
        return gate

    def _opening(self, closed: Gate, opened: Scores) -> Gate:
        gate = closed.copy()
        gate[self.turns] = opened[self.places]
        return gate


def _nodes(counts: Counter[int] | Sequence[int]) -> dict[Node, int]:
    """Return how often each entity is named, by its node."""
    return {entity(number): count for number, count in Counter(counts).items()}

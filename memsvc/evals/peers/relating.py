"""HippoRAG 2's recall (arXiv 2502.14802) over recorded extractions, without its language model.

The graph is theirs: passages joined by 1 to the ends of the triples that were found in them, the
ends of each triple to each other, names to names by their cosine from .8 up. As in their code, the
last two count twice, since they are entered from both sides. A question starts from the ends of
the five facts nearest to it (`graph.seeds.from_facts`) and, by a twentieth, from the nearest 200
passages. Facts and names are embedded by the run's own embedder; theirs has fifty times its size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from graph.knowledge import KnowledgeGraph
from graph.model import Edge, EdgeKind, Node, NodeKind, in_units
from graph.seeds import Ends, as_nodes, from_facts
from graph.weights import LEAST_COSINE, relations, synonyms
from memsvc.evals.datasets.dataset import Asked
from memsvc.evals.peers.baselines import Scores, cosines
from memsvc.evals.peers.bridging import Recorded, View
from memsvc.evals.peers.rows import embedded
from memsvc.evals.peers.walking import entity, ranked, turn
from memsvc.evals.progress import Progress
from memsvc.ingest.extract.mention import normal
from memsvc.ports.models import Embedder, Matrix

BOTH_SIDES = 2.0
"""How often their code counts what it enters from both sides."""

MOST_SYNONYMS = 100
SHORTEST = 3
"""Letters and digits of a name that may have synonyms: "of" is like "in"."""

AT_ONCE = 1_024
"""Names that are compared with all others at once."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a space, each once, however often it was said."""

    ends: Ends
    passages: Ends
    """How many passages hold each end."""

    vectors: Matrix
    graph: KnowledgeGraph

    @classmethod
    def of(
        cls, asked: Asked, recorded: Recorded, *, embedder: Embedder, progress: Progress
    ) -> "Facts":
        """Read what was extracted, and embed facts and names."""
        number: dict[str, int] = {}
        facts: dict[str, tuple[int, int]] = {}
        said: list[tuple[int, list[Edge]]] = []
        holders: list[int] = []
        for place, each in enumerate(asked.turns):
            found = recorded[each.id].triples if each.id in recorded else ()
            pairs: list[tuple[int, int]] = []
            for triple in found:
                one, between, other = map(normal, (triple.subject, triple.relation, triple.object))
                if one and other:
                    start = number.setdefault(one, len(number))
                    pairs.append((start, number.setdefault(other, len(number))))
                    facts[f"{one} {between} {other}"] = pairs[-1]
            held = sorted({end for pair in pairs for end in pair})
            holders.extend(held)
            said.append((place, [*_held(place, held), *_related(pairs)]))
        names = list(number)
        vectors = embedded(names, "names", embedder=embedder, progress=progress)
        alike = [(len(said) + n, edges) for n, edges in enumerate(_alike(names, vectors))]
        ends = np.array(list(facts.values()), dtype=np.int64).reshape(len(facts), 2)
        return cls(
            ends,
            np.bincount(np.array(holders, dtype=np.int64), minlength=len(number))[ends],
            embedded(list(facts), "facts", embedder=embedder, progress=progress),
            KnowledgeGraph.build([*said, *alike]),
        )

    def scores(self, view: View) -> Scores:
        """Score every turn."""
        near = cosines(self.vectors, view.vector)
        found = from_facts(near, self.ends, self.passages)
        return ranked(self.graph, as_nodes(found, NodeKind.ENTITY), view)


def _held(place: int, ends: Sequence[int]) -> list[Edge]:
    return [Edge(turn(place), entity(end), EdgeKind.MENTION, in_units(1.0)) for end in ends]


def _related(pairs: Sequence[tuple[int, int]]) -> list[Edge]:
    nodes = ((entity(one), entity(other)) for one, other in pairs)
    return relations(nodes, weight=BOTH_SIDES)


def _alike(names: Sequence[str], vectors: Matrix) -> Iterator[list[Edge]]:
    """Yield for each name what joins it to the names before it that are like it."""
    long = np.array([sum(map(str.isalnum, name)) >= SHORTEST for name in names])
    for begin in range(0, len(names), AT_ONCE):
        block = vectors[begin : begin + AT_ONCE] @ vectors.T
        for row, cosines_of in enumerate(block):
            place = begin + row
            near = np.flatnonzero((cosines_of[:place] >= LEAST_COSINE) & long[:place])
            best = near[np.argsort(-cosines_of[near], kind="stable")] if long[place] else near[:0]
            nearest: list[tuple[Node, float]] = [
                (entity(int(other)), float(cosines_of[other])) for other in best
            ]
            yield [
                edge._replace(units=round(BOTH_SIDES * edge.units))
                for edge in synonyms(entity(place), nearest, most=MOST_SYNONYMS)
            ]

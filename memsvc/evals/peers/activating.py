"""LinearRAG's recall (arXiv 2510.10114): names lead on by the sentences nearest to the question.

Names are found by rule, not by a model; the question's are those that the passages know, where
LinearRAG takes the nearest by vector. Passages here do not follow each other, so none are joined.
Otherwise the rule is as published (`graph.activation`), with one setting for all data: entities
that are reached and passages that name them are what PageRank starts from, and a question that
names nothing is answered by nearness alone.
"""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass

import numpy as np

from graph.activation import Counts, activated, from_activation
from graph.knowledge import KnowledgeGraph
from graph.model import NodeKind
from graph.naming import Names
from graph.seeds import Start, as_nodes
from graph.weights import mentions
from memsvc.evals.datasets.dataset import Asked
from memsvc.evals.peers.baselines import Scores, cosines
from memsvc.evals.peers.bridging import BRIDGING, View
from memsvc.evals.peers.rows import embedded
from memsvc.evals.peers.walking import arrived, entity, turn
from memsvc.evals.progress import Progress
from memsvc.ingest.extract.asked import asked_names
from memsvc.ingest.extract.entities import entities
from memsvc.ingest.pieces import sentences
from memsvc.ports.models import Embedder, Matrix


@dataclass(frozen=True, slots=True)
class Sentences:
    """The passages of a space by sentences: who names what, and each sentence's vector."""

    number: dict[str, int]
    naming: Names
    vectors: Matrix
    counts: Counts
    graph: KnowledgeGraph

    @classmethod
    def of(cls, asked: Asked, *, embedder: Embedder, progress: Progress) -> "Sentences":
        """Read every sentence, and embed it."""
        number: dict[str, int] = {}
        texts: list[str] = []
        named: dict[int, set[int]] = {}
        counted: list[Counter[int]] = []
        for each in asked.turns:
            spans = sentences(each.text)
            starts = [span.start for span in spans]
            counts: Counter[int] = Counter()
            for mention in entities(each.text):
                if mention.kind in BRIDGING:
                    found = number.setdefault(mention.name, len(number))
                    sentence = len(texts) + bisect_right(starts, mention.span.start) - 1
                    named.setdefault(sentence, set()).add(found)
                    counts[found] += 1
            counted.append(counts)
            texts.extend(each.text[span.start : span.end].strip() for span in spans)
        rows = [(p, e, n) for p, counts in enumerate(counted) for e, n in sorted(counts.items())]
        columns = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
        return cls(
            number,
            Names({sentence: sorted(found) for sentence, found in named.items()}, {}),
            embedded(texts, "sentences", embedder=embedder, progress=progress),
            Counts(*columns.T),
            KnowledgeGraph.build(
                (place, mentions(turn(place), {entity(e): n for e, n in counts.items()}))
                for place, counts in enumerate(counted)
            ),
        )

    def scores(self, view: View) -> Scores:
        """Score every turn."""
        names = asked_names(
            view.question, known=self.number.__contains__, subject=lambda _name: False
        )
        if not names:
            return view.cosines
        own = np.array(sorted(self.number[asked.name] for asked in names), dtype=np.int64)
        near = cosines(self.vectors, view.vector)
        found = activated(Start(own, np.ones(len(own))), self.naming, near.__getitem__)
        everyone = np.arange(len(view.cosines))
        passages = from_activation(found, everyone, view.cosines, self.counts)
        seeds = as_nodes(found.start, NodeKind.ENTITY) | as_nodes(passages, NodeKind.TURN)
        return arrived(self.graph, seeds, view)

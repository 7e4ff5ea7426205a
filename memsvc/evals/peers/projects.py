"""Rows of other projects' ways of finding, over the same turns, words and vectors as ours.

Each is the published rule of its search, written anew from its source and without a language
model, so that a row says what the rule finds and not what a larger embedder or a model that
rewrites memories would. What was read, and what is left out:

- `chroma`: a collection with its default settings (`chromadb/utils/embedding_functions/
  onnx_mini_lm_l6_v2.py` of chroma-core/chroma, and the configuration that 1.5 gives a collection):
  all-MiniLM-L6-v2 over whole texts cut at 256 tokens, squared distance of unit vectors, an HNSW
  graph with M 16 and ef 100. Nothing is left out.
- `mem0`: its search (`Memory._search_vector_store` in `mem0/memory/main.py` and
  `mem0/utils/scoring.py` of mem0ai/mem0) over turns stored as they are (`infer=False`). Cosine, a
  sigmoid of BM25 and half of what entities say are added up over the nearest alone. Its model that
  rewrites turns as facts is left out; lemmas and entities are those of our rules, where it asks
  spaCy; BM25 is as Qdrant has it, which is there with mem0's extras alone.
- `a-mem`: its search (`AgenticMemorySystem.add_note` and `find_related_memories_raw` in
  `memory_layer.py` of WujiangXu/A-mem): cosine over content, context, keywords and tags, then what
  is linked to the ten nearest. Keywords, tags and context are by our rule and not by a model; a
  link joins a note with those of its five nearest predecessors that share a keyword, where a model
  chooses among the five; notes do not evolve, which takes a model too.

HippoRAG 2 needs triples, and stands as `pagerank:hipporag2` where a multi-hop corpus has recorded
ones (`memsvc.evals.peers.relating`; `src/hipporag/HippoRAG.py` of OSU-NLP-Group/HippoRAG).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memsvc.evals.datasets.dataset import Asked, Utterance
from memsvc.evals.peers.baselines import Bm25, Scores, Terms, best_first, cosines
from memsvc.evals.peers.multihop import HIPPORAG2
from memsvc.evals.peers.note_ground import facets_of
from memsvc.evals.peers.rows import FILLING, Ranked, embedded
from memsvc.evals.peers.vectors import chroma_graph
from memsvc.evals.progress import Progress, silently
from memsvc.ingest.extract.entities import entities
from memsvc.ingest.extract.mention import Kind
from memsvc.ports.models import Embedder, Matrix, Vector

CHROMA, MEM0, A_MEM = "chroma", "mem0", "a-mem"

PEERS = {
    CHROMA: "Chroma with its default embedder and settings",
    MEM0: "mem0's search over turns as they are, without its model that rewrites them",
    A_MEM: "A-Mem's search over notes, keywords and links by rule instead of a model",
}
"""What each row is, for whoever reads a report."""

RECORDED_PEERS = {HIPPORAG2: "HippoRAG 2's rule over recorded triples, without its model's filter"}
"""The same of the row that recorded extractions make possible."""

POOL = 80
"""Nearest memories that mem0 scores: four times as many as the 20 that it returns by default."""

LEAST_COSINE = 0.1
USUAL_LENGTH = 256.0
"""Terms of a document of usual length, whatever there is: the constant of Qdrant's BM25."""

SIGMOIDS = ((3, 5.0, 0.7), (6, 7.0, 0.6), (9, 9.0, 0.5), (15, 10.0, 0.5))
LONG_SIGMOID = (12.0, 0.5)
"""Up to so many terms of the question: at which BM25 mem0 gives a half, and how steeply."""

ENTITY_WEIGHT, SAME_ENTITY, LIKE_ENTITY = 0.5, 0.95, 0.5
CROWDED = 0.001
ENTITIES_ASKED, ENTITIES_FOUND = 8, 500
NAMING = frozenset({Kind.NAME, Kind.QUOTED})
"""Kinds of mentions that stand for mem0's proper nouns and quotations."""

AT_ONCE = 1_024
"""Names that are compared with all others at once."""

NEAREST_NOTES, LINKED_FROM = 10, 5
"""Notes that A-Mem's own evaluation asks for, and earlier notes that a new one may be linked to."""


def peer_rankings(
    asked: Asked, *, embedder: Embedder, terms: Terms, progress: Progress = silently
) -> Ranked:
    """Return for each peer the ids of the turns that it ranks first, one list a question.

    Facets and names are embedded for this, which on thousands of turns takes a minute.
    """
    texts = [_said(turn) for turn in asked.turns]
    vectors = embedder.embed(texts)
    graph = chroma_graph(vectors, k=FILLING)
    mem0 = Mem0.of(texts, vectors, embedder=embedder, terms=terms, progress=progress)
    a_mem = AMem.of(asked, texts, embedder=embedder, terms=terms, progress=progress)
    ranked: Ranked = {name: [] for name in PEERS}
    questions = [question.text for question in asked.questions]
    for text, vector in zip(questions, embedder.embed(questions), strict=True):
        for name, places in (
            (CHROMA, graph(vector)),
            (MEM0, mem0.ranked(text, vector)),
            (A_MEM, a_mem.ranked(vector)),
        ):
            ranked[name].append([asked.turns[place].id for place in places])
    return ranked


@dataclass(frozen=True, slots=True)
class Named:
    """The entities of a space as mem0 keeps them: vectors, shape (e, d), and who names each."""

    vectors: Matrix
    holders: Sequence[NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Mem0:
    """mem0's search over texts as they are."""

    vectors: Matrix
    lexical: Bm25
    named: Named
    embedder: Embedder
    terms: Terms

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        vectors: Matrix,
        *,
        embedder: Embedder,
        terms: Terms,
        progress: Progress = silently,
    ) -> "Mem0":
        """Index texts and link the entities that they name."""
        lexical = Bm25([terms(text) for text in texts], usual_length=USUAL_LENGTH)
        named = _named(texts, embedder=embedder, progress=progress)
        return cls(vectors, lexical, named, embedder, terms)

    def ranked(self, question: str, vector: Vector) -> list[int]:
        """Return the places of the nearest texts, at most 80, by all that mem0 adds up."""
        near = cosines(self.vectors, vector)
        nearest = [n for n in best_first(near)[:POOL].tolist() if near[n] >= LEAST_COSINE]
        total = self.scores(question, vector)
        return sorted(nearest, key=lambda n: -total[n])

    def scores(self, question: str, vector: Vector) -> Scores:
        """Return what each text adds up to; mem0 divides by what is possible, which is one number.

        From -1 to 2.5: the cosine, up to 1 for words and up to a half for entities.
        """
        near = cosines(self.vectors, vector)
        return near + self._words(question) + self._entities(question)

    def _words(self, question: str) -> Scores:
        asked = self.terms(question)
        raw = self.lexical.scores(asked)
        middle, steepness = next(
            ((middle, steep) for most, middle, steep in SIGMOIDS if len(asked) <= most),
            LONG_SIGMOID,
        )
        found = np.zeros_like(raw)
        best = [n for n in best_first(raw)[:POOL].tolist() if raw[n] > 0]
        found[best] = 1 / (1 + np.exp(-steepness * (raw[best] - middle)))
        return found

    def _entities(self, question: str) -> Scores:
        boosts = np.zeros(len(self.vectors))
        surfaces = list(_surfaces(question))[:ENTITIES_ASKED]
        for vector in self.embedder.embed(list(dict.fromkeys(surfaces))):
            alike = cosines(self.named.vectors, vector)
            for entity in best_first(alike)[:ENTITIES_FOUND].tolist():
                if alike[entity] < LIKE_ENTITY:
                    break
                holders = self.named.holders[entity]
                weight = ENTITY_WEIGHT / (1 + CROWDED * (len(holders) - 1) ** 2)
                boosts[holders] = np.maximum(boosts[holders], alike[entity] * weight)
        return boosts


@dataclass(frozen=True, slots=True)
class AMem:
    """A-Mem's search over notes of single turns; `links` are by place, from both ends' view."""

    vectors: Matrix
    links: Sequence[Sequence[int]]

    @classmethod
    def of(
        cls,
        asked: Asked,
        texts: Sequence[str],
        *,
        embedder: Embedder,
        terms: Terms,
        progress: Progress = silently,
    ) -> "AMem":
        """Make a note of each turn and link it to those before it."""
        facets = facets_of(asked, terms=terms)
        notes = [
            f"content:{text} context:{one.context} keywords: {', '.join(one.keywords)} "
            f"tags: {', '.join(one.tags)}"
            for text, one in zip(texts, facets, strict=True)
        ]
        vectors = embedded(notes, "notes of A-Mem", embedder=embedder, progress=progress)
        keywords = [frozenset(one.keywords) for one in facets]
        return cls(vectors, [_linked(n, vectors, keywords) for n in range(len(notes))])

    def ranked(self, vector: Vector) -> list[int]:
        """Return the ten nearest notes, what they are linked to, and then the next nearest.

        A-Mem hands all of the first two to a reader at once, without an order between them.
        """
        order = best_first(cosines(self.vectors, vector))[:FILLING].tolist()
        first = order[:NEAREST_NOTES]
        linked = [other for note in first for other in self.links[note]]
        new = [other for other in dict.fromkeys(linked) if other not in first]
        return list(dict.fromkeys([*first, *new[:NEAREST_NOTES], *order]))


def _said(turn: Utterance) -> str:
    return f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text


def _surfaces(text: str) -> Iterator[str]:
    return (mention.surface for mention in entities(text) if mention.kind in NAMING)


def _linked(note: int, vectors: Matrix, keywords: Sequence[frozenset[str]]) -> list[int]:
    before = best_first(cosines(vectors[:note], vectors[note]))[:LINKED_FROM].tolist()
    return [other for other in before if keywords[other] & keywords[note]]


def _named(texts: Sequence[str], *, embedder: Embedder, progress: Progress) -> Named:
    """Link every entity to the texts that name it; one that is nearly another counts as that."""
    holding: dict[str, list[int]] = {}
    surface_of: dict[str, str] = {}
    for place, text in enumerate(texts):
        for surface in dict.fromkeys(_surfaces(text)):
            name = " ".join(surface.lower().split())
            surface_of.setdefault(name, surface)
            holding.setdefault(name, []).append(place)
    names = list(holding)
    vectors = embedded(
        [surface_of[name] for name in names], "names of mem0", embedder=embedder, progress=progress
    )
    own = _merged(vectors)
    kept = [entity for entity in range(len(names)) if own[entity] == entity]
    holders: dict[int, set[int]] = {entity: set() for entity in kept}
    for entity, name in enumerate(names):
        holders[own[entity]].update(holding[name])
    return Named(vectors[kept], [np.array(sorted(holders[entity])) for entity in kept])


def _merged(vectors: Matrix) -> list[int]:
    """Return for each entity the earlier one that it is taken for, or itself."""
    own: list[int] = []
    for begin in range(0, len(vectors), AT_ONCE):
        alike = vectors[begin : begin + AT_ONCE] @ vectors.T
        for row, cosine in enumerate(alike, start=begin):
            earlier = [n for n in np.flatnonzero(cosine[:row] >= SAME_ENTITY) if own[n] == n]
            own.append(int(max(earlier, key=lambda n: cosine[n])) if earlier else row)
    return own

"""How strongly things are joined: the formulas, apart from the graph that keeps their results.

A formula sees one source at a time, never the whole graph, so that what a source gives depends on
nothing else. What depends on the whole, such as how rare an entity is, or which kinds of edges
matter, is a question's business: `scales` weighs kinds, a gate weighs nodes. So rules of
recall can change without a stored edge changing.

Mentions follow LinearRAG (arXiv:2510.10114): an entity's share among all that a passage names.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from graph.model import Edge, EdgeKind, Node, in_units
from graph.walk import Gate

RELATION = 1.0
ADJACENCY = 1.0
ABOUT = 1.0
PART = 1.0
"""HippoRAG 2 counts a triple as 1.0; LinearRAG joins passages that follow each other by 1.0."""

LEAST_COSINE = 0.8
MOST_SYNONYMS = 20
"""For all-MiniLM-L6-v2, and pairs that `graph.alike` does not tell apart. By the cosine alone this
model does not tell aliases from siblings anywhere. HippoRAG 2 (arXiv:2502.14802) also asks for .8,
of NV-Embed and without a look at the words; that both are .8 is chance. `memsvc eval synonyms`
chooses for another model."""


def mentions(where: Node, counts: Mapping[Node, int]) -> list[Edge]:
    """Join a turn, event or fact to what it names: by share, so that all of them sum to 1."""
    total = sum(counts.values())
    return [
        Edge(where, entity, EdgeKind.MENTION, in_units(count / total))
        for entity, count in counts.items()
    ]


def about(where: Node, topics: Iterable[Node], *, weight: float = ABOUT) -> list[Edge]:
    """Join a turn or event to what it is about, as a passage to its title."""
    return [Edge(where, topic, EdgeKind.ABOUT, in_units(weight)) for topic in topics]


def relations(pairs: Iterable[tuple[Node, Node]], *, weight: float = RELATION) -> list[Edge]:
    """Join the subject and the object of each fact; a fact said twice counts twice."""
    return [
        Edge(one, other, EdgeKind.RELATION, in_units(weight))
        for one, other in pairs
        if one != other
    ]


def synonyms(
    name: Node,
    nearest: Sequence[tuple[Node, float]],
    *,
    least_cosine: float = LEAST_COSINE,
    most: int = MOST_SYNONYMS,
) -> list[Edge]:
    """Join a new name to the names nearest to it, given with their cosines, best first.

    One-sided: each name brings its neighbours once, when it comes, as a source of its own; the
    names that were there first are not asked again.
    """
    near = [(other, cosine) for other, cosine in nearest if other != name]
    return [
        Edge(name, other, EdgeKind.SYNONYM, in_units(cosine))
        for other, cosine in near[:most]
        if cosine >= least_cosine
    ]


def adjacent(one: Node, other: Node, *, weight: float = ADJACENCY) -> Edge:
    """Join two turns or events that follow each other in a stream."""
    return Edge(one, other, EdgeKind.ADJACENCY, in_units(weight))


def linked(note: Node, other: Node, *, score: float) -> Edge:
    """Join two notes by a link's score, from above 0.0 to 1.0."""
    return Edge(note, other, EdgeKind.LINK, in_units(score))


def part(piece: Node, whole: Node, *, weight: float = PART) -> Edge:
    """Join a sentence to its turn, a turn to its event, a note to what it was made from."""
    return Edge(piece, whole, EdgeKind.PART, in_units(weight))


def rarity(arcs: NDArray[np.integer], *, of: int) -> Gate:
    """Return a gate that favours nodes with few arcs: idf, from 1.0 for one arc down to 0.0.

    `arcs` has shape (n,), how many arcs each node has; `of` is how many would make it worthless.
    """
    most = math.log1p(of)
    falling = 1.0 - np.log(np.maximum(arcs, 1)) / most
    gate: Gate = np.clip(falling, 0.0, 1.0).astype(np.float32)
    return gate

"""Where the walks of a question start in the graph of a space: from an ask to nodes with weights.

Three parts, as in HippoRAG 2 (arXiv 2502.14802) with names beside its facts: the entities that the
question names, damped by how many turns name them; the ends of the facts nearest to it, damped
likewise; and its best turns by the default recall's meaning and words, a twentieth as strong.
`graph.seeds` has the arithmetic; here is what a space knows of each part.
"""

from collections.abc import Collection

import numpy as np

from graph.model import Node, NodeKind
from graph.seeds import NOWHERE, Named, Start, as_nodes, from_facts, from_meaning, from_names
from graph.seeds import together as added
from retrieval.arms import Dense, Lexical
from retrieval.pool import Ask
from retrieval.stages import Fuse, Gather

NEAREST = 50
"""Facts over which nearness is stretched; walks start from the ends of the first five."""

PROPOSED = 100
"""Turns that meaning and words may propose each, as in the default recall."""

BEST = Gather((Dense(), Lexical()), limit=PROPOSED) >> Fuse(((Dense(), 1.0), (Lexical(), 0.8)))
"""Meaning and words, as they are weighed in the default recall."""


def seeds_of(ask: Ask, *, hidden_facts: Collection[int] = ()) -> dict[Node, float]:
    """Return where walks start, by node; nothing for a question that finds nothing.

    Entities have their numbers in `Mentions`, turns their keys. Facts that are hidden, because no
    turn that stands says them, lead nowhere.
    """
    mentions = ask.indexes.mentions
    named = from_names([Named(one.entity, one.sure) for one in ask.named], mentions)
    pool = BEST.run(ask).pool
    turns = from_meaning(pool.keys, pool.score.astype(np.float64)) if len(pool) else NOWHERE
    entities = added(named, _of_facts(ask, hidden_facts))
    return as_nodes(entities, NodeKind.ENTITY) | as_nodes(turns, NodeKind.TURN)


def _of_facts(ask: Ask, hidden: Collection[int]) -> Start:
    if ask.vector is None:
        return NOWHERE
    knowledge, mentions = ask.indexes.knowledge, ask.indexes.mentions
    near = knowledge.nearest_facts(ask.vector, limit=NEAREST + len(hidden))
    stays = ~np.isin(near.keys, list(hidden))
    keys, scores = near.keys[stays], near.scores[stays]
    if len(keys) == 0:
        return NOWHERE
    found = knowledge.ends_of(keys)
    ends = np.stack([found.subjects, found.objects], axis=1)
    count = {number: mentions.count(number) for number in np.unique(ends).tolist()}
    naming = np.array([[count[number] for number in pair] for pair in ends.tolist()])
    return from_facts(scores.astype(np.float64), ends, naming)

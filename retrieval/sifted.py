"""Sifted facts: walks over the graph from the facts that a language model says matter.

HippoRAG 2 (arXiv:2502.14802) starts its walks from the ends of the facts that are nearest to the
question, once a model has thrown out those that only look like it. Unsifted they mislead: with a
small embedder walks from them find much less than the default does (docs/decisions/0040). So here
facts start walks only after a model has kept them; where it keeps none, or was not asked, nothing
changes, and meaning, words and names answer as ever.

Only candidates, what they name, the facts that were kept and their ends are open to a walk. So none
goes over a turn that may not answer, and a fact that only such turns say is never shown and kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from typing_extensions import override

from graph.degrees import scales
from graph.knowledge import KnowledgeGraph
from graph.model import EdgeKind, Node, NodeKind
from graph.outward import by_rarity
from graph.seeds import FACTS, as_nodes, from_linked, stretched
from graph.walk import Gate
from memsvc.domain.helping import When
from memsvc.domain.ids import FactKey
from memsvc.domain.memory import Source
from memsvc.ports.indexes import Numbers
from memsvc.ports.vectors import Keys
from retrieval.arms import nearest_of
from retrieval.bridge import MOST_NAMED, levelled
from retrieval.pool import NO_KEYS, Ask, Pool
from retrieval.seeding import NEAREST
from retrieval.stage import Composable, Part

ARM = "facts"
"""What this is called in a hit's `why`; its score there is 1 for where most walks end."""

LIMIT = 50
"""Turns that say kept facts, or name their ends, which may join the candidates."""

WEIGHT = 0.5
"""What the turn where most walks end gains: as much as walks from turns do beside the best path."""

EPS = 1e-4
"""How much the push may leave unspread, beside a node's weight: the open part is small."""

FAINTEST = 0.1
"""How near a fact is at least: the last of those that are near is worth something if it is kept."""

UNTRUSTED = list(Source).index(Source.UNTRUSTED)

OPEN_TO_ALL = {
    EdgeKind.MENTION: 1.0,
    EdgeKind.ABOUT: 1.0,
    EdgeKind.SYNONYM: 1.0,
    EdgeKind.PART: 1.0,
}


class NearFact(NamedTuple):
    """A fact that may be kept: its cosine with the question, and that on the scale of its space."""

    key: FactKey
    cosine: float
    nearness: float
    """From `FAINTEST` to 1 over the nearest `NEAREST` facts."""


def facts_near(ask: Ask, *, most: int = FACTS) -> list[NearFact]:
    """Return the facts nearest to the question, best first, of those that may be told.

    That is what a trusted turn says which may answer.
    """
    if ask.vector is None:
        return []
    near = ask.indexes.knowledge.nearest_facts(ask.vector, limit=NEAREST)
    scaled = np.maximum(stretched(near.scores.astype(np.float64)), FAINTEST)
    told = (
        NearFact(FactKey(key), cosine, nearness)
        for key, cosine, nearness in zip(
            near.keys.tolist(), near.scores.tolist(), scaled.tolist(), strict=True
        )
        if _is_trusted(ask, _saying(ask, key))
    )
    return list(islice(told, most))


@dataclass(frozen=True, slots=True)
class SayKept(Composable):
    """Add the turns that say kept facts, and those that name what these speak of."""

    limit: int = LIMIT

    @override
    def part(self) -> Part:
        """Say that it adds candidates."""
        return Part.WIDENS

    def describe(self) -> str:
        """Say so, and how many it may add."""
        return f"say(turns of the facts that were kept; {self.limit} at most)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the candidates with those turns."""
        facts = _kept(ask)
        if len(facts) == 0:
            return pool
        saying = np.unique(np.concatenate([_saying(ask, key) for key in facts.tolist()]))
        naming = _answering(ask, _naming(ask, facts))
        chosen = nearest_of(ask, saying, self.limit) if len(saying) > self.limit else saying
        left = self.limit - len(chosen)
        return pool.with_keys(np.union1d(chosen, nearest_of(ask, naming, left) if left else []))


@dataclass(frozen=True, slots=True)
class FromKept(Composable):
    """Favour the turns where walks from kept facts end; `when` a model is to keep some."""

    when: When = When.ALWAYS
    weight: float = WEIGHT

    def describe(self) -> str:
        """Name the weight, and when facts are sifted."""
        return f"kept(walks from the facts that were kept x {self.weight}; {self.when})"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Add to each candidate's score what walks bring to it."""
        facts = _kept(ask)
        if len(facts) == 0 or len(pool) == 0:
            return pool
        ended = _walked(ask, pool, facts)
        brought = np.array([ended.get(key, 0.0) for key in pool.keys.tolist()], dtype=np.float32)
        told = np.where(brought > 0, brought, np.nan).astype(np.float32)
        return pool.plus(ARM, told, np.float32(self.weight) * brought)

    @override
    def level(self, pools: Sequence[Pool]) -> list[Pool]:
        """Count what walks bring in a space as `Bridge` does what names add."""
        return levelled(pools, ARM)

    @override
    def facts(self, pool: Pool) -> Mapping[str, Any]:
        """Show where walks ended."""
        ended = pool.arms.get(ARM)
        return {} if ended is None else {"reached": int((~np.isnan(ended)).sum())}


def _walked(ask: Ask, pool: Pool, facts: Keys) -> dict[int, float]:
    """Return where walks from the ends of facts end, by the keys of turns; 1 where most do.

    HippoRAG 2 has them start from all passages too, a twentieth as strong, because where walks end
    is all its ranking. Here that is added to what those passages have already.
    """
    knowledge, mentions = ask.indexes.knowledge, ask.indexes.mentions
    graph, found = knowledge.graph(), knowledge.ends_of(facts)
    ends = np.stack([found.subjects, found.objects], axis=1)
    nearness = np.array([ask.kept[key] for key in facts.tolist()], dtype=np.float64)
    naming = mentions.count_each(ends.reshape(-1)).reshape(ends.shape)
    seeds = as_nodes(from_linked(nearness, ends, naming), NodeKind.ENTITY)
    if not seeds:
        return {}
    answer = graph.rank(
        seeds,
        k=len(pool),
        kinds=(NodeKind.TURN,),
        scales=scales(OPEN_TO_ALL | ({EdgeKind.RELATION: 1.0} if ask.is_open else {}), others=0.0),
        gate=_opened(ask, pool, graph, facts, ends),
        eps=EPS,
    )
    mass = {int(one.node.id): one.mass for one in answer.found}
    most = max(mass.values(), default=0.0)
    return {key: each / most for key, each in mass.items()} if most > 0 else {}


def _opened(ask: Ask, pool: Pool, graph: KnowledgeGraph, facts: Keys, ends: Numbers) -> Gate:
    """Return what is open to walks: candidates, kept facts, their ends, and rare names."""
    gate = np.zeros(graph.matrix.size, dtype=np.float32)
    mentions = ask.indexes.mentions
    named = np.unique(mentions.named_by_each(pool.keys).numbers)
    worth = dict(zip(named.tolist(), by_rarity(mentions.count_each(named)).tolist(), strict=True))
    worth |= dict.fromkeys(ends.reshape(-1).tolist(), 1.0)
    for node, each in _open_nodes(pool.keys, facts, worth):
        number = graph.register.find(graph.resolve(node))
        if number is not None:
            gate[number] = max(gate[number], each)
    return gate


def _open_nodes(
    turns: Keys, facts: Keys, names: Mapping[int, float]
) -> Iterator[tuple[Node, float]]:
    yield from ((Node(NodeKind.TURN, key), 1.0) for key in turns.tolist())
    yield from ((Node(NodeKind.FACT, key), 1.0) for key in facts.tolist())
    yield from ((Node(NodeKind.ENTITY, name), worth) for name, worth in names.items())


def _kept(ask: Ask) -> Keys:
    """Return the facts that were kept, as far as the space still says them."""
    keys = [key for key in sorted(ask.kept) if len(_saying(ask, key))]
    return np.array(keys, dtype=np.int64)


def _saying(ask: Ask, fact: int) -> Keys:
    """Return the turns that say a fact and may answer."""
    turns = ask.indexes.knowledge.saying(FactKey(fact))
    return _answering(ask, np.array(turns, dtype=np.int64))


def _is_trusted(ask: Ask, turns: Keys) -> bool:
    """Tell whether one of these turns is of a trusted source."""
    sources = ask.indexes.traits.sources(ask.indexes.timeline.places(turns))
    return bool((sources != UNTRUSTED).any())


def _naming(ask: Ask, facts: Keys) -> Keys:
    """Return the turns that name an end of these facts that is no hub."""
    mentions, found = ask.indexes.mentions, ask.indexes.knowledge.ends_of(facts)
    ends = np.unique(np.concatenate([found.subjects, found.objects]))
    rare = ends[mentions.count_each(ends) <= MOST_NAMED]
    return np.unique(mentions.naming_each(rare).numbers) if len(rare) else NO_KEYS


def _answering(ask: Ask, turns: Keys) -> Keys:
    standing = turns[ask.indexes.timeline.knows(turns)]
    return standing[ask.answering(standing)]

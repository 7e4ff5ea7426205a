"""PageRank in a recall: walks over the space's graph that leave the best turns, each by itself.

`graph.outward` is the rule and docs/decisions/0040 what it is worth: as much as two hops, and
together with them a little more. It walks over the whole graph that the candidates span: what they
name and are about, which names mean the same, and which a fact relates. How far a name leads is a
matter of how few turns have it, and how far a turn opens is the question's, for each seed anew.

Only candidates are open. They may all answer, and so no walk goes over a turn that may not; where
some may not, relations between names are left out too, since a turn that may not answer may be all
that says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from typing_extensions import override

from graph.bridges import SEEDS, gates
from graph.degrees import Scales, scales
from graph.knowledge import KnowledgeGraph
from graph.model import EdgeKind, Node, NodeKind
from graph.naming import Weights
from graph.outward import DAMPING, by_rarity, outward
from graph.walk import Gate
from graph.why import Path, why
from memsvc.ports.vectors import Keys
from retrieval.bridge import Evidence, leads_on, levelled
from retrieval.pool import Ask, Pool
from retrieval.stage import Composable

ARM = "pagerank"
"""What this stage is called in a hit's `why`."""

EXPLAINED = 10
"""Best turns of which the path is looked for; each costs a walk of its own."""

OPEN_TO_ALL = {EdgeKind.MENTION: 1.0, EdgeKind.ABOUT: 1.0, EdgeKind.SYNONYM: 1.0}


@dataclass(frozen=True, slots=True)
class Walks(Composable):
    """Favour the turns where walks from the best ones end; `weight` is for where most do."""

    weight: float

    def describe(self) -> str:
        """Name the weight."""
        return f"walks(from the {SEEDS} best turns, each by itself x {self.weight})"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Add to each candidate's score what walks bring to it."""
        if not ask.named or len(pool) == 0 or not leads_on(ask, pool):
            return pool
        walk = _Walk.of(ask, pool)
        ended = walk.ended()
        brought = np.array([ended.get(key, 0.0) for key in pool.keys.tolist()], dtype=np.float32)
        told = np.where(brought > 0, brought, np.nan).astype(np.float32)
        after = pool.plus(ARM, told, np.float32(self.weight) * brought)
        best = [place for place in after.best_first()[:EXPLAINED].tolist() if brought[place] > 0]
        paths = {int(pool.keys[place]): walk.path_to(int(pool.keys[place])) for place in best}
        found = {key: path for key, path in paths.items() if path is not None}
        return replace(after, paths=found)

    @override
    def level(self, pools: Sequence[Pool]) -> list[Pool]:
        """Count what walks bring in a space as `Bridge` does what names add."""
        return levelled(pools, ARM)

    @override
    def facts(self, pool: Pool) -> Mapping[str, Any]:
        """Show where walks ended."""
        ended = pool.arms.get(ARM)
        return {} if ended is None else {"reached": int((~np.isnan(ended)).sum())}


@dataclass(frozen=True, slots=True)
class _Walk:
    """The walks of one question.

    `opened` has how far the question opens each candidate for each seed, shape (seeds, n);
    `closed` is the gate with all candidates shut, and `numbers` are theirs in the graph, -1 for
    one that nothing joins to anything.
    """

    graph: KnowledgeGraph
    keys: Keys
    seeds: Sequence[Node]
    opened: Weights
    closed: Gate
    numbers: Keys
    scales: Scales

    @classmethod
    def of(cls, ask: Ask, pool: Pool) -> "_Walk":
        graph, keys = ask.indexes.knowledge.graph(), pool.keys
        seeds = keys[pool.best_first()[:SEEDS]]
        held = graph.register.find_all(Node(NodeKind.TURN, key) for key in keys.tolist())
        between = OPEN_TO_ALL | ({EdgeKind.RELATION: 1.0} if ask.is_open else {})
        return cls(
            graph,
            keys,
            [Node(NodeKind.TURN, seed) for seed in seeds.tolist()],
            gates(seeds, keys, Evidence.of(ask, pool)),
            _names_open(ask, keys, graph),
            np.array([-1 if number is None else number for number in held], dtype=np.int64),
            scales(between, others=0.0),
        )

    def ended(self) -> dict[int, float]:
        """Return where walks end, by the keys of turns; 1 where most do."""
        found = outward(self.graph, self.seeds, opening=self.gate, scales=self.scales)
        return {int(node.id): worth for node, worth in found.items()}

    def gate(self, seed: Node) -> Gate:
        """Return what is open to the walks from a seed."""
        opened = self.opened[self.seeds.index(seed)]
        gate = self.closed.copy()
        there = self.numbers >= 0
        gate[self.numbers[there]] = opened[there]
        return gate

    def path_to(self, turn: int) -> Path | None:
        """Return the path by which most comes from the best seed that leads to a turn."""
        found = Node(NodeKind.TURN, turn)
        for seed in self.seeds:
            if seed != found:
                path = why(
                    self.graph,
                    {seed: 1.0},
                    found,
                    scales=self.scales,
                    gate=self.gate(seed),
                    damping=DAMPING,
                )
                if path is not None:
                    return path
        return None


def _names_open(ask: Ask, keys: Keys, graph: KnowledgeGraph) -> Gate:
    """Return a gate where only what the candidates name is open, as far as it is rare.

    What the question itself names is shut: everything that answers is near to it already.
    """
    gate = np.zeros(graph.matrix.size, dtype=np.float32)
    mentions = ask.indexes.mentions
    named = np.unique(mentions.named_by_each(keys).numbers)
    own = np.array([one.entity for one in ask.named], dtype=np.int64)
    named = named[~np.isin(named, own)]
    worth = by_rarity(mentions.count_each(named))
    held = graph.register.find_all(Node(NodeKind.ENTITY, name) for name in named.tolist())
    for number, each in zip(held, worth.tolist(), strict=True):
        if number is not None:
            gate[number] = each
    return gate

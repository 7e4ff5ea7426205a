"""How fast the graph answers, follows writes and loads, beside other libraries, in one run.

The graph is made up: half of its nodes are turns and half entities, whose popularity falls as a
power of their rank (exponent .75, so degrees follow a power law of 2.3). Six edges in ten are
mentions, by their share in the turn; three relate entities; one joins synonyms. A question starts
on 10 entities and 200 turns. Machines differ and are shared, so beside what a clock on the wall
says stands the processor's time, which others do not lengthen much; ratios are of that.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, ParamSpec

import numpy as np

from graph.batches import Columns
from graph.degrees import PLAIN
from graph.knowledge import KnowledgeGraph
from graph.matrix import Edges
from graph.model import UNIT, Edge, EdgeKind, Node, NodeKind
from graph.pagerank import Engine, engine
from graph.walk import Floats, Seeds
from memsvc.evals.peers.graph import exact, graph_peers, missing
from memsvc.evals.speed.service import Figure

P = ParamSpec("P")

EDGES_A_NODE = 10
ENTITY_SEEDS, TURN_SEEDS = 10, 200
BEST = 20
NEAR = 0.99
TURNS_WRITTEN = 1_000
MENTIONS_A_TURN = 10
ADDED = 5
"""Edges that every peer is given one by one."""

JUDGED = 20
"""Questions whose answers are compared with exact ones."""

MS = 1_000.0


class Took(NamedTuple):
    """Seconds, by the clock on the wall and of the processor."""

    wall: float
    processor: float


@dataclass(frozen=True, slots=True)
class Made:
    """A graph that was made up, as columns, and where its entities end."""

    columns: Columns
    entities: int
    popularity: Floats


def measure_graph(
    *, sizes: Sequence[int], questions: int, seed: int, progress: Callable[[str], None]
) -> list[Figure]:
    """Measure graphs of so many nodes, each with ten times as many edges."""
    figures = []
    for name in missing():
        progress(f"{name} is not installed and is left out")
    if engine() == "numpy":
        progress("numba is not installed: NumPy alone is measured")
    for size in sizes:
        progress(f"{size:,} nodes: making up")
        made = make_up(size, seed=seed)
        label = f"{size:,} nodes"
        for figure in _one_size(made, size=size, questions=questions, seed=seed, progress=progress):
            name = f"{label}: {figure.name}"
            beside = figure.beside and f"{label}: {figure.beside}"
            figures.append(Figure(name, figure.value, figure.unit, figure.ratio, beside))
    return figures


def make_up(size: int, *, seed: int) -> Made:
    """Make up a graph of `size` nodes: entities first, then turns."""
    rng = np.random.default_rng(seed)
    entities, count = size // 2, size * EDGES_A_NODE
    popularity = np.arange(1, entities + 1) ** -0.75
    bounds = np.cumsum(popularity / popularity.sum())

    def popular(many: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        drawn = np.searchsorted(bounds, rng.random(many)).astype(np.int32)
        return np.minimum(drawn, entities - 1).astype(np.int32)

    mentions, relations = count * 6 // 10, count * 3 // 10
    synonyms = count - mentions - relations
    turns = rng.integers(entities, size, mentions).astype(np.int32)
    shares = 1.0 / np.bincount(turns, minlength=size)[turns]
    one = np.concatenate([turns, popular(relations), rng.integers(0, entities, synonyms)])
    other = np.concatenate([popular(mentions), popular(relations), popular(synonyms)])
    kinds = np.repeat(
        np.array([EdgeKind.MENTION, EdgeKind.RELATION, EdgeKind.SYNONYM], dtype=np.int8),
        [mentions, relations, synonyms],
    )
    weights = np.concatenate([shares, np.ones(relations), rng.uniform(0.7, 1.0, synonyms)])
    sources = np.concatenate([turns, rng.integers(entities, size, relations + synonyms)])
    kept = one != other
    edges = Edges(
        one[kept].astype(np.int32),
        other[kept],
        kinds[kept],
        np.maximum(1, np.round(weights[kept] * UNIT)).astype(np.int64),
    )
    node_kinds = np.full(size, NodeKind.TURN, dtype=np.int8)
    node_kinds[:entities] = NodeKind.ENTITY
    columns = Columns(
        node_kinds, np.arange(size, dtype=np.int64), edges, sources[kept].astype(np.int64)
    )
    return Made(columns, entities, popularity / popularity.sum())


def _one_size(
    made: Made, *, size: int, questions: int, seed: int, progress: Callable[[str], None]
) -> Iterator[Figure]:
    progress(f"{size:,} nodes: building")
    begun = time.perf_counter()
    graph = KnowledgeGraph.of(made.columns, engine=engine())
    yield Figure("build at once", time.perf_counter() - begun, "s")
    edges = len(made.columns.edges.one)
    graph.warm()
    yield Figure("bytes an edge, to walk on", graph.matrix.nbytes / edges, "B")
    yield Figure("bytes an edge, with sources, ids and degrees", graph.nbytes / edges, "B")
    asked = _questions(made, questions, size=size, seed=seed)
    progress(f"{size:,} nodes: questions")
    yield from _answers(graph, made, asked, size=size)
    progress(f"{size:,} nodes: writes")
    yield from _writes(graph, made, asked, seed=seed)
    progress(f"{size:,} nodes: loading")
    yield from _loading(graph, asked)


def _questions(made: Made, count: int, *, size: int, seed: int) -> list[Seeds]:
    """Return seeds: entities with a weight up to 1, turns with up to .05."""
    rng = np.random.default_rng(seed + 1)
    asked = []
    for _ in range(count):
        entities = rng.choice(made.entities, ENTITY_SEEDS, replace=False)
        turns = made.entities + rng.choice(size - made.entities, TURN_SEEDS, replace=False)
        weights = np.concatenate([rng.random(ENTITY_SEEDS), 0.05 * rng.random(TURN_SEEDS)])
        nodes = np.concatenate([entities, turns]).astype(np.int32)
        asked.append(Seeds(nodes, weights / weights.sum()))
    return asked


def _seeds(graph: KnowledgeGraph, seeds: Seeds) -> dict[Node, float]:
    return {
        graph.register.node(number): weight
        for number, weight in zip(seeds.nodes.tolist(), seeds.weights.tolist(), strict=True)
    }


def _answers(
    graph: KnowledgeGraph, made: Made, asked: Sequence[Seeds], *, size: int
) -> Iterator[Figure]:
    """Ask ours and every peer the same; peers that are slow are asked less often."""
    told = [_seeds(graph, seeds) for seeds in asked]
    engines: list[Engine] = ["compiled", "numpy"] if engine() == "compiled" else ["numpy"]
    twins = {each: graph.walking_with(each) for each in engines}
    ours: dict[Engine, list[Took]] = {}
    for each, twin in twins.items():
        twin.warm()
        ours[each] = [_timed(twin.rank, seeds, k=BEST) for seeds in told]
        yield from _spread(f"question, {each}", ours[each])
    for peer in graph_peers(made.columns.edges, nodes=size):
        took = _p50([_timed(peer.rank, seeds) for seeds in asked[: peer.questions]])
        yield Figure(f"question, {peer.name}", took.wall * MS, "ms")
        for each in engines:
            name = f"question, {peer.name}, processor"
            ratio = took.processor / _p50(ours[each]).processor
            beside = f"question, {each}, processor"
            yield Figure(name, took.processor * MS, "ms", ratio, beside)
        added = _p50([_timed(peer.add, number, number + size // 2) for number in range(ADDED)])
        yield Figure(f"one edge added, {peer.name}", added.wall * MS, "ms")
    if "scipy" not in missing():
        yield from _quality(twins, made, asked[:JUDGED], told, size=size)
    answer = graph.rank(told[0], k=BEST)
    yield Figure("arcs walked for a question", answer.arcs, "")
    yield Figure("nodes touched by a question", answer.touched, "")


def _quality(
    twins: dict[Engine, KnowledgeGraph],
    made: Made,
    asked: Sequence[Seeds],
    told: Sequence[dict[Node, float]],
    *,
    size: int,
) -> Iterator[Figure]:
    """Say for which share of questions all of the best 20 are within 1 % of the true 20th."""
    truth = exact(made.columns.edges, nodes=size)
    near: dict[str, list[bool]] = {}
    for seeds, question in zip(asked, told, strict=False):
        mass = truth(seeds)
        for each, twin in twins.items():
            for label, kinds in (("", None), (" of turns alone", [NodeKind.TURN])):
                best = twin.rank(question, k=BEST, kinds=kinds).found
                among = mass[made.entities :] if kinds else mass
                least = NEAR * float(np.partition(among, len(among) - BEST)[len(among) - BEST])
                numbers = [int(found.node.id) for found in best]
                near.setdefault(f"{each}{label}", []).append(bool((mass[numbers] >= least).all()))
    for label, each_near in near.items():
        yield Figure(f"best 20 within 1 %, {label}", statistics.fmean(each_near), "of questions")


def _writes(
    graph: KnowledgeGraph, made: Made, asked: Sequence[Seeds], *, seed: int
) -> Iterator[Figure]:
    rng = np.random.default_rng(seed + 2)
    first = len(made.columns.ids)
    share = round(UNIT / MENTIONS_A_TURN)
    turns = []
    for number in range(first, first + TURNS_WRITTEN):
        turn = Node(NodeKind.TURN, number)
        named = rng.choice(made.entities, MENTIONS_A_TURN, replace=False).tolist()
        mentions = [Edge(turn, Node(NodeKind.ENTITY, n), EdgeKind.MENTION, share) for n in named]
        before = Edge(turn, Node(NodeKind.TURN, number - 1), EdgeKind.ADJACENCY, UNIT)
        turns.append((number, [*mentions, before]))
    written = [_timed(graph.put, *turn) for turn in turns]
    yield from _spread("one turn of 11 edges added", written, mean=True)
    told = [_seeds(graph, seeds) for seeds in asked]
    yield from _spread(
        "question after these", [_timed(graph.rank, seeds, k=BEST) for seeds in told]
    )
    removed = [_timed(graph.remove, number) for number, _ in turns[::2]]
    yield from _spread("one turn of 11 edges removed", removed, mean=True)
    begun = time.perf_counter()
    settling = graph.begin_settling()
    yield Figure("settling, begin", (time.perf_counter() - begun) * MS, "ms")
    begun = time.perf_counter()
    built = settling.build()
    yield Figure("settling, beside requests", time.perf_counter() - begun, "s")
    begun = time.perf_counter()
    graph.end_settling(built)
    yield Figure("settling, end", (time.perf_counter() - begun) * MS, "ms")


def _loading(graph: KnowledgeGraph, asked: Sequence[Seeds]) -> Iterator[Figure]:
    """Keep the arrays as files, map them, and ask."""
    seeds = _seeds(graph, asked[0])
    with tempfile.TemporaryDirectory(prefix="memsvc-graph-") as folder:
        kept = graph.arrays
        for name, array in kept.items():
            np.save(Path(folder) / f"{name}.npy", array)
        names = list(kept)
        del kept
        begun = time.perf_counter()
        arrays = {name: np.load(Path(folder) / f"{name}.npy", mmap_mode="c") for name in names}
        loaded = KnowledgeGraph.from_arrays(arrays, engine=engine())
        loaded.weighed(PLAIN)
        yield Figure("load from files, mapped", time.perf_counter() - begun, "s")
        took = _timed(loaded.rank, seeds, k=BEST)
        yield Figure("first question after loading", took.wall * MS, "ms")
        del loaded, arrays


def _spread(name: str, took: Sequence[Took], *, mean: bool = False) -> Iterator[Figure]:
    p50 = _p50(took)
    if mean:
        yield Figure(f"{name}, mean", statistics.fmean(each.wall for each in took) * MS, "ms")
    yield Figure(f"{name}, p50", p50.wall * MS, "ms")
    yield Figure(f"{name}, p95", float(np.quantile([t.wall for t in took], 0.95)) * MS, "ms")
    yield Figure(f"{name}, processor", p50.processor * MS, "ms")


def _p50(took: Sequence[Took]) -> Took:
    return Took(
        statistics.median(each.wall for each in took),
        statistics.median(each.processor for each in took),
    )


def _timed(work: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> Took:
    begun, used = time.perf_counter(), time.thread_time()
    work(*args, **kwargs)
    return Took(time.perf_counter() - begun, time.thread_time() - used)

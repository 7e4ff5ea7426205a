"""How the service grows: the same things measured as one space becomes large.

A service is filled over HTTP with real sentences, really embedded, and asked real questions at
every size. Then its vectors are searched beside bare peers, by the same questions in the same run,
and its approximate search is held against comparing everything.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from memsvc.config import Settings
from memsvc.domain.ids import SpaceKey, SpaceName
from memsvc.evals.datasets.texts import Texts
from memsvc.evals.peers.vectors import peers_over
from memsvc.evals.reports.report import aligned
from memsvc.evals.scoring.measures import Estimate, estimate
from memsvc.evals.speed.service import taken_s
from memsvc.local import OWNER
from memsvc.ports.models import Embedder, Matrix, Vector
from memsvc.ports.vectors import Keys, Scores, VectorIndex
from memsvc.sdk.client import Space
from memsvc.sdk.wire import NewTurn
from memsvc.spawned import Spawned, spawned
from memsvc.wiring import open_service

SPACE = "scale"
STREAM = 100
"""Sentences that follow each other and are written as one stream in one request."""
SAMPLE = 1_000
SINGLES = 40
SELF_RETRIEVAL_AT = 10_000
ROUNDING = 1e-5
DEPTH = 10
SHARES = (1.0, 0.1, 0.01)
"""Parts of a space that a filter lets through."""

SETTLING_S = 300.0
FEW_NEW = 20_000
"""New vectors below which a space has settled."""


@dataclass(frozen=True, slots=True)
class AtSize:
    """What was measured with so many turns in one space. Times in milliseconds unless named."""

    turns: int
    write_p50: float
    write_per_embedding: float
    recall_p50: float
    recall_p95: float
    recall_p99: float
    turns_per_s: float
    share_of_embedder: float
    resident_bytes: int
    disk_bytes: int


@dataclass(frozen=True, slots=True)
class Search:
    """One way of finding the nearest vectors: how fast, and how much of the exact answer."""

    name: str
    p50: float
    recall: Estimate


@dataclass(frozen=True, slots=True)
class Scale:
    """All of it. `ready_s` and `first_recall_s` are of a start over the full space.

    `ours` and `peers` are over all its vectors, one a turn.
    """

    sizes: tuple[AtSize, ...]
    ready_s: float
    first_recall_s: float
    self_retrieval: Estimate
    self_asked: int
    ours: tuple[Search, ...]
    peers: tuple[Search, ...]

    def as_json(self) -> Mapping[str, Any]:
        """Return all of it for a report."""
        return asdict(self)

    def table(self) -> str:
        """Lay it out for a terminal."""
        rows = [SIZE_HEADS, *(_size_cells(size) for size in self.sizes)]
        searches = [SEARCH_HEADS, *(_search_cells(one) for one in (*self.ours, *self.peers))]
        own = self.self_retrieval
        start = f"ready after {self.ready_s:.1f} s, first recall {self.first_recall_s:.1f} s later"
        share = f"{own.mean:.4f} [{own.low:.4f}, {own.high:.4f}] of {self.self_asked:,}"
        return "\n".join(
            [
                *aligned(rows),
                "",
                *aligned(searches),
                "",
                f"start over the full space: {start}",
                f"turns recalled first by their own text: {share}",
            ]
        )


def measure_scale(
    data: Path,
    texts: Texts,
    *,
    sizes: Sequence[int],
    questions: int,
    self_asked: int,
    port: int,
    embedder: Embedder,
    seed: int,
    progress: Callable[[str], None],
) -> Scale:
    """Fill one space to each of `sizes` turns in turn and measure; `data` must be empty.

    `self_asked` turns of the first size of 10,000 or more are asked for by their own text.
    """
    chance = Random(seed)  # noqa: S311  nothing secret
    asked = chance.sample(texts.questions, min(questions, len(texts.questions)))
    sentences = texts.stretched(sizes[-1], seed=seed)
    measured: list[AtSize] = []
    found_first: list[float] = []
    with spawned(data, port=port) as service:
        for size in sizes:
            progress(f"writing to {size:,} turns")
            new = sentences[measured[-1].turns if measured else 0 : size]
            measured.append(_at_size(service, new, size, asked, embedder=embedder, data=data))
            if not found_first and (size >= SELF_RETRIEVAL_AT or size == sizes[-1]):
                progress("asking for turns by their own text")
                own = chance.sample(sentences[:size], min(self_asked, size))
                found_first = [_is_first(service.client.space(SPACE), text) for text in own]
    progress("starting over the full space")
    with spawned(data, port=port) as service:
        ready_s = service.ready_after_s
        first_s = taken_s(lambda: service.client.space(SPACE).recall(asked[0]))
    progress("searching vectors beside peers")
    by_share, searches = _searches(data, embedder.embed(asked), embedder=embedder, seed=seed)
    return Scale(
        tuple(measured),
        ready_s,
        first_s,
        estimate(np.array(found_first), seed=seed),
        len(found_first),
        by_share,
        searches,
    )


def _at_size(
    service: Spawned,
    sentences: Sequence[str],
    size: int,
    questions: Sequence[str],
    *,
    embedder: Embedder,
    data: Path,
) -> AtSize:
    space = service.client.space(SPACE)
    bulk, singles = sentences[:-SINGLES], sentences[-SINGLES:]
    sample = bulk[:SAMPLE]
    bare_rate = len(sample) / taken_s(lambda: embedder.embed(sample))
    took = taken_s(lambda: _write(space, bulk, run=size))
    writes, bare = [], []
    for number, text in enumerate(singles):
        bare.append(taken_s(partial(embedder.embed, [text])))
        turns = [NewTurn(content=text)]
        writes.append(taken_s(partial(space.write, f"single-{size}-{number // 10}", turns)))
    _wait_until_settled(service)
    space.recall(questions[0])
    recalls = [taken_s(partial(space.recall, question)) for question in questions]
    p50, p95, p99 = np.percentile(np.array(recalls) * 1e3, [50, 95, 99])
    return AtSize(
        turns=size,
        write_p50=statistics.median(writes) * 1e3,
        write_per_embedding=statistics.median(writes) / statistics.median(bare),
        recall_p50=float(p50),
        recall_p95=float(p95),
        recall_p99=float(p99),
        turns_per_s=len(bulk) / took,
        share_of_embedder=len(bulk) / took / bare_rate,
        resident_bytes=service.resident_bytes,
        disk_bytes=bytes_below(data),
    )


def _write(space: Space, sentences: Sequence[str], *, run: int) -> None:
    """Write a stream a request."""
    for begin in range(0, len(sentences), STREAM):
        turns = [NewTurn(content=text) for text in sentences[begin : begin + STREAM]]
        space.write(f"{run}-{begin}", turns)


def _wait_until_settled(service: Spawned) -> None:
    """Let the service finish what it does beside requests, as a user would find it later."""
    deadline = time.monotonic() + SETTLING_S
    while service.meter("memsvc_index_vectors_new") >= FEW_NEW:
        if time.monotonic() > deadline:
            return
        time.sleep(0.5)


def _is_first(space: Space, text: str) -> float:
    """Tell whether the turn that says this is recalled first by its own text."""
    hits = space.recall(text, k=1).hits
    return float(bool(hits) and hits[0].text == text)


def _searches(
    data: Path, questions: Matrix, *, embedder: Embedder, seed: int
) -> tuple[tuple[Search, ...], tuple[Search, ...]]:
    """Open the filled space in this process and search its vectors, ours and the peers'."""
    settings = Settings(data=data)
    with open_service(settings, embedder=embedder) as service:
        space = SpaceKey(service.inspect.space(OWNER, SpaceName(SPACE)).space.key)
        with service.shelf.open(space):
            pass
        while service.shelf.tend():  # what the worker of a running service does beside requests
            pass
        with service.shelf.open(space) as indexes:
            index = indexes.vectors
            everybody = indexes.timeline.keys_at(np.arange(indexes.timeline.size))
            means = index.means(everybody)
            held = np.any(means, axis=1)
            keys, matrix = everybody[held], means[held]
            ours = [_ours(index, keys, matrix, questions, share=s, seed=seed) for s in SHARES]
    peers = [
        _searched(peer.name, peer.search, keys, matrix, questions, seed=seed)
        for peer in peers_over(keys, matrix, k=DEPTH)
    ]
    return tuple(ours), tuple(peers)


def _ours(
    index: VectorIndex, keys: Keys, matrix: Matrix, questions: Matrix, *, share: float, seed: int
) -> Search:
    """Search our own index among a part of the turns, chosen by chance."""
    kept = np.random.default_rng(seed).random(len(keys)) < share
    among = None if share == 1 else keys[kept]
    return _searched(
        f"memsvc, {share:.0%} may answer",
        lambda question: index.search(question, k=DEPTH, among=among).keys,
        keys[kept],
        matrix[kept],
        questions,
        seed=seed,
    )


def _searched(
    name: str,
    search: Callable[[Vector], Keys],
    keys: Keys,
    matrix: Matrix,
    questions: Matrix,
    *,
    seed: int,
) -> Search:
    recalls, took = [], []
    for question in questions:
        begun = time.perf_counter()
        found = search(question)
        took.append(time.perf_counter() - begun)
        recalls.append(recall_of(found, keys, matrix @ question))
    return Search(name, statistics.median(took) * 1e3, estimate(np.array(recalls), seed=seed))


def recall_of(found: Keys, keys: Keys, cosines: Scores) -> float:
    """Return which share of the nearest ten was found; an equally near one is as good."""
    wanted = min(DEPTH, len(keys))
    tenth = np.partition(cosines, -wanted)[-wanted]
    return float(np.count_nonzero(cosines[np.isin(keys, found)] >= tenth - ROUNDING)) / wanted


def bytes_below(folder: Path) -> int:
    """Return what all files of a folder and of those in it take."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


SIZE_HEADS = [
    "turns", "write p50 ms", "x embedding", "recall p50 ms", "p95", "p99", "turns/s",
    "of embedder", "resident MB", "disk MB",
]  # fmt: skip
SEARCH_HEADS = ["vector search", "p50 ms", f"recall@{DEPTH}", "95 %"]


def _size_cells(size: AtSize) -> list[str]:
    return [
        f"{size.turns:,}",
        f"{size.write_p50:.1f}",
        f"{size.write_per_embedding:.2f}",
        f"{size.recall_p50:.1f}",
        f"{size.recall_p95:.1f}",
        f"{size.recall_p99:.1f}",
        f"{size.turns_per_s:.0f}",
        f"{size.share_of_embedder:.2f}",
        f"{size.resident_bytes / 1e6:.0f}",
        f"{size.disk_bytes / 1e6:.0f}",
    ]


def _search_cells(search: Search) -> list[str]:
    found = search.recall
    return [
        search.name,
        f"{search.p50:.2f}",
        f"{found.mean:.4f}",
        f"[{found.low:.4f}, {found.high:.4f}]",
    ]

"""What a space of a million turns takes: bytes, memory, a start, a recall, a search of vectors.

A million turns take hours to embed. So only the first are, and how fast they were written is
measured on them and extrapolated, and said to be. The rest are copies: a few words come from other
sentences, so that words keep their frequencies, and some words are new, so that there are as many
different ones as Heaps' law has it in so much text; the vector is moved aside, and those of tokens
with it. Copies go through the service as all turns do, and cost it what real ones do.

What is measured is kept beside the data, so that a run that was broken off goes on where it was.
"""

import json
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from memsvc.app.remember import Batch
from memsvc.config import Settings
from memsvc.domain.errors import SpaceNotFound
from memsvc.domain.ids import SpaceKey, SpaceName, StreamName
from memsvc.domain.memory import NewTurn
from memsvc.evals.datasets.texts import Texts
from memsvc.evals.growth.copying import fill
from memsvc.evals.growth.recalls import WARMING, Copied, asked_over_http
from memsvc.evals.growth.scale import bytes_below
from memsvc.evals.reports.report import aligned
from memsvc.evals.scoring.measures import Estimate, estimate
from memsvc.local import OWNER
from memsvc.ports.models import Embedder, Matrix
from memsvc.ports.vectors import Keys, VectorIndex
from memsvc.spawned import free_port, spawned
from memsvc.wiring import Service, open_service
from store.directory import DATABASE, SNAPSHOTS

SPACE = SpaceName("million")
STREAM = 100
"""Sentences that follow each other and are written as one stream."""

AT_ONCE = 50_000
"""Turns written between two times that vectors are settled."""

WRITERS = 2
DEPTH = 10
SHARES = (1.0, 0.1, 0.01)
"""Parts of a space that a filter lets through."""

SEARCHED = 200
"""Questions whose nearest vectors are sought by comparing all."""

OTHER_WORDS = 3
"""Of a copied sentence, at most, that come from other ones."""

HEAPS = 0.5
"""How the count of different words grows with the length of a text: by this power."""

ROUNDING = 1e-5
ROWS_AT_ONCE = 20_000
KEPT = "million.json"
MS = 1_000.0


@dataclass(frozen=True, slots=True)
class Search:
    """Searches among a part of the vectors: time at the median, share of the exact ten found.

    `real` is the same counted over those of the ten alone that are no copies.
    """

    share: float
    p50_ms: float
    recall: Estimate
    real: Estimate


@dataclass(frozen=True, slots=True)
class AtSize:
    """What was measured with so many turns. `ready_s` and `first_recall_s` are of a start.

    `parts` are the bytes of memory of each index, mapped ones counted.
    """

    turns: int
    parts: Mapping[str, int]
    resident_bytes: int
    mapped_bytes: int
    snapshot_bytes: int
    disk_bytes: int
    ready_s: float
    first_recall_s: float
    recall_p50_ms: float
    recall_p99_ms: float
    searches: Sequence[Search]


@dataclass(frozen=True, slots=True)
class Million:
    """All of it. `turns_per_s` was measured on the `real` turns, with their embedding."""

    real: int
    turns_per_s: float
    sizes: Sequence[AtSize]

    def as_json(self) -> Mapping[str, Any]:
        """Return all of it for a report."""
        return asdict(self) | {"extrapolated_hours_to_write_all": self.hours}

    @property
    def hours(self) -> float | None:
        """How long all turns would take to write, extrapolated; None where it was not measured."""
        if not self.turns_per_s:  # they were there, written for a run of other settings
            return None
        return round(self.sizes[-1].turns / self.turns_per_s / 3_600, 2)

    def table(self) -> str:
        """Lay it out for a terminal."""
        last = self.sizes[-1]
        told = (
            f"the {self.real:,} real turns were there, so how fast they are written is not told"
            if self.hours is None
            else f"{self.turns_per_s:.0f} turns a second with their embedding, measured on the "
            f"first {self.real:,}; all {last.turns:,} would take {self.hours} h "
            "(extrapolated: the others are copies)"
        )
        sizes = [SIZE_HEADS, *(_size_cells(size) for size in self.sizes)]
        parts = [["bytes a turn", *last.parts, "all"]]
        parts += [_part_cells(size) for size in self.sizes]
        searches = [SEARCH_HEADS, *(row for size in self.sizes for row in _search_rows(size))]
        blocks = ([told], aligned(sizes), aligned(parts), aligned(searches))
        return "\n\n".join("\n".join(block) for block in blocks)


def measure_million(
    data: Path,
    texts: Texts,
    *,
    sizes: Sequence[int],
    real: int,
    questions: int,
    embedder: Embedder,
    seed: int,
    progress: Callable[[str], None],
) -> Million:
    """Fill one space to each of `sizes` turns, rising, and measure what it takes.

    The first `real` turns are sentences, all others copies of them. What an earlier run with the
    same texts left in the folder `data` is used again, and what it measured is not measured anew.
    """
    chance = Random(seed)  # noqa: S311  nothing secret
    asked = chance.sample(texts.questions, min(questions, len(texts.questions)))
    said = Sayings(texts.sentences[:real], seed=seed)
    noted = _Noted(data / KEPT, {"real": said.real, "questions": len(asked), "seed": seed})
    vectors = embedder.embed(asked[:SEARCHED])
    writing = _Copying(embedder)
    for size in (size for size in sizes if size not in noted.sizes):
        progress(f"writing to {size:,} turns")
        _write(data, said, size, embedder=writing, noted=noted)
        progress(f"searching {size:,} vectors")
        parts, searches = _searched(data, vectors, embedder=embedder, real=said.real, seed=seed)
        progress(f"asking {size:,} turns")
        noted.add(_served(data, asked, AtSize(size, parts, 0, 0, 0, 0, 0, 0, 0, 0, searches)))
    return Million(said.real, noted.turns_per_s, [noted.sizes[size] for size in sizes])


class Sayings:
    """As many different sentences as anybody wants: the real ones, then copies of them."""

    def __init__(self, sentences: Sequence[str], *, seed: int) -> None:
        self._sentences = sentences
        self._seed = seed
        self._words = [word for sentence in sentences for word in sentence.split()]
        self._vocabulary = len(set(self._words))

    @property
    def real(self) -> int:
        """How many are no copies."""
        return len(self._sentences)

    def part(self, begin: int, end: int) -> tuple[list[str], dict[str, str]]:
        """Return the sentences from `begin` to `end`, and of each copy its original."""
        said, originals = [], {}
        for number in range(begin, end):
            original = self._sentences[number % self.real]
            text = original if number < self.real else self._copied(number, original)
            if number >= self.real:
                originals[text] = original
            said.append(text)
        return said, originals

    def _copied(self, number: int, original: str) -> str:
        chance = Random(self._seed * 10_000_019 + number)  # noqa: S311  nothing secret
        words = original.split()
        for _ in range(min(OTHER_WORDS, len(words) // 2)):
            words[chance.randrange(len(words))] = chance.choice(self._words)
        if self._expected(number + 1) > self._expected(number):
            words.append(f"word{number}")
        return " ".join(words)

    def _expected(self, turns: int) -> int:
        """Return how many different words so many sentences have."""
        return int(self._vocabulary * (turns / self.real) ** HEAPS)


class _Copying(Copied):
    """An embedder of one part of the sayings after the other, which remembers the real ones."""

    def __init__(self, embedder: Embedder) -> None:
        self.of_copies: dict[str, str] = {}
        super().__init__(embedder, self.of_copies)


class _Noted:
    """What was measured so far, kept in a file; of other settings it is not read."""

    def __init__(self, file: Path, settings: Mapping[str, int]) -> None:
        self._file = file
        self._settings = dict(settings)
        self.turns_per_s = 0.0
        self.sizes: dict[int, AtSize] = {}
        found = json.loads(file.read_text()) if file.exists() else {}
        if found.get("settings") == self._settings:
            self.turns_per_s = found["turns_per_s"]
            self.sizes = {one["turns"]: _at_size(one) for one in found["sizes"]}

    def add(self, size: AtSize) -> None:
        """Keep what was measured at one size."""
        self.sizes[size.turns] = size
        self.keep()

    def keep(self) -> None:
        """Write everything down."""
        told = {
            "settings": self._settings,
            "turns_per_s": self.turns_per_s,
            "sizes": [asdict(size) for size in self.sizes.values()],
        }
        self._file.write_text(json.dumps(told))


def _at_size(found: Mapping[str, Any]) -> AtSize:
    searches = [
        Search(one["share"], one["p50_ms"], Estimate(**one["recall"]), Estimate(**one["real"]))
        for one in found["searches"]
    ]
    return AtSize(**{**found, "searches": searches})


def _write(data: Path, said: Sayings, size: int, *, embedder: _Copying, noted: _Noted) -> None:
    """Write what is not there yet; take the time of the last of the real turns."""
    with open_service(Settings(data=data, embedder_threads=1), embedder=embedder) as service:
        begin = _written(service)
        while begin < size:
            end = min(begin + AT_ONCE, size, said.real if begin < said.real else size)
            texts, of_copies = said.part(begin, end)
            embedder.of_copies.clear()
            embedder.of_copies.update(of_copies)
            begun = time.perf_counter()
            fill(service, SPACE, list(_batches(texts, begin)), writers=WRITERS)
            if end <= said.real:
                noted.turns_per_s = (end - begin) / (time.perf_counter() - begun)
                noted.keep()
            begin = end


def _written(service: Service) -> int:
    try:
        return service.inspect.space(OWNER, SPACE).counts.turns
    except SpaceNotFound:
        return 0


def _batches(texts: Sequence[str], first: int) -> Iterator[Batch]:
    for begin in range(0, len(texts), STREAM):
        turns = tuple(NewTurn(role="user", content=text) for text in texts[begin : begin + STREAM])
        yield Batch(StreamName(f"s{first + begin}"), turns)


def _served(data: Path, asked: Sequence[str], size: AtSize) -> AtSize:
    """Serve the space as a user does: start, first recall, recalls one at a time, memory."""
    with spawned(data, port=free_port()) as service:
        begun = time.perf_counter()
        service.client.space(SPACE).recall(asked[0])
        first_s = time.perf_counter() - begun
        recalls = asked_over_http(
            service, asked, in_space=SPACE, before=asked[:WARMING], turns=size.turns
        )
        return replace(
            size,
            resident_bytes=service.resident_bytes,
            mapped_bytes=service.mapped_bytes,
            snapshot_bytes=bytes_below(data / SNAPSHOTS),
            disk_bytes=bytes_below(data),
            ready_s=service.ready_after_s,
            first_recall_s=first_s,
            recall_p50_ms=recalls.p50,
            recall_p99_ms=recalls.p99,
        )


def _searched(
    data: Path, questions: Matrix, *, embedder: Embedder, real: int, seed: int
) -> tuple[Mapping[str, int], list[Search]]:
    """Open the space in this process; search its vectors, and compare all that rows hold."""
    with open_service(Settings(data=data), embedder=embedder) as service:
        space = SpaceKey(service.inspect.space(OWNER, SPACE).space.key)
        with service.shelf.open(space):
            pass
        while service.shelf.tend():
            pass
        with service.shelf.open(space) as indexes:
            timeline = indexes.timeline
            everybody = timeline.keys_at(np.arange(timeline.size))
            indexes.lexicon.information(timeline)  # as the first recall has it made
            found = [
                _search(
                    indexes.vectors,
                    questions,
                    truth=_Nearest(data, everybody, share=share, seed=seed),
                    last_real=int(everybody[min(real, len(everybody)) - 1]),
                    seed=seed,
                )
                for share in SHARES
            ]
        return service.shelf.nbytes_by_part(space), found


class _Nearest:
    """The nearest ten of a part of all turns, chosen by chance, by every vector of their rows."""

    def __init__(self, data: Path, everybody: Keys, *, share: float, seed: int) -> None:
        chosen = np.random.default_rng(seed).random(len(everybody)) < share
        self.share = share
        self.among = None if share == 1 else everybody[chosen]
        self._passing = everybody[chosen]
        self._file = data / DATABASE

    def of(self, questions: Matrix) -> tuple[Keys, Matrix]:
        """Return keys and cosines, best first, each of shape (questions, 10)."""
        keys = np.zeros((len(questions), 0), dtype=np.int64)
        scores = np.zeros((len(questions), 0), dtype=np.float32)
        for of_part, vectors in self._parts(questions.shape[1]):
            keys = np.concatenate([keys, np.tile(of_part, (len(questions), 1))], axis=1)
            scores = np.concatenate([scores, questions @ vectors.T], axis=1)
            best = np.argsort(-scores, axis=1, kind="stable")[:, :DEPTH]
            keys = np.take_along_axis(keys, best, axis=1)
            scores = np.take_along_axis(scores, best, axis=1)
        return keys, scores

    def _parts(self, dimension: int) -> Iterator[tuple[Keys, Matrix]]:
        rows = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True).execute(
            "SELECT turn, vector FROM embeddings ORDER BY turn, piece"
        )
        while part := rows.fetchmany(ROWS_AT_ONCE):
            keys = np.array([turn for turn, _ in part], dtype=np.int64)
            held = np.frombuffer(b"".join(vector for _, vector in part), dtype=np.float32)
            kept = np.isin(keys, self._passing)
            yield keys[kept], held.reshape(-1, dimension)[kept]


def _search(
    index: VectorIndex, questions: Matrix, *, truth: _Nearest, last_real: int, seed: int
) -> Search:
    keys, scores = truth.of(questions)
    took, found, of_real = [], [], []
    for question, nearest, cosines in zip(questions, keys, scores, strict=True):
        begun = time.perf_counter()
        ours = index.search(question, k=DEPTH, among=truth.among).keys
        took.append(time.perf_counter() - begun)
        held = np.isin(nearest, ours)
        # One that is as near as the tenth may stand in its place.
        held |= (cosines <= cosines[-1] + ROUNDING) & (np.count_nonzero(held) == len(nearest))
        found.append(held.mean())
        is_real = nearest <= last_real
        if is_real.any():
            of_real.append(held[is_real].mean())
    return Search(
        truth.share,
        statistics.median(took) * MS,
        estimate(np.array(found), seed=seed),
        estimate(np.array(of_real), seed=seed),
    )


SIZE_HEADS = [
    "turns", "ready s", "first recall s", "recall p50 ms", "p99", "indexes MB", "resident MB",
    "of it mapped", "snapshot MB", "disk MB",
]  # fmt: skip
SEARCH_HEADS = ["turns", "may answer", "p50 ms", f"recall@{DEPTH}", "95 %", "of real ones"]


def _size_cells(size: AtSize) -> list[str]:
    held = (
        sum(size.parts.values()),
        size.resident_bytes,
        size.mapped_bytes,
        size.snapshot_bytes,
        size.disk_bytes,
    )
    return [
        f"{size.turns:,}",
        f"{size.ready_s:.2f}",
        f"{size.first_recall_s:.2f}",
        f"{size.recall_p50_ms:.1f}",
        f"{size.recall_p99_ms:.1f}",
        *(f"{each / 1e6:,.0f}" for each in held),
    ]


def _part_cells(size: AtSize) -> list[str]:
    parts = [*size.parts.values(), sum(size.parts.values())]
    return [f"{size.turns:,}", *(f"{part / size.turns:,.0f}" for part in parts)]


def _search_rows(size: AtSize) -> Iterator[list[str]]:
    for one in size.searches:
        yield [
            f"{size.turns:,}",
            f"{one.share:.0%}",
            f"{one.p50_ms:.2f}",
            f"{one.recall.mean:.4f}",
            f"[{one.recall.low:.4f}, {one.recall.high:.4f}]",
            f"{one.real.mean:.4f}",
        ]

"""What a recall takes over HTTP in a large space, and which of its stages take it.

A space of a hundred thousand turns takes an hour to embed. So only the first of its turns are, and
the rest are copies of them: a word less in the text, the vector and those of its tokens moved
aside. Copies cost a recall what real turns do, since there are as many rows, postings, vectors and
candidates; what is found among them means nothing, and nothing is said of it. Writing is done in
this process and not measured; then the space is served as a user serves it, and asked.

Times by the clock count only on a machine that does nothing else. The service's processor time for
a recall is told beside them: it rises less where others use the same cores.
"""

import statistics
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

import numpy as np
from typing_extensions import override

from memsvc.app.remember import Batch
from memsvc.config import Settings
from memsvc.domain.errors import SpaceNotFound
from memsvc.domain.ids import SpaceName, StreamName
from memsvc.domain.memory import NewTurn
from memsvc.domain.recall import RecallPart
from memsvc.evals.datasets.texts import Texts
from memsvc.evals.growth.copying import aside, fill
from memsvc.evals.reports.report import aligned
from memsvc.evals.spaces.passing import Around, Remembering
from memsvc.local import OWNER
from memsvc.ports.models import Embedded, Embedder, Matrix, Tokens
from memsvc.spawned import Spawned, free_port, spawned
from memsvc.wiring import Service, open_service
from retrieval.recipes import DEFAULT

SPACE = SpaceName("recalls")
STREAM = 100
"""Sentences that follow each other and are written as one stream."""

WRITERS = 2
WARMING = 30
"""Questions asked before any that count."""

NEAR = 0.9
"""The cosine of a copied sentence with its original."""

NOISE = 3
"""How far each number of a copied token's vector may be off, of 127."""

MS = 1_000.0
STAGE_SECONDS = 'memsvc_recall_stage_seconds_sum{{stage="{}"}}'
PART_SECONDS = 'memsvc_recall_part_seconds_sum{{part="{}"}}'
HTTP = "http"
"""What is left of the whole, as its client sees it, beside the parts that the service times."""


@dataclass(frozen=True, slots=True)
class Recalls:
    """What recalls took with so many turns in one space, in milliseconds.

    `parts` and `stages` are means; the parts, `HTTP` among them, add up to the mean of the whole,
    and the stages are the part of that name.
    """

    turns: int
    questions: int
    p50: float
    p95: float
    p99: float
    processor: float
    parts: Mapping[str, float]
    stages: Mapping[str, float]
    resident_bytes: int

    def as_json(self) -> Mapping[str, Any]:
        """Return all of it for a report."""
        return asdict(self)


class Copied(Around):
    """An `Embedder` that moves what it said of an original aside for its copies.

    `originals` has the original of each copy by the copy's text.
    """

    def __init__(self, embedder: Embedder, originals: Mapping[str, str]) -> None:
        super().__init__(Remembering(embedder))
        self._originals = originals

    @override
    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return the vectors, those of copies at a cosine of `NEAR` from their originals'."""
        return self.embed_with_tokens(texts).vectors

    @override
    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return vectors of texts and of their tokens; a copy has as many as its original."""
        said = self._embedder.embed_with_tokens([self._originals.get(text, text) for text in texts])
        vectors, tokens = said.vectors.copy(), list(said.tokens or ())
        for place, text in enumerate(texts):
            if text in self._originals:
                chance = np.random.default_rng(zlib.crc32(text.encode()))
                vectors[place] = aside(vectors[place], chance, cosine=NEAR)
                if said.tokens is not None:
                    tokens[place] = _blurred(tokens[place], chance)
        return Embedded(vectors, None if said.tokens is None else tokens)


def measure_recalls(
    data: Path,
    texts: Texts,
    *,
    sizes: Sequence[int],
    real: int,
    questions: int,
    embedder: Embedder,
    seed: int,
    progress: Callable[[str], None],
) -> list[Recalls]:
    """Fill one space to each of `sizes` turns, rising, and ask it questions one at a time.

    The first `real` turns are sentences, all others copies of them. What an earlier run with the
    same texts left in the folder `data` is used again.
    """
    chance = Random(seed)  # noqa: S311  nothing secret
    chosen = chance.sample(texts.questions, min(questions + WARMING, len(texts.questions)))
    # None of those that count is asked before: what is remembered of a question would flatter it.
    warming = min(WARMING, len(chosen) // 2)
    asked, before = chosen[warming:], chosen[:warming]
    sentences = texts.sentences[:real]
    originals = dict(_copies(sentences, max(sizes), seed=seed))
    said = [*sentences, *originals]
    copied = Copied(embedder, originals)
    found = []
    for size in sizes:
        progress(f"writing to {size:,} turns")
        with open_service(Settings(data=data, embedder_threads=1), embedder=copied) as service:
            _fill(service, said[:size])
        progress(f"asking {size:,} turns")
        with spawned(data, port=free_port()) as service:
            found.append(asked_over_http(service, asked, in_space=SPACE, before=before, turns=size))
    return found


def table(found: Sequence[Recalls]) -> str:
    """Lay it out for a terminal."""
    whole = [["turns", "recall p50 ms", "p95", "p99", "processor"]]
    whole += [
        [f"{one.turns:,}", *(f"{each:.1f}" for each in (one.p50, one.p95, one.p99, one.processor))]
        for one in found
    ]
    tables = [whole, _split(found, "parts"), _split(found, "stages")]
    return "\n\n".join("\n".join(aligned(rows)) for rows in tables)


def _split(found: Sequence[Recalls], what: Literal["parts", "stages"]) -> list[list[str]]:
    """Return the rows that say what something of each size adds up to."""
    splits: list[Mapping[str, float]] = [getattr(one, what) for one in found]
    rows = [[f"{what}, mean ms", *splits[0], "sum"]]
    rows += [
        [
            f"{one.turns:,}",
            *(f"{took:.2f}" for took in split.values()),
            f"{sum(split.values()):.1f}",
        ]
        for one, split in zip(found, splits, strict=True)
    ]
    return rows


def _copies(sentences: Sequence[str], count: int, *, seed: int) -> Iterator[tuple[str, str]]:
    """Yield copies, each with its original, until there are `count` texts."""
    chance = Random(seed)  # noqa: S311  nothing secret
    for number in range(len(sentences), count):
        original = sentences[number % len(sentences)]
        words = original.split()
        words.pop(chance.randrange(len(words)))
        yield " ".join([*words, str(number)]), original


def _fill(service: Service, said: Sequence[str]) -> None:
    """Write what is not there yet."""
    written = _written(service)
    batches = [
        Batch(
            StreamName(f"s{begin}"),
            tuple(NewTurn(role="user", content=text) for text in said[begin : begin + STREAM]),
        )
        for begin in range(written, len(said), STREAM)
    ]
    fill(service, SPACE, batches, writers=WRITERS)


def _written(service: Service) -> int:
    try:
        return service.inspect.space(OWNER, SPACE).counts.turns
    except SpaceNotFound:
        return 0


def asked_over_http(
    service: Spawned,
    questions: Sequence[str],
    *,
    in_space: SpaceName,
    before: Sequence[str],
    turns: int,
) -> Recalls:
    """Ask a served space, one question at a time, after those `before`, which do not count."""
    space = service.client.space(in_space)
    for question in before:
        space.recall(question)
    names = {
        **{part.value: PART_SECONDS.format(part.value) for part in RecallPart},
        **{stage: STAGE_SECONDS.format(stage) for stage in _stages()},
    }
    earlier = {name: service.meter(meter) for name, meter in names.items()}
    begun_s, took = service.processor_s, []
    for question in questions:
        begun = time.perf_counter()
        space.recall(question)
        took.append(time.perf_counter() - begun)
    spent_s = service.processor_s - begun_s
    means = {
        name: (service.meter(meter) - earlier[name]) * MS / len(questions)
        for name, meter in names.items()
    }
    parts = {part.value: means[part.value] for part in RecallPart}
    parts[HTTP] = statistics.fmean(took) * MS - sum(parts.values())
    p50, p95, p99 = (statistics.quantiles(took, n=100)[part - 1] * MS for part in (50, 95, 99))
    return Recalls(
        turns=turns,
        questions=len(questions),
        p50=p50,
        p95=p95,
        p99=p99,
        processor=spent_s * MS / len(questions),
        parts=parts,
        stages={stage: means[stage] for stage in _stages()},
        resident_bytes=service.resident_bytes,
    )


def _stages() -> list[str]:
    """Return what the stages of the default recipe are called."""
    return list(dict.fromkeys(stage.partition("(")[0] for stage in DEFAULT.describe()))


def _blurred(tokens: Tokens, chance: np.random.Generator) -> Tokens:
    noise = chance.integers(-NOISE, NOISE, size=tokens.shape, endpoint=True)
    return np.asarray(np.clip(tokens + noise, -127, 127), dtype=np.int8)

"""The rows of `make bench` that one client sees: embedding, writes, recalls, starts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np

from memsvc.evals.bench.beside import Goal, Row
from memsvc.evals.bench.extent import Extent, Setting, by_name
from memsvc.evals.growth.nearest import OURS, measure_nearest
from memsvc.evals.growth.recalls import SPACE, Recalls, measure_recalls
from memsvc.evals.growth.scale import bytes_below
from memsvc.evals.peers.embedding import BARE, TRANSFORMERS, embedding_peers
from memsvc.evals.speed.alternating import alternated
from memsvc.evals.speed.costs import Cost
from memsvc.evals.speed.service import measure_speed
from memsvc.evals.speed.starting import lags_of, measure_starts
from memsvc.ports.models import Matrix
from memsvc.spawned import free_port, spawned

MS = 1_000.0
MILLION = 1_000_000
GOAL_TURNS = 100_000
"""Turns at which the goals of a recall and a start are set."""

EMBEDDER_SHARE, TURN_EMBEDDINGS, BULK_SHARE = 0.95, 1.5, 0.85
RECALL_P50_MS, RECALL_P95_MS = 10.0, 25.0
NEAREST_MS, NEAREST_RECALL = 2.0, 0.97
MILLION_BYTES = 1.2e9
HEALTHY_S, READY_S = 1.5, 3.0


def embedding(extent: Extent, setting: Setting) -> Iterator[Row]:
    """One question at a time, and many texts, by all in turns."""
    if setting.exported is None:
        return
    setting.progress("embedding")
    ways: dict[str, Callable[[Sequence[str]], Matrix]] = {OURS: setting.embedder.embed}
    found = embedding_peers(setting.exported, setting.model, threads=setting.threads)
    ways |= {peer.name: peer.embed for peer in found}
    questions = [[one] for one in setting.asked(extent)]
    alternated(ways, questions[:5])
    took = alternated(ways, questions)
    single = {name: median(each) * MS for name, each in took.items()}
    yield Row(
        "embed one question, p50",
        single[OURS],
        "ms",
        _others(single),
        BARE,
        Goal(
            f">= {EMBEDDER_SHARE:.0%} of the bare runtime's speed",
            single[BARE] / single[OURS] >= EMBEDDER_SHARE,
        ),
    )
    said = list(setting.texts.sentences[: extent.bulk])
    lots = [said[begin::4] for begin in range(4)]
    took = alternated(ways, lots)
    rates = {name: len(said) / sum(each) for name, each in took.items()}
    yield Row(
        "embed many texts",
        rates[OURS],
        "texts/s",
        _others(rates),
        BARE,
        Goal(
            f">= {EMBEDDER_SHARE:.0%} of the bare runtime",
            rates[OURS] / rates[BARE] >= EMBEDDER_SHARE,
        ),
        note="" if TRANSFORMERS in rates else f"{TRANSFORMERS} is not installed",
    )


def writing(extent: Extent, setting: Setting, progress: Callable[[str], None]) -> Iterator[Row]:
    """Write single turns and many, at once and with vectors that follow."""
    found = by_name(
        measure_speed(
            setting.data / "speed",
            port=free_port(),
            embedder=setting.embedder,
            writes=extent.writes,
            progress=progress,
            cutting=False,
        )
    )
    written = found["one turn written over HTTP, p50"]
    one = found["one embedding, p50"].value
    for name in ("one turn written over HTTP, p50", "one turn written in process, p50"):
        ratio = found[name].ratio or 0.0
        yield Row(
            name,
            found[name].value,
            "ms",
            {"one embedding": found[name].value / ratio},
            "one embedding",
            Goal(f"<= {TURN_EMBEDDINGS} embeddings", ratio <= TURN_EMBEDDINGS)
            if found[name] is written
            else None,
        )
    bulk = found["bulk, 1,000 turns in one request"]
    bare = found["bulk, the embedder by itself"].value
    yield Row(
        "1,000 turns in one request",
        bulk.value,
        "turns/s",
        {"the embedder alone": bare},
        "the embedder alone",
        Goal(f">= {BULK_SHARE:.0%} of the embedder", bulk.value / bare >= BULK_SHARE),
    )
    yield Row(
        "1,000 turns in one request, embed=later",
        found["bulk, the same with embed=later"].value,
        "turns/s",
    )
    share = found["found first right after its write"].value
    yield Row(
        "found by a recall right after its write",
        share,
        "share",
        goal=Goal("every time", share == 1.0),
    )
    progress("lag of embed=later")
    with spawned(setting.data / "lags", port=free_port()) as service:
        lags = [lag * MS for lag in lags_of(service.client, writes=extent.lags)]
    yield Row(
        "embed=later, written until its vector is there, p50",
        median(lags),
        "ms",
        {"one embedding": one},
        "one embedding",
    )
    yield Row("embed=later, the same, p95", float(np.percentile(lags, 95)), "ms")


def cost_rows(costs: Mapping[str, Cost]) -> Iterator[Row]:
    """Clock and processor of single operations; what is done beside is told apart."""
    for name, cost in costs.items():
        yield Row(
            f"{name}, alone, p50",
            cost.wall_ms[len(cost.wall_ms) // 2],
            "ms",
            {"processor": cost.processor_ms, "and afterwards": cost.beside_ms},
            "processor",
        )


def recalling(
    extent: Extent,
    setting: Setting,
    sizes: list[Mapping[str, Any]],
    progress: Callable[[str], None],
) -> Iterator[Row]:
    """Recalls at every size, and what the space takes of memory and disk there."""
    found: list[tuple[Recalls, int]] = []
    for turns in extent.sizes:
        [one] = measure_recalls(
            setting.data / "recalls",
            setting.texts,
            sizes=(turns,),
            real=min(extent.real, extent.sizes[-1]),
            questions=extent.questions,
            embedder=setting.embedder,
            seed=setting.seed,
            progress=progress,
        )
        found.append((one, bytes_below(setting.data / "recalls")))
        sizes.append(
            {
                "turns": turns,
                "recall_p50_ms": one.p50,
                "recall_p95_ms": one.p95,
                "recall_p99_ms": one.p99,
                "recall_processor_ms": one.processor,
                "resident_bytes": one.resident_bytes,
                "disk_bytes": found[-1][1],
            }
        )
    first = found[0][0]
    for one, _ in found:
        judged = one.turns >= GOAL_TURNS
        for name, value, before, least in (
            ("p50", one.p50, first.p50, RECALL_P50_MS),
            ("p95", one.p95, first.p95, RECALL_P95_MS),
        ):
            yield Row(
                f"recall at {one.turns:,} turns, {name}",
                value,
                "ms",
                {} if one is first else {f"at {first.turns:,}": before},
                None if one is first else f"at {first.turns:,}",
                Goal(f"<= {least:g} ms at {GOAL_TURNS:,}", value <= least if judged else None),
            )
        yield Row(f"recall at {one.turns:,} turns, processor", one.processor, "ms")
    (small, small_disk), (large, large_disk) = found[0], found[-1]
    grown = max(1, large.turns - small.turns)
    memory = (large.resident_bytes - small.resident_bytes) / grown
    yield Row(
        "memory a turn, between first and last size",
        memory,
        "B",
        goal=Goal(
            "<= 1.2 GB a million",
            memory * MILLION <= MILLION_BYTES if large.turns >= GOAL_TURNS else None,
        ),
        note="extrapolated from the slope",
    )
    yield Row("disk a turn, between first and last size", (large_disk - small_disk) / grown, "B")
    yield Row("memory of the service at the last size", large.resident_bytes / 2**20, "MiB")


def nearest(extent: Extent, setting: Setting) -> Iterator[Row]:
    """Search the vectors of the space that was recalled from, by all in turns."""
    setting.progress("nearest vectors")
    asked = setting.embedder.embed(setting.asked(extent))
    found = measure_nearest(
        setting.data / "recalls", SPACE, asked, embedder=setting.embedder, seed=setting.seed
    )
    turns = extent.sizes[-1]
    ours, *others = found
    is_good = ours.p50 <= NEAREST_MS and ours.recall.mean >= NEAREST_RECALL
    recalls = "; ".join(f"{one.name} {one.recall.mean:.3f}" for one in found)
    yield Row(
        f"ten nearest of {turns:,} vectors, p50",
        ours.p50,
        "ms",
        {one.name: one.p50 for one in others},
        "FAISS, every vector",
        Goal("<= 2 ms at recall@10 >= .97 of a million", is_good if turns >= MILLION else None),
        note=f"recall@10: {recalls}",
    )


def starting(extent: Extent, setting: Setting) -> Iterator[Row]:
    """Start over the space that was recalled from."""
    setting.progress("starts")
    turns = extent.sizes[-1]
    found = measure_starts(setting.data / "recalls", times=extent.starts)
    yield Row(
        "start to /healthz",
        found.healthy_s,
        "s",
        goal=Goal(f"<= {HEALTHY_S} s", found.healthy_s <= HEALTHY_S),
    )
    yield Row(
        f"start to /readyz over {turns:,} turns",
        found.ready_s,
        "s",
        goal=Goal(
            f"<= {READY_S:g} s over {GOAL_TURNS:,}",
            found.ready_s <= READY_S if turns >= GOAL_TURNS else None,
        ),
    )
    yield Row(
        "torch is loaded", float(found.loads_torch), "", goal=Goal("not", not found.loads_torch)
    )


def _others(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if name != OURS}

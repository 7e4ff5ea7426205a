"""How fast the service is, beside the bare parts it is made of, in one run.

A service is started as a user would start it and spoken to over HTTP. Every figure of ours stands
beside what it cannot beat: the embedder by itself. Machines differ and are noisy, so the ratios are
what to read; times are for orientation.
"""

import json
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path

import memsvc
from memsvc.evals.speed.cutting import LONG_STREAM, cutting_shares
from memsvc.ports.models import Embedder
from memsvc.sdk.client import Client
from memsvc.sdk.wire import NewTurn
from memsvc.spawned import spawned

SPEAKER = "Mara"
BULK = 1_000
CLIENTS = 32
WRITES_PER_CLIENT = 40


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing, and its ratio to `beside` where it has a bare part to stand beside."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    beside: str | None = None


def measure_speed(
    data: Path,
    *,
    port: int,
    embedder: Embedder,
    writes: int,
    progress: Callable[[str], None],
    cutting: bool = True,
) -> list[Figure]:
    """Start a service over an empty directory and measure it; `writes` single turns are written.

    `cutting` adds what closing events costs a write, which takes a minute.
    """
    progress("in process")
    inside = _in_process(data / "inside", embedder, texts(writes))
    cut: list[Figure] = []
    if cutting:
        progress("cutting")
        cut = _cutting(data / "cutting", embedder, texts(writes))
    progress("start")
    with spawned(data / "served", port=port) as service:
        progress("single writes")
        singles = _single_writes(service.client, embedder, texts(writes))
        progress("recalls")
        recalls = _recalls(service.client, embedder)
        progress("bulk")
        bulk = _bulk(service.client, embedder)
        progress("many clients")
        later = _many_clients(service.client)
    return [
        Figure("start to /healthz", service.healthy_after_s, "s"),
        Figure("start to /readyz, empty directory", service.ready_after_s, "s"),
        *singles,
        inside,
        *cut,
        *recalls,
        *bulk,
        *later,
    ]


def texts(count: int) -> list[str]:
    """Return sentences of the sample conversation, made different by a number at the end."""
    sample = json.loads((files("memsvc.demo") / "conversation.json").read_text())
    said = [turn["content"] for session in sample["sessions"] for turn in session["turns"]]
    return [f"{said[i % len(said)]} ({i})" for i in range(count)]


def table(figures: Sequence[Figure]) -> str:
    """Lay the figures out for a terminal."""
    rows = [("what", "value", "", "ratio", "beside")]
    rows += [
        (
            figure.name,
            f"{figure.value:,.2f}" if figure.value < BULK else f"{figure.value:,.0f}",
            figure.unit,
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            figure.beside or "",
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}} {row[2]:<{widths[2]}}  "
        f"{row[3]:>{widths[3]}}  {row[4]}"
        for row in rows
    )


def _single_writes(client: Client, embedder: Embedder, said: Sequence[str]) -> list[Figure]:
    """Write one turn at a time, each right after the bare embedding of the same text."""
    space = client.space("speed-single")
    embedding, writing, finding = [], [], []
    for number, text in enumerate(said):
        embedding.append(taken_s(partial(embedder.embed, [f"{SPEAKER}: {text}"])))
        turn = NewTurn(content=text, speaker=SPEAKER)
        writing.append(taken_s(partial(space.write, f"s{number // 20}", [turn])))
        if number % 10 == 0:
            finding.append(float(space.recall(text, k=1).hits[0].text == text))
    bare = statistics.median(embedding)
    written = statistics.median(writing)
    beside = "one embedding of it"
    return [
        Figure("one embedding, p50", bare * 1e3, "ms"),
        Figure("one turn written over HTTP, p50", written * 1e3, "ms", written / bare, beside),
        Figure("found first right after its write", statistics.mean(finding), "share"),
    ]


def _in_process(data: Path, embedder: Embedder, said: Sequence[str]) -> Figure:
    """Write one turn at a time through `memsvc.open`, each after its bare embedding."""
    embedding, writing = [], []
    with memsvc.open(data) as client:
        space = client.space("speed-inside")
        for number, text in enumerate(said):
            embedding.append(taken_s(partial(embedder.embed, [f"{SPEAKER}: {text}"])))
            turn = NewTurn(content=text, speaker=SPEAKER)
            writing.append(taken_s(partial(space.write, f"s{number // 20}", [turn])))
    written = statistics.median(writing)
    return Figure(
        "one turn written in process, p50",
        written * 1e3,
        "ms",
        written / statistics.median(embedding),
        "one embedding of it",
    )


def _cutting(data: Path, embedder: Embedder, said: Sequence[str]) -> list[Figure]:
    shares = cutting_shares(data, embedder, said)
    return [
        Figure(
            "closing events in a write, p50, processor time",
            shares.closing_s * 1e3,
            "ms",
            shares.closing_s / shares.write_s,
            "the whole write with its embedding",
        ),
        Figure(
            f"the same in a stream of {LONG_STREAM:,} turns",
            shares.in_long_s * 1e3,
            "ms",
            shares.in_long_s / shares.in_short_s,
            f"the same in one of {LONG_STREAM // 100:,}",
        ),
    ]


def _recalls(client: Client, embedder: Embedder) -> list[Figure]:
    sample = json.loads((files("memsvc.demo") / "conversation.json").read_text())
    questions: list[str] = sample["questions"] * 8
    space = client.space("speed-single")
    space.recall(questions[0])
    bare = statistics.median(taken_s(partial(embedder.embed, [question])) for question in questions)
    asked = statistics.median(taken_s(partial(space.recall, question)) for question in questions)
    beside = "one embedding of the question"
    return [Figure("one recall over HTTP, p50", asked * 1e3, "ms", asked / bare, beside)]


def _bulk(client: Client, embedder: Embedder) -> list[Figure]:
    said = texts(BULK)
    turns = [NewTurn(content=text, speaker=SPEAKER) for text in said]
    bare = BULK / taken_s(lambda: embedder.embed([f"{SPEAKER}: {text}" for text in said]))
    space = client.space("speed-bulk")
    now = BULK / taken_s(lambda: space.write("now", turns))
    later = BULK / taken_s(lambda: space.write("later", turns, embed="later"))
    beside = "the embedder by itself"
    return [
        Figure("bulk, the embedder by itself", bare, "texts/s"),
        Figure("bulk, 1,000 turns in one request", now, "turns/s", now / bare, beside),
        Figure("bulk, the same with embed=later", later, "turns/s"),
    ]


def _many_clients(client: Client) -> list[Figure]:
    """Let many clients write single turns at once with embed=later."""
    space = client.space("speed-clients")

    def one_client(number: int) -> None:
        for text in texts(WRITES_PER_CLIENT):
            space.write(f"client-{number}", [NewTurn(content=text)], embed="later")

    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(one_client, range(CLIENTS)))
    rate = CLIENTS * WRITES_PER_CLIENT / (time.perf_counter() - begun)
    return [Figure(f"{CLIENTS} clients, single durable turns, embed=later", rate, "turns/s")]


def taken_s(work: Callable[[], object]) -> float:
    """Return how many seconds work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun

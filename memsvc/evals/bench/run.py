"""Every target of speed and size in one run, each beside its peers: what `make bench` measures.

What is measured is what the single commands measure; here it is put into rows with goals. Peers
take turns with ours wherever both are asked the same. The extent says how long it takes: `QUICK`
some three minutes, `FULL` less than thirty on two idle cores.
"""

import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from memsvc.evals.bench.beside import Part, Row, part
from memsvc.evals.bench.extent import Extent, Setting
from memsvc.evals.bench.peers import graph, loaded, stores
from memsvc.evals.bench.rows import cost_rows, embedding, nearest, recalling, starting, writing
from memsvc.evals.peers import vectors
from memsvc.evals.peers.embedding import missing as missing_embedders
from memsvc.evals.peers.graph import missing as missing_graphs
from memsvc.evals.speed.capacity import COST_PART, LOAD_PART
from memsvc.evals.speed.costs import Cost, costs_as_json, measure_costs
from memsvc.spawned import free_port


@dataclass(frozen=True, slots=True)
class Bench:
    """All of it. `costs` are of single operations, for the model of docs/scale.md."""

    extent: Extent
    parts: Sequence[Part]
    costs: Mapping[str, Cost]
    sizes: Sequence[Mapping[str, Any]]
    machine: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return all of it for a report."""
        return {
            "settings": asdict(self.extent),
            "machine": dict(self.machine),
            "parts": [one.as_json() for one in self.parts],
            "costs": costs_as_json(self.costs),
            "sizes": [dict(one) for one in self.sizes],
        }


def measure_bench(extent: Extent, setting: Setting) -> Bench:
    """Measure everything, one part after the other."""
    before = os.getloadavg()
    costs: dict[str, Cost] = {}
    sizes: list[Mapping[str, Any]] = []
    data = setting.data

    def say(what: str) -> Callable[[str], None]:
        return lambda detail: setting.progress(f"{what}: {detail}")

    def costing() -> Iterator[Row]:
        found = measure_costs(
            data / "costs",
            port=free_port(),
            filled=extent.filled,
            requests=extent.costs,
            progress=say("one operation"),
        )
        costs.update(found)
        yield from cost_rows(found)

    parts = [
        part(
            "Embedding",
            lambda: embedding(extent, setting),
            absent=missing_embedders() if setting.exported else ["ONNX Runtime, bare"],
        ),
        part("Writing", lambda: writing(extent, setting, say("writing"))),
        part(COST_PART, costing),
        part("Recall over HTTP", lambda: recalling(extent, setting, sizes, say("recall"))),
        part(
            "Nearest vectors",
            lambda: nearest(extent, setting),
            absent=[*vectors.missing(), "sqlite-vec", "LanceDB"],
        ),
        part("Start", lambda: starting(extent, setting)),
        part(
            "Graph",
            lambda: graph(extent, setting, say("graph")),
            absent=missing_graphs(),
        ),
        *stores(extent, setting),
        part(LOAD_PART, lambda: loaded(extent, setting, say("load"))),
    ]
    machine = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_before": [round(one, 2) for one in before],
        "load_after": [round(one, 2) for one in os.getloadavg()],
    }
    return Bench(extent, parts, costs, sizes, machine)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((one.partition(":")[2].strip() for one in lines if "model name" in one), "")

"""The rows of `make bench` beside other libraries and stores, and those of many clients."""

from collections.abc import Callable, Iterator, Mapping
from statistics import median

from memsvc.evals.bench.beside import Goal, Part, Row, part
from memsvc.evals.bench.extent import Extent, Setting, by_name
from memsvc.evals.speed import stores_beside
from memsvc.evals.speed.graph import measure_graph
from memsvc.evals.speed.load import LATER_APART, LATER_TOGETHER, measure_load
from memsvc.evals.speed.service import Figure
from memsvc.spawned import free_port

MS = 1_000.0
MILLION = 1_000_000
WALK_MS, WALK_NUMPY_MS, IGRAPH_TIMES, NEAR_SHARE, EDGE_MS = 4.0, 20.0, 500, 1.0, 0.1
LATER_RATE = 2_000
LOADED_TIMES = 4.0


def graph(extent: Extent, setting: Setting, progress: Callable[[str], None]) -> Iterator[Row]:
    """Walk and change graphs that are made up, beside other libraries."""
    found = by_name(
        measure_graph(
            sizes=extent.nodes, questions=extent.walks, seed=setting.seed, progress=progress
        )
    )
    for nodes in extent.nodes:
        yield from _graph_rows(found, f"{nodes:,} nodes: ", judged=nodes >= MILLION)


def _graph_rows(found: Mapping[str, Figure], size: str, *, judged: bool) -> Iterator[Row]:
    asked, added = f"{size}question, ", f"{size}one edge added, "
    walls = {
        name.removeprefix(asked): figure.value
        for name, figure in found.items()
        if name.startswith(asked) and not name.endswith((", p50", ", p95", ", processor"))
    }
    for engine, least in (("compiled", WALK_MS), ("numpy", WALK_NUMPY_MS)):
        ours = found.get(f"{asked}{engine}, p50")
        if ours is None:
            continue
        reached = ours.value <= least
        yield Row(
            f"{size}PageRank of a question, {engine}, p50",
            ours.value,
            "ms",
            walls,
            next(iter(walls), None),
            Goal(f"<= {least:g} ms of a million", reached if judged else None),
        )
        igraph = next((value for name, value in walls.items() if "igraph" in name), None)
        if igraph is not None and engine == "compiled":
            times = igraph / ours.value
            yield Row(
                f"{size}times as fast as igraph",
                times,
                "x",
                goal=Goal(
                    f">= {IGRAPH_TIMES} of a million", times >= IGRAPH_TIMES if judged else None
                ),
            )
        near = found.get(f"{size}best 20 within 1 %, {engine}")
        if near is not None:
            yield Row(
                f"{size}best 20 within 1 %, {engine}",
                near.value,
                "of questions",
                goal=Goal("all", near.value >= NEAR_SHARE),
            )
    edge = found[f"{size}one turn of 11 edges added, p50"].value / 11
    others = {
        name.removeprefix(added): f.value for name, f in found.items() if name.startswith(added)
    }
    yield Row(
        f"{size}one edge added, p50",
        edge,
        "ms",
        others,
        next(iter(others), None),
        Goal(f"<= {EDGE_MS} ms", edge <= EDGE_MS),
        note="an eleventh of a turn of eleven edges",
    )
    walked = found[f"{size}bytes an edge, to walk on"]
    yield Row(f"{size}bytes an edge, to walk on", walked.value, "B")


def stores(extent: Extent, setting: Setting) -> Iterator[Part]:
    """Write and recall with rows in a file and in a server; a part without rows for no server."""
    title = "Rows in SQLite and in PostgreSQL"
    if not stores_beside.is_at_hand(setting.database):
        yield Part(title, [], 0.0, 0.0, ["PostgreSQL"])
        return

    def rows() -> Iterator[Row]:
        setting.progress("SQLite beside PostgreSQL")
        with stores_beside.lent_server(setting.database) as database:
            found = stores_beside.measure_stores(
                setting.data / "stores", database, embedder=setting.embedder, writes=extent.writes
            )
        for work, took in found.items():
            p50 = {name: median(each) * MS for name, each in took.items()}
            yield Row(
                f"{work}, rows in SQLite, p50",
                p50[stores_beside.SQLITE],
                "ms",
                {stores_beside.POSTGRES: p50[stores_beside.POSTGRES]},
                stores_beside.POSTGRES,
            )

    yield part(title, rows)


def loaded(extent: Extent, setting: Setting, progress: Callable[[str], None]) -> Iterator[Row]:
    """Load a service from this process, at half of what it can and beyond."""
    found = by_name(
        measure_load(setting.data / "load", port=free_port(), scale=extent.load, progress=progress)
    )
    for name, figure in found.items():
        idle = found.get(name.replace("half capacity", "idle"))
        peers_of = {"idle": idle.value} if idle and idle is not figure else {}
        yield Row(
            name,
            figure.value,
            figure.unit,
            peers_of,
            "idle" if peers_of else None,
            _load_goal(name, figure),
        )


def _load_goal(name: str, figure: Figure) -> Goal | None:
    if name == "recall, half capacity, p99":
        return Goal(f"<= {LOADED_TIMES:g} x idle", (figure.ratio or 0.0) <= LOADED_TIMES)
    if name in {LATER_APART, LATER_TOGETHER}:
        return Goal(f">= {LATER_RATE:,} turns/s", figure.value >= LATER_RATE)
    none = (
        "of these lost",
        "turns kept twice",
        "saturation, of these without Retry-After",
        "half capacity, neither success nor 429",
    )
    return Goal("none", figure.value == 0) if name in none else None

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from graph.knowledge import KnowledgeGraph
from graph.model import NodeKind
from graph.pagerank import engine, seeds_of
from graph.power import power
from memsvc.cli.family import memsvc
from memsvc.evals.peers.graph import exact, graph_peers, missing
from memsvc.evals.speed.graph import EDGES_A_NODE, make_up

SIZE = 2_000


def test_the_made_up_graph_has_hubs_and_follows_its_seed() -> None:
    one, other = make_up(SIZE, seed=1), make_up(SIZE, seed=1)
    assert one.columns.edges.one.tolist() == other.columns.edges.one.tolist()
    assert len(one.columns.edges.one) > 0.98 * SIZE * EDGES_A_NODE
    degrees = np.bincount(one.columns.edges.other, minlength=SIZE)
    assert degrees.max() > 20 * degrees[: one.entities].mean()
    assert set(one.columns.kinds[one.entities :].tolist()) == {NodeKind.TURN}


@pytest.mark.skipif("scipy" in missing(), reason="SciPy is not installed")
def test_every_peer_says_what_ours_says() -> None:
    columns = make_up(SIZE, seed=2).columns
    graph = KnowledgeGraph.of(columns)
    seeds = seeds_of({3: 1.0, 7: 0.5, SIZE - 1: 0.2})
    start = np.zeros(SIZE)
    start[seeds.nodes] = seeds.weights
    ours = power(graph.matrix, start, factors=np.full(7, 1 / 65_536))
    assert np.abs(exact(columns.edges, nodes=SIZE)(seeds) - ours).sum() < 1e-6
    names = []
    for peer in graph_peers(columns.edges, nodes=SIZE):
        names.append(peer.name)
        assert np.abs(peer.rank(seeds) - ours).sum() < 5e-3
    assert any("networkx" in name for name in names)


def test_the_command_prints_every_figure_as_json(tmp_path: Path) -> None:
    asked = ["bench", "graph", "--nodes", "1000", "--questions", "10", "--json"]
    ran = CliRunner().invoke(memsvc, [*asked, "--report", str(tmp_path)], catch_exceptions=False)
    assert ran.exit_code == 0
    printed = json.loads(ran.stdout)
    figures = {figure["name"]: figure["value"] for figure in printed["figures"]}
    assert figures[f"1,000 nodes: question, {engine()}, p50"] > 0
    assert figures["1,000 nodes: bytes an edge, to walk on"] > 16
    for name in missing():
        assert f"{name} is not installed" in ran.stderr

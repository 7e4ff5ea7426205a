"""A boundary moves to where the definitions say, computed without their cost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from memsvc.domain.episode import Refinement
from memsvc.ingest.refine import Weights, alike, best_cut


def modularity(weights: Weights, cut: int) -> float:
    """As Newman defines it, on the scale of EM-LLM: a sum over all pairs."""
    size = len(weights)
    whole = weights.sum()
    if whole == 0:
        return 0
    degree = weights.sum(axis=1)
    pairs = [
        weights[i, j] - degree[i] * degree[j] / whole
        for i in range(size)
        for j in range(size)
        if (i < cut) == (j < cut)
    ]
    return float(sum(pairs) / (2 * whole))


def conductance(weights: Weights, cut: int) -> float:
    """What crosses the cut, over what lies inside the lighter side."""
    across = weights[:cut, cut:].sum()
    lighter = min(weights[:cut, :cut].sum(), weights[cut:, cut:].sum())
    return float(across / lighter) if lighter else float("inf")


@st.composite
def graphs(draw: st.DrawFn) -> Weights:
    size = draw(st.integers(2, 14))
    drawn = draw(arrays(np.float64, (size, size), elements=st.integers(0, 8).map(float)))
    upper: Weights = np.triu(drawn, 1)
    return upper + upper.T


@st.composite
def windows(draw: st.DrawFn) -> tuple[Weights, int, int]:
    weights = draw(graphs())
    first = draw(st.integers(1, len(weights) - 1))
    return weights, first, draw(st.integers(first, len(weights)))


@given(windows())
def test_by_modularity_it_is_the_cut_of_the_naive_sum(window: tuple[Weights, int, int]) -> None:
    weights, first, last = window
    cut = best_cut(weights, first=first, last=last, by=Refinement.MODULARITY)
    best = max(modularity(weights, other) for other in range(first, last + 1))
    assert first <= cut <= last
    assert modularity(weights, cut) == pytest.approx(best, abs=1e-12)


@given(windows())
def test_by_conductance_it_is_the_cut_of_the_naive_ratio(window: tuple[Weights, int, int]) -> None:
    weights, first, last = window
    cut = best_cut(weights, first=first, last=last, by=Refinement.CONDUCTANCE)
    best = min(conductance(weights, other) for other in range(first, last + 1))
    assert first <= cut <= last
    assert conductance(weights, cut) == pytest.approx(best)


@pytest.mark.parametrize("by", [Refinement.MODULARITY, Refinement.CONDUCTANCE])
def test_a_graph_of_two_cliques_is_cut_between_them(by: Refinement) -> None:
    weights = np.zeros((7, 7))
    weights[:3, :3] = weights[3:, 3:] = 1
    np.fill_diagonal(weights, 0)
    weights[2, 3] = weights[3, 2] = 0.1
    assert best_cut(weights, first=1, last=6, by=by) == 3


@pytest.mark.parametrize("by", [Refinement.MODULARITY, Refinement.CONDUCTANCE])
def test_where_nothing_is_alike_the_boundary_stays(by: Refinement) -> None:
    assert best_cut(np.zeros((6, 6)), first=2, last=4, by=by) == 4


def test_what_is_opposed_is_not_alike_and_nothing_is_alike_itself() -> None:
    east, north = np.eye(2, dtype=np.float32)
    vectors = np.stack([east, -east, north, (east + north) / np.float32(np.sqrt(2))])
    half = np.sqrt(0.5)
    expected = [[0, 0, 0, half], [0, 0, 0, 0], [0, 0, 0, half], [half, 0, half, 0]]
    np.testing.assert_allclose(alike(vectors), expected, atol=1e-6)

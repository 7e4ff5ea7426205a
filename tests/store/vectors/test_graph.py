"""The graph where it is a graph: thousands of vectors that lie about as those of texts do."""

import numpy as np
import pytest
from numpy.typing import NDArray

from memsvc.ports.models import Matrix, Vector
from store.vectors import faiss_hnsw
from store.vectors.faiss_flat import FlatIndex, means_of
from store.vectors.faiss_hnsw import HnswSegment, grown
from store.vectors.layered import LayeredIndex

COUNT, DIMENSION, K = 6_000, 48, 10


@pytest.fixture(scope="module")
def vectors() -> Matrix:
    """Directions around some hundred topics, each near a few others."""
    chance = np.random.default_rng(7)
    topics = chance.normal(size=(150, DIMENSION))
    mixed = topics[chance.integers(0, 150, size=(COUNT, 2))].sum(axis=1)
    made: Matrix = (mixed + chance.normal(scale=0.9, size=mixed.shape)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


@pytest.fixture(scope="module")
def exact(vectors: Matrix) -> FlatIndex:
    index = FlatIndex(DIMENSION)
    index.add(np.arange(COUNT), vectors)
    return index


@pytest.fixture(autouse=True)
def _a_graph_from_a_hundred_rows_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that some thousand vectors are walked as a hundred thousand would be."""
    monkeypatch.setattr(faiss_hnsw, "FEW_ROWS", 100)
    monkeypatch.setattr(faiss_hnsw, "FEW_SHARE", 0.05)


def graph_of(vectors: Matrix) -> HnswSegment:
    made = grown(None, np.arange(len(vectors)), vectors, most_buried=0.2, go_on=lambda: True)
    assert made is not None
    return made


def recall_at_10(
    segment: HnswSegment | LayeredIndex,
    exact: FlatIndex,
    questions: Matrix,
    among: NDArray[np.int64] | None = None,
) -> float:
    found = [
        np.isin(
            exact.search(question, k=K, among=among).keys,
            segment.search(question, k=K, among=among).keys,
        ).mean()
        for question in questions
    ]
    return float(np.mean(found))


@pytest.mark.parametrize("kept", [1.0, 0.5, 0.1, 0.01])
def test_the_graph_finds_nearly_all_that_comparing_everything_finds(
    vectors: Matrix, exact: FlatIndex, kept: float
) -> None:
    """With a filter as without; where one keeps few, all of them are compared."""
    segment = graph_of(vectors)
    among = np.flatnonzero(np.random.default_rng(1).random(COUNT) < kept) if kept < 1 else None

    found = recall_at_10(segment, exact, vectors[::60] + 0.01, among)

    assert found >= 0.98


def test_a_graph_that_grew_in_steps_is_as_good_as_one_made_at_once(
    vectors: Matrix, exact: FlatIndex
) -> None:
    layered = LayeredIndex(DIMENSION)
    for begin in range(0, COUNT, 1_500):
        rows = np.arange(begin, begin + 1_500)
        layered.add(rows, vectors[rows])
        sealing = layered.begin_sealing()
        layered.end_sealing(sealing, sealing.build(lambda: True))
    assert len(layered.fresh) == 0
    assert recall_at_10(layered, exact, vectors[::60] + 0.01) >= 0.98


def test_buried_items_answer_no_more_and_the_rest_is_found_as_before(
    vectors: Matrix, exact: FlatIndex
) -> None:
    segment = graph_of(vectors)
    gone = np.arange(0, COUNT, 7)
    segment.bury(gone)
    left = np.setdiff1d(np.arange(COUNT), gone)

    assert len(segment) == len(left)
    found = [
        np.isin(exact.search(q, k=K, among=left).keys, segment.search(q, k=K).keys).mean()
        for q in vectors[gone[::20]]
    ]
    assert np.mean(found) >= 0.98
    assert not np.isin(segment.search(vectors[0], k=50).keys, gone).any()


def test_an_item_that_comes_back_after_it_was_buried_answers(vectors: Matrix) -> None:
    segment = graph_of(vectors)
    segment.bury(np.array([7]))
    back = grown(segment, np.array([7]), vectors[8:9], most_buried=0.2, go_on=lambda: True)
    assert back is not None

    assert back.cosines(vectors[8], np.array([7])) == pytest.approx(1.0, abs=4e-3)
    assert np.allclose(means_of([back.rows(np.array([7]))], items=1), vectors[8:9], atol=4e-3)


def test_a_graph_with_many_buried_is_built_anew_without_them(vectors: Matrix) -> None:
    segment = graph_of(vectors[:1_000])
    segment.bury(np.arange(300))
    anew = grown(
        segment,
        np.arange(1_000, 1_100),
        vectors[1_000:1_100],
        most_buried=0.2,
        go_on=lambda: True,
    )
    assert anew is not None
    assert len(anew.owners) == len(anew) == 800
    assert anew.owners.keys.min() == 300
    assert len(segment.owners) == 1_000  # the old one is as it was, for those who still read it


def test_building_stops_when_it_is_told_to(vectors: Matrix) -> None:
    answers = iter([True, True, False])
    made = grown(None, np.arange(COUNT), vectors, most_buried=0.2, go_on=lambda: next(answers))
    assert made is None


def test_pieces_of_long_items_do_not_crowd_others_out_of_the_graph(vectors: Matrix) -> None:
    """Two thousand pieces of one item lie nearer than anything else."""
    crowd = np.tile(vectors[0], (2_000, 1)) + np.random.default_rng(2).normal(
        scale=1e-4, size=(2_000, DIMENSION)
    ).astype(np.float32)
    keys = np.concatenate([np.zeros(2_000, dtype=np.int64), np.arange(1, COUNT)])
    segment = grown(
        None, keys, np.concatenate([crowd, vectors[1:]]), most_buried=0.2, go_on=lambda: True
    )
    assert segment is not None
    question: Vector = vectors[0]
    found = segment.search(question, k=K).keys.tolist()
    assert found[0] == 0
    assert len(set(found)) == K

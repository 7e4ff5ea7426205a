"""What every vector index does, and that FAISS answers as the plain twin does.

The vectors are the 24 corners of a figure whose inner products are exact in floating point, so
that ties are ties in both and answers can be compared number by number.
"""

import io
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from memsvc.domain.errors import DimensionMismatch
from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Keys, Ranked, VectorIndex
from store.vectors.exact import ExactIndex
from store.vectors.faiss_flat import FlatIndex
from store.vectors.layered import LayeredIndex, Sealing
from tests.store.asked import GraphedVectors, WrittenVectors, asking_at

DIMENSION = 4
AXES = [sign * np.eye(DIMENSION, dtype=np.float32)[axis] for axis in range(4) for sign in (1, -1)]
HALVES = [np.array(signs, dtype=np.float32) for signs in product((0.5, -0.5), repeat=4)]
CORNERS = np.array([*AXES, *HALVES], dtype=np.float32)

EAST, WEST, NORTH = CORNERS[0], CORNERS[1], CORNERS[2]

Opened = Callable[[int], VectorIndex]


class SealedIndex(LayeredIndex):
    """A layered index whose every vector goes into a graph as soon as it is added."""

    @override
    def add(self, keys: Keys, vectors: Matrix) -> None:
        super().add(keys, vectors)
        if len(keys):
            sealing = self.begin_sealing()
            self.end_sealing(sealing, sealing.build(lambda: True))


@pytest.fixture(
    params=[
        pytest.param(ExactIndex, id="exact"),
        pytest.param(FlatIndex, id="faiss-flat"),
        pytest.param(LayeredIndex, id="layered"),
        pytest.param(SealedIndex, id="sealed"),
        pytest.param(WrittenVectors, id="pgvector", marks=pytest.mark.postgres),
        pytest.param(GraphedVectors, id="pgvector-graph", marks=pytest.mark.postgres),
    ]
)
def index(request: pytest.FixtureRequest) -> Iterator[VectorIndex]:
    if request.param in (WrittenVectors, GraphedVectors):
        written: type[WrittenVectors] = request.param
        with asking_at(request.getfixturevalue("database_url"), DIMENSION) as asking:
            yield written(asking)
    else:
        opened: Opened = request.param
        yield opened(DIMENSION)


def keys_of(*keys: int) -> Keys:
    return np.array(keys, dtype=np.int64)


def matrix_of(*vectors: Vector) -> Matrix:
    return np.array(vectors, dtype=np.float32).reshape(len(vectors), DIMENSION)


def pairs(ranked: Ranked) -> list[tuple[int, float]]:
    return list(zip(ranked.keys.tolist(), ranked.scores.tolist(), strict=True))


def test_the_nearest_item_comes_first(index: VectorIndex) -> None:
    index.add(keys_of(1, 2, 3), matrix_of(WEST, NORTH, EAST))
    assert pairs(index.search(EAST, k=3)) == [(3, 1.0), (2, 0.0), (1, -1.0)]


def test_no_more_than_k_items_come_back(index: VectorIndex) -> None:
    index.add(keys_of(1, 2, 3), matrix_of(WEST, NORTH, EAST))
    assert pairs(index.search(EAST, k=1)) == [(3, 1.0)]


def test_an_item_of_several_vectors_counts_once_by_its_best(index: VectorIndex) -> None:
    index.add(keys_of(7, 7, 7, 8), matrix_of(WEST, EAST, NORTH, NORTH))
    assert pairs(index.search(EAST, k=5)) == [(7, 1.0), (8, 0.0)]


def test_pieces_of_one_item_do_not_crowd_others_out(index: VectorIndex) -> None:
    index.add(keys_of(*[1] * 50, 2), matrix_of(*[EAST] * 50, NORTH))
    assert pairs(index.search(EAST, k=2)) == [(1, 1.0), (2, 0.0)]


def test_keys_may_come_in_any_order_and_again(index: VectorIndex) -> None:
    index.add(keys_of(9, 3), matrix_of(NORTH, WEST))
    index.add(keys_of(5), matrix_of(NORTH))
    index.add(keys_of(3), matrix_of(EAST))
    assert pairs(index.search(EAST, k=5)) == [(3, 1.0), (5, 0.0), (9, 0.0)]
    assert len(index) == 4


@pytest.mark.parametrize("k", [1, 3, 60, 150, 300])
def test_ties_are_broken_by_key_however_many_there_are(index: VectorIndex, k: int) -> None:
    """Chats are full of turns that say the very same word."""
    keys = np.arange(300, dtype=np.int64)[::-1]
    index.add(keys, np.tile(EAST, (300, 1)))
    assert index.search(EAST, k=k).keys.tolist() == list(range(k))


@pytest.mark.parametrize("k", [1, 60, 150])
def test_ties_are_broken_by_key_behind_better_items(index: VectorIndex, k: int) -> None:
    keys = np.arange(400, dtype=np.int64)
    vectors = np.tile(NORTH, (400, 1))
    vectors[399] = EAST
    index.add(keys, vectors)
    assert index.search(EAST, k=k).keys.tolist() == [399, *range(k - 1)]


def test_a_removed_item_is_found_no_more_and_unknown_ones_are_passed_over(
    index: VectorIndex,
) -> None:
    index.add(keys_of(1, 1, 2), matrix_of(EAST, NORTH, NORTH))
    index.remove(keys_of(1, 99))
    assert pairs(index.search(EAST, k=5)) == [(2, 0.0)]
    assert len(index) == 1


def test_an_item_may_come_back_after_it_was_removed(index: VectorIndex) -> None:
    index.add(keys_of(1), matrix_of(EAST))
    index.remove(keys_of(1))
    index.add(keys_of(1), matrix_of(NORTH))
    assert pairs(index.search(EAST, k=5)) == [(1, 0.0)]


def test_among_restricts_the_answer_to_items_that_are_there(index: VectorIndex) -> None:
    index.add(keys_of(1, 2, 3), matrix_of(EAST, NORTH, WEST))
    among = keys_of(3, 2, 2, 77)
    assert pairs(index.search(EAST, k=5, among=among)) == [(2, 0.0), (3, -1.0)]


def test_among_nobody_finds_nobody(index: VectorIndex) -> None:
    index.add(keys_of(1), matrix_of(EAST))
    assert pairs(index.search(EAST, k=5, among=keys_of())) == []


def test_an_empty_index_answers_with_nothing(index: VectorIndex) -> None:
    assert pairs(index.search(EAST, k=5)) == []
    assert len(index) == 0
    assert np.isnan(index.cosines(EAST, keys_of(1))).all()
    assert index.means(keys_of(1)).tolist() == [[0.0] * DIMENSION]
    index.remove(keys_of(1))


def test_no_keys_give_no_cosines_and_no_means(index: VectorIndex) -> None:
    index.add(keys_of(1), matrix_of(EAST))
    assert index.cosines(EAST, keys_of()).shape == (0,)
    assert index.means(keys_of()).shape == (0, DIMENSION)


def test_adding_nothing_changes_nothing(index: VectorIndex) -> None:
    index.add(keys_of(), matrix_of())
    assert len(index) == 0


def test_cosines_are_those_of_the_best_vector_and_nan_for_unknown_items(
    index: VectorIndex,
) -> None:
    index.add(keys_of(1, 1, 2), matrix_of(WEST, NORTH, EAST))
    cosines = index.cosines(EAST, keys_of(2, 5, 1, 2))
    assert np.array_equal(cosines, [1.0, np.nan, 0.0, 1.0], equal_nan=True)


def test_a_mean_is_the_middle_of_an_items_vectors_at_unit_length(index: VectorIndex) -> None:
    index.add(keys_of(1, 1, 2), matrix_of(EAST, NORTH, WEST))
    half = np.float32(np.sqrt(0.5))
    means = index.means(keys_of(2, 1, 9))
    assert np.allclose(means, [WEST, [half, half, 0, 0], [0, 0, 0, 0]])


def test_vectors_of_another_length_are_refused(index: VectorIndex) -> None:
    with pytest.raises(DimensionMismatch) as refused:
        index.add(keys_of(1), np.ones((1, 3), dtype=np.float32))
    assert (refused.value.expected, refused.value.got) == (DIMENSION, 3)
    assert len(index) == 0


def test_a_question_of_another_length_is_refused(index: VectorIndex) -> None:
    with pytest.raises(DimensionMismatch):
        index.search(np.ones(5, dtype=np.float32), k=1)


def test_an_index_says_how_much_memory_it_takes(index: VectorIndex) -> None:
    index.add(keys_of(1, 2), matrix_of(EAST, WEST))
    assert index.nbytes >= 2 * DIMENSION * 4


def test_an_index_keeps_its_own_copy_of_what_it_was_given(index: VectorIndex) -> None:
    given_vectors = matrix_of(EAST)
    index.add(keys_of(1), given_vectors)
    given_vectors[:] = WEST
    assert pairs(index.search(EAST, k=1)) == [(1, 1.0)]


some_keys = st.lists(st.integers(0, 12), max_size=8).map(lambda keys: keys_of(*keys))
corners = st.integers(0, len(CORNERS) - 1)
some_vectors = st.lists(st.tuples(st.integers(0, 12), corners), max_size=12)


class BesideItsTwin(RuleBasedStateMachine):
    """Whatever is added, removed and sealed, FAISS answers what the plain index answers."""

    def __init__(self) -> None:
        super().__init__()
        self.flat, self.exact = FlatIndex(DIMENSION), ExactIndex(DIMENSION)
        self.layered = LayeredIndex(DIMENSION)
        self.sealing: Sealing | None = None

    @property
    def ours(self) -> list[VectorIndex]:
        return [self.flat, self.layered]

    @rule(added=some_vectors)
    def add(self, added: list[tuple[int, int]]) -> None:
        keys = keys_of(*(key for key, _ in added))
        vectors = matrix_of(*(CORNERS[corner] for _, corner in added))
        for index in (*self.ours, self.exact):
            index.add(keys, vectors)

    @rule(keys=some_keys)
    def remove(self, keys: Keys) -> None:
        for index in (*self.ours, self.exact):
            index.remove(keys)

    @precondition(lambda self: self.sealing is None)
    @rule()
    def begin_to_seal(self) -> None:
        self.sealing = self.layered.begin_sealing()

    @precondition(lambda self: self.sealing is not None)
    @rule(is_let=st.booleans())
    def end_sealing(self, *, is_let: bool) -> None:
        assert self.sealing is not None
        self.layered.end_sealing(self.sealing, self.sealing.build(lambda: is_let))
        self.sealing = None

    @precondition(lambda self: self.sealing is None)
    @rule()
    def keep_and_load(self) -> None:
        settled = self.layered.settled
        arrays = self.layered.arrays
        if settled is not None:
            graph = io.BytesIO()
            settled.write_graph(graph.write)
            arrays |= settled.arrays
            arrays["graph"] = np.frombuffer(graph.getvalue(), dtype=np.uint8)
        self.layered = LayeredIndex.from_arrays(DIMENSION, arrays)

    @rule(corner=corners, k=st.integers(1, 20), among=st.none() | some_keys)
    def search(self, corner: int, k: int, among: Keys | None) -> None:
        right = pairs(self.exact.search(CORNERS[corner], k=k, among=among))
        for index in self.ours:
            assert pairs(index.search(CORNERS[corner], k=k, among=among)) == right

    @rule(corner=corners, keys=some_keys)
    def look_at_items(self, corner: int, keys: Keys) -> None:
        right = self.exact.cosines(CORNERS[corner], keys)
        for index in self.ours:
            assert np.array_equal(index.cosines(CORNERS[corner], keys), right, equal_nan=True)
            assert np.allclose(index.means(keys), self.exact.means(keys), atol=1e-6)

    @invariant()
    def hold_as_many(self) -> None:
        assert [len(index) for index in self.ours] == [len(self.exact)] * 2


BesideItsTwin.TestCase.settings = settings(max_examples=80, deadline=None)
TestBesideItsTwin = BesideItsTwin.TestCase


@settings(max_examples=25, deadline=None)
@given(
    items=st.integers(1, 400),
    seed=st.integers(0, 2**32 - 1),
    k=st.integers(1, 250),
)
def test_faiss_ranks_random_directions_as_the_twin_does(items: int, seed: int, k: int) -> None:
    """Rounding may differ in the last digit, so scores are compared and keys through them."""
    chance = np.random.default_rng(seed)
    vectors = chance.normal(size=(items, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    keys = chance.integers(0, items, size=items)
    flat, exact = FlatIndex(8), ExactIndex(8)
    for index in (flat, exact):
        index.add(keys, vectors)
    ours, right = (index.search(vectors[0], k=k) for index in (flat, exact))
    assert np.allclose(ours.scores, right.scores, atol=1e-5)
    assert np.allclose(exact.cosines(vectors[0], ours.keys), right.scores, atol=1e-5)

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.evals.peers import baselines
from memsvc.evals.peers.baselines import (
    Bm25,
    best_first,
    content_words,
    corpus_of,
    floor,
    half_of_neighbours,
    min_max,
    neighbours,
    rankings,
    reciprocal_rank,
    session_means,
    with_before,
)
from memsvc.llm.fakes import HashingEmbedder
from tests.evals.small import Splitting

TWO_STREAMS = np.array([0, 0, 0, 1, 1])
TERMS = Splitting().terms


def test_bm25_scores_a_document_as_on_paper() -> None:
    """Two documents of length 2 and 2, so lengths do not count; the word is in one of two."""
    scores = Bm25([["cat", "cat"], ["dog", "owl"]]).scores(["cat"])

    assert scores.tolist() == pytest.approx([math.log(2) * 2 * 2.2 / (2 + 1.2), 0.0])


def test_bm25_prefers_the_shorter_of_two_that_hold_the_word() -> None:
    scores = Bm25([["cat"], ["cat", "and", "a", "long", "tail"]]).scores(["cat"])

    assert scores[0] > scores[1]


def test_bm25_counts_a_word_of_the_question_once() -> None:
    bm25 = Bm25([["cat"], ["dog"]])

    assert bm25.scores(["cat", "cat"]).tolist() == bm25.scores(["cat"]).tolist()


def test_bm25_of_words_that_nobody_said_is_zero() -> None:
    assert Bm25([["cat"], []]).scores(["owl"]).tolist() == [0.0, 0.0]


def test_function_words_are_left_out() -> None:
    assert content_words(TERMS)("What did Ada buy there?") == ["ada", "buy"]


def test_neighbours_never_cross_streams() -> None:
    left, right = neighbours(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), TWO_STREAMS)

    assert left.tolist() == [0, 1, 2, 0, 4]
    assert right.tolist() == [2, 3, 0, 5, 0]


def test_the_first_vector_of_a_stream_stays_as_it_is() -> None:
    vectors = np.array([[1, 0], [0, 1], [0, 1], [1, 0], [0, 1]], dtype=np.float32)

    mixed = with_before(vectors, TWO_STREAMS)

    half = math.sqrt(0.5)
    assert mixed.tolist() == [
        [1, 0],
        pytest.approx([half, half]),
        [0, 1],
        [1, 0],
        pytest.approx([half, half]),
    ]


def test_half_of_both_neighbours_is_added() -> None:
    scores = half_of_neighbours(np.array([1.0, 0.0, 4.0, 2.0, 0.0]), TWO_STREAMS)

    assert scores.tolist() == [1.0, 2.5, 4.0, 2.0, 1.0]


def test_a_session_is_as_good_as_its_three_best() -> None:
    scores = np.array([1.0, 2.0, 3.0, 4.0, 6.0])

    means = session_means(scores, np.array([0, 0, 0, 0, 1]))

    assert means.tolist() == [3.0, 3.0, 3.0, 3.0, 6.0]


def test_min_max_of_equal_scores_is_zero() -> None:
    assert min_max(np.array([2.0, 2.0])).tolist() == [0.0, 0.0]
    assert min_max(np.array([2.0, 4.0, 3.0])).tolist() == [0.0, 1.0, 0.5]


def test_reciprocal_ranks_are_summed() -> None:
    fused = reciprocal_rank(np.array([3.0, 2.0, 1.0]), np.array([0.0, 5.0, 9.0]))

    assert fused.tolist() == pytest.approx([1 / 61 + 1 / 63, 1 / 62 + 1 / 62, 1 / 63 + 1 / 61])


def test_ties_are_broken_by_number() -> None:
    assert best_first(np.array([1.0, 2.0, 1.0, 2.0])).tolist() == [1, 3, 0, 2]


def test_the_floor_is_what_paper_says() -> None:
    """Two turns in one stream, found by their own words alone: 1.8 and 0, then the neighbour."""
    mine, none = np.array([1.0, 0.0]), np.zeros(2)

    scores = floor(dense=mine, before=none, bm25=mine, around=none, streams=np.zeros(2, np.int64))

    mean = (1.8 + 0.3 * 1.8) / 2
    assert scores.tolist() == pytest.approx([1.8 + 0.4 * mean, 0.54 + 0.4 * mean])


@given(st.lists(st.floats(-5, 5), min_size=5, max_size=5))
def test_a_constant_added_to_an_arm_does_not_move_the_floor(scores: list[float]) -> None:
    arm, flat = np.round(scores, 3), np.zeros(5)

    plain = floor(dense=arm, before=flat, bm25=flat, around=flat, streams=TWO_STREAMS)
    raised = floor(dense=arm + 1, before=flat, bm25=flat, around=flat, streams=TWO_STREAMS)

    assert plain.tolist() == pytest.approx(raised.tolist())


def test_every_baseline_ranks_every_turn_and_finds_the_plain_one() -> None:
    texts = ["Ada: a grey cat", "Ben: nice", "Ada: it rains", "Ben: bicycle stolen", "Ada: oh"]
    embedder = HashingEmbedder(256)
    corpus = corpus_of(texts, TWO_STREAMS.tolist(), embedder=embedder, terms=TERMS)

    (orders,) = rankings(corpus, ["bicycle stolen"], embedder=embedder, terms=TERMS)

    assert list(orders) == ["dense", "bm25", "rrf", "convex", "floor", "floor:stored"]
    assert {int(order[0]) for order in orders.values()} == {3}
    assert all(sorted(order) == [0, 1, 2, 3, 4] for order in orders.values())


def test_joined_neighbours_lend_a_turn_their_words() -> None:
    """Nothing in the second turn is asked for, but it stands beside the one that says it."""
    corpus = corpus_of(
        ["cat", "yes", "no", "owl", "hm"],
        TWO_STREAMS.tolist(),
        embedder=HashingEmbedder(),
        terms=TERMS,
    )

    assert list(baselines.joined_terms(corpus)) == [
        ["cat", "yes"],
        ["cat", "yes", "no"],
        ["yes", "no"],
        ["owl", "hm"],
        ["owl", "hm"],
    ]

"""BM25: numbers computed by hand, with k1 = 0.9 and b = 0.4.

Five turns of 1, 2, 3, 4 and 5 terms: N is 5 and the mean length 3, so that the norm of a turn of
length L is 0.9 * (0.6 + 0.4 * L / 3) = 0.54 + 0.12 * L.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memsvc.ports.vectors import Ranked
from retrieval.bm25 import bm25, bm25_of_streams
from store.timeline import ArrayTimeline
from tests.retrieval.small import SmallSpace

FIVE = (
    (10, "cat"),
    (10, "cat dog"),
    (20, "dog dog bird"),
    (20, "fish fish fish fish"),
    (30, "bird fish dog cat cat"),
)


def of_turns(space: SmallSpace, question: str) -> Ranked:
    return bm25(question.split(), space.postings, space.timeline)


def of_streams(space: SmallSpace, question: str) -> Ranked:
    """Score streams by the names that the small space gives them, not by their numbers."""
    found = bm25_of_streams(question.split(), space.postings, space.timeline)
    return Ranked(np.array(space.streams, dtype=np.int64)[found.keys], found.scores)


def by_key(ranked: Ranked) -> dict[int, float]:
    return dict(zip(ranked.keys.tolist(), ranked.scores.tolist(), strict=True))


def test_a_term_weighs_by_how_rare_it_is_and_by_the_length_of_the_turn() -> None:
    """Cat stands in three of five: idf = ln(1 + 2.5 / 3.5) = 0.53900."""
    assert by_key(of_turns(SmallSpace(*FIVE), "cat")) == pytest.approx(
        {
            1: 0.53900 * 1 * 1.9 / (1 + 0.66),
            2: 0.53900 * 1 * 1.9 / (1 + 0.78),
            5: 0.53900 * 2 * 1.9 / (2 + 1.14),
        },
        abs=1e-4,
    )


def test_the_terms_of_a_question_add_up() -> None:
    """Bird stands in two of five: idf = ln(1 + 3.5 / 2.5) = 0.87547. Turn 5 holds both."""
    assert by_key(of_turns(SmallSpace(*FIVE), "cat bird")) == pytest.approx(
        {1: 0.61692, 2: 0.57533, 3: 0.87547 * 1.9 / (1 + 0.90), 5: 0.65229 + 0.77729}, abs=1e-4
    )


def test_a_term_that_the_question_repeats_counts_as_often_as_it_stands_there() -> None:
    once, twice = of_turns(SmallSpace(*FIVE), "cat"), of_turns(SmallSpace(*FIVE), "cat cat")

    np.testing.assert_allclose(twice.scores, 2 * once.scores, rtol=1e-6)


def test_a_stream_is_scored_as_the_one_text_that_its_turns_make() -> None:
    """Streams of 3, 7 and 5 terms, cat twice in the first and the last.

    idf = ln(1 + 1.5 / 2.5) = 0.47000, and the norm is 0.54 + 0.072 * L.
    """
    assert by_key(of_streams(SmallSpace(*FIVE), "cat")) == pytest.approx(
        {10: 0.47000 * 2 * 1.9 / (2 + 0.756), 30: 0.47000 * 2 * 1.9 / (2 + 0.900)}, abs=1e-4
    )


def test_postings_of_a_deleted_turn_count_for_nothing() -> None:
    """Without turn 5: N is 4, the mean length 2.5, idf of cat ln 2, the norm 0.54 + 0.144 * L."""
    space = SmallSpace(*FIVE)
    space.forget(5)

    assert by_key(of_turns(space, "cat")) == pytest.approx({1: 0.78205, 2: 0.72045}, abs=1e-4)


def test_a_stream_whose_only_turn_was_deleted_is_no_stream() -> None:
    """Of two streams left, cat stands in one: idf = ln 2, mean length 5, the norm 0.756."""
    space = SmallSpace(*FIVE)
    space.forget(5)

    assert by_key(of_streams(space, "cat")) == pytest.approx(
        {10: 0.69315 * 2 * 1.9 / (2 + 0.756)}, abs=1e-4
    )


@pytest.mark.parametrize("question", ["", "elephant"])
def test_a_question_that_shares_no_term_matches_nothing(question: str) -> None:
    assert by_key(of_turns(SmallSpace(*FIVE), question)) == {}
    assert by_key(of_streams(SmallSpace(*FIVE), question)) == {}


def test_nothing_matches_in_an_empty_space() -> None:
    assert by_key(bm25(["cat"], {}, ArrayTimeline())) == {}


def test_a_term_that_every_turn_holds_still_counts_for_a_little() -> None:
    found = of_turns(SmallSpace((1, "cat"), (1, "cat")), "cat")

    assert np.all(found.scores > 0)


words = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8).map(" ".join)
spaces = st.lists(st.tuples(st.integers(1, 3), words), min_size=1, max_size=8)


@settings(deadline=None)
@given(turns=spaces, question=st.permutations(list("aabcf")))
def test_the_order_of_the_questions_words_does_not_count(
    turns: list[tuple[int, str]], question: list[str]
) -> None:
    space = SmallSpace(*turns)
    one, other = of_turns(space, " ".join(question)), of_turns(space, "a a b c f")

    np.testing.assert_array_equal(one.keys, other.keys)
    np.testing.assert_allclose(one.scores, other.scores, rtol=1e-5)


@settings(deadline=None)
@given(turns=spaces, question=words)
def test_a_turn_matches_exactly_when_it_shares_a_term_and_keys_ascend(
    turns: list[tuple[int, str]], question: str
) -> None:
    found = of_turns(SmallSpace(*turns), question)

    asked = set(question.split())
    assert found.keys.tolist() == [
        key for key, (_, text) in enumerate(turns, start=1) if asked & set(text.split())
    ]
    assert np.all(found.scores > 0)


@settings(deadline=None)
@given(turns=spaces, question=words)
def test_streams_of_one_turn_each_score_as_their_turns(
    turns: list[tuple[int, str]], question: str
) -> None:
    space = SmallSpace(*((key, text) for key, (_, text) in enumerate(turns, start=1)))

    assert by_key(of_streams(space, question)) == pytest.approx(by_key(of_turns(space, question)))

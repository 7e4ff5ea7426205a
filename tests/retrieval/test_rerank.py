"""Rerank: what was read is mixed in within bounds, and the last word is left to later stages."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.recall import FellBack, Reranking
from retrieval.pool import Ask, Pool
from retrieval.recipes import RECIPES
from retrieval.rerank import (
    ARM,
    MOST,
    WEIGHT,
    Rerank,
    before_and_after,
    fell_back,
    read,
    to_read,
    with_reranker,
)
from retrieval.standing import Standing
from retrieval.superseded import Superseded
from tests.retrieval.small import SmallSpace, pool_of

ASK: Ask = SmallSpace((0, "reed")).ask("reed")
SCORES = st.floats(-1.0, 3.0, width=32)
SAID = st.floats(-20.0, 20.0, width=32)


def reranked(pool: Pool, said: dict[int, float]) -> Pool:
    return Rerank("a/b/1", read([pool], said), Reranking(len(said), 0.0)).run(ASK, pool)


def order(pool: Pool) -> list[int]:
    found: list[int] = pool.keys[pool.best_first()].tolist()
    return found


def test_half_of_a_score_is_what_was_read_on_the_scale_of_the_scores() -> None:
    before = pool_of({1: 0.8, 2: 0.4, 3: 0.2, 4: 0.1})

    after = reranked(before, {1: -3.0, 2: 1.0, 3: 5.0})

    # From .2 to .8, by what was said: -3 is .2, 1 is .5, 5 is .8.
    assert after.score == pytest.approx([0.5, 0.45, 0.5, 0.1])
    assert after.shares[ARM] == pytest.approx([-0.3, 0.05, 0.3, 0.0])
    assert after.arms[ARM][:3].tolist() == [-3.0, 1.0, 5.0]
    assert np.isnan(after.arms[ARM][3])


def test_of_equal_scores_the_older_comes_first() -> None:
    after = reranked(pool_of({1: 0.25, 2: 0.5, 3: 0.75}), {1: 2.0, 2: 1.0, 3: 0.0})

    assert after.score.tolist() == [0.5, 0.5, 0.5]
    assert order(after) == [1, 2, 3]


def test_who_says_the_same_of_all_moves_nobody() -> None:
    before = pool_of({1: 0.8, 2: 0.4})

    assert reranked(before, {1: 3.0, 2: 3.0}).score.tolist() == before.score.tolist()


def test_a_reranker_that_fell_back_leaves_all_as_it_is_and_says_why() -> None:
    before = pool_of({1: 0.8, 2: 0.4})
    stage = fell_back("a/b/1", FellBack.TIME, texts=2, took_s=0.5)

    assert stage.run(ASK, before) is before
    assert stage.describe() == "rerank(fell back: time)"
    assert stage.facts(before) == {"texts": 2, "waited_ms": 500.0}


@given(st.dictionaries(st.integers(1, 90), SCORES, min_size=1), st.data())
def test_no_score_leaves_the_span_of_those_read_and_nobody_unread_is_moved(
    scores: dict[int, float], data: st.DataObject
) -> None:
    before = pool_of(scores)
    [keys] = to_read([before])
    said = {key: data.draw(SAID) for key in keys.tolist()}

    after = reranked(before, said)

    was_read = np.isin(before.keys, keys)
    lowest, highest = before.score[was_read].min(), before.score[was_read].max()
    assert (after.score[was_read] >= lowest - 1e-5).all()
    assert (after.score[was_read] <= highest + 1e-5).all()
    assert after.score[~was_read].tolist() == before.score[~was_read].tolist()


@given(st.dictionaries(st.integers(1, 40), SCORES, min_size=2), st.data())
def test_who_is_better_by_score_and_by_what_was_read_stays_better(
    scores: dict[int, float], data: st.DataObject
) -> None:
    before = pool_of(scores)
    said = {key: data.draw(SAID) for key in scores}
    after = reranked(before, said)
    by_key = dict(zip(after.keys.tolist(), after.score.tolist(), strict=True))
    for (one, better), (other, worse) in product(scores.items(), repeat=2):
        if better >= worse and said[one] >= said[other]:
            assert by_key[one] >= by_key[other] - 1e-5


def test_the_best_of_all_spaces_are_read_and_of_equals_the_space_named_first() -> None:
    one = pool_of(dict.fromkeys(range(1, MOST), 0.5))
    other = pool_of({1_001: 0.5, 1_002: 0.9, 1_003: 0.5})

    of_one, of_other = to_read([one, other])

    assert of_other.tolist() == [1_002]
    assert of_one.tolist() == list(range(1, MOST))


def test_where_nothing_was_found_nothing_is_read() -> None:
    assert [keys.tolist() for keys in to_read([Pool(), Pool()])] == [[], []]
    assert to_read([]) == []


def test_several_spaces_share_one_scale() -> None:
    one, other = pool_of({1: 0.8, 2: 0.6}), pool_of({7: 0.2, 8: 0.1})
    stage = Rerank("a/b/1", read([one, other], {1: 0.0, 2: 0.0, 7: 1.0}), Reranking(3, 0.0))

    # From .2 to .8 for all of them; 8 was not read.
    assert stage.run(ASK, one).score == pytest.approx([0.5, 0.4])
    assert stage.run(ASK, other).score == pytest.approx([WEIGHT * (0.2 + 0.8), 0.1])


@pytest.mark.parametrize("name", RECIPES)
def test_the_reranker_has_its_word_before_the_newer_goes_above_the_older(name: str) -> None:
    stage = fell_back("a/b/1", FellBack.TIME, texts=0, took_s=0.0)

    stages = with_reranker(RECIPES[name], stage).stages

    at = stages.index(stage)
    assert not any(isinstance(each, (Standing, Superseded)) for each in stages[:at])
    before, after = before_and_after(RECIPES[name])
    assert (*before.stages, stage, *after) == stages
    assert before.stages

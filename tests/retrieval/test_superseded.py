"""Which candidates are compared, and what a question for the latest has besides."""

from dataclasses import replace

import numpy as np
import pytest

from retrieval.pool import Pool
from retrieval.superseded import (
    ALSO_NEAREST,
    LOOKED_AT,
    NEAREST_ARM,
    PLACE,
    SURELY_NEAREST,
    Superseded,
)
from tests.retrieval.small import SmallSpace

TURNS = 80


def pool_of(nearness: dict[int, float]) -> Pool:
    """Return candidates whose score falls with their number; `nearness` of some to the question."""
    keys = np.arange(1, TURNS + 1, dtype=np.int64)
    scores = np.linspace(1.0, 0.1, TURNS).astype(np.float32)
    dense = np.array([nearness.get(int(key), np.nan) for key in keys], dtype=np.float32)
    return replace(
        Pool(keys=keys).plus("fused", scores, scores),
        arms={"dense": dense, "fused": scores},
    )


SPACE = SmallSpace(*((1, f"word{number} tea") for number in range(TURNS)))
ASK = SPACE.ask("tea")
WISH = replace(ASK, wants_latest=True)


def ranked(pool: Pool) -> list[int]:
    return [int(key) for key in pool.keys[pool.best_first()]]


def test_the_nearest_to_a_question_for_the_latest_takes_the_tenth_place() -> None:
    before = pool_of({60: 0.9, 70: 0.8, 1: 0.7})

    after = Superseded().run(WISH, before)

    assert ranked(after)[: PLACE + 1] == [*range(1, PLACE), 60, PLACE]
    assert ranked(after)[PLACE + 1 :] == [key for key in ranked(before)[PLACE:] if key != 60]
    assert after.arms[NEAREST_ARM][59] == pytest.approx(0.9)
    assert np.isnan(np.delete(after.arms[NEAREST_ARM], 59)).all()


def test_shares_still_sum_to_the_score() -> None:
    before = pool_of({60: 0.9})

    after = Superseded().run(WISH, before)

    sums = before.score + after.shares[NEAREST_ARM]
    assert sums == pytest.approx(after.score, abs=1e-6)


@pytest.mark.parametrize(
    "nearness",
    [
        {1: 0.9, 2: 0.8, 3: 0.7, 60: 0.6},
        {5: 0.9},
        {},
    ],
)
def test_nobody_comes_in_where_the_nearest_are_there_or_nobody_is_near(
    nearness: dict[int, float],
) -> None:
    before = pool_of(nearness)

    assert len(nearness) < SURELY_NEAREST or min(nearness) <= PLACE
    assert ranked(Superseded().run(WISH, before)) == ranked(before)


def test_another_question_changes_no_score() -> None:
    before = pool_of({60: 0.9})

    after = Superseded().run(ASK, before)

    assert ranked(after) == ranked(before)
    assert after.near is not None
    assert len(after.near.also) == 0


def test_where_only_names_are_asked_for_nothing_comes_in() -> None:
    before = pool_of({60: 0.9})

    assert ranked(Superseded(exchange=False).run(WISH, before)) == ranked(before)


def test_a_question_for_the_latest_has_the_best_and_the_nearest_looked_at() -> None:
    nearness = {key: key / 100 for key in range(51, TURNS + 1)}

    after = Superseded().run(WISH, pool_of(nearness))

    assert after.near is not None
    nearest = set(range(TURNS - ALSO_NEAREST + 1, TURNS + 1))
    best = set(ranked(after)[:LOOKED_AT])
    assert set(after.near.also.tolist()) == best | nearest


def test_without_a_model_the_best_are_looked_at() -> None:
    bare = replace(pool_of({}), arms={})

    after = Superseded().run(WISH, bare)

    assert after.near is not None
    assert after.near.also.tolist() == list(range(1, LOOKED_AT + 1))
    assert ranked(after) == ranked(bare)


def test_few_candidates_are_all_among_the_best() -> None:
    few = Pool(keys=np.arange(1, 4, dtype=np.int64))
    scores = np.array([0.3, 0.2, 0.1], dtype=np.float32)
    pool = few.plus("dense", scores, scores)

    assert ranked(Superseded().run(WISH, pool)) == [1, 2, 3]

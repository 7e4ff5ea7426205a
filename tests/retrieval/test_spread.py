"""Where a list or an order is wanted, no stream fills all of the page."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.asking import Wanted
from retrieval.pool import Ask, Pool
from retrieval.spread import ARM, OF_MUCH, STEPS, Spread
from tests.retrieval.small import SmallSpace, pool_of

SPREAD = Spread(step=0.04)


def talks(*streams: int, wanted: Wanted = Wanted.MANY) -> Ask:
    """Ask for much of turns 1, 2, 3 and so on of these streams."""
    space = SmallSpace(*((stream, f"w{key}") for key, stream in enumerate(streams)))
    return replace(space.ask("w"), wanted=frozenset({wanted}))


def order(pool: Pool) -> list[int]:
    found: list[int] = pool.keys[pool.best_first()].tolist()
    return found


@pytest.mark.parametrize("kind", sorted(OF_MUCH))
def test_the_third_turn_of_a_stream_gives_way_to_the_first_of_another(kind: Wanted) -> None:
    after = SPREAD.run(talks(1, 1, 1, 2, wanted=kind), pool_of({1: 1.0, 2: 0.9, 3: 0.8, 4: 0.78}))

    assert order(after) == [1, 2, 4, 3]
    assert after.score.tolist() == pytest.approx([1.0, 0.9, 0.8 * 0.96, 0.78])


def test_a_hit_says_how_many_better_ones_its_stream_has() -> None:
    after = SPREAD.run(talks(1, 2, 1), pool_of({1: 0.5, 2: 0.9, 3: 0.7}))

    assert after.arms[ARM].tolist() == [1, 0, 0]


def test_no_turn_loses_more_than_eight_steps() -> None:
    after = SPREAD.run(talks(*[1] * 20), pool_of({key: 1 - key / 100 for key in range(1, 21)}))

    assert after.score[-1] == pytest.approx((1 - 0.2) * (1 - STEPS * 0.04))


@pytest.mark.parametrize("kind", sorted(set(Wanted) - OF_MUCH))
def test_nothing_moves_where_one_thing_is_wanted(kind: Wanted) -> None:
    pool = pool_of({1: 1.0, 2: 0.9, 3: 0.8})

    assert SPREAD.run(talks(1, 1, 1, wanted=kind), pool) is pool


def test_no_candidates_stay_none() -> None:
    assert len(SPREAD.run(talks(1), Pool())) == 0


@given(st.lists(st.tuples(st.integers(1, 3), st.floats(0, 1, width=32)), min_size=1, max_size=30))
def test_within_a_stream_nothing_changes_its_place(turns: list[tuple[int, float]]) -> None:
    scores = {key: score for key, (_, score) in enumerate(turns, start=1)}
    ask, pool = talks(*(stream for stream, _ in turns)), pool_of(scores)

    after = SPREAD.run(ask, pool)

    for wanted in {stream for stream, _ in turns}:
        own = [key for key in order(pool) if turns[key - 1][0] == wanted]
        assert [key for key in order(after) if turns[key - 1][0] == wanted] == own

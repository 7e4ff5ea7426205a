"""What a user prefers and has ruled goes along with what answers a request."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from memsvc.domain.asking import Wanted
from memsvc.domain.manner import PLAIN, Manner
from memsvc.domain.memory import Source
from retrieval.pool import Ask, Pool
from retrieval.standing import PREFERS, RULES, Stand, Standing
from tests.retrieval.small import SmallSpace, keys, pool_of

LIKES, ORDERS = Manner(prefers=True), Manner(rules=True)
STANDING = Standing(most=2, above=4)
SCORES = {key: 1 - key / 10 for key in range(1, 10)}


def ask_of(
    manners: Mapping[int, Manner], *, sources: tuple[Source, ...] = (Source.USER,), count: int = 9
) -> Ask:
    space = SmallSpace(
        *((1, f"word w{key}") for key in range(1, count + 1)),
        manners=[manners.get(key, PLAIN) for key in range(1, count + 1)],
        sources=sources,
    )
    return replace(space.ask("word"), wanted=frozenset({Wanted.ADVICE}))


def order(pool: Pool) -> list[int]:
    found: list[int] = pool.keys[pool.best_first()].tolist()
    return found


def test_a_preference_stands_right_above_the_fourth_hit() -> None:
    after = STANDING.run(ask_of({8: LIKES}), pool_of(SCORES))

    assert order(after) == [1, 2, 3, 8, 4, 5, 6, 7, 9]


def test_above_the_first_hit_there_is_nobody_to_stay_below() -> None:
    first = Standing(most=2, above=1)
    after = first.run(ask_of({7: LIKES, 8: LIKES}), pool_of(SCORES))

    assert order(after) == [7, 8, 1, 2, 3, 4, 5, 6, 9]
    assert after.score.max() < 1  # and hardly more than what it stands above


def test_two_of_either_are_raised_and_instructions_lead() -> None:
    states = {5: LIKES, 6: ORDERS, 7: LIKES, 8: ORDERS, 9: LIKES}

    after = STANDING.run(ask_of(states), pool_of(SCORES))

    assert order(after) == [1, 2, 3, 6, 8, 5, 7, 4, 9]


def test_a_raised_hit_says_why() -> None:
    after = STANDING.run(ask_of({8: LIKES, 9: ORDERS}), pool_of(SCORES))
    place = {key: n for n, key in enumerate(after.keys.tolist())}

    assert after.arms[PREFERS][place[8]] == pytest.approx(SCORES[8])
    assert after.arms[RULES][place[9]] == pytest.approx(SCORES[9])
    assert after.shares[PREFERS][place[8]] > 0
    assert after.shares[PREFERS][place[1]] == 0


def test_what_stands_above_already_stays_where_it_is() -> None:
    after = STANDING.run(ask_of({2: LIKES, 3: ORDERS}), pool_of(SCORES))

    assert order(after) == list(SCORES)


def test_nothing_moves_but_for_requests() -> None:
    ask, pool = replace(ask_of({8: LIKES}), wanted=frozenset({Wanted.MOMENT})), pool_of(SCORES)

    assert STANDING.run(ask, pool) is pool
    assert Stand(limit=5).run(ask, pool) is pool


def test_among_fewer_hits_nothing_moves() -> None:
    pool = pool_of({1: 0.9, 2: 0.5, 8: 0.1})

    assert STANDING.run(ask_of({8: LIKES}), pool) is pool


def test_what_others_than_users_rule_is_not_raised() -> None:
    ask = ask_of({7: ORDERS, 8: ORDERS, 9: LIKES}, sources=(Source.UNTRUSTED,))

    assert order(STANDING.run(ask, pool_of(SCORES))) == list(SCORES)
    assert len(Stand(limit=5).run(ask, Pool())) == 0


def test_they_join_the_candidates_as_far_as_they_may_answer() -> None:
    ask = ask_of({2: LIKES, 5: ORDERS, 6: ORDERS, 7: LIKES})
    limited = replace(ask, among=keys(1, 2, 5), without=keys(5))

    assert Stand(limit=5).run(ask, pool_of({1: 0.5})).keys.tolist() == [1, 2, 5, 6, 7]
    assert Stand(limit=5).run(limited, Pool()).keys.tolist() == [2]


def test_no_more_of_either_join_than_may() -> None:
    states = {key: LIKES if key % 2 else ORDERS for key in range(1, 31)}

    assert 4 <= len(Stand(limit=4).run(ask_of(states, count=30), Pool())) <= 8

"""The recipe `profile` brings what a user prefers and has ruled, whatever the question says."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from memsvc.domain.asking import Wanted
from memsvc.domain.manner import PLAIN, Manner
from retrieval.anyway import StandAnyway, StandingAnyway
from retrieval.pool import Ask
from retrieval.recipes import RECIPES
from retrieval.rerank import before_and_after
from retrieval.standing import Stand, Standing
from tests.retrieval.small import SmallSpace, pool_of

SCORES = {key: 1 - key / 10 for key in range(1, 10)}


def ask_of(manners: Mapping[int, Manner], wanted: Wanted | None, count: int = 9) -> Ask:
    space = SmallSpace(
        *((1, f"word w{key}") for key in range(1, count + 1)),
        manners=[manners.get(key, PLAIN) for key in range(1, count + 1)],
    )
    return replace(space.ask("word"), wanted=frozenset({wanted} if wanted else ()))


@pytest.mark.parametrize("wanted", [None, Wanted.MOMENT, Wanted.ADVICE])
def test_whatever_is_wanted_they_join_and_stand_where_they_do_for_a_request(
    wanted: Wanted | None,
) -> None:
    states = {7: Manner(prefers=True), 8: Manner(rules=True)}
    ask, request = ask_of(states, wanted), ask_of(states, Wanted.ADVICE)
    pool = pool_of(SCORES)

    joined = StandAnyway(limit=5).run(ask, pool_of({1: 1.0}))
    raised = StandingAnyway(most=2, above=4).run(ask, pool)

    assert joined.keys.tolist() == Stand(limit=5).run(request, pool_of({1: 1.0})).keys.tolist()
    assert joined.keys.tolist() == [1, 7, 8]
    asked_for = Standing(most=2, above=4).run(request, pool)
    assert raised.score.tolist() == asked_for.score.tolist() != pool.score.tolist()


def test_the_recipe_is_the_default_otherwise() -> None:
    default, profile = RECIPES["default"].describe(), RECIPES["profile"].describe()

    assert len(profile) == len(default)
    assert {step for step in profile if step not in default} == {
        "stand(preferences and instructions, anyway; 30 at most)",
        "standing(3 preferences and 3 instructions above hit 2, anyway)",
    }


def test_a_stated_preference_comes_right_behind_the_best_hit() -> None:
    """A hundred turns share a word with the question, and the one that is a preference none."""
    space = SmallSpace(
        *((key, f"tea w{key}") for key in range(1, 101)),
        (101, "rather coffee"),
        manners=[*[PLAIN] * 100, Manner(prefers=True)],
    )

    pool = RECIPES["profile"].run(space.ask("tea")).pool

    assert pool.keys[pool.best_first()[1]] == 101


def test_a_reranker_has_its_word_before_them() -> None:
    before, after = before_and_after(RECIPES["profile"])

    assert not any(isinstance(stage, Standing) for stage in before.stages)
    assert isinstance(after[0], StandingAnyway)

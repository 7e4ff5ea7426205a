"""Recipes: values that compose, describe themselves, and hold on any space."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memsvc.domain.errors import GatheredTooLate, NothingGathered, NothingScored
from memsvc.ports.vectors import Keys
from retrieval.arms import Arm, Dense, Lexical
from retrieval.bridge import Bridge, Reach
from retrieval.pool import Ask, Pool
from retrieval.recipes import BY_TURN, RECIPES, ablations
from retrieval.stage import Part, Recipe, Stage
from retrieval.stages import Fuse, Gather, Lean, Session, Widen
from retrieval.superseded import Superseded
from retrieval.timely import Then, Timely
from tests.retrieval.small import FixedArm, SmallSpace, keys

GATHER = Gather((Dense(), Lexical()), limit=5)
FUSE = Fuse(((Dense(), 1.0), (Lexical(), 0.8)))

every_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


def test_stages_compose_from_left_to_right() -> None:
    recipe = Gather((Dense(),), limit=5) >> Widen() >> Fuse(((Dense(), 1.0),))

    assert recipe.describe() == [
        "gather(dense; 5 each)",
        "widen(neighbours in the stream)",
        "fuse(dense=1.0)",
    ]


def test_a_recipe_goes_on_with_another_stage_and_stays_what_it_was() -> None:
    shorter = Gather((Dense(), Lexical()), limit=5) >> Fuse(((Dense(), 1.0),))

    longer = shorter >> Lean(weight=0.3) >> Session(weight=0.4, best=3)

    assert shorter.describe() == ["gather(dense, lexical; 5 each)", "fuse(dense=1.0)"]
    assert longer.describe() == [
        *shorter.describe(),
        "lean(better neighbour x 0.3 x brevity)",
        "session(mean of the 3 best x 0.4 x brevity)",
    ]


def test_a_stage_without_candidates_before_it_is_refused_when_written_down() -> None:
    stages: list[Stage] = [Widen(), Then(5), Reach(5), FUSE, Lean(weight=0.3), Timely(0.4)]
    for stage in stages:
        with pytest.raises(NothingGathered) as refused:
            Recipe((stage, GATHER))
        assert refused.value.stage == type(stage).__name__


@pytest.mark.parametrize(
    "stage",
    [Lean(weight=0.3), Session(weight=0.4, best=3), Bridge(weight=1.4), Timely(0.4), Superseded()],
)
def test_a_stage_that_reads_scores_comes_after_one_that_gives_them(stage: Stage) -> None:
    with pytest.raises(NothingScored, match=type(stage).__name__):
        Recipe((GATHER, Widen(), stage))


@pytest.mark.parametrize("stage", [GATHER, Widen(), Then(limit=5), Reach(limit=5)])
def test_a_stage_that_adds_candidates_comes_before_scores(stage: Stage) -> None:
    """It would drop them, and the order with them."""
    with pytest.raises(GatheredTooLate, match=type(stage).__name__):
        Recipe((GATHER, FUSE, stage))


@every_recipe
def test_every_recipe_of_the_product_scores(recipe: Recipe) -> None:
    assert Part.SCORES in {stage.part() for stage in recipe.stages}


def test_equal_recipes_are_equal() -> None:
    one = FixedArm("one", (1,))

    assert Gather((one,), limit=5) >> Widen() == Gather((one,), limit=5) >> Widen()


LESS = (
    "without tokens "
    "fuse(dense=1.0, dense_before=0.5, lexical=0.8, lexical_around=0.4, lexical_stream=0.4)"
)


def test_the_default_recipe_says_every_weight_it_has() -> None:
    """Pinned: a change of a weight is a change of what every recall answers."""
    assert RECIPES["default"].describe() == [
        "gather(dense, lexical; 100 each)",
        "then(turns of the time asked for; 100 at most)",
        "stand(preferences and instructions, for requests; 10 at most)",
        "widen(neighbours in the stream)",
        "reach(turns by what the best ones name; 100 at most)",
        f"fuse(dense=1.5, dense_before=0.5, lexical=0.4, lexical_stream=0.4, tokens=2.0), {LESS}",
        "lean(better neighbour x 0.3 x brevity)",
        "session(mean of the 3 best x 0.4 x brevity)",
        "prior(told x 0.2, asks x -0.1, other speakers x -0.2)",
        "bridge(what names lead to x 1.4)",
        "timely(nearness to the time asked for x 0.4)",
        "spread(from a stream's third turn on x -0.04, for lists and orders)",
        "standing(2 preferences and 2 instructions above hit 4)",
        "superseded(pairs of the 40 best from 0.3; newer above older)",
    ]


def test_an_ablation_lacks_one_part_and_keeps_the_rest() -> None:
    without = ablations()

    assert list(without) == [
        "dense",
        "dense_before",
        "lexical",
        "lexical_stream",
        "tokens",
        "time",
        "standing",
        "widen",
        "bridges",
        "lean",
        "session",
        "prior",
        "spread",
        "superseded",
    ]
    assert without["lexical"].describe() == [
        "gather(dense; 100 each)",
        *RECIPES["default"].describe()[1:5],
        "fuse(dense=1.5, dense_before=0.5, lexical_stream=0.4, tokens=2.0), "
        + LESS.replace("lexical=0.8, ", ""),
        *RECIPES["default"].describe()[6:],
    ]
    assert without["tokens"].describe()[5] == BY_TURN.describe()
    assert without["bridges"].describe() == [
        step for step in RECIPES["default"].describe() if not step.startswith(("reach", "bridge"))
    ]
    assert without["lean"].describe() == [
        step for step in RECIPES["default"].describe() if not step.startswith("lean")
    ]


@every_recipe
def test_the_trace_has_one_entry_a_stage(recipe: Recipe) -> None:
    _, trace = recipe.run(SmallSpace((1, "red"), (1, "blue")).ask("red"))

    assert [step.stage for step in trace] == recipe.describe()
    assert all(step.took_ms >= 0 for step in trace)


def test_the_trace_counts_the_candidates_after_each_stage() -> None:
    """Stream 1 is three turns; the words of the question stand in the middle one."""
    space = SmallSpace((1, "tea"), (1, "red"), (1, "sea"))
    recipe = Gather((Lexical(),), limit=5) >> Widen() >> Fuse(((Lexical(), 1.0),))

    _, trace = recipe.run(space.ask("red"))

    assert [step.candidates for step in trace] == [1, 3, 3]


@every_recipe
def test_an_empty_space_has_no_candidates(recipe: Recipe) -> None:
    pool, _ = recipe.run(SmallSpace().ask("red"))

    assert len(pool) == 0


@every_recipe
def test_the_only_turn_of_a_space_is_found(recipe: Recipe) -> None:
    pool, _ = recipe.run(SmallSpace((1, "red")).ask("red"))

    assert pool.keys.tolist() == [1]
    assert np.isfinite(pool.score).all()


@every_recipe
def test_a_space_without_vectors_can_be_asked(recipe: Recipe) -> None:
    space = SmallSpace((1, "red"), (1, "blue"), unembedded=[1, 2])

    pool, _ = recipe.run(space.ask("red"))

    assert np.isfinite(pool.score).all()


@pytest.mark.parametrize("name", ["default", "lexical"])
def test_without_a_model_the_words_rank(name: str) -> None:
    space = SmallSpace((1, "tea"), (2, "red tea"), (3, "red"))

    pool, _ = RECIPES[name].run(space.ask("red", without_model=True))

    assert pool.keys[pool.best_first()].tolist()[:2] == [3, 2]


def test_the_default_finds_an_answer_that_stands_after_the_words_of_the_question() -> None:
    """Nothing of the question stands in turn 2, which answers; it follows the turn that asks."""
    space = SmallSpace(
        (1, "which tea do you like"), (1, "oolong"), (2, "sea"), (3, "stone"), (4, "wood")
    )

    pool, _ = RECIPES["default"].run(space.ask("tea like"))

    assert pool.keys[pool.best_first()].tolist()[:2] == [1, 2]


words = st.lists(st.sampled_from(["red", "blue", "tea", "sea"]), max_size=5).map(" ".join)


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    """Draw a space, some of it without vectors, some deleted, and a question with a filter."""
    turns = draw(st.lists(st.tuples(st.integers(1, 3), words), max_size=10))
    numbers = range(1, len(turns) + 1)
    some = st.sets(st.sampled_from(numbers)) if turns else st.just(set[int]())
    space = SmallSpace(*turns, unembedded=sorted(draw(some)))
    for key in draw(some):
        space.forget(key)
    among = draw(st.none() | some)
    return space.ask(
        draw(words),
        among=None if among is None else keys(*sorted(among)),
        without_model=draw(st.booleans()),
    )


recipes = st.sampled_from(list(RECIPES.values()))


def ranking(recipe: Recipe, ask: Ask) -> Keys:
    pool, _ = recipe.run(ask)
    return pool.keys[pool.best_first()]


@settings(deadline=None)
@given(ask=asks(), recipe=recipes)
def test_candidates_are_distinct_stand_and_may_answer(ask: Ask, recipe: Recipe) -> None:
    pool, _ = recipe.run(ask)

    assert np.all(np.diff(pool.keys) > 0)
    assert ask.indexes.timeline.knows(pool.keys).all()
    assert ask.among is None or np.isin(pool.keys, ask.among).all()


@settings(deadline=None)
@given(ask=asks(), recipe=recipes)
def test_a_score_is_the_sum_of_its_shares(ask: Ask, recipe: Recipe) -> None:
    pool, _ = recipe.run(ask)

    total = sum(pool.shares.values(), start=np.zeros(len(pool)))
    np.testing.assert_allclose(pool.score, total, atol=1e-5)
    assert np.isfinite(pool.score).all()


@settings(deadline=None)
@given(ask=asks(), recipe=recipes)
def test_an_arm_that_has_nothing_to_say_of_a_turn_adds_nothing_to_it(
    ask: Ask, recipe: Recipe
) -> None:
    pool, _ = recipe.run(ask)

    for name, said in pool.arms.items():
        assert not pool.shares[name][np.isnan(said)].any()


@settings(deadline=None)
@given(ask=asks())
def test_the_fused_score_lies_between_0_and_1(ask: Ask) -> None:
    stages = RECIPES["default"].stages
    fused = next(place for place, stage in enumerate(stages) if stage.part() is Part.SCORES)

    pool, _ = Recipe(stages[: fused + 1]).run(ask)

    assert len(pool.score) == len(pool)

    assert np.all((pool.score >= 0) & (pool.score <= 1 + 1e-6))


@settings(deadline=None)
@given(ask=asks(), recipe=recipes)
def test_asking_twice_gives_the_same_order(ask: Ask, recipe: Recipe) -> None:
    assert ranking(recipe, ask).tolist() == ranking(recipe, ask).tolist()


@settings(deadline=None)
@given(ask=asks(), arms=st.permutations([Dense(), Lexical(), FixedArm("third", (1, 2, 3))]))
def test_the_order_in_which_arms_propose_does_not_count(ask: Ask, arms: list[Arm]) -> None:
    fuse = Fuse(((Dense(), 1.0), (Lexical(), 0.8)))

    first, _ = (Gather(tuple(arms), limit=4) >> fuse).run(ask)
    second, _ = (Gather(tuple(reversed(arms)), limit=4) >> fuse).run(ask)

    np.testing.assert_array_equal(first.keys, second.keys)
    np.testing.assert_array_equal(first.score, second.score)


@settings(deadline=None, max_examples=50)
@given(ask=asks(), recipe=recipes)
def test_running_changes_nothing_in_the_ask(ask: Ask, recipe: Recipe) -> None:
    before = len(ask.indexes.vectors), ask.matching.scores.copy()

    recipe.run(ask)

    assert len(ask.indexes.vectors) == before[0]
    np.testing.assert_array_equal(ask.matching.scores, before[1])


def test_a_recipe_begins_with_nobody() -> None:
    pool, _ = Recipe(()).run(SmallSpace((1, "red")).ask("red"))

    assert len(pool) == len(Pool()) == 0

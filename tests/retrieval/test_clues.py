"""Clues as stages: they add candidates and favour them a little, and change nothing where none."""

from dataclasses import replace

import numpy as np
import pytest

from memsvc.domain.helping import When
from retrieval.clues import ARM, Clued, Follow
from retrieval.helped import clued_when, sifted_when, with_help
from retrieval.pool import Ask, Pool
from retrieval.recipes import DENSE, RECIPES
from retrieval.rerank import before_and_after
from retrieval.sifted import FromKept, SayKept
from retrieval.stage import Part, Recipe
from retrieval.standing import Standing
from tests.retrieval.small import SmallSpace, keys, pool_of

SPACE = SmallSpace(
    (1, "heron by the lake"), (2, "otter at dawn"), (3, "rain on the roof"), (4, "otter asleep")
)


def clued(question: str, *clues: str, among: tuple[int, ...] | None = None) -> Ask:
    held = None if among is None else keys(*among)
    asks = tuple(SPACE.ask(clue, among=held) for clue in clues)
    return replace(SPACE.ask(question, among=held), clues=asks)


def test_a_clue_adds_the_turns_that_answer_it() -> None:
    found = Follow(limit=1).run(clued("heron", "otter dawn", "rain roof"), Pool(keys=keys(1)))
    assert found.keys.tolist() == [1, 2, 3]


def test_a_clue_adds_no_turn_that_may_not_answer() -> None:
    found = Follow(limit=3).run(clued("heron", "otter dawn", among=(1, 4)), Pool(keys=keys(1)))
    assert found.keys.tolist() == [1, 4]


def test_of_several_clues_the_best_counts_and_adds_the_weight_at_most() -> None:
    before = pool_of({1: 1.0, 2: 0.5, 3: 0.4, 4: 0.3})

    after = Clued(weight=0.3).run(clued("heron", "otter dawn", "rain roof"), before)

    gained = after.score - before.score
    assert gained[[1, 2]].tolist() == pytest.approx([0.3, 0.3])  # each is best for one of them
    assert 0 <= gained[0] < gained[3] < 0.3
    assert after.arms[ARM][1] == pytest.approx(1.0)


def test_without_clues_nothing_is_added_or_moved() -> None:
    before = pool_of({1: 1.0, 2: 0.5})
    assert Follow().run(SPACE.ask("heron"), before) is before
    assert Clued().run(SPACE.ask("heron"), before) is before
    assert len(Clued().run(clued("heron", "otter"), Pool())) == 0


def test_of_several_spaces_one_that_knows_little_gains_little() -> None:
    """The best of the bad is no answer to a clue for being the best there."""
    stage, ask = Clued(weight=1.0), clued("heron", "otter dawn")
    good, poor = (stage.run(ask, pool_of({1: each, 2: each})) for each in (1.0, 0.1))

    levelled = stage.level([good, poor])

    assert levelled[0].shares[ARM].max() == pytest.approx(1.0)
    assert levelled[1].shares[ARM].max() == pytest.approx(0.1)
    assert not np.isnan(levelled[1].score).any()


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_help_stands_in_every_recipe_where_it_is_of_use(recipe: Recipe) -> None:
    helped = with_help(recipe, clues=When.ALWAYS, facts=When.UNSURE)

    kinds = [type(stage) for stage in helped.stages]
    scored = next(n for n, one in enumerate(helped.stages) if one.part() is Part.SCORES)
    assert kinds.index(Follow) < scored < kinds.index(Clued)
    assert kinds.index(SayKept) < scored < kinds.index(FromKept)
    assert kinds.count(Clued) == kinds.count(FromKept) == 1
    if Standing in kinds:
        assert kinds.index(FromKept) < kinds.index(Standing)
    before, _ = before_and_after(helped)
    assert {Follow, Clued, SayKept, FromKept} <= {type(one) for one in before.stages}
    assert (clued_when(helped), sifted_when(helped)) == (When.ALWAYS, When.UNSURE)
    assert helped.about == recipe.about


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_that_is_to_have_no_help_has_no_stage_of_it(recipe: Recipe) -> None:
    helped = with_help(recipe, clues=When.ALWAYS, facts=When.ALWAYS)
    bare = with_help(helped, clues=When.NEVER, facts=When.NEVER)

    assert bare == with_help(recipe, clues=When.NEVER, facts=When.NEVER)
    assert (clued_when(bare), sifted_when(bare)) == (When.NEVER, When.NEVER)


def test_a_recipe_keeps_the_weights_and_places_that_it_has_chosen() -> None:
    own = DENSE >> Clued(When.UNSURE, weight=0.7) >> FromKept(When.UNSURE, weight=0.9)
    assert with_help(own, clues=None, facts=None) == own
    always = with_help(own, clues=When.ALWAYS, facts=When.ALWAYS)
    assert always.stages[2:] == (
        Clued(When.ALWAYS, weight=0.7),
        FromKept(When.ALWAYS, weight=0.9),
    )


def test_only_the_recipe_for_it_wants_help_by_itself() -> None:
    wanting = {name for name, one in RECIPES.items() if clued_when(one) is not When.NEVER}
    assert wanting == {"guided"}
    assert sifted_when(RECIPES["guided"]) is When.ALWAYS


def test_when_help_is_wanted_hangs_on_how_sure_a_recall_is() -> None:
    assert not When.NEVER.holds_at(0.0)
    assert When.UNSURE.holds_at(0.49)
    assert not When.UNSURE.holds_at(0.5)
    assert When.ALWAYS.holds_at(1.0)

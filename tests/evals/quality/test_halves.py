"""Choosing weights by half of the questions, and looking at the other half."""

from datetime import date

import numpy as np
import pytest

from memsvc.evals.quality.halves import CHOSEN_BY, halved, shaken
from memsvc.evals.reports.graded import Graded
from memsvc.evals.scoring.measures import PerQuestion
from retrieval.prior import Prior
from retrieval.recipes import DEFAULT
from retrieval.tokens import FuseByToken

TODAY = date(2026, 11, 22)
QUESTIONS = 200


def graded(**settings: PerQuestion) -> Graded:
    """What settings reached on one set: one array serves for both metrics."""
    return {name: dict.fromkeys(CHOSEN_BY, grades) for name, grades in settings.items()}


def test_settings_differ_from_the_default_in_every_weight_and_by_no_more_than_twice() -> None:
    (recipe,) = shaken(1, seed=0).values()
    assert len(recipe.stages) == len(DEFAULT.stages)
    assert recipe.weights().keys() == DEFAULT.weights().keys()
    for name, weight in DEFAULT.weights().items():
        assert recipe.weights()[name] != weight
        assert weight / 2 <= recipe.weights()[name] <= weight * 2
    ours, theirs = (
        next(stage for stage in one.stages if isinstance(stage, Prior)) for one in (DEFAULT, recipe)
    )
    assert ours.told / 2 <= theirs.told <= ours.told * 2
    assert ours.told != theirs.told


def test_settings_are_the_same_again_by_their_seed() -> None:
    assert shaken(2, seed=3) == shaken(2, seed=3)
    assert shaken(1, seed=3) != shaken(1, seed=4)


def test_what_a_recipe_counts_without_a_fraction_stays() -> None:
    (recipe,) = shaken(1, seed=0).values()
    ours, theirs = (
        next(stage for stage in one.stages if isinstance(stage, FuseByToken))
        for one in (DEFAULT, recipe)
    )
    assert ours.most == theirs.most


def test_a_setting_that_is_better_everywhere_gains_as_much_on_either_half() -> None:
    ours = np.zeros(QUESTIONS)
    found = halved({"one": graded(ours=ours, better=ours + 0.25)}, today=TODAY, seed=0)
    half = found.sets["one"]["recall@10"].half
    assert half.chosen.mean == half.unseen.mean == pytest.approx(0.25)
    assert found.sets["one"]["recall@10"].left_out is None


def test_a_setting_that_is_better_by_chance_gains_on_its_half_and_loses_on_the_other() -> None:
    rng = np.random.default_rng(0)
    settings = {f"s{n}": rng.integers(0, 2, QUESTIONS).astype(float) for n in range(40)}
    found = halved({"noise": graded(**settings)}, today=TODAY, seed=0).sets["noise"]["recall@5"]
    assert found.half.chosen.mean > found.half.unseen.mean + 0.05
    assert found.spread[0] < found.spread[1] < found.spread[2]


def test_a_set_left_out_is_asked_with_what_the_others_choose() -> None:
    zero, one = np.zeros(QUESTIONS), np.ones(QUESTIONS)
    found = halved(
        {
            "a": graded(ours=zero, first=one, second=zero),
            "b": graded(ours=one, first=zero, second=one),
        },
        today=TODAY,
        seed=0,
    )
    assert found.sets["a"]["recall@10"].left_out == 0.0
    assert found.sets["b"]["recall@10"].left_out == -1.0


def test_the_table_and_the_object_say_the_same() -> None:
    ours = np.zeros(QUESTIONS)
    found = halved({"one": graded(ours=ours, better=ours + 0.25)}, today=TODAY, seed=0)
    assert found.as_json()["sets"]["one"]["recall@5"]["other_half"]["mean"] == 0.25
    assert "+0.250 [+0.250, +0.250]" in found.table()

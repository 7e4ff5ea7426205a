"""Walks in a recall, over the world of two hops: a film, its director, and somebody else's.

Turn 1 is about Jaws and names Spielberg, turn 2 is about Spielberg, turn 3 repeats the question.
"""

import numpy as np
import pytest

from graph.model import Node, NodeKind
from retrieval.pool import Ask, Pool
from retrieval.recipes import RECIPES
from retrieval.walk import ARM, Walks
from tests.retrieval.small import SmallSpace, keys, pool_of
from tests.retrieval.test_bridge import DIRECTOR, FILM, NAMES, OTHER, QUESTION, SUBJECTS, TURNS


def films() -> SmallSpace:
    return SmallSpace(*TURNS, named=NAMES, subjects=SUBJECTS)


def walked(ask: Ask, *, weight: float = 1.0) -> Pool:
    return Walks(weight=weight).run(ask, pool_of({FILM: 1.0, DIRECTOR: 0.0, OTHER: 0.9}))


def test_walks_end_where_the_best_turns_lead() -> None:
    pool = walked(films().ask(QUESTION), weight=2.0)

    film, director, other = pool.shares[ARM].tolist()
    assert director == pytest.approx(2.0)  # where most do
    assert other == 0.0
    assert 0.0 < film < director  # from the director back
    assert Walks(weight=1.0).facts(pool) == {"reached": 2}
    assert np.isnan(pool.arms[ARM][2])


def test_the_path_of_a_walk_is_kept_with_its_mass() -> None:
    space = films()
    spielberg = space.indexes.mentions.number_of("spielberg")
    assert spielberg is not None

    path = walked(space.ask(QUESTION)).paths[DIRECTOR]

    assert path.nodes == (
        Node(NodeKind.TURN, FILM),
        Node(NodeKind.ENTITY, spielberg),
        Node(NodeKind.TURN, DIRECTOR),
    )
    assert 1.0 > path.steps[0].mass > path.steps[1].mass > 0.0


def test_a_turn_that_may_not_answer_is_no_way_to_another() -> None:
    """What is no candidate is shut; candidates are those that may answer."""
    ask = films().ask(QUESTION, among=keys(DIRECTOR, OTHER))
    pool = Walks(weight=1.0).run(ask, pool_of({DIRECTOR: 0.5, OTHER: 0.9}))
    assert pool.score.tolist() == pytest.approx([0.5, 0.9])


def test_a_question_that_names_nothing_known_is_left_as_it_is() -> None:
    pool = walked(films().ask("director late"))
    assert ARM not in pool.arms
    assert pool.paths == {}


def test_the_recipe_puts_the_answer_before_what_repeats_the_question() -> None:
    pool, trace = RECIPES["pagerank"].run(films().ask(QUESTION, without_model=True))

    assert pool.keys[pool.best_first()].tolist() == [FILM, DIRECTOR, OTHER]
    assert trace[-1].stage == "walks(from the 5 best turns, each by itself x 0.7)"

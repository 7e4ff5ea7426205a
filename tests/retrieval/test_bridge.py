"""Two hops in a recall, over a world that is checked by hand.

Turn 1 is about Jaws and names Spielberg, turn 2 is about Spielberg and names Cincinnati, turn 3 is
about neither and repeats a word of the question.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from graph.bridges import ABOUT, BESIDE_A_SUBJECT, LEAST, NAMED, NONE, WALKED
from retrieval import bridge
from retrieval.arms import Dense, Lexical
from retrieval.bridge import ARM, Bridge, Reach
from retrieval.pool import Ask, Pool
from retrieval.recipes import RECIPES, ablations
from retrieval.stages import Fuse, Gather
from tests.retrieval.small import SmallSpace, keys, pool_of

FILM, DIRECTOR, OTHER = 1, 2, 3
TURNS = (
    (1, "jaws is a film by spielberg"),
    (2, "spielberg came from cincinnati"),
    (3, "was the director late again"),
)
NAMES: Mapping[int, Sequence[str]] = {FILM: ["spielberg"], DIRECTOR: ["cincinnati"]}
SUBJECTS: Mapping[int, Sequence[str]] = {FILM: ["jaws"], DIRECTOR: ["spielberg"]}
QUESTION = "where was the director of jaws born"


def films(*, with_names: bool = True) -> SmallSpace:
    if not with_names:
        return SmallSpace(*TURNS)
    return SmallSpace(*TURNS, named=NAMES, subjects=SUBJECTS)


def by_words(ask: Ask) -> Pool:
    return Gather((Lexical(),), limit=100).run(ask, Pool())


def reached(ask: Ask, *, limit: int = 100) -> list[int]:
    """Return whom names add to those whom words find."""
    gathered = by_words(ask)
    pool = Reach(limit=limit).run(ask, gathered)
    return sorted(set(pool.keys.tolist()) - set(gathered.keys.tolist()))


def test_no_word_of_the_question_stands_in_the_answer_and_names_lead_to_it() -> None:
    ask = films().ask(QUESTION)

    assert by_words(ask).keys.tolist() == [FILM, OTHER]
    assert reached(ask) == [DIRECTOR]


def test_by_the_default_the_answer_stands_before_what_repeats_the_question() -> None:
    with_names, _ = RECIPES["default"].run(films().ask(QUESTION, without_model=True))
    without, _ = ablations()["bridges"].run(films().ask(QUESTION, without_model=True))

    assert with_names.keys[with_names.best_first()].tolist() == [FILM, DIRECTOR, OTHER]
    assert without.keys[without.best_first()].tolist() == [OTHER, FILM]


def test_what_names_add_is_the_rules_worth_times_the_weight() -> None:
    """Without vectors the gate to turn 2 stands at its least; another way leads back to turn 1."""
    ask = films().ask(QUESTION, without_model=True)

    pool = Bridge(weight=2.0).run(ask, pool_of({FILM: 1.0, DIRECTOR: 0.0, OTHER: 0.9}))

    film, director, other = pool.shares[ARM].tolist()
    assert film > 2.0 * (ABOUT + NAMED * BESIDE_A_SUBJECT)
    assert director == pytest.approx(2.0 * (LEAST + WALKED))
    assert other == 0
    assert np.isnan(pool.arms[ARM][2])
    assert pool.score.tolist() == pytest.approx([1.0 + film, director, 0.9])


def test_the_way_to_each_candidate_is_kept() -> None:
    space = films()
    ask = space.ask(QUESTION)

    pool = Bridge(weight=1.0).run(ask, pool_of({FILM: 1.0, DIRECTOR: 0.0, OTHER: 0.9}))

    mentions = space.indexes.mentions
    assert pool.ways is not None
    assert pool.ways.seed.tolist() == [NONE, FILM, NONE]
    assert pool.ways.entity.tolist() == [
        mentions.number_of("jaws"),
        mentions.number_of("spielberg"),
        NONE,
    ]
    assert Bridge(weight=1.0).facts(pool) == {"reached": 2}


@pytest.mark.parametrize("with_names", [True, False])
def test_a_question_that_names_nothing_known_is_left_as_it_is(*, with_names: bool) -> None:
    space = films(with_names=with_names)
    ask = space.ask("director late" if with_names else QUESTION)

    pool, _ = RECIPES["default"].run(ask)
    plain, _ = ablations()["bridges"].run(ask)

    assert pool.keys.tolist() == plain.keys.tolist()
    assert pool.score.tolist() == plain.score.tolist()
    assert ARM not in pool.arms
    assert pool.ways is None


def test_a_filter_holds_for_what_names_lead_to() -> None:
    assert reached(films().ask(QUESTION, among=keys(FILM, OTHER))) == []


def test_no_way_goes_over_a_turn_that_the_filter_leaves_out() -> None:
    """The director is only known through the film: telling of him would tell what it says."""
    assert reached(films().ask(QUESTION, among=keys(DIRECTOR, OTHER))) == []


@pytest.mark.parametrize("expired", [FILM, DIRECTOR])
def test_what_has_expired_neither_answers_nor_leads_on(expired: int) -> None:
    assert reached(films().ask(QUESTION, without=keys(expired))) == []


@pytest.mark.parametrize("forgotten", [FILM, DIRECTOR])
def test_what_is_forgotten_neither_answers_nor_leads_on(forgotten: int) -> None:
    space = films()
    space.forget(forgotten)

    assert reached(space.ask(QUESTION)) == []


def test_the_turns_worth_most_are_reached_first() -> None:
    """Turns 2 and 4 both name Spielberg, but turn 2 is about him."""
    space = SmallSpace(
        *TURNS, (4, "spielberg again"), named={**NAMES, 4: ["spielberg"]}, subjects=SUBJECTS
    )

    assert reached(space.ask(QUESTION)) == [DIRECTOR, 4]
    assert reached(space.ask(QUESTION), limit=1) == [DIRECTOR]


def test_a_name_that_very_many_turns_have_is_not_gone_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "MOST_NAMED", 2)
    named = {FILM: ["spielberg"], DIRECTOR: ["cincinnati", "jaws"], OTHER: ["jaws"]}
    space = SmallSpace(*TURNS, named=named, subjects=SUBJECTS)
    ask = space.ask(QUESTION)

    pool = Bridge(weight=1.0).run(ask, pool_of({FILM: 1.0, DIRECTOR: 0.0, OTHER: 0.9}))

    assert pool.ways is not None
    assert space.indexes.mentions.number_of("jaws") not in pool.ways.entity.tolist()
    assert pool.ways.entity[1] == space.indexes.mentions.number_of("spielberg")


def test_of_several_spaces_names_count_as_far_as_the_best_turn_is_good() -> None:
    """The second space's best is worth half of the first's, and so is what it names."""
    stage = Bridge(weight=1.0)
    ask = films().ask(QUESTION)
    near = stage.run(ask, pool_of({FILM: 1.0, DIRECTOR: 0.0}))
    far = stage.run(ask, pool_of({FILM: 0.5, DIRECTOR: 0.0}))

    levelled, halved = stage.level([near, far])

    assert levelled.score.tolist() == near.score.tolist()
    assert halved.shares[ARM].tolist() == pytest.approx((0.5 * far.shares[ARM]).tolist())
    np.testing.assert_allclose(halved.score, sum(halved.shares.values()))


def test_together_a_space_that_knows_no_name_beside_one_that_does() -> None:
    other = SmallSpace((1, "the sea"), (1, "a director was late"))

    know, unknowing = RECIPES["default"].run_together([films().ask(QUESTION), other.ask(QUESTION)])

    assert ARM in know.pool.arms
    assert ARM not in unknowing.pool.arms
    assert know.pool.score.max() > unknowing.pool.score.max()


def test_without_scores_by_meaning_it_asks_the_vectors_itself() -> None:
    """`Reach` stands before the fusion and `Bridge` after it; both see the same nearness."""
    ask = films().ask(QUESTION)
    gathered = Pool(keys=keys(FILM, DIRECTOR, OTHER))
    fused = Fuse(((Dense(), 1.0),)).run(ask, gathered)
    alike = pool_of(dict(zip([FILM, DIRECTOR, OTHER], fused.score.tolist(), strict=True)))

    assert Bridge(weight=1.0).run(ask, fused).shares[ARM].tolist() == pytest.approx(
        Bridge(weight=1.0).run(ask, alike).shares[ARM].tolist()
    )

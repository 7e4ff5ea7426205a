"""Worlds of a few turns, on paper. Numbers below 10 are turns, from 10 on entities.

Jaws (10) was directed by Spielberg (11), who was born in Cincinnati (12).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.bridges import (
    ABOUT,
    BESIDE_A_SUBJECT,
    BY_MEANING,
    BY_WORDS,
    LEAST,
    NAMED,
    NONE,
    SEEDS,
    TAKEN_BACK,
    UNNAMED,
    WALKED,
    Asked,
    Bridged,
    bridged,
    own_of,
)
from graph.naming import Names, Numbers, Scores, Weights
from graph.paths import IN_PASSING, NAMING
from tests.graph.plainly import ROUNDING, told

JAWS, SPIELBERG, CINCINNATI = 10, 11, 12
FILM, DIRECTOR, CITY, SEQUEL = 0, 1, 2, 3


class Found:
    """What a question finds in the turns of a small world."""

    def __init__(
        self,
        turns: int,
        *,
        near: Mapping[int, float] | None = None,
        said: Sequence[Sequence[int]] = (),
    ) -> None:
        self._near = np.array([(near or {}).get(turn, 0.0) for turn in range(turns)])
        self._said = np.array(
            [[float(turn in holders) for turn in range(turns)] for holders in said]
        )
        self._said = self._said.reshape(len(said), turns) / max(len(said), 1)

    def meaning(self, turns: Numbers) -> Scores:
        found: Scores = self._near[turns]
        return found

    def words(self, turns: Numbers, *, of: Sequence[int] | None = None) -> Weights:
        said = self._said if of is None else self._said[list(of)]
        found: Weights = said[:, turns]
        return found


FILMS = Names(
    {FILM: [SPIELBERG], DIRECTOR: [CINCINNATI], CITY: [], SEQUEL: [JAWS]},
    {FILM: [JAWS], DIRECTOR: [SPIELBERG], CITY: [CINCINNATI], SEQUEL: [13]},
)


def asked(entity: int = JAWS, *, sure: float = 1.0, terms: tuple[int, ...] = ()) -> Asked:
    return Asked(entity, sure, terms)


def ask(
    names: Names = FILMS,
    own: Sequence[Asked] = (),
    *,
    scores: Mapping[int, float] | None = None,
    evidence: Found | None = None,
) -> Bridged:
    given_scores = scores or {}
    candidates = np.array(sorted(given_scores), dtype=np.int64)
    return bridged(
        candidates,
        np.array([given_scores[turn] for turn in candidates.tolist()]),
        own_of(own, names),
        naming=names,
        evidence=evidence or Found(4),
    )


def of(found: Bridged, turn: int) -> dict[str, float]:
    place = found.turns.tolist().index(turn)
    return {
        "named": float(found.named[place]),
        "bridged": float(found.bridged[place]),
        "seed": int(found.seed[place]),
        "entity": int(found.entity[place]),
    }


def test_from_the_film_over_its_director_to_the_turn_about_him() -> None:
    found = of(ask(own=[asked()]), DIRECTOR)

    assert (found["seed"], found["entity"]) == (FILM, SPIELBERG)
    assert found["bridged"] == pytest.approx(LEAST + WALKED)


def test_a_turn_that_only_names_the_bridge_is_worth_less_the_more_do() -> None:
    """Turns 1 and 2 name what turn 0 names; nobody is about it. With turn 0 that makes three."""
    names = Names({0: [20], 1: [20], 2: [20]}, {0: [10], 1: [], 2: []})

    found = ask(names, [asked(10)])

    assert of(found, 1)["bridged"] == pytest.approx(LEAST * NAMING / 3**0.5 + WALKED)


def test_the_gate_opens_by_meaning_and_by_words_that_the_seed_does_not_hold() -> None:
    """Of two terms, the first stands in the seed too, so only the second counts."""
    evidence = Found(4, near={DIRECTOR: 0.5}, said=[[FILM, DIRECTOR], [DIRECTOR]])

    found = of(ask(own=[asked()], evidence=evidence), DIRECTOR)

    gate = LEAST + BY_MEANING * 0.5 + BY_WORDS * 0.5
    assert found["bridged"] == pytest.approx(gate + WALKED)


def test_what_the_question_names_is_favoured_most_where_a_turn_is_about_it() -> None:
    found = ask(own=[asked()])

    naming = NAMED * BESIDE_A_SUBJECT / 2**0.5
    assert of(found, FILM)["named"] == pytest.approx(naming + ABOUT)
    assert of(found, SEQUEL)["named"] == pytest.approx(naming)
    assert (of(found, SEQUEL)["seed"], of(found, SEQUEL)["entity"]) == (NONE, JAWS)


def test_a_word_that_only_happens_to_be_a_name_counts_less() -> None:
    sure, unsure = (of(ask(own=[asked(sure=s)]), FILM)["named"] for s in (1.0, 0.5))

    assert sure - unsure == pytest.approx(ABOUT / 2)


def test_a_turn_that_repeats_a_name_without_being_about_it_gives_its_words_back() -> None:
    """The sequel holds the only term, which is the name that the film is about."""
    evidence = Found(4, said=[[FILM, SEQUEL]])

    kept, given = (
        of(ask(own=[asked(terms=terms)], evidence=evidence, scores={SEQUEL: 0.5}), SEQUEL)["named"]
        for terms in ((), (0,))
    )

    assert kept - given == pytest.approx(TAKEN_BACK)
    assert of(ask(own=[asked(terms=(0,))], evidence=evidence), FILM)["named"] > 0


def test_without_a_walk_the_best_path_alone_counts() -> None:
    found = bridged(
        np.empty(0, dtype=np.int64),
        np.empty(0),
        own_of([asked()], FILMS),
        naming=FILMS,
        evidence=Found(4),
        walking=0.0,
    )

    assert of(found, DIRECTOR)["bridged"] == pytest.approx(LEAST)


def test_the_question_s_own_names_are_no_bridges() -> None:
    """Film and sequel name Jaws both, but the question knows that already."""
    assert of(ask(own=[asked()], scores={FILM: 1.0}), SEQUEL)["bridged"] == 0


def test_a_question_that_names_nothing_starts_from_the_best_candidates_at_half_the_weight() -> None:
    no_sequel = Names({FILM: [SPIELBERG]}, {FILM: [JAWS], DIRECTOR: [SPIELBERG]})

    found = of(ask(no_sequel, scores={FILM: 1.0}), DIRECTOR)

    assert (found["seed"], found["entity"]) == (FILM, SPIELBERG)
    assert found["bridged"] == pytest.approx(UNNAMED * (LEAST + WALKED))


def test_somebody_whom_everyone_names_is_as_good_as_nobody() -> None:
    crowd = Names({turn: [50] for turn in range(60)} | {0: [20, 50], 1: [20, 50]}, {0: [60]})

    found = ask(crowd, [asked(50)], scores={0: 1.0}, evidence=Found(60))

    assert of(found, 1)["bridged"] == pytest.approx(UNNAMED * (LEAST * NAMING / 2**0.5 + WALKED))


def test_what_too_many_name_leads_nowhere() -> None:
    crowd = Names({turn: [20] for turn in range(60)}, {0: [10]})

    assert not ask(crowd, [asked(10)], evidence=Found(60)).bridged.any()


def test_a_turn_about_nothing_names_things_in_passing() -> None:
    chat = Names({0: [20], 1: [20]}, {})

    found = of(ask(chat, scores={0: 1.0}), 1)

    expected = UNNAMED * IN_PASSING * (LEAST * NAMING / 2**0.5 + WALKED)
    assert found["bridged"] == pytest.approx(expected)


def test_without_candidates_and_names_nothing_is_found() -> None:
    assert len(ask().turns) == 0


def test_a_name_that_no_turn_knows_changes_nothing() -> None:
    with_name, without = ask(own=[asked(99)], scores={FILM: 1.0}), ask(scores={FILM: 1.0})

    assert with_name.bridged.tolist() == without.bridged.tolist()


NAMES = st.dictionaries(st.integers(0, 9), st.lists(st.integers(10, 15), max_size=4), max_size=10)


@given(NAMES, NAMES, st.lists(st.integers(10, 16), max_size=3, unique=True), st.data())
def test_in_any_world_gains_are_bounded_and_paths_are_real(
    named: dict[int, list[int]], subjects: dict[int, list[int]], own: list[int], data: st.DataObject
) -> None:
    names = Names(named, subjects)
    near = data.draw(st.dictionaries(st.integers(0, 9), st.floats(0, 1)))
    scores = data.draw(st.dictionaries(st.integers(0, 9), st.floats(0, 1)))

    found = ask(names, [asked(one) for one in own], scores=scores, evidence=Found(10, near=near))

    assert found.turns.tolist() == sorted(set(found.turns.tolist()))
    assert set(scores) <= set(found.turns.tolist())
    assert ((found.bridged >= 0) & (found.bridged <= LEAST + BY_MEANING + WALKED + 1e-9)).all()
    for turn, seed, entity in zip(found.turns, found.seed, found.entity, strict=True):
        if seed != NONE:
            assert seed != turn
            assert entity in names.named_by(int(seed)).numbers
            assert entity not in own
        if entity != NONE:
            assert entity in names.named_by(int(turn)).numbers
    assert len(set(found.seed.tolist()) - {NONE}) <= SEEDS


@given(NAMES, NAMES, st.lists(st.integers(10, 16), max_size=3, unique=True), st.data())
def test_in_any_world_it_says_what_the_rule_says_in_plain_words(
    named: dict[int, list[int]], subjects: dict[int, list[int]], own: list[int], data: st.DataObject
) -> None:
    names = Names(named, subjects)
    shares = st.dictionaries(st.integers(0, 9), st.floats(0, 1))
    said = data.draw(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=3, max_size=3))
    evidence = Found(10, near=data.draw(shares), said=said)
    named_there = [asked(one, sure=1 / (1 + one % 2), terms=(one % 3,)) for one in own]
    scores = data.draw(shares)

    found = ask(names, named_there, scores=scores, evidence=evidence)
    plain = told(scores, named_there, names, evidence)

    assert found.turns.tolist() == list(plain)
    assert found.named == pytest.approx([one.named for one in plain.values()], abs=ROUNDING)
    assert found.bridged == pytest.approx([one.bridged for one in plain.values()], abs=ROUNDING)
    for turn, one in plain.items():
        path = of(found, turn)["seed"], of(found, turn)["entity"]
        assert one.is_close or path == (one.seed, one.entity)


@given(NAMES, st.permutations(range(10, 16)))
def test_what_entities_are_numbered_does_not_matter(
    named: dict[int, list[int]], order: list[int]
) -> None:
    other = {turn: [order[entity - 10] for entity in held] for turn, held in named.items()}
    scores = {turn: 1 - turn / 10 for turn in named}

    one, two = (ask(Names(n, {}), scores=scores, evidence=Found(10)) for n in (named, other))

    assert one.turns.tolist() == two.turns.tolist()
    assert one.bridged == pytest.approx(two.bridged)

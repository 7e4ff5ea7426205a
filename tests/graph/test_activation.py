"""Two rounds over a few sentences. Numbers below 10 are sentences and passages, entities above.

Sentence 0 names Jaws (10) and Spielberg (11), sentence 1 Spielberg and Cincinnati (12), sentence 2
Cincinnati and Ohio (13).
"""

from collections.abc import Mapping

import numpy as np
import pytest

from graph.activation import (
    BY_MEANING,
    PASSAGE_SHARE,
    Activated,
    Counts,
    activated,
    from_activation,
)
from graph.naming import Names, Numbers, Scores
from graph.seeds import NOWHERE, Start

JAWS, SPIELBERG, CINCINNATI, OHIO = 10, 11, 12, 13
SENTENCES = Names({0: [JAWS, SPIELBERG], 1: [SPIELBERG, CINCINNATI], 2: [CINCINNATI, OHIO]}, {})
ASKED = Start(np.array([JAWS]), np.array([1.0]))


class Near:
    """Cosines by sentence; remembers what it was asked."""

    def __init__(self, cosines: Mapping[int, float]) -> None:
        self._cosines = cosines
        self.asked: list[int] = []

    def __call__(self, sentences: Numbers) -> Scores:
        self.asked.extend(sentences.tolist())
        return np.array([self._cosines[sentence] for sentence in sentences.tolist()])


def by_entity(found: Activated) -> dict[int, float]:
    return dict(zip(found.entities.tolist(), found.activation.tolist(), strict=True))


def tiers(found: Activated) -> dict[int, int]:
    return dict(zip(found.entities.tolist(), found.tiers.tolist(), strict=True))


def test_each_round_goes_one_sentence_further_and_is_worth_its_cosine() -> None:
    found = activated(ASKED, SENTENCES, Near({0: 0.8, 1: 0.5, 2: 0.9}), rounds=2, least=0.1)

    assert by_entity(found) == pytest.approx({JAWS: 1.0, SPIELBERG: 0.8, CINCINNATI: 0.4})
    assert tiers(found) == {JAWS: 1, SPIELBERG: 2, CINCINNATI: 3}


def test_with_a_third_round_comes_the_third_sentence() -> None:
    found = activated(ASKED, SENTENCES, Near({0: 0.8, 1: 0.5, 2: 0.9}), rounds=3, least=0.1)

    assert by_entity(found)[OHIO] == pytest.approx(0.36)


def test_what_falls_below_the_least_is_not_reached() -> None:
    found = activated(ASKED, SENTENCES, Near({0: 0.8, 1: 0.5, 2: 0.9}), least=0.5)

    assert by_entity(found) == pytest.approx({JAWS: 1.0, SPIELBERG: 0.8})


def test_no_sentence_is_read_twice() -> None:
    near = Near({0: 0.8, 1: 0.5, 2: 0.9})

    activated(ASKED, SENTENCES, near, rounds=9)

    assert near.asked == [0, 1, 2]


def test_of_an_entity_s_sentences_only_the_nearest_are_read() -> None:
    names = Names({0: [JAWS, SPIELBERG], 1: [JAWS, CINCINNATI], 2: [JAWS, OHIO]}, {})

    found = activated(ASKED, names, Near({0: 0.3, 1: 0.9, 2: 0.2}), rounds=1, most=2, least=0.1)

    assert by_entity(found) == pytest.approx({JAWS: 1.0, SPIELBERG: 0.3, CINCINNATI: 0.9})


def test_the_best_way_counts_and_not_how_many_there_are() -> None:
    names = Names({0: [JAWS, SPIELBERG], 1: [JAWS, SPIELBERG]}, {})

    found = activated(ASKED, names, Near({0: 0.3, 1: 0.6}))

    assert by_entity(found)[SPIELBERG] == pytest.approx(0.6)


def test_a_question_that_names_nothing_activates_nothing() -> None:
    found = activated(NOWHERE, SENTENCES, Near({}))

    assert len(found.entities) == 0
    assert len(found.start.numbers) == 0


def test_a_passage_weighs_by_nearness_and_by_what_it_names_of_what_was_reached() -> None:
    """Passage 1 names Spielberg, of tier 2, three times, and something that was not reached."""
    found = Activated(np.array([JAWS, SPIELBERG]), np.array([1.0, 0.8]), np.array([1, 2]))
    counts = Counts(np.array([1, 1, 9]), np.array([SPIELBERG, OHIO, JAWS]), np.array([3, 5, 1]))

    start = from_activation(found, np.array([0, 1]), np.array([0.9, 0.1]), counts)

    assert start.numbers.tolist() == [0, 1]
    assert start.weights.tolist() == pytest.approx(
        [PASSAGE_SHARE * BY_MEANING, PASSAGE_SHARE * np.log1p(0.8 * np.log(4) / 2)]
    )


def test_where_nothing_was_reached_passages_weigh_by_nearness_alone() -> None:
    nothing = Activated(*(np.empty(0, dtype=np.int64) for _ in range(3)))  # type: ignore[arg-type]
    none = np.empty(0, dtype=np.int64)

    start = from_activation(
        nothing, np.array([0, 1]), np.array([0.9, 0.1]), Counts(none, none, none)
    )

    assert start.numbers.tolist() == [0]
    assert len(from_activation(nothing, none, np.empty(0), Counts(none, none, none)).numbers) == 0

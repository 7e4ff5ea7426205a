"""Events in retrieval: which turn belongs to which, and what a whole event says for its turns."""

import numpy as np
import pytest

from memsvc.ports.indexes import NOBODY
from retrieval.bm25 import bm25_of_groups
from retrieval.episodes import by_event, events_of, stretches
from retrieval.event_arms import DenseEvent, LexicalEvent
from retrieval.recipes import DEFAULT, RECIPES
from tests.retrieval.small import EMBEDDER, SmallSpace, keys

TURNS = (
    (1, "tea"),
    (1, "green cup"),
    (1, "sea"),
    (1, "boat"),
    (2, "tea tea"),
    (1, "rope"),
    (2, "milk"),
)


@pytest.fixture
def space() -> SmallSpace:
    """Stream 1 is turns 1 2 | 3 4 | 6, the last of them open; stream 2 is open altogether."""
    made = SmallSpace(*TURNS)
    made.episodes.close(10, [0, 1])
    made.episodes.close(11, [2, 3])
    return made


def test_open_tails_are_events_of_their_own(space: SmallSpace) -> None:
    assert by_event(space.indexes).tolist() == [0, 0, 1, 1, 3, 2, 3]


def test_nobody_is_in_no_event(space: SmallSpace) -> None:
    assert events_of(space.indexes, keys(4, NOBODY, 6)).tolist() == [1, NOBODY, 2]


def test_a_stretch_ends_where_another_event_begins(space: SmallSpace) -> None:
    on = stretches(space.indexes, keys(1, 3, 5, NOBODY), forward=True, limit=9)
    back = stretches(space.indexes, keys(2, 3, 7), forward=False, limit=9)

    assert on.keys == [[1, 2], [3, 4], [5, 7], []]
    assert on.beyond.tolist() == [3, 6, NOBODY, NOBODY]
    assert back.keys == [[2, 1], [3], [7, 5]]
    assert back.beyond.tolist() == [NOBODY, 2, NOBODY]


def test_a_stretch_is_no_longer_than_its_limit(space: SmallSpace) -> None:
    on = stretches(space.indexes, keys(1), forward=True, limit=1)

    assert (on.keys, on.beyond.tolist()) == ([[1]], [2])


def test_a_forgotten_turn_is_stepped_over(space: SmallSpace) -> None:
    space.forget(2)

    on = stretches(space.indexes, keys(1), forward=True, limit=9)

    assert (on.keys, on.beyond.tolist()) == ([[1]], [3])


def test_the_words_of_an_event_speak_for_all_of_its_turns(space: SmallSpace) -> None:
    said = LexicalEvent().score(space.ask("tea"), keys(1, 2, 3, 5, 7))

    assert said[0] == said[1] > 0
    assert np.isnan(said[2])
    assert said[3] == said[4] > said[0]


def test_an_event_weighs_as_one_text_with_its_words(space: SmallSpace) -> None:
    """Of four events two hold tea; that of stream 2 has 3 terms, and the mean is 9 / 4."""
    ranked = bm25_of_groups(["tea"], space.postings, space.timeline, by_event(space.indexes))

    idf = np.log1p((4 - 2 + 0.5) / (2 + 0.5))
    norm = 0.9 * (1 - 0.4 + 0.4 * 3 / (9 / 4))
    assert ranked.keys.tolist() == [0, 3]
    assert ranked.scores[1] == pytest.approx(idf * 2 * 1.9 / (2 + norm), rel=1e-5)


def test_what_was_forgotten_weighs_in_no_event(space: SmallSpace) -> None:
    space.forget(5)

    said = LexicalEvent().score(space.ask("tea"), keys(1, 7))

    assert said[0] > 0
    assert np.isnan(said[1])


def test_the_meaning_of_an_event_is_the_mean_of_its_turns(space: SmallSpace) -> None:
    said = DenseEvent().score(space.ask("sea"), keys(3, 4, 6))

    question, *inside = EMBEDDER.embed(["sea", "sea", "boat"])
    mean = np.mean(inside, axis=0)
    assert said[0] == said[1] == pytest.approx(question @ mean / np.linalg.norm(mean), rel=1e-5)
    assert said[2] < said[0]


def test_an_event_without_vectors_says_nothing_by_meaning() -> None:
    space = SmallSpace((1, "tea"), (2, "sea"), unembedded=[1])

    said = DenseEvent().score(space.ask("tea"), keys(1, 2))

    assert np.isnan(said[0])
    assert np.isfinite(said[1])


def test_without_a_model_events_have_no_meaning(space: SmallSpace) -> None:
    assert np.isnan(DenseEvent().score(space.ask("tea", without_model=True), keys(1, 2))).all()


def test_the_recipe_of_events_is_the_default_and_their_arms() -> None:
    events = ", lexical_event=0.3, dense_event=0.3"
    default, episodic = DEFAULT.describe(), RECIPES["episodic"].describe()
    fusion = next(n for n, stage in enumerate(default) if stage.startswith("fuse("))
    with_tokens, without = default[fusion].removesuffix(")").split(", tokens=")

    assert episodic[:fusion] + episodic[fusion + 1 :] == default[:fusion] + default[fusion + 1 :]
    assert episodic[fusion] == f"{with_tokens}{events}, tokens={without}{events})"

"""The inverted file in memory beside a plain dictionary, and rows of terms that lead to it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import log
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from memsvc.ingest.words import words_of
from memsvc.ports.lexicon import Lexicon, Postings, Stands
from store.information import EARLIER, SILENT
from store.inverted import LARGEST_COUNT, InvertedFile
from store.timeline import ArrayTimeline
from tests.store.asked import WrittenWords, asking_at
from tests.store.opened import Store, open_store
from tests.store.shelves import loaded_anew


class DictLexicon:
    """The plain twin: the terms of every place, counted anew for every answer."""

    def __init__(self) -> None:
        self._places: dict[int, Counter[str]] = {}

    def append(self, place: int, terms: Sequence[str]) -> None:
        self._places[place] = Counter(terms)

    def postings(self, terms: Sequence[str]) -> Mapping[str, Postings]:
        found = {}
        for term in terms:
            held = sorted((place, own[term]) for place, own in self._places.items() if own[term])
            if held:
                places, counts = zip(*held, strict=True)
                found[term] = Postings(np.array(places), np.array(counts, dtype=np.uint16))
        return found

    def information(self, timeline: Stands) -> NDArray[np.float32]:
        told = np.zeros(timeline.size, dtype=np.float32)
        seen: list[Counter[str]] = []
        for place in range(timeline.size):
            own = self._places.get(place, Counter())
            if timeline.stands_at(np.array([place]))[0]:
                held = [sum(term in other for other in seen) for term in own]
                total = sum(log((len(seen) + EARLIER) / (count + 1)) for count in held)
                told[place] = total / (len(own) + SILENT)
                seen.append(own)
        return told


Growing: TypeAlias = InvertedFile | DictLexicon | WrittenWords


@pytest.fixture(
    params=[DictLexicon, InvertedFile, pytest.param(WrittenWords, marks=pytest.mark.postgres)]
)
def lexicon(request: pytest.FixtureRequest) -> Iterator[Growing]:
    if request.param is WrittenWords:
        with asking_at(request.getfixturevalue("database_url"), 4) as asking:
            yield WrittenWords(asking)
    else:
        yield request.param()


def held(lexicon: Lexicon, *terms: str) -> dict[str, dict[int, int]]:
    """Return the postings as {term: {place: count}}."""
    return {
        term: dict(zip(postings.places.tolist(), postings.counts.tolist(), strict=True))
        for term, postings in lexicon.postings(terms).items()
    }


def test_a_term_is_found_with_how_often_each_turn_holds_it(
    lexicon: Growing,
) -> None:
    for place, terms in enumerate((["cat", "dog", "cat"], ["cat"], ["owl"])):
        lexicon.append(place, terms)
    assert held(lexicon, "cat", "owl") == {"cat": {0: 2, 1: 1}, "owl": {2: 1}}


def test_postings_come_in_the_order_of_places(lexicon: Growing) -> None:
    for place in (2, 4, 6):
        lexicon.append(place, ["cat"])
    assert lexicon.postings(["cat"])["cat"].places.tolist() == [2, 4, 6]


def test_a_term_that_nobody_said_has_no_postings(lexicon: Growing) -> None:
    lexicon.append(0, ["cat"])
    assert held(lexicon, "ca", "cats", "c", "") == {}


def test_a_term_asked_for_twice_is_answered_once(lexicon: Growing) -> None:
    lexicon.append(0, ["cat"])
    assert held(lexicon, "cat", "cat") == {"cat": {0: 1}}


def test_no_terms_have_no_postings(lexicon: Growing) -> None:
    lexicon.append(0, [])
    assert held(lexicon) == {}


def test_postings_in_hand_do_not_keep_the_file_from_growing(
    lexicon: Growing,
) -> None:
    """A view of a growing array would make its next growth an error."""
    lexicon.append(0, ["cat"])
    in_hand = lexicon.postings(["cat"])["cat"]
    for place in range(1, 1_000):
        lexicon.append(place, ["cat"])
    assert in_hand.places.tolist() == [0]
    assert len(lexicon.postings(["cat"])["cat"].places) == 1_000


def test_a_count_beyond_all_sense_is_kept_as_the_largest(tmp_path: Path) -> None:
    inverted = InvertedFile()
    inverted.append(0, ["cat"] * (LARGEST_COUNT + 10))
    assert held(inverted, "cat") == {"cat": {0: LARGEST_COUNT}}


few_terms = st.lists(st.sampled_from(["a", "b", "a_b", "1", "1_a", "b2"]), max_size=6)


@given(turns=st.lists(few_terms, max_size=25))
def test_the_file_says_what_the_dictionary_says(turns: list[list[str]]) -> None:
    ours, twin = InvertedFile(), DictLexicon()
    for place, terms in enumerate(turns):
        ours.append(place, terms)
        twin.append(place, terms)
    asked = ("a", "b", "a_b", "1", "1_a", "b2")
    assert held(ours, *asked) == held(twin, *asked)
    assert len(ours) == len({term for terms in turns for term in terms})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(tmp_path_factory.mktemp("terms")) as opened:
        yield opened


@pytest.mark.parametrize(
    "term",
    [
        "café",
        "москва",
        "αθήνα",
        "東京",
        "서울",
        "القاهرة",
        "हन",
        "กร",
        "ღვინო",
        "የኢ",
        "ßtraße",
        "x²",
        "\U0001e922",
        "\U00010d00",
    ],
)
def test_terms_of_every_script_come_back_from_their_rows_as_they_are(
    store: Store, term: str
) -> None:
    space = store.space(f"of {ord(term[0])}")
    store.say(space, f"{term} and")
    assert held(loaded_anew(store, space).lexicon, term) == {term: {0: 1}}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=30), language=st.sampled_from(["english", "none", "german"]))
def test_whatever_terms_the_analyzer_makes_of_a_text_survive_their_row(
    text: str, language: str
) -> None:
    """They are kept as one text, parted by spaces."""
    terms = words_of(language).terms(text)
    assert " ".join(terms).split() == terms


WORDS = st.lists(st.sampled_from(("cat", "dog", "owl", "elk", "emu")), max_size=6)
GONE = st.integers(0, 9) | st.frozensets(st.integers(0, 9), max_size=4)
STEPS = st.lists(WORDS.map(tuple) | GONE | st.just("ask"), max_size=20)


@given(steps=STEPS, tells=st.booleans())
def test_information_is_that_of_the_twin_whatever_comes_goes_and_is_asked_between(
    steps: list[tuple[str, ...] | int | frozenset[int] | str],
    tells: bool,  # noqa: FBT001  hypothesis gives it by name
) -> None:
    """Made when first asked, brought on by each turn and by what is deleted, some at once."""
    ours, twin, timeline = InvertedFile(), DictLexicon(), ArrayTimeline()
    said: dict[int, tuple[str, ...]] = {}
    for step in [*steps, "ask"]:
        if isinstance(step, tuple):
            place = timeline.append(timeline.size + 1, stream=1, length=len(step))
            for lexicon in (ours, twin):
                lexicon.append(place, step)
            said[place + 1] = step
        elif isinstance(step, int | frozenset):
            gone = {step} if isinstance(step, int) else step
            told = {key - 1: said.pop(key) for key in gone if key in said}
            for key in gone:
                timeline.remove(key)
            if tells:
                ours.remove(told, timeline)
        else:
            found, expected = ours.information(timeline), twin.information(timeline)
            places = np.arange(timeline.size)
            stands = timeline.stands_at(places)
            assert np.allclose(found[stands], expected[stands], atol=1e-6)


def test_what_was_often_said_before_tells_less_and_a_greeting_less_than_a_message() -> None:
    lexicon, timeline = InvertedFile(), ArrayTimeline()
    said = ("heron",), ("heron",), ("elk",), ("elk", "moss", "fen", "reed")
    for place, terms in enumerate(said):
        timeline.append(place + 1, stream=1, length=len(terms))
        lexicon.append(place, terms)

    first, again, new, message = lexicon.information(timeline).tolist()

    assert again < first
    assert again < new < message

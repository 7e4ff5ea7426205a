"""What every inverted file does: FTS5's beside a dictionary's."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.ingest.words import words_of
from memsvc.ports.lexicon import LexiconWriter, Postings
from store.lexicon import FtsLexicon
from store.uow import one_view
from tests.store.opened import open_store

ALICE, BOB = SpaceKey(1), SpaceKey(2)
TURNS_EACH = 10
ALICES = [TurnKey(key) for key in range(1, TURNS_EACH + 1)]
BOBS = [TurnKey(key) for key in range(TURNS_EACH + 1, 2 * TURNS_EACH + 1)]


class DictLexicon:
    """The plain twin: terms by turn by space, counted anew for every answer."""

    def __init__(self) -> None:
        self._spaces: dict[SpaceKey, dict[TurnKey, Counter[str]]] = {ALICE: {}, BOB: {}}

    def is_settled(self) -> bool:
        return True

    def settle(self) -> None:
        """Nothing: what is removed is gone at once."""

    def postings(self, space: SpaceKey, terms: Sequence[str]) -> Mapping[str, Postings]:
        found = {}
        for term in terms:
            held = sorted(
                (turn, own[term]) for turn, own in self._spaces[space].items() if own[term]
            )
            if held:
                keys, counts = zip(*held, strict=True)
                found[term] = Postings(np.array(keys), np.array(counts))
        return found

    def add(self, space: SpaceKey, texts: Mapping[TurnKey, Sequence[str]]) -> None:
        self._spaces[space].update({turn: Counter(terms) for turn, terms in texts.items()})

    def remove(self, space: SpaceKey, turns: Sequence[TurnKey]) -> None:
        for turn in turns:
            self._spaces[space].pop(turn, None)

    def remove_all(self, space: SpaceKey) -> None:
        self._spaces[space].clear()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LexiconWriter]:
    """An FTS5 lexicon in a database where ten turns stand in each of two spaces."""
    with open_store(tmp_path_factory.mktemp("lexicon")) as store:
        for name in ("alice", "bob"):
            store.say(store.space(name), *[""] * TURNS_EACH)
        with one_view(store.engine) as connection:
            yield FtsLexicon(connection)


@pytest.fixture(params=["dictionary", "fts5"])
def lexicon(request: pytest.FixtureRequest) -> Iterator[LexiconWriter]:
    if request.param == "dictionary":
        yield DictLexicon()
        return
    fts: LexiconWriter = request.getfixturevalue("database")
    clear(fts)
    yield fts


def clear(lexicon: LexiconWriter) -> None:
    lexicon.remove_all(ALICE)
    lexicon.remove_all(BOB)


def held(lexicon: LexiconWriter, space: SpaceKey, *terms: str) -> dict[str, dict[int, int]]:
    """Return the postings as {term: {turn: count}}."""
    return {
        term: dict(zip(postings.keys.tolist(), postings.counts.tolist(), strict=True))
        for term, postings in lexicon.postings(space, terms).items()
    }


def test_a_term_is_found_with_how_often_each_turn_holds_it(lexicon: LexiconWriter) -> None:
    lexicon.add(ALICE, {ALICES[0]: ["cat", "dog", "cat"], ALICES[1]: ["cat"], ALICES[2]: ["owl"]})
    assert held(lexicon, ALICE, "cat", "owl") == {"cat": {1: 2, 2: 1}, "owl": {3: 1}}


def test_postings_come_in_the_order_of_keys(lexicon: LexiconWriter) -> None:
    for turn in (ALICES[5], ALICES[1], ALICES[3]):
        lexicon.add(ALICE, {turn: ["cat"]})
    assert lexicon.postings(ALICE, ["cat"])["cat"].keys.tolist() == [2, 4, 6]


def test_a_term_that_nobody_said_has_no_postings(lexicon: LexiconWriter) -> None:
    lexicon.add(ALICE, {ALICES[0]: ["cat"]})
    assert held(lexicon, ALICE, "ca", "cats", "c", "") == {}


def test_a_term_asked_for_twice_is_answered_once(lexicon: LexiconWriter) -> None:
    lexicon.add(ALICE, {ALICES[0]: ["cat"]})
    assert held(lexicon, ALICE, "cat", "cat") == {"cat": {1: 1}}


def test_no_terms_have_no_postings(lexicon: LexiconWriter) -> None:
    lexicon.add(ALICE, {})
    lexicon.add(ALICE, {ALICES[0]: []})
    assert held(lexicon, ALICE) == {}


def test_spaces_never_meet(lexicon: LexiconWriter) -> None:
    lexicon.add(ALICE, {ALICES[0]: ["cat", "1", "2"]})
    lexicon.add(BOB, {BOBS[0]: ["cat", "2_cat", "1"]})
    assert held(lexicon, ALICE, "cat", "2", "2_cat") == {"cat": {1: 1}, "2": {1: 1}}
    assert held(lexicon, BOB, "cat", "1", "1_cat") == {"cat": {11: 1}, "1": {11: 1}}


def test_removed_turns_are_found_no_more_and_unknown_ones_are_passed_over(
    lexicon: LexiconWriter,
) -> None:
    lexicon.add(ALICE, {ALICES[0]: ["cat"], ALICES[1]: ["cat", "dog"]})
    lexicon.remove(ALICE, [ALICES[0], TurnKey(999)])
    assert held(lexicon, ALICE, "cat", "dog") == {"cat": {2: 1}, "dog": {2: 1}}


def test_a_whole_space_can_be_taken_out_and_the_others_stay(lexicon: LexiconWriter) -> None:
    lexicon.add(ALICE, {ALICES[0]: ["cat"]})
    lexicon.add(BOB, {BOBS[0]: ["cat"]})
    lexicon.remove_all(ALICE)
    assert held(lexicon, ALICE, "cat") == {}
    assert held(lexicon, BOB, "cat") == {"cat": {11: 1}}


def test_settling_changes_no_answer(lexicon: LexiconWriter) -> None:
    lexicon.add(ALICE, {ALICES[0]: ["cat"], ALICES[1]: ["cat", "dog", "dog"]})
    lexicon.remove(ALICE, [ALICES[0]])
    lexicon.settle()
    assert held(lexicon, ALICE, "cat", "dog") == {"cat": {2: 1}, "dog": {2: 2}}


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
    ],
)
def test_terms_of_every_script_are_found_as_they_are(lexicon: LexiconWriter, term: str) -> None:
    lexicon.add(ALICE, {ALICES[0]: [term, "and"]})
    assert held(lexicon, ALICE, term) == {term: {1: 1}}


@pytest.mark.parametrize("term", ["\U0001e922", "\U0002b820", "\ua7c2", "\u1c90", "\U00010d00"])
def test_letters_younger_than_sqlite_are_found_too(lexicon: LexiconWriter, term: str) -> None:
    """SQLite's tokenizer knows the categories of Unicode 6.1; later letters have none there."""
    lexicon.add(ALICE, {ALICES[0]: [f"a{term}b"]})
    assert held(lexicon, ALICE, f"a{term}b", "a", "b") == {f"a{term}b": {1: 1}}


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=30), language=st.sampled_from(["english", "none", "german"]))
def test_whatever_term_the_analyzer_makes_of_a_text_finds_it(
    database: LexiconWriter, text: str, language: str
) -> None:
    terms = words_of(language).terms(text)
    clear(database)
    database.add(ALICE, {ALICES[0]: terms})
    assert held(database, ALICE, *terms) == {
        term: {1: count} for term, count in Counter(terms).items()
    }


few_terms = st.lists(st.sampled_from(["a", "b", "a_b", "1", "1_a", "b2"]), max_size=6)
changes = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 2 * TURNS_EACH - 1), few_terms),
        st.tuples(st.just("remove"), st.integers(0, 2 * TURNS_EACH - 1), st.just([])),
        st.tuples(st.just("remove_all"), st.integers(0, 2 * TURNS_EACH - 1), st.just([])),
    ),
    max_size=25,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=changes)
def test_fts5_says_what_the_dictionary_says_whatever_is_done(
    database: LexiconWriter, changes: list[tuple[str, int, list[str]]]
) -> None:
    clear(database)
    twin = DictLexicon()
    for change, place, terms in changes:
        space = ALICE if place < TURNS_EACH else BOB
        turn = [*ALICES, *BOBS][place]
        for lexicon in (database, twin):
            if change == "remove_all":
                lexicon.remove_all(space)
                continue
            lexicon.remove(space, [turn])
            if change == "add":
                lexicon.add(space, {turn: terms})
    for space in (ALICE, BOB):
        asked = ("a", "b", "a_b", "1", "1_a", "b2")
        assert held(database, space, *asked) == held(twin, space, *asked)

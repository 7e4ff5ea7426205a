"""Holding: how probable it is that a candidate is an answer, from raw words and cosines."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.holding import ABSTAIN_BELOW, Holding
from memsvc.domain.manner import PLAIN, Manner
from retrieval.arms import Dense
from retrieval.holding import (
    BY_WORD,
    CROWD,
    NOTHING,
    WITH_MODEL,
    WORDS_ALONE,
    covered,
    holding,
    surest,
)
from retrieval.pool import Ask, Pool
from retrieval.recipes import DEFAULT
from retrieval.tokens import TokensAsked
from tests.retrieval.small import SmallSpace, keys, pool_of
from tests.retrieval.test_tokens import MODEL, Shelf

POND = (
    "the heron nests by the pond",
    "owls hunt at night",
    *(f"weather of day {day} was mild" for day in range(20)),
)


def pond(*more: str) -> SmallSpace:
    return SmallSpace(*((0, text) for text in (*POND, *more)))


def told(ask: Ask) -> Holding:
    return holding(ask, DEFAULT.run(ask).pool)


def idf(holders: int, of: int) -> float:
    return math.log1p((of - holders + 0.5) / (holders + 0.5))


def test_words_are_weighed_by_how_rare_they_are_and_unknown_ones_are_missing() -> None:
    space = SmallSpace((0, "reed pond"), (0, "reed owl"), (0, "reed fox"))

    shares = covered(space.ask("reed pond swan"), keys(1, 2))

    reed, rare, unknown = idf(3, 3), idf(1, 3), idf(0, 3)
    total = reed + rare + unknown
    assert shares == pytest.approx([(reed + rare) / total, reed / total])


def test_a_word_that_the_question_repeats_counts_once() -> None:
    space = SmallSpace((0, "reed pond"), (0, "owl"))

    once = covered(space.ask("reed pond owl"), keys(1, 2))

    assert covered(space.ask("reed reed pond owl reed"), keys(1, 2)) == pytest.approx(once)


def test_with_a_filter_words_are_as_rare_as_among_those_that_may_answer() -> None:
    space = SmallSpace((0, "reed pond"), (0, "reed owl"), (0, "pond fox"))
    alone = SmallSpace((0, "reed pond"), (0, "reed owl"))

    among = covered(space.ask("reed pond fox", among=keys(1, 2)), keys(1, 2))

    assert among == pytest.approx(covered(alone.ask("reed pond fox"), keys(1, 2)))


def test_what_is_said_holds_more_probably_than_what_is_not() -> None:
    said = told(pond().ask("heron nests pond"))
    unsaid = told(pond().ask("brother violin lessons"))

    assert said.probability > 0.5
    assert unsaid.probability < ABSTAIN_BELOW
    assert unsaid.abstains
    assert not said.abstains
    assert said.words == pytest.approx(1.0)
    assert unsaid.words == 0.0


def test_the_probability_is_the_logistic_of_the_reasons() -> None:
    found = told(pond().ask("heron nests pond"))

    assert found.nearness is not None
    odds = (
        WITH_MODEL.bias
        + WITH_MODEL.first * (found.words + found.nearness)
        + WITH_MODEL.lead * found.lead
    )
    assert found.probability == pytest.approx(1 / (1 + math.exp(-odds)))


def test_many_turns_that_say_as_much_take_the_lead_away() -> None:
    alone = told(pond().ask("heron nests pond"))
    crowded = told(pond(*[POND[0]] * CROWD).ask("heron nests pond"))

    assert crowded.lead < 0.01
    assert crowded.probability < alone.probability


def test_without_a_model_the_words_alone_tell() -> None:
    ask = pond().ask("heron nests pond", without_model=True)

    found = told(ask)

    assert found.nearness is None
    assert found.words == pytest.approx(1.0)
    odds = WORDS_ALONE.bias + WORDS_ALONE.first * found.words + WORDS_ALONE.lead * found.lead
    assert found.probability == pytest.approx(1 / (1 + math.exp(-odds)))
    assert told(pond().ask("violin lessons", without_model=True)).abstains


def test_a_turn_without_a_vector_yet_is_told_by_its_words() -> None:
    space = SmallSpace((0, "the heron nests"), (0, "owls hunt"), unembedded=(1, 2))

    found = told(space.ask("heron nests"))

    assert found.nearness == 0.0
    assert found.words == pytest.approx(1.0)


def test_an_empty_memory_holds_nothing() -> None:
    assert holding(pond().ask("heron"), Pool()) == NOTHING
    assert NOTHING.abstains
    assert surest([]) == NOTHING


def test_of_several_spaces_the_surest_speaks() -> None:
    knows, not_knows = told(pond().ask("heron nests pond")), told(pond().ask("violin"))

    assert surest([not_knows, knows]) is knows


def test_the_turn_that_stands_first_is_judged_and_not_how_far_it_leads() -> None:
    ask = pond().ask("heron nests pond")
    first = holding(ask, pool_of({1: 0.9, 2: 0.1}))

    assert holding(ask, pool_of({1: 7.0, 2: 6.9})) == first
    assert holding(ask, pool_of({1: 0.1, 2: 0.9})).probability < first.probability


def test_a_tenth_turn_with_more_of_both_makes_it_less_probable() -> None:
    """The recipe put it first for another reason than words and nearness."""
    ask = pond().ask("heron nests pond")
    ten = dict.fromkeys(range(2, 11), 0.5)

    behind = holding(ask, pool_of({**ten, 1: 0.1}))

    assert behind.lead < 0
    assert behind.probability < holding(ask, pool_of(ten)).probability


def by_word(ask: Ask, texts: Sequence[str]) -> Ask:
    """Ask word by word too, each word as telling as the others."""
    words = list(dict.fromkeys(ask.terms))
    [vectors] = MODEL.embed_with_tokens([" ".join(words)]).tokens or ()
    of = Shelf(texts).of
    return replace(ask, tokens=TokensAsked(vectors, np.ones(len(vectors), dtype=np.float32), of))


def test_where_words_were_compared_one_by_one_that_counts_and_not_their_sum() -> None:
    ask = by_word(pond().ask("heron nests pond"), POND)
    found = told(ask)

    assert found.tokens is not None
    assert found.tokens == pytest.approx(1.0)
    odds = BY_WORD.bias + BY_WORD.first * found.tokens + BY_WORD.lead * found.lead
    assert found.probability == pytest.approx(1 / (1 + math.exp(-odds)))
    assert told(replace(ask, tokens=None)).tokens is None


def test_with_a_filter_a_turn_that_does_not_pass_lends_no_word() -> None:
    """The question stands in the turn beside the only one that may answer."""
    texts = ("owls hunt", "the heron nests by the pond")
    space = SmallSpace(*((0, text) for text in texts))

    beside = told(by_word(space.ask("heron nests pond", among=keys(1, 2)), texts))
    alone = told(by_word(space.ask("heron nests pond", among=keys(1)), texts))

    assert beside.tokens == pytest.approx(1.0)
    assert alone.tokens == pytest.approx(0.0, abs=0.05)


@given(
    st.lists(
        st.sampled_from(["heron", "pond", "owls", "night", "day", "mild", "violin"]), min_size=1
    )
)
def test_it_is_a_probability_and_its_reasons_are_those_of_one_turn(words: list[str]) -> None:
    ask = pond().ask(" ".join(words))
    pool = DEFAULT.run(ask).pool
    found = holding(ask, pool)

    assert 0 < found.probability < 1
    assert 0 <= found.words <= 1 + 1e-9
    first = pool.keys[pool.best_first()[:1]]
    assert found.words == pytest.approx(float(covered(ask, first)[0]))
    assert found.nearness == pytest.approx(float(Dense().score(ask, first)[0]))


def test_the_question_itself_asked_before_is_no_answer_to_it() -> None:
    asked = "where does the swan sleep ?"
    manners = (Manner(asks=1.0), *[PLAIN] * len(POND))

    with_it = SmallSpace((0, asked), *((0, text) for text in POND), manners=manners)
    said_plainly = SmallSpace((0, asked), *((0, text) for text in POND))

    before = told(pond().ask(asked)).probability
    assert told(with_it.ask(asked)).probability == pytest.approx(before, abs=0.03)
    assert told(said_plainly.ask(asked)).probability > 0.9


def test_a_question_that_tells_something_by_the_way_is_an_answer() -> None:
    tells = "can swans eat bread when they sleep in the reeds ?"
    space = SmallSpace(
        (0, tells), *((0, text) for text in POND), manners=(Manner(1.0), *[PLAIN] * len(POND))
    )

    assert told(space.ask("sleep reeds where")).words > 0.5

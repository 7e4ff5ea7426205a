"""Whether two texts contradict each other, on sentences whose answer anybody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.ingest.contradiction import NONE, Clash, contradiction, traits_of
from memsvc.ingest.polarity import claims_of


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("Ana eats meat.", "Ana does not eat meat.", Clash.DENIED),
        ("A diamond cannot float on water.", "A diamond can float on water.", Clash.DENIED),
        ("I\u2019ve been to Oslo.", "I haven\u2019t been to Oslo.", Clash.DENIED),
        (
            "A minor can replicate the experiment.",
            "It is unlikely that a minor could replicate the experiment.",
            Clash.DOUBTED,
        ),
        ("The shop is open on Sunday.", "The shop is closed on Sunday.", Clash.OPPOSITE),
        ("I like black tea.", "I hate black tea.", Clash.OPPOSITE),
        ("My rent is 840 euros a month.", "My rent is 910 euros a month.", Clash.NUMBER),
        ("The meeting is on Monday.", "The meeting is on Friday.", Clash.NUMBER),
    ],
)
def test_what_one_says_and_the_other_does_not_is_told_with_its_reason(
    one: str, other: str, clash: Clash
) -> None:
    found = contradiction(one, other)

    assert found.score > 0.5
    assert found.clash is clash
    assert found.sentences is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana eats meat.", "Ana eats meat every day."),
        ("Ana does not eat meat.", "Ana never eats meat."),
        ("The shop is not open on Sunday.", "The shop is closed on Sunday."),
        ("The meeting is on Monday.", "The meeting is on Monday, in room 4."),
        ("Brooklyn is known for bread.", "Brooklyn is not only known for bread but for bagels."),
        ("Ana eats meat.", "While Ana does not cook, Ana eats meat."),
        ("I bought 3 apples at the market.", "I bought 5 pears at the station."),
    ],
)
def test_what_may_both_be_true_scores_low(one: str, other: str) -> None:
    assert contradiction(one, other).score < 0.5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I like tea.", "The car is not red."),
        ("", "Ana does not eat meat."),
        ("", ""),
        ("\u6211\u559c\u6b22\u8336", "Ana does not eat meat."),
    ],
)
def test_texts_about_two_things_do_not_contradict_whatever_they_deny(one: str, other: str) -> None:
    assert contradiction(one, other) == NONE
    assert traits_of(one, other) is None


def test_the_sentences_told_are_the_opposed_ones_of_either_text() -> None:
    one = "Brooklyn is a borough of New York. Brooklyn is known for its bread products."
    other = "Brooklyn lies on Long Island. It is not known for its bread products, critics say."

    found = contradiction(one, other)

    assert found.sentences == (
        "Brooklyn is known for its bread products.",
        "It is not known for its bread products, critics say.",
    )


@given(one=st.text(max_size=80), other=st.text(max_size=80))
def test_any_texts_have_a_score_that_does_not_depend_on_their_order(one: str, other: str) -> None:
    found, turned = contradiction(one, other), contradiction(other, one)

    assert 0 <= found.score <= 1
    assert found.score == pytest.approx(turned.score)
    assert (found.clash is None) == (found.sentences is None)


@given(st.text(max_size=120))
def test_no_text_contradicts_itself_more_likely_than_not(text: str) -> None:
    assert contradiction(text, text).score < 0.5


def test_a_denial_reaches_the_words_after_it_in_its_clause() -> None:
    claims = claims_of("The fruit is not a weapon, thieves threw it.")

    assert claims.denied == {"weapon"}
    assert claims.said == {"fruit", "thiev", "threw"}

"""Which questions want the latest value, and which texts speak of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.ingest.latest import LEAST, Wish, share_of, wish_of


@pytest.mark.parametrize(
    "question",
    [
        "Where do I live?",
        "Which car do I have?",
        "In which room do I keep the orchid?",
        "What is my current weight?",
        "How many commits are merged?",
        "How many sessions did I attend?",
        "What type of lens did I buy most recently?",
        "What\u2019s the budget of the roof?",
        "Where does Rachel live?",
        "Whom does she work for?",
        "did I switch to tea?",
    ],
)
def test_a_question_for_a_present_state_wants_the_latest(question: str) -> None:
    assert wish_of(question) is not None


@pytest.mark.parametrize(
    "question",
    [
        "Where did I live before Porto?",
        "Where did I use to live?",
        "What was my previous record?",
        "When did I last see Ana?",
        "How many days passed between both meetings?",
        "How many trips did I take altogether?",
        "How has my budget changed?",
        "How many roses did I plant in May 2023?",
        "Can you help me with my budget?",
        "What did Ana buy?",
        "What did Ana join recently?",
        "How long did it take me?",
        "What is Ana working on at home?",
        "Have I ever been to Oslo?",
        "live in Porto with my cat",
        "Wo wohne ich?",
        "",
    ],
)
def test_what_asks_for_the_past_for_a_sum_or_for_help_does_not(question: str) -> None:
    assert wish_of(question) is None


def test_words_of_the_present_are_not_looked_for() -> None:
    wish = wish_of("Where do I currently keep my old sneakers?")

    assert wish == Wish(frozenset({"keep", "old", "sneaker"}), is_quantity=False)


def test_a_text_speaks_of_it_by_the_words_of_one_sentence() -> None:
    wish = wish_of("Where do I keep my old sneakers?")
    assert wish is not None

    assert share_of(wish, "It rains. I keep the old sneakers under the bed.") == 1.0
    assert share_of(wish, "I keep bees. They are old. My sneaker is red.") == pytest.approx(1 / 3)
    assert share_of(wish, "It rains.") == 0.0
    assert share_of(wish, "") == 0.0


@pytest.mark.parametrize(
    "text",
    ["I finished 4 issues.", "I just finished my fifth issue.", "I have finished two issues."],
)
def test_where_a_quantity_is_asked_for_only_what_counts_speaks_of_it(text: str) -> None:
    wish = wish_of("How many issues have I finished?")
    assert wish is not None

    assert share_of(wish, text) >= LEAST
    assert share_of(wish, "I finished some issues.") == 0.0
    assert share_of(wish, "I finished some issues. It is 5 o'clock.") == 0.0


@given(question=st.text(max_size=60), text=st.text(max_size=120))
def test_a_share_is_a_share(question: str, text: str) -> None:
    wish = wish_of(question) or Wish(frozenset({"tea"}), is_quantity=False)

    assert 0 <= share_of(wish, text) <= 1

"""Which texts are not understood without the one before them."""

import pytest

from memsvc.ingest.leaning import answers, asks, begins_with_a_pronoun


@pytest.mark.parametrize(
    "text",
    ["He loved it.", "Oh wow, that is great!", "it's late", "Yes, they did", "And their dog?"],
)
def test_a_text_that_speaks_first_of_a_pronoun_leans_on_the_one_before(text: str) -> None:
    assert begins_with_a_pronoun(text)


@pytest.mark.parametrize(
    "text", ["", "Ann loved it.", "Yes, in May.", "Item 4 is late", "The hat", "Thesis done", "?!"]
)
def test_what_names_what_it_speaks_of_leans_on_nothing(text: str) -> None:
    assert not begins_with_a_pronoun(text)


@pytest.mark.parametrize("before", ["Do you paint?", "Do you paint? [shares a photo: a heron]"])
def test_what_begins_as_an_answer_answers_a_question(before: str) -> None:
    assert answers("Yes, since May.", before)
    assert answers("I do! Every day.", before)


def test_what_begins_otherwise_or_follows_no_question_answers_nothing() -> None:
    assert not answers("Ann paints.", "Do you paint?")
    assert not answers("Yes, since May.", "Do you paint? I should like to know.")
    assert not answers("Yes, since May.", "I paint.")
    assert not answers("", "")


def test_a_question_asks_wherever_it_stands() -> None:
    assert asks("Do you paint? I do.")
    assert not asks("I paint.")


def test_a_long_row_of_marks_is_read_at_once() -> None:
    assert not answers("no " * 100_000, "?" * 100_000 + "x" + "[" * 100_000)

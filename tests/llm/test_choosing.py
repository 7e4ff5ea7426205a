"""The odds of choices out of the texts of a few tokens."""

import math

import pytest

from memsvc.llm.choosing import odds_of, require_apart

HALF, QUARTER, TENTH = math.log(0.5), math.log(0.25), math.log(0.1)


def test_a_choice_is_told_by_the_longest_token_that_it_begins_with() -> None:
    told = [("Y", TENTH), ("Ye", QUARTER), ("yes", HALF), ("No", HALF)]

    assert odds_of(("Yes", "No", "Maybe"), told) == pytest.approx([QUARTER, HALF, -math.inf])


def test_tokens_that_differ_in_white_space_are_one_beginning() -> None:
    told = [("A", HALF), (" A", QUARTER), ("\nA", QUARTER), (" ", HALF), ("", HALF)]

    (found,) = odds_of(("A",), told)

    assert found == 0.0


def test_a_token_of_two_choices_tells_of_neither() -> None:
    told = [("no", HALF), ("con", TENTH)]

    assert odds_of(("contradicts", "contains"), told) == [-math.inf, -math.inf]


def test_two_choices_that_begin_with_the_likeliest_token_cannot_be_told_apart() -> None:
    with pytest.raises(ValueError, match="same token"):
        odds_of(("10", "11"), [("1", HALF), ("2", TENTH)])


def test_without_tokens_nothing_is_told() -> None:
    assert odds_of(("A", "B"), []) == [-math.inf, -math.inf]


@pytest.mark.parametrize("choices", [("A", "A"), ("A", " A"), ("Yes", "Yesterday"), ("A", "")])
def test_choices_that_begin_alike_are_refused(choices: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"begin alike|without a letter"):
        require_apart(choices)

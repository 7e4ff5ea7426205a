"""The plain twins: checkable by hand, and the same in every process."""

import math
import subprocess
import sys

import pytest

from memsvc.llm.fakes import CountingSurprisal, HashingEmbedder
from memsvc.ports.models import Passage, Surprise


def test_a_word_that_comes_twice_weighs_twice() -> None:
    (vector,) = HashingEmbedder().embed(["Tea tea cake"])

    assert sorted(vector[vector > 0] ** 2) == pytest.approx([0.2, 0.8])


def test_vectors_are_the_same_in_another_process() -> None:
    program = (
        "from memsvc.llm.fakes import HashingEmbedder;"
        "print(HashingEmbedder().embed(['tea and cake']).tobytes().hex())"
    )

    elsewhere = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert elsewhere.stdout.strip() == HashingEmbedder().embed(["tea and cake"]).tobytes().hex()


def test_its_fingerprint_says_what_it_is() -> None:
    assert HashingEmbedder(dimension=32).fingerprint.text == "hashing/fp32/32"


def test_a_word_is_expected_as_often_as_it_came() -> None:
    """Tea 1/1 as something new, tea again 2/3, cake as something new 1/4, tea 3/6."""
    (told,) = CountingSurprisal().of([Passage(["Tea tea", " cake tea"])])

    assert told == [
        pytest.approx(Surprise(math.log(3 / 2) / 2, math.log(3 / 2))),
        pytest.approx(Surprise(math.log(8) / 2, math.log(4))),
    ]


def test_all_words_that_came_and_something_new_are_certain_together() -> None:
    likely = [
        CountingSurprisal().of([Passage([word], "tea tea cake ")])[0][0]
        for word in ("tea", "cake", "milk")
    ]

    assert sum(math.exp(-one.mean) for one in likely if one) == pytest.approx(1.0)


def test_a_word_too_far_before_is_new_again() -> None:
    (told,) = CountingSurprisal(context_tokens=2).of([Passage(["tea ", "cake ", "milk ", "tea"])])

    assert told[3] == pytest.approx(Surprise(math.log(5), math.log(5)))


def test_a_word_in_two_texts_belongs_to_the_one_where_it_begins() -> None:
    (told,) = CountingSurprisal().of([Passage(["te", "a ca", "ke"], "tea ")])

    assert told == [
        pytest.approx(Surprise(math.log(3 / 2), math.log(3 / 2))),
        pytest.approx(Surprise(math.log(4), math.log(4))),
        None,
    ]

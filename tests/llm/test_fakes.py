"""The plain twin: checkable by hand, and the same in every process."""

import subprocess
import sys

import pytest

from memsvc.llm.fakes import HashingEmbedder


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

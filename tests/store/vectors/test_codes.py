"""A byte a number: what is lost by it, and what is not."""

import numpy as np
import pytest

from memsvc.ports.models import Matrix
from store.vectors.codes import Codes, Scale, rounded, steps_of


@pytest.fixture(scope="module")
def vectors() -> Matrix:
    made = np.random.default_rng(3).normal(size=(500, 384)).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


def codes_of(scale: Scale, vectors: Matrix) -> Codes:
    """As FAISS keeps what it is given."""
    return (scale.counted(vectors) + 128).astype(np.uint8)


def test_a_cosine_of_codes_is_off_by_a_thousandth(vectors: Matrix) -> None:
    scale = Scale.of(vectors)
    found = scale.cosines(codes_of(scale, vectors), vectors[0])
    assert np.abs(found - vectors @ vectors[0]).max() < 0.004
    assert np.allclose(found, scale.vectors(codes_of(scale, vectors)) @ vectors[0], atol=1e-5)


def test_codes_stand_for_vectors_of_unit_length(vectors: Matrix) -> None:
    scale = Scale.of(vectors)
    lengths = np.linalg.norm(scale.vectors(codes_of(scale, vectors)), axis=1)
    assert lengths == pytest.approx(1.0, abs=2e-3)


def test_what_was_rounded_once_is_not_rounded_again(vectors: Matrix) -> None:
    scale = Scale.of(vectors)
    codes = codes_of(scale, vectors)
    assert np.array_equal(codes_of(scale, scale.vectors(codes)), codes)


def test_a_scale_holds_what_lies_a_little_beyond_it_and_no_more(vectors: Matrix) -> None:
    scale = Scale.of(vectors)
    assert scale.holds(vectors * 1.05)
    assert not scale.holds(vectors * 1.2)
    assert np.abs(steps_of(codes_of(scale, vectors * 1.05))).max() == 126


def test_a_question_is_asked_in_whole_numbers(vectors: Matrix) -> None:
    asked = rounded(vectors[0])
    assert np.array_equal(asked, np.rint(asked))
    assert np.abs(asked).max() == 126


def test_a_question_of_zeros_is_one_too() -> None:
    assert not rounded(np.zeros(4, dtype=np.float32)).any()
    assert Scale.of(np.zeros((2, 4), dtype=np.float32)).limit == 1.0

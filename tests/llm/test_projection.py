"""Making vectors of tokens small: what they share goes, and likeness stays."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from memsvc.llm.projection import (
    TOGETHER,
    Hidden,
    learn,
    learned,
    read_projection,
    write_projection,
)

VOCABULARY = {"[PAD]": 0, "[unused0]": 1} | {f"word{n}": n + 2 for n in range(40)}


def hidden(count: int, *, seed: int = 0) -> Hidden:
    """Return vectors that differ in four directions and share a fifth."""
    rng = np.random.default_rng(seed)
    found = np.zeros((count, 16), dtype=np.float32)
    found[:, :4] = rng.normal(size=(count, 4))
    found[:, 9] = 50.0
    return found


def test_what_all_tokens_share_is_taken_off_and_their_likeness_stays() -> None:
    vectors = hidden(200)
    around = vectors - vectors.mean(axis=0)
    around /= np.linalg.norm(around, axis=1, keepdims=True)

    small = learned(vectors, dimension=4).of(vectors).astype(np.float32) / 127

    np.testing.assert_allclose(small @ small.T, around @ around.T, atol=0.03)


def test_a_projection_that_was_written_is_read_as_it_was(tmp_path: Path) -> None:
    projection = learned(hidden(50), dimension=4)

    write_projection(tmp_path / "p.npy", projection)

    read = read_projection(tmp_path / "p.npy")
    np.testing.assert_array_equal(read.mean, projection.mean)
    np.testing.assert_array_equal(read.directions, projection.directions)
    assert read.dimension == 4


def test_no_tokens_become_no_vectors() -> None:
    assert learned(hidden(50), dimension=4).of(hidden(0)).shape == (0, 4)


def test_it_is_learned_from_the_words_of_the_vocabulary_in_an_order_of_their_own() -> None:
    seen: list[Sequence[Sequence[int]]] = []

    def read(texts: Sequence[Sequence[int]]) -> Hidden:
        seen.append(texts)
        return hidden(sum(map(len, texts)))

    learn(VOCABULARY, read, without=frozenset([0]))
    learn(dict(reversed(VOCABULARY.items())), read, without=frozenset([0]))

    first, again = seen
    assert first == again
    assert {len(text) for text in first} == {TOGETHER}
    pieces = [piece for text in first for piece in text]
    assert len(set(pieces)) == len(pieces) == 40 // TOGETHER * TOGETHER
    assert not {0, 1} & set(pieces)
    assert pieces != sorted(pieces)


def test_a_vocabulary_smaller_than_a_text_is_one_text() -> None:
    few = {f"word{n}": n for n in range(5)}

    projection = learn(few, lambda texts: hidden(sum(map(len, texts))), without=frozenset())

    assert projection.mean == pytest.approx(hidden(5).mean(axis=0))

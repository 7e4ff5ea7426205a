"""Compose: what of a turn is embedded, and in which pieces."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memsvc.domain.memory import NewTurn
from memsvc.ingest.compose import LEAST_ROOM, MARKERS, embed_prepared, prepare, said
from memsvc.llm.fakes import HashingEmbedder

EMBEDDER = HashingEmbedder()


def turn(content: str, speaker: str | None = None) -> NewTurn:
    return NewTurn(role="user", content=content, speaker=speaker)


@pytest.mark.parametrize(
    ("speaker", "expected"),
    [(None, "I adopted a dog."), ("", "I adopted a dog."), ("Ada", "Ada: I adopted a dog.")],
)
def test_a_turn_is_found_by_its_text_with_its_speaker_in_front(
    speaker: str | None, expected: str
) -> None:
    one = turn("I adopted a dog.", speaker)

    assert said(one) == expected
    assert prepare(one, EMBEDDER).texts == (expected,)


def test_the_length_of_a_turn_is_that_of_its_own_text() -> None:
    assert prepare(turn("I adopted a dog.", "Ada"), EMBEDDER).tokens == 5


def test_a_turn_that_the_model_can_just_take_is_one_piece() -> None:
    longest = " ".join(["word"] * (EMBEDDER.max_tokens - MARKERS))

    assert len(prepare(turn(longest), EMBEDDER).texts) == 1
    assert len(prepare(turn(f"{longest} more"), EMBEDDER).texts) == 2


def test_every_piece_has_the_speaker_in_front() -> None:
    long = " ".join(f"Sentence {number} says a little." for number in range(100))

    found = prepare(turn(long, "Ada"), EMBEDDER)

    assert len(found.texts) > 1
    assert all(text.startswith("Ada: Sentence") for text in found.texts)


def test_however_long_a_speakers_name_is_there_is_room_for_the_text() -> None:
    name = " ".join(["name"] * 300)

    found = prepare(turn(" ".join(["word"] * 100), name), EMBEDDER)

    assert {span.end > span.start for span in found.spans} == {True}
    assert len(found.spans) == -(-100 // LEAST_ROOM)


@settings(deadline=None)
@given(words=st.integers(0, 700), speaker=st.none() | st.sampled_from(["Ada", "Bob the builder"]))
def test_no_piece_is_over_what_the_model_takes_and_nothing_is_lost(
    words: int, speaker: str | None
) -> None:
    content = " ".join(f"w{number}" for number in range(words))

    found = prepare(turn(content, speaker), EMBEDDER)

    assert all(len(EMBEDDER.tokens(text)) + MARKERS <= EMBEDDER.max_tokens for text in found.texts)
    assert "".join(content[span.start : span.end] for span in found.spans) == content


def test_each_turn_gets_the_vectors_of_its_own_pieces() -> None:
    long = " ".join(["word"] * 600)
    turns = [prepare(turn(content), EMBEDDER) for content in ("one", long, "two")]

    matrices = [read.vectors for read in embed_prepared(turns, EMBEDDER)]

    assert [len(matrix) for matrix in matrices] == [1, 3, 1]
    for prepared, matrix in zip(turns, matrices, strict=True):
        np.testing.assert_array_equal(matrix, EMBEDDER.embed(prepared.texts))


def test_no_turns_give_no_vectors() -> None:
    assert embed_prepared([], EMBEDDER) == []

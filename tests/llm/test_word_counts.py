"""Counting by words gives what the tokenizer gives, whatever the text."""

import re
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from memsvc.llm import word_counts
from memsvc.llm.exported import TOKENIZER_FILE
from memsvc.llm.word_counts import WordCounter, counter_of, token_count
from tests.models import onnx_folder

pytestmark = pytest.mark.model

TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="ab Z9_.-[]'\n\t\r\x00\x0b\x1c\x7f\u00e9\u0301\u2026", max_size=60),
    st.lists(
        st.sampled_from(
            ["oolong", "tea", "[SEP]", "[PAD]x", "don't", "a_b", "x" * 200, "U.S.", "naïve"]
        ),
        max_size=8,
    ).map(" ".join),
)


@cache
def measurer() -> Tokenizer:
    """Return the default model's, cutting nothing."""
    made = Tokenizer.from_file(str(onnx_folder() / TOKENIZER_FILE))
    made.no_padding()
    made.no_truncation()
    return made


@cache
def counted() -> Callable[[str], int]:
    """Return what counts as it does."""
    return counter_of(measurer())


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_words_have_as_many_tokens_as_the_text(text: str) -> None:
    assert counted()(text) == counted()(text) == token_count(measurer(), text)


def test_the_default_model_is_counted_by_words() -> None:
    assert isinstance(counted(), WordCounter)


def test_a_full_table_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_counts, "MOST_WORDS", 5)
    anew = counter_of(measurer())
    texts = [f"word{n} oolong{n}" for n in range(20)]

    assert [anew(text) for text in texts] == [token_count(measurer(), text) for text in texts]


def test_a_tokenizer_of_another_family_counts_by_itself() -> None:
    other = Tokenizer(WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]"))
    other.pre_tokenizer = Whitespace()

    assert not isinstance(counter_of(other), WordCounter)
    assert counter_of(other)("a b a") == 3


def test_what_is_counted_by_words_is_what_the_tokenizer_cuts_at() -> None:
    """Where these two part ways, so do the numbers."""
    text = "It's U.S. oolong_tea, [2024-01-02] 3.5%"
    found = [text[start:end] for start, end in measurer().encode(text).offsets if end > start]

    assert "".join(found) == re.sub(r"\s", "", text)

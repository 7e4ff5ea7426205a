"""What canaries say: drawn, and nothing about it fixed."""

import hashlib
import re

from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.canary import Words
from memsvc.ingest.words import words_of

SEEDS = st.binary(min_size=32, max_size=32)


@given(SEEDS)
def test_a_sentence_holds_its_token_and_is_the_same_again(seed: bytes) -> None:
    words = Words(seed)

    assert words.token in words.sentence.lower()
    assert re.fullmatch(r"[A-Z][a-z]+(?: [a-z]+)*\.", words.sentence)
    assert len(words.token) == 22
    assert Words(seed).sentence == words.sentence


@given(SEEDS, st.sampled_from(["english", "german", "finnish", "none"]))
def test_whatever_stems_a_token_leaves_what_is_looked_for(seed: bytes, language: str) -> None:
    words = Words(seed)

    (term,) = words_of(language).terms(words.token)

    assert words.needle in term


def test_no_two_of_many_share_what_is_looked_for_or_a_form() -> None:
    many = [Words(hashlib.sha256(bytes([n % 256, n // 256])).digest()) for n in range(1_000)]

    assert len({words.needle for words in many}) == 1_000
    lengths = {tuple(map(len, words.sentence.split())) for words in many}
    assert len(lengths) > 900
    assert all(words.needle.encode() not in words.seed for words in many)

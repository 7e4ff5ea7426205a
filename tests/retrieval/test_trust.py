"""Trust: untrusted turns below trusted ones, none of their sources alone, no repeated question."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.admission import FIRST_HITS
from memsvc.domain.memory import Source
from memsvc.ports.vectors import Keys
from retrieval.pool import Ask, Pool
from retrieval.trust import ARM, MANY, REPEATS, Distrust, Trust, says_again
from tests.retrieval.small import SmallSpace, pool_of

SHARE = 0.1
QUESTION = "where does heron nest now"
MIXED = (Source.USER, Source.UNTRUSTED)


def asked(
    space: SmallSpace, texts: Sequence[str], *, most: int | None = None, question: str = QUESTION
) -> Ask:
    def terms_of(keys: Keys) -> list[list[str]]:
        return [texts[key - 1].split() for key in keys]

    return replace(space.ask(question), distrust=Distrust(SHARE, most, terms_of))


def kept(pool: Pool) -> list[float]:
    return [1.0 if np.isnan(score) else round(float(score), 4) for score in pool.arms[ARM]]


def test_only_what_is_untrusted_loses_its_share() -> None:
    texts = ["reed", "pond", "owl", "fox"]
    space = SmallSpace(*((n, text) for n, text in enumerate(texts)), sources=MIXED)
    before = pool_of({1: 0.5, 2: 0.5, 3: 0.4, 4: 0.2})

    after = Trust().run(asked(space, texts), before)

    assert kept(after) == [1.0, 0.9, 1.0, 0.9]
    assert after.score == pytest.approx([0.5, 0.45, 0.4, 0.18])
    assert after.shares[ARM] == pytest.approx([0.0, -0.05, 0.0, -0.02])


def test_a_space_without_untrusted_turns_is_ranked_as_ever() -> None:
    texts = ["reed", "pond"]
    space = SmallSpace(*((0, text) for text in texts))
    before = pool_of({1: 0.5, 2: 0.4})
    assert Trust().run(asked(space, texts, most=1), before) is before
    assert Trust().run(space.ask(QUESTION), before) is before


def test_one_stream_has_so_many_of_the_first_and_the_rest_count_less() -> None:
    texts = ["reed", "pond", "owl", "fox"]
    space = SmallSpace(*((0, text) for text in texts), sources=(Source.UNTRUSTED,))
    before = pool_of({1: 0.9, 2: 0.8, 3: 0.7, 4: 0.6})
    after = Trust().run(asked(space, texts, most=2), before)
    assert kept(after) == [0.9, 0.9, round(0.9 * MANY, 4), round(0.9 * MANY, 4)]


def test_texts_that_say_the_same_in_many_streams_are_one_source() -> None:
    texts = ["reed by pond", "pond by reed", "by reed pond", "owl in oak"]
    space = SmallSpace(*((n, text) for n, text in enumerate(texts)), sources=(Source.UNTRUSTED,))
    before = pool_of({1: 0.9, 2: 0.8, 3: 0.7, 4: 0.6})
    after = Trust().run(asked(space, texts, most=2), before)
    assert kept(after) == [0.9, 0.9, round(0.9 * MANY, 4), 0.9]


def test_what_comes_after_the_first_hits_is_left_alone() -> None:
    texts = [f"word{n}" for n in range(FIRST_HITS + 3)]
    sources = (*[Source.USER] * FIRST_HITS, *[Source.UNTRUSTED] * 3)
    space = SmallSpace(*((0, text) for text in texts), sources=sources)
    before = pool_of({n + 1: 1.0 - n / 100 for n in range(len(texts))})
    after = Trust().run(asked(space, texts, most=1), before)
    assert kept(after) == [*[1.0] * FIRST_HITS, 0.9, 0.9, 0.9]


def test_who_repeats_the_question_with_a_claim_of_its_own_counts_less() -> None:
    texts = [
        "heron nest by river",
        "where does heron nest now in paris tower",
        "she asked where heron should one day nest perhaps now who knows",
        "heron nest in rome",
    ]
    space = SmallSpace(*((n, text) for n, text in enumerate(texts)), sources=MIXED)
    after = Trust().run(asked(space, texts), pool_of({1: 0.5, 2: 0.9, 3: 0.4, 4: 0.3}))
    assert kept(after) == [1.0, round(0.9 * REPEATS, 4), 1.0, 0.9]


def test_who_repeats_the_question_and_is_borne_out_counts_as_ever() -> None:
    texts = ["the nest is in paris tower", "where does heron nest now in paris tower"]
    space = SmallSpace(*((n, text) for n, text in enumerate(texts)), sources=MIXED)
    after = Trust().run(asked(space, texts), pool_of({1: 0.5, 2: 0.9}))
    assert kept(after) == [1.0, 0.9]


def test_a_question_of_two_words_is_repeated_by_whoever_answers() -> None:
    texts = ["reed", "heron nest in paris"]
    space = SmallSpace(*((n, text) for n, text in enumerate(texts)), sources=MIXED)
    after = Trust().run(asked(space, texts, question="heron nest"), pool_of({1: 0.5, 2: 0.9}))
    assert kept(after) == [1.0, 0.9]


@given(
    scores=st.lists(st.floats(0, 2, width=32), min_size=1, max_size=12),
    most=st.none() | st.integers(1, 4),
)
def test_nothing_is_taken_from_trusted_turns_nor_all_from_others(
    scores: list[float], most: int | None
) -> None:
    texts = [f"word{n} heron nest" for n in range(len(scores))]
    space = SmallSpace(*((n % 2, text) for n, text in enumerate(texts)), sources=MIXED)
    before = pool_of(dict(enumerate(scores, 1)))
    after = Trust().run(asked(space, texts, most=most), before)
    least = (1 - SHARE) * MANY * REPEATS
    assert (after.score >= before.score * least - 1e-6).all()
    assert (after.score <= before.score + 1e-6).all()
    assert after.score[::2] == pytest.approx(before.score[::2])


def test_a_question_is_said_again_by_a_run_of_its_terms() -> None:
    question = ["heron", "nest", "river", "north"]
    assert says_again(["so", "river", "heron", "nest", "north"], question)
    assert not says_again(["river", *["x"] * 9, "heron", "nest", "north"], question)
    assert not says_again(["heron", "nest", "river"], question)
    assert not says_again([], question)

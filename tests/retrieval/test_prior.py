"""What tells comes before what asks, and a user before an agent, within conversations."""

from dataclasses import replace

import numpy as np
import pytest

from memsvc.domain.asking import Wanted
from memsvc.domain.manner import Manner
from memsvc.domain.memory import Source
from retrieval.pool import Pool
from retrieval.prior import ARM, Prior
from retrieval.strength import telling
from tests.retrieval.small import SmallSpace, pool_of

PRIOR = Prior(told=0.2, asks=0.1, other=0.2)
UNTOLD = Prior(told=0.0, asks=0.1, other=0.2)


def talk(*texts: str, **how: object) -> SmallSpace:
    return SmallSpace(*((1, text) for text in texts), **how)  # type: ignore[arg-type]


def factors(pool: Pool) -> list[float]:
    """Return what each candidate's score was multiplied by; NaN where it was left alone."""
    found: list[float] = pool.arms[ARM].tolist()
    return found


def test_turns_that_tell_alike_keep_their_scores() -> None:
    space = talk("", "")

    after = PRIOR.run(space.ask("one"), pool_of({1: 0.6, 2: 0.3}))

    assert factors(after) == pytest.approx([1.0, 1.0])
    assert after.score.tolist() == pytest.approx([0.6, 0.3])


def test_what_tells_more_gains_what_its_strength_is_over_the_middle() -> None:
    space = talk("oh", "a lot is told here of many things that nobody knew")
    ask = space.ask("told")
    strong = telling(space.indexes, np.array([0, 1]))

    after = PRIOR.run(ask, pool_of({1: 0.5, 2: 0.5}))

    assert strong[0] < 0.5 < strong[1]
    assert after.score == pytest.approx(0.5 * (1 + 0.2 * strong) / 1.1)
    assert after.best_first().tolist() == [1, 0]


def test_what_asks_loses_a_tenth_of_what_it_asks_with() -> None:
    space = talk("one two", "three four", manners=[Manner(asks=0.5), Manner()])

    after = UNTOLD.run(space.ask("one"), pool_of({1: 1.0, 2: 1.0}))

    assert factors(after) == pytest.approx([0.95, 1.0])


def test_another_speaker_than_the_user_counts_less() -> None:
    space = talk("one two", "three four", roles=["user", "assistant"])

    after = UNTOLD.run(space.ask("one"), pool_of({1: 1.0, 2: 1.0}))

    assert factors(after) == pytest.approx([1.0, 0.8])


@pytest.mark.parametrize("kind", [Wanted.OWN_WORDS, Wanted.SUMMARY])
def test_where_all_that_was_said_is_asked_for_all_speakers_count_alike(kind: Wanted) -> None:
    space = talk("one two", "three four", roles=["user", "assistant"])
    ask = replace(space.ask("one"), wanted=frozenset({kind}))

    assert factors(UNTOLD.run(ask, pool_of({1: 1.0, 2: 1.0}))) == pytest.approx([1.0, 1.0])


def test_a_turn_alone_in_its_stream_keeps_its_score() -> None:
    space = SmallSpace((1, "oh"), (2, "a b c d e f g"), roles=["assistant", "user"])
    pool = pool_of({1: 0.5, 2: 0.5})

    assert PRIOR.run(space.ask("oh"), pool) is pool


def test_passages_of_documents_keep_their_score_beside_talk() -> None:
    space = SmallSpace(
        (1, "oh"), (1, "no"), (2, "a b c"), (2, "d e f g h i"),
        sources=[Source.USER, Source.USER, Source.DOCUMENT, Source.DOCUMENT],
        roles=["user", "assistant", "document", "document"],
    )  # fmt: skip

    after = PRIOR.run(space.ask("oh"), pool_of({1: 0.5, 2: 0.5, 3: 0.5, 4: 0.5}))

    assert np.isnan(after.arms[ARM]).tolist() == [False, False, True, True]
    assert after.score[2:].tolist() == [0.5, 0.5]


def test_without_candidates_nothing_is_asked() -> None:
    assert len(PRIOR.run(talk("one").ask("one"), Pool())) == 0

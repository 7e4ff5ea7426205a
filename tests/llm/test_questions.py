"""Questions that come at once are read in one run, and remembered for a while."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep

import numpy as np
import pytest
from typing_extensions import override

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm import questions
from memsvc.llm.fakes import HashingTokens
from memsvc.llm.questions import TOGETHER, Questions
from memsvc.ports.models import Embedded


class Slow(HashingTokens):
    """Reads when it may, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.may_read = Event()
        self.runs: list[tuple[str, ...]] = []
        self.failing: set[str] = set()

    @override
    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        self.runs.append(tuple(texts))
        self.may_read.wait(10)
        if self.failing & set(texts):
            raise ModelUnavailable("There is no memory.")
        return super().embed_with_tokens(texts)


def until_all_wait(asked: Questions, count: int) -> None:
    deadline = monotonic() + 10
    while len(asked._waiting) < count:  # nothing else tells that they have come
        assert monotonic() < deadline
        sleep(0.001)


def asked_at_once(asked: Questions, slow: Slow, texts: Sequence[str]) -> list[Embedded]:
    """Ask the first, and the others while it is being read."""
    with ThreadPoolExecutor(len(texts)) as threads:
        first = threads.submit(asked.embed_with_tokens, texts[:1])
        while not slow.runs:
            sleep(0.001)
        others = [threads.submit(asked.embed_with_tokens, [text]) for text in texts[1:]]
        until_all_wait(asked, len(others))
        slow.may_read.set()
        return [one.result(timeout=10) for one in (first, *others)]


def test_what_comes_while_one_is_read_is_read_together_and_each_gets_its_own() -> None:
    slow = Slow()
    texts = [f"where is heron {number}" for number in range(TOGETHER + 3)]

    found = asked_at_once(Questions(slow, at_once=1), slow, texts)

    assert [len(run) for run in slow.runs] == [1, TOGETHER, 2]
    for text, read in zip(texts, found, strict=True):
        alone = HashingTokens().embed_with_tokens([text])
        assert np.array_equal(read.vectors, alone.vectors)
        assert read.tokens is not None
        assert alone.tokens is not None
        assert np.array_equal(read.tokens[0], alone.tokens[0])


def test_where_a_run_fails_each_asks_alone_and_hears_of_its_own_trouble() -> None:
    slow = Slow()
    asked = Questions(slow, at_once=1)
    slow.failing = {"bad"}
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(asked.embed_with_tokens, ["first"])
        while not slow.runs:
            sleep(0.001)
        bad = threads.submit(asked.embed_with_tokens, ["bad"])
        good = threads.submit(asked.embed_with_tokens, ["good"])
        until_all_wait(asked, 2)
        slow.may_read.set()

        first.result(timeout=10)
        with pytest.raises(ModelUnavailable):
            bad.result(timeout=10)
        assert good.result(timeout=10).vectors.shape == (1, slow.fingerprint.dimension)
    assert asked.embed_with_tokens(["later"]).vectors.shape == (1, slow.fingerprint.dimension)


def test_a_question_that_comes_again_is_not_read_again_and_cannot_be_written_into() -> None:
    slow = Slow()
    slow.may_read.set()
    asked = Questions(slow, at_once=2)

    first, again = (asked.embed_with_tokens(["where is it"]) for _ in range(2))

    assert slow.runs == [("where is it",)]
    assert again is first
    with pytest.raises(ValueError, match="read-only"):
        again.vectors[0, 0] = 1.0


def test_no_more_is_remembered_than_the_bound_and_the_oldest_goes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow = Slow()
    slow.may_read.set()
    size = Questions(slow, at_once=1)
    size.embed_with_tokens(["heron 0"])
    monkeypatch.setattr(questions, "REMEMBERED_BYTES", 3 * size.nbytes)
    asked = Questions(slow, at_once=1)
    slow.runs.clear()
    for text in ("heron 0", "heron 1", "heron 2", "heron 0", "heron 3", "heron 0", "heron 1"):
        asked.embed_with_tokens([text])

    assert asked.nbytes <= 3 * size.nbytes
    assert slow.runs == [("heron 0",), ("heron 1",), ("heron 2",), ("heron 3",), ("heron 1",)]


def test_several_texts_go_straight_to_the_embedder() -> None:
    slow = Slow()
    slow.may_read.set()
    asked = Questions(slow, at_once=1)

    assert len(asked.embed_with_tokens(["one", "two"]).vectors) == 2
    assert asked.embed_with_tokens([]).vectors.shape[0] == 0
    assert asked.nbytes == 0

"""A reranker in time: nobody waits longer than they said, and what is late holds nobody up."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import numpy as np
import pytest
from typing_extensions import override

from memsvc.domain.errors import ModelUnavailable, RerankerBusy, RerankerLate
from memsvc.llm.in_time import in_time
from memsvc.ports.models import Reranker, Worths

SOON_S = 0.05
LONG_S = 30.0


class Held:
    """A reranker that is at work until it is let go, and heeds no time."""

    fingerprint = "held/exact/1"

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.begun = threading.Semaphore(0)
        self.questions: list[str] = []
        self.threads: set[int] = set()

    def scores(self, question: str, texts: Sequence[str], *, within_s: float) -> Worths:  # noqa: ARG002  that is the point
        self.questions.append(question)
        self.threads.add(threading.get_ident())
        self.begun.release()
        assert self.go_on.wait(LONG_S)
        return np.zeros(len(texts), dtype=np.float32)


def test_a_late_run_is_given_up_at_the_limit() -> None:
    held = Held()
    with in_time(held) as reranker:
        begun = monotonic()

        with pytest.raises(RerankerLate):
            reranker.scores("?", ["a"], within_s=SOON_S)

        assert monotonic() - begun < LONG_S / 2
        held.go_on.set()


def test_while_a_late_run_goes_on_the_next_are_told_so_at_once_and_later_ones_are_served() -> None:
    held = Held()
    with in_time(held) as reranker:
        with pytest.raises(RerankerLate):
            reranker.scores("first", ["a"], within_s=SOON_S)

        begun = monotonic()
        with pytest.raises(RerankerBusy):
            reranker.scores("second", ["a"], within_s=LONG_S)
        assert monotonic() - begun < LONG_S / 2

        held.go_on.set()
        served = _as_soon_as_it_can(reranker, "third")
        assert served.tolist() == [0.0]
    assert held.questions == ["first", "third"]


def _as_soon_as_it_can(reranker: Reranker, question: str) -> Worths:
    until = monotonic() + LONG_S
    while True:
        try:
            return reranker.scores(question, ["a"], within_s=LONG_S)
        except RerankerBusy:
            assert monotonic() < until


def test_who_waits_for_another_gives_up_in_time_and_is_not_begun() -> None:
    held = Held()
    with in_time(held) as reranker, ThreadPoolExecutor(1) as other:
        first = other.submit(reranker.scores, "first", ["a"], within_s=LONG_S)
        assert held.begun.acquire(timeout=LONG_S)

        with pytest.raises(RerankerLate):
            reranker.scores("second", ["a"], within_s=SOON_S)

        held.go_on.set()
        assert first.result(LONG_S).tolist() == [0.0]
        assert reranker.scores("third", ["a"], within_s=LONG_S).tolist() == [0.0]
    assert held.questions == ["first", "third"]


def test_the_model_runs_in_one_thread_whoever_asks() -> None:
    held = Held()
    held.go_on.set()
    with in_time(held) as reranker, ThreadPoolExecutor(8) as asking:
        list(asking.map(lambda n: reranker.scores(str(n), ["a"], within_s=LONG_S), range(40)))

    assert len(held.questions) == 40
    assert len(held.threads) == 1


def test_what_the_model_raises_is_raised() -> None:
    class Broken(Held):
        @override
        def scores(self, question: str, texts: Sequence[str], *, within_s: float) -> Worths:
            raise ModelUnavailable("no memory")

    with in_time(Broken()) as reranker, pytest.raises(ModelUnavailable, match="no memory"):
        reranker.scores("?", ["a"], within_s=LONG_S)

"""Calls that wait, a few at once: answered in their order, and nobody waits too long."""

import threading
import time
from time import monotonic

import pytest

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm.at_once import AtOnce


def test_answers_stand_in_the_order_of_the_calls() -> None:
    def later(number: int) -> int:
        time.sleep(0.02 * (3 - number))
        return number

    calls = [lambda number=number: later(number) for number in range(3)]

    assert AtOnce(3).each(calls, until=monotonic() + 5) == [0, 1, 2]
    assert AtOnce(3).each([], until=monotonic() + 5) == []


def test_what_is_late_has_no_answer_and_is_not_waited_for() -> None:
    let_go = threading.Event()
    begun = monotonic()

    found = AtOnce(2).each([lambda: 1, lambda: let_go.wait(5)], until=begun + 0.1)

    assert found == [1, None]
    assert monotonic() - begun < 1
    let_go.set()


def test_nothing_is_begun_that_nobody_waits_for() -> None:
    let_go, made = threading.Event(), []
    at_once = AtOnce(1)

    at_once.each([lambda: let_go.wait(5), lambda: made.append(1)], until=monotonic() + 0.05)
    let_go.set()
    time.sleep(0.05)

    assert made == []


def test_an_error_of_ours_is_an_answer() -> None:
    def fails() -> int:
        raise ModelUnavailable("It is gone.")

    found = AtOnce(2).each([fails, lambda: 1], until=monotonic() + 5)

    assert isinstance(found[0], ModelUnavailable)
    assert found[1] == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_ours_keeps_nobody_waiting() -> None:
    begun = monotonic()

    def fails() -> int:
        raise AssertionError("a fault")

    assert AtOnce(2).each([fails], until=begun + 5) == [None]
    assert monotonic() - begun < 1
    for thread in threading.enumerate():  # so that its fault is told of within this test
        if thread.name == "memsvc-model":
            thread.join(5)

"""The worker's loop: it works while there is work, waits longer and longer, and never dies."""

from collections.abc import Callable
from threading import Event

import structlog

from memsvc.worker import LONGEST_PAUSE_S, TEND_EVERY_S, work_until, working


class Script:
    """Answers `enrich` from a list and stops the loop when the list is used up."""

    def __init__(self, *answers: int | Exception) -> None:
        self._answers = list(answers)
        self.stop = Event()
        self.pauses: list[float] = []
        self.tended = 0
        self.time = 0.0

    def enrich(self) -> int:
        answer = self._answers.pop(0)
        if not self._answers:
            self.stop.set()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def tend(self) -> None:
        self.tended += 1

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds

    def run(self, clock: Callable[[], float] | None = None) -> None:
        work_until(
            self.stop,
            self.enrich,
            tend=self.tend,
            clock=clock or (lambda: self.time),
            pause=self.pause,
        )


def test_it_does_not_pause_while_there_is_work() -> None:
    script = Script(32, 32, 5, 0)
    script.run()

    assert len(script.pauses) == 1


def test_its_pause_doubles_up_to_a_bound_and_begins_anew_after_work() -> None:
    script = Script(*[0] * 8, 1, 0)
    script.run()

    assert script.pauses[0] < script.pauses[1] < script.pauses[2]
    assert max(script.pauses) == LONGEST_PAUSE_S
    assert script.pauses[-1] == script.pauses[0]


def test_a_failure_is_reported_and_the_loop_goes_on() -> None:
    script = Script(RuntimeError("odd"), 1, 0)
    with structlog.testing.capture_logs() as logged:
        script.run()

    assert [event["event"] for event in logged] == ["worker.failed"]
    assert len(script.pauses) == 2


def test_it_tends_at_the_start_and_then_hourly() -> None:
    script = Script(*[1] * 10)
    hours = iter(range(100))
    script.run(clock=lambda: next(hours) * TEND_EVERY_S / 4)

    assert 2 <= script.tended < 10


def test_it_stops_when_its_time_is_over() -> None:
    worked = Event()

    def enrich() -> int:
        worked.set()
        return 0

    with working(enrich, tend=lambda: None):
        assert worked.wait(5)

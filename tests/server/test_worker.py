"""The worker's loop: it works while there is work, waits longer and longer, and never dies."""

from collections.abc import Callable
from threading import Event, Thread

import structlog

from memsvc.server.traffic import Traffic
from memsvc.worker import LONGEST_GIVING_WAY_S, LONGEST_PAUSE_S, Chore, work_until, working

HOUR_S = 3_600.0


class Script:
    """Answers `enrich` from a list and stops the loop when the list is used up."""

    def __init__(self, *answers: int | Exception) -> None:
        self._answers = list(answers)
        self.stop = Event()
        self.pauses: list[float] = []
        self.ways: list[float] = []
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
            chores=(Chore(self.tend, every_s=HOUR_S),),
            make_way=self.ways.append,
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


def test_a_chore_is_done_at_the_start_and_then_every_so_often() -> None:
    script = Script(*[1] * 10)
    hours = iter(range(100))
    script.run(clock=lambda: next(hours) * HOUR_S / 4)

    assert 2 <= script.tended < 10


def test_it_stops_when_its_time_is_over() -> None:
    worked = Event()

    def enrich() -> int:
        worked.set()
        return 0

    with working(enrich):
        assert worked.wait(5)


def test_it_makes_way_before_every_step() -> None:
    script = Script(1, 1, 0)
    script.run()

    assert script.ways == [LONGEST_GIVING_WAY_S] * 3


def test_the_way_is_free_when_the_last_request_has_passed() -> None:
    traffic = Traffic()
    traffic.wait_for_gap(60)

    with traffic.passing():
        passing = Thread(target=traffic.wait_for_gap, args=(60,))
        passing.start()
        passing.join(0.02)
        assert passing.is_alive()
    passing.join(5)

    assert not passing.is_alive()


def test_requests_without_end_do_not_hold_up_the_worker_for_ever() -> None:
    traffic = Traffic()
    with traffic.passing():
        assert not traffic.wait_for_gap(0.01)
    assert traffic.wait_for_gap(0.01)

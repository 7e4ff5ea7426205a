"""A question that speaks of a time is answered with what happened then, and nothing is hidden."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from memsvc.domain.ids import SpaceName
from memsvc.domain.recall import Question
from memsvc.domain.validity import Interval
from tests.app.small import ALICE, ask, remember, said, texts
from tests.worlds import World

MAY = datetime(2023, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def runs(world: World) -> World:
    """Six runs a month apart, the first in May 2023, and a wedding between the third and fourth."""
    for month in range(6):
        remember(world, said(f"I went for run number {month}", at=MAY + 30 * month * DAY))
    remember(world, said("Our wedding was lovely", at=MAY + 74 * DAY))
    return world


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("Where did I go for a run in July 2023?", "I went for run number 3"),
        ("Which run did I go for last month?", "I went for run number 5"),
        ("Where did I go for a run in June?", "I went for run number 2"),
        ("Which run did I go for two weeks before the wedding?", "I went for run number 2"),
        ("Which run did I go for two weeks after the wedding?", "I went for run number 3"),
    ],
)
def test_the_run_of_that_time_comes_before_the_others(
    runs: World, question: str, best: str
) -> None:
    found = ask(runs, question, now=MAY + 155 * DAY)

    first = next(hit for hit in found.hits if "run" in hit.turn.content)
    assert first.turn.content == best
    assert first.why["time"].share > 0
    assert len(texts(found)) == 7  # and all the rest still answers


def test_the_clock_tells_now_where_the_question_does_not(runs: World) -> None:
    """The clock of tests stands years later, and nothing happened in its last month."""
    found = ask(runs, "Which run did I go for last month?")

    assert all(hit.why["time"].share < 1e-6 for hit in found.hits if "time" in hit.why)


def test_a_question_without_a_time_is_not_moved_by_one(runs: World) -> None:
    assert all("time" not in hit.why for hit in ask(runs, "Which run did I go for?").hits)


def test_what_was_understood_is_told_with_the_words_that_say_it(runs: World) -> None:
    found = ask(runs, "Did I run last month, or two weeks before the wedding?", now=MAY + 60 * DAY)

    last, beside = found.understood.times
    assert last.words == "last month"
    assert last.interval == Interval(
        datetime(2023, 5, 1, tzinfo=UTC), datetime(2023, 6, 1, tzinfo=UTC)
    )
    assert "two weeks before" in beside.words
    assert ask(runs, "Which run?").understood.times == ()


def test_looking_back_the_moment_looked_back_to_is_the_now(runs: World) -> None:
    then = runs.clock.now()
    runs.clock.advance(400 * DAY)
    question = Question("Which run did I go for last month?")
    service = runs.service.at(runs.service.look_back(runs.admin, [ALICE], then))

    back = service.recall(runs.admin, ALICE, question).understood
    present = runs.service.recall(runs.admin, ALICE, question).understood

    assert back == runs.service.recall(runs.admin, ALICE, replace(question, now=then)).understood
    assert back != present


def test_several_spaces_each_say_what_they_understood(runs: World) -> None:
    """What comes every year is the last that a space's own memory reaches."""
    bob = SpaceName("bob")
    runs.write(bob, "chat", "I ran")
    found = runs.service.recall_together(
        runs.admin, [ALICE, bob], Question("Which run was it in June?")
    )

    years = {name: own.times[0].interval.start for name, own in found.understood.items()}
    assert years[ALICE] == datetime(2023, 6, 1, tzinfo=UTC)
    assert years[ALICE] != years[bob]


def test_a_turn_at_the_end_of_the_calendar_is_asked_around(world: World) -> None:
    remember(world, said("the wedding of all weddings", at=datetime.max.replace(tzinfo=UTC)))

    assert len(ask(world, "What was two years after the wedding?").hits) == 1

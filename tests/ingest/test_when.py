"""Which times a question speaks of."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.ingest.asking.when import times_of

NOW = datetime(2023, 6, 15, 14, 30, tzinfo=UTC)
"""A Thursday."""


@pytest.mark.parametrize(
    ("question", "start", "end"),
    [
        ("What did we discuss on 7 May 2023?", "2023-05-07", "2023-05-08"),
        ("What did she show him on October 13th, 2022?", "2022-10-13", "2022-10-14"),
        ("and on the 1st of February, 2023?", "2023-02-01", "2023-02-02"),
        ("What was 2023-04-30 about?", "2023-04-30", "2023-05-01"),
        ("Which book did she read in July 2022?", "2022-07-01", "2022-08-01"),
        ("When did they go camping in June?", "2023-06-01", "2023-07-01"),
        ("And in December?", "2022-12-01", "2023-01-01"),
        ("What did he start in 2021?", "2021-01-01", "2022-01-01"),
        ("What did Ann do last spring?", "2023-03-01", "2023-06-01"),
        ("What did she learn last summer?", "2022-06-01", "2022-09-01"),
        ("Who visited in the winter of 2022?", "2021-12-01", "2022-03-01"),
        ("What did I do today?", "2023-06-15", "2023-06-16"),
        ("Who called the day before yesterday?", "2023-06-13", "2023-06-14"),
        ("What did she eat last Tuesday?", "2023-06-13", "2023-06-14"),
        ("Did I run on Thursday?", "2023-06-15", "2023-06-16"),
        ("Did I run last Thursday?", "2023-06-08", "2023-06-09"),
        ("How long did I jog last week?", "2023-06-05", "2023-06-12"),
        ("What did I fix the past weekend?", "2023-06-10", "2023-06-12"),
        ("Which shoes did I clean last month?", "2023-05-01", "2023-06-01"),
        ("What did I earn this month?", "2023-06-01", "2023-07-01"),
        ("What happened last year?", "2022-01-01", "2023-01-01"),
        ("What is planned for next week?", "2023-06-19", "2023-06-26"),
        ("What did I read three days ago?", "2023-06-12", "2023-06-13"),
        ("Who came on Christmas?", "2022-12-25", "2022-12-26"),
        ("What did we cook for Thanksgiving 2021?", "2021-11-25", "2021-11-26"),
        ("What did we do at Easter?", "2023-04-09", "2023-04-10"),
        ("What did I say between March and May?", "2023-03-01", "2023-06-01"),
        ("Which rides from July to October 2022?", "2022-07-01", "2022-11-01"),
        ("What changed between November and February 2023?", "2022-11-01", "2023-03-01"),
        ("What did I do the week before 9 June 2023?", "2023-06-02", "2023-06-09"),
        ("Who wrote the day after tomorrow?", "2023-06-17", "2023-06-18"),
        ("What did I plant in the first week of May?", "2023-05-01", "2023-05-08"),
        ("What did I buy since April?", "2023-04-01", "2023-06-15T14:30"),
        ("How many plants in the last month?", "2023-05-15T14:30", "2023-06-15T14:30"),
        ("What did I spend in the past two weeks?", "2023-06-01T14:30", "2023-06-15T14:30"),
        ("What did I read two weeks ago?", "2023-05-29T02:30", "2023-06-05T02:30"),
        ("Who called last night?", "2023-06-14T18:00", "2023-06-15T06:00"),
    ],
)
def test_a_phrase_is_the_time_that_people_mean_by_it(question: str, start: str, end: str) -> None:
    [found] = times_of(question, NOW).asked
    assert found.interval.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert found.interval.end == datetime.fromisoformat(end).replace(tzinfo=UTC)


def test_an_open_end_stays_open() -> None:
    [before] = times_of("What did she do before 2020?", NOW).asked
    assert (before.interval.start, before.interval.end) == (None, datetime(2020, 1, 1, tzinfo=UTC))
    [after] = times_of("And after 9 June 2023?", NOW).asked
    assert (after.interval.start, after.interval.end) == (datetime(2023, 6, 10, tzinfo=UTC), None)


def test_what_is_told_from_now_is_told_from_the_one_date_in_the_question() -> None:
    times = times_of("What was the issue last week, as told on November 6, 2022?", NOW).asked
    assert [found.words for found in times] == ["last week", "November 6 , 2022"]
    assert times[0].interval.start == datetime(2022, 10, 24, tzinfo=UTC)  # the 6th is a Sunday


def test_what_comes_every_year_is_the_last_that_memory_can_hold() -> None:
    [found] = times_of("Who came in June?", NOW, newest=datetime(2021, 3, 1, tzinfo=UTC)).asked
    assert found.interval.start == datetime(2020, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "event", "since", "until"),
    [
        ("What happened two weeks before the wedding?", "the wedding", -21, -7),
        ("What did she do a few days after the concert, and why?", "the concert", 1.5, 4.5),
        ("Where was I the week after my surgery?", "my surgery", 3.5, 10.5),
    ],
)
def test_a_time_beside_something_that_happened_names_it(
    question: str, event: str, since: float, until: float
) -> None:
    [found] = times_of(question, NOW).beside
    assert found.event == event
    assert (found.since, found.until) == (timedelta(days=since), timedelta(days=until))


@pytest.mark.parametrize(
    "question",
    [
        "May I ask you something?",
        "Did he fall when they march?",
        "How many days before the fest did I join?",
        "How many months ago did I book the flat?",
        "What did I pack for my 5-day trip?",
        "How many of the 2000 people came?",
        "What are the plans for the summer?",
        "Who lives in Lisbon?",
        "",
    ],
)
def test_no_time_is_read_where_none_is_told(question: str) -> None:
    found = times_of(question, NOW)
    assert (found.asked, found.beside) == ((), ())


WORDS = re.findall(
    r"\S+",
    "the a two 3 9999 last next this past week weeks month of in May march 2023 2023-02-31 31 30 "
    "February early end before after since between and from to ago spring winter Christmas Monday "
    "yesterday weekend first , 13th the wedding",
)


@given(
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=40),
    st.datetimes(timezones=st.just(UTC)),
)
def test_whatever_is_asked_and_whenever_each_time_begins_before_it_ends(
    question: str, now: datetime
) -> None:
    for found in times_of(question, now).asked:
        start, end = found.interval.start, found.interval.end
        assert start is not None or end is not None
        assert start is None or end is None or start < end
        assert found.words

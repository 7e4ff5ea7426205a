"""The short form of the torture: a few kills of each kind, every fault, and the judge judged."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from store.directory import DATABASE
from tests.torture.book import Book, Reckoning
from tests.torture.clients import SPACE
from tests.torture.examine import Findings, examined
from tests.torture.faults import FAULTS, Fault, tried
from tests.torture.making import owe_notes
from tests.torture.run import Outcome, table, tortured
from tests.torture.scenarios import SCENARIOS, Scenario

KILLS = 1


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(each, id=each.name, marks=[pytest.mark.postgres] if each.on_a_server else [])
        for each in SCENARIOS
    ],
)
def test_nothing_that_was_acknowledged_is_lost_to_a_kill(
    scenario: Scenario, request: pytest.FixtureRequest
) -> None:
    server = request.getfixturevalue("postgres") if scenario.on_a_server else ""
    outcomes = tortured(kills=KILLS, seed=7, scenarios=[scenario], server=server)

    assert all(outcome.is_clean for outcome in outcomes), table(outcomes)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_is_said_clearly_and_costs_nothing(fault: Fault) -> None:
    verdict = tried(fault)

    assert verdict.is_clean, verdict.outcome


# The judge ---------------------------------------------------------------------------------------


def held(*turns: str) -> dict[str, Counter[str]]:
    return {"alice": Counter(turns)}


@pytest.fixture
def book() -> Book:
    """One batch that was acknowledged, and one that was not."""
    book = Book()
    book.sent("alice", ["a", "b"]).is_acknowledged = True
    book.sent("alice", ["c", "d"])
    return book


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ("a b", Reckoning()),
        ("a b c d", Reckoning()),
        ("a", Reckoning(lost=1)),
        ("", Reckoning(lost=2)),
        ("a b c", Reckoning(half=1)),
        ("a b b", Reckoning(doubled=1)),
        ("a b z", Reckoning(doubled=1)),
    ],
)
def test_the_book_finds_what_is_lost_doubled_or_half_there(
    book: Book, there: str, expected: Reckoning
) -> None:
    assert book.reckon(held(*there.split())) == expected


def test_a_turn_in_another_space_than_its_own_is_found(book: Book) -> None:
    assert book.reckon({**held("a", "b"), "bob": Counter("a")}).doubled == 1


def test_a_deletion_that_was_acknowledged_must_hold_and_any_other_be_whole(book: Book) -> None:
    book.gone(book.going(["a"]))
    assert book.reckon(held("b")) == Reckoning()
    assert book.reckon(held("a", "b")) == Reckoning(lost=1)
    book.going(["b"])
    assert book.reckon(held()) == Reckoning()
    book.sent("alice", ["x", "y"]).is_acknowledged = True
    book.going(["x", "y"])
    assert book.reckon(held("x")) == Reckoning(half=1)


def test_a_note_that_is_neither_made_nor_owed_is_found(tmp_path: Path) -> None:
    """As if a kill had come between a note and the job that owed it."""
    book = Book()
    owe_notes(tmp_path / "data", book)
    with closing(sqlite3.connect(tmp_path / "data" / DATABASE)) as database, database:
        database.execute(
            "DELETE FROM outbox WHERE key = (SELECT min(key) FROM outbox WHERE step = 'notes')"
        )

    found = examined(tmp_path / "data", book)

    assert (found.half, found.lost) == (1, 1)


def test_a_space_that_stands_in_no_state_that_was_asked_for_is_found(tmp_path: Path) -> None:
    book = Book()
    owe_notes(tmp_path / "data", book)
    book.between(SPACE, {"00" * 32})

    assert examined(tmp_path / "data", book) == Findings(half=1)


def test_an_outcome_with_any_finding_or_failure_is_not_clean() -> None:
    assert Outcome("one").is_clean
    assert not Outcome("one", failures=["broke down"]).is_clean
    assert "broke down" in table([Outcome("one", failures=["broke down"])])

"""Which statement may supersede which: by the words alone, and rather not than wrongly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.evals.datasets.made_updates import made_pairs
from memsvc.ingest.updates import LONGEST, may_supersede, statements_of


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("I live in Porto.", "I moved to Lisbon."),
        ("I live in Porto.", "Great! By the way, I'm living in Lisbon."),
        ("I work at Nokia.", "I started a new job at Bosch."),
        ("I drink coffee every morning.", "I no longer drink coffee, I switched to tea."),
        ("The garden budget is 3,000 euros.", "The garden budget is now 4,500 euros."),
        ("Our planning meeting is on Monday.", "The planning meeting was moved to Friday."),
        ("I keep the orchid in the kitchen.", "I moved the orchid to the hallway."),
        ("My breakfast is rye toast.", "My breakfast is granola now."),
        ("Our service runs on Python 3.9.", "We upgraded the service to Python 3.12."),
        ("I\u2019m living in Porto.", "We\u2019ve moved to Lisbon."),
    ],
)
def test_a_later_statement_of_the_same_thing_may_supersede(older: str, newer: str) -> None:
    assert may_supersede(newer, older)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("I live in Porto.", "I live in Porto now."),
        ("I live in Porto.", "Have you moved to Lisbon?"),
        ("Do I live in Porto?", "I moved to Lisbon."),
        ("I went to Rome in March.", "I recently went to Oslo."),
        ("My friend Ana lives in Rome.", "My friend Bo moved to Oslo."),
        ("My brother works at Nokia.", "My sister works at Bosch now."),
        ("The laptop budget is 900 euros.", "The phone budget is now 500 euros."),
        ("I have an old printer at home.", "I have a new tablet at home now."),
        ("My meeting with Ines is on Monday.", "My meeting with Anton was moved to Friday."),
        ("I bought a kettle for the kitchen.", "I just bought a wok for the kitchen."),
        ("Your cat is lovely.", "Thanks, I won't give up on my dreams now!"),
        ("Ich wohne in Porto.", "Ich wohne jetzt in Lissabon."),
        ("", ""),
    ],
)
def test_two_statements_that_both_hold_stay_as_they_are(older: str, newer: str) -> None:
    assert not may_supersede(newer, older)


def test_no_made_pair_that_holds_is_taken_for_an_update() -> None:
    pairs = [pair for some in made_pairs(rounds=20, seed=1) for pair in some if not pair.updates]

    assert not [pair for pair in pairs if may_supersede(pair.newer, pair.older)]


def test_most_made_updates_of_the_topics_looked_at_are_told() -> None:
    pairs = [pair for some in made_pairs(rounds=20, seed=1) for pair in some if pair.updates]
    seen = [may_supersede(pair.newer, pair.older) for pair in pairs if pair.kind == "seen"]

    assert sum(seen) >= 0.9 * len(seen)


@given(st.text(max_size=300))
def test_no_text_supersedes_itself(text: str) -> None:
    assert not may_supersede(text, text)
    assert statements_of(text) == statements_of(text)


def test_of_a_long_text_only_what_is_read_is_remembered() -> None:
    """A memory of whole texts would hold gigabytes, for a turn may be as long as a book."""
    text = "I live in Porto. ".ljust(LONGEST, ".")
    assert statements_of(text) is statements_of(text + "I moved to Lisbon.")

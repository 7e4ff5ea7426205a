"""Which predicates mean the same state, and of which there is one object at a time."""

import pytest

from memsvc.domain.relation import holds_one, predicate_name, relation_of, spellings


@pytest.mark.parametrize(
    ("predicate", "relation"),
    [
        ("lives in", "lives in"),
        ("Resides  In", "lives in"),
        ("now lives in", "lives in"),
        ("lives_in", "lives in"),
        ("livesIn", "lives in"),
        ("MOVED_TO", "lives in"),
        ("works for", "works at"),
        ("is currently married to", "is married to"),
        ("age", "has age"),
        ("current project", "current project"),
        ("HAS_CURRENT_PROJECT", "current project"),
        ("has current_project", "has current_project"),
        ("likes", "likes"),
        ("lived in", "lived in"),
        ("current", "current"),
    ],
)
def test_states_are_known_in_their_spellings(predicate: str, relation: str) -> None:
    assert relation_of(predicate) == relation
    assert predicate_name(predicate) in spellings(relation)


def test_states_hold_one_object_and_others_do_not_unless_the_space_says_so() -> None:
    assert holds_one("lives in")
    assert holds_one("current editor")
    assert not holds_one("likes")
    assert not holds_one("current")
    assert holds_one("has colour", ["Has  Colour"])

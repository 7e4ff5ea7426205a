"""An answer that only says again what it was given is told from one that adds something."""

import pytest

from memsvc.agent.repeating import repeated

SOURCES = {
    "t_1": "I moved to Lisbon in May.",
    "t_2": "My cat Minou hates rain.",
    "q": "Where do I live?",
}


@pytest.mark.parametrize(
    ("answer", "of"),
    [
        ("You live in Lisbon.", "t_1"),
        ("In May you moved to Lisbon.", "t_1"),
        ("Your cat, Minou, hates rain.", "t_2"),
        ("I do not know where you live.", "q"),
        ("I do not know that.", "q"),
        ("I'm sorry, I don't know yet where you live.", "q"),
    ],
)
def test_what_is_said_again_in_a_few_words_is_told(answer: str, of: str) -> None:
    assert repeated(answer, SOURCES) == of


@pytest.mark.parametrize(
    "answer",
    [
        "You live in Lisbon, so the winter will be mild; take a light coat.",
        "You live in Porto.",
        "Hello! How are things?",
    ],
)
def test_what_adds_something_or_speaks_of_something_else_is_its_own(answer: str) -> None:
    assert repeated(answer, SOURCES) is None


def test_without_sources_nothing_is_repeated() -> None:
    assert repeated("You live in Lisbon.", {}) is None

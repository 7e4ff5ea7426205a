"""Words tell whether something goes on: a question, a reply, a word for what was named."""

import pytest

from memsvc.ingest.signs import Sign, signs_of


@pytest.mark.parametrize(
    "text",
    [
        "Where to?",
        "He said: \u201cwhere to?\u201d",
        "¿Adónde?",
        "どこへ\uff1f",
        "إلى أين\u061f",
        "Really?? ",
    ],
)
def test_a_question_is_known_by_its_mark_in_any_language(text: str) -> None:
    assert Sign.ASKS in signs_of(text, language="none")


@pytest.mark.parametrize("text", ["", "? No.", "Where to. I ask", "..."])
def test_what_does_not_end_on_a_question_asks_nothing(text: str) -> None:
    assert Sign.ASKS not in signs_of(text, language="none")


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("Yes, two dogs.", Sign.OPENS_AS_A_REPLY),
        ("THANKS a lot", Sign.OPENS_AS_A_REPLY),
        ("That's wonderful", Sign.OPENS_AS_A_REPLY | Sign.STANDS_ON_WHAT_WAS_NAMED),
        ("I bought them", Sign.STANDS_ON_WHAT_WAS_NAMED),
        ("The italic theme of Yesterday", Sign.NONE),
        ("Book a table for 2 in Rome", Sign.NONE),
        ("", Sign.NONE),
    ],
)
def test_english_words_tell_replies_and_what_stands_for_things(text: str, signs: Sign) -> None:
    assert signs_of(text, language="english") == signs_of(text, language="EN ") == signs


def test_words_are_read_in_english_alone() -> None:
    assert signs_of("so it was?", language="german") == Sign.ASKS


def test_late_in_a_long_unit_a_stand_in_is_for_what_the_unit_named() -> None:
    assert signs_of("word " * 16 + "it", language="english") == Sign.NONE

"""How turns speak: how much of them asks, and which state a preference or a rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.ingest.manner import asking_share, manner_of


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("I moved to Porto.", 0.0),
        ("Where do you live now?", 1.0),
        ("I moved to Porto. Where do you live?", 0.5),
        ('She asked "are you coming?"', 1.0),
        ("", 0.0),
        ("?", 1.0),
        ("Warum?\nDarum.", 0.5),
    ],
)
def test_what_asks_is_counted_in_words_of_its_sentences(text: str, share: float) -> None:
    assert asking_share(text) == pytest.approx(share)


@given(st.text())
def test_any_text_asks_with_a_share_of_it(text: str) -> None:
    assert 0 <= asking_share(text) <= 1


@pytest.mark.parametrize(
    "text",
    [
        "I'd rather sit by the window.",
        "We are planning the trip, and since I get seasick I prefer trains, so which one is best?",
        "I would really prefer a short answer",
        "It is my preference to meet before noon.",
        "I can't eat nuts.",
        "I don\u2019t want any ads in it.",
    ],
)
def test_a_preference_is_heard_wherever_it_stands(text: str) -> None:
    assert manner_of(text, role="user").prefers


@pytest.mark.parametrize(
    "text",
    [
        "Always name the source when I ask about medicine.",
        "Please never use emojis whenever I write to you.",
        "From now on, only metric units.",
        "The trip was fine. Always attach a map when I ask for a route.",
        "Always answer in French.",
    ],
)
def test_a_rule_is_heard_where_a_sentence_begins_with_it(text: str) -> None:
    assert manner_of(text, role="user").rules


@pytest.mark.parametrize(
    "text",
    [
        "The train to Faro was late.",
        "She always arrives when I ask her not to.",
        "I never went there.",
        "Never mind.",
        "Rather cold today.",
        "He preferred tea.",
    ],
)
def test_what_only_sounds_alike_states_nothing(text: str) -> None:
    manner = manner_of(text, role="user")

    assert not manner.prefers
    assert not manner.rules


def test_only_users_state_preferences_and_rules() -> None:
    said = "I prefer tea. Always answer in French."

    assert manner_of(said, role="assistant") == manner_of("I moved.", role="assistant")

"""What a text says for its writer's profile, and what only sounds like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.profile import LineKind
from memsvc.ingest.profile import CUES, said_of_self
from memsvc.ingest.words import words_of

INSTRUCTIONS = [
    "Always answer in French.",
    "Please reply only in German",
    "Answer me in Spanish!",
    "Call me Ada.",
    "Hi, you can call me Dr. Hart",
    "Never use emojis.",
    "Never mention my ex-husband",
    "From now on, write short answers.",
    "From now on please don't send links.",
    "Include code samples whenever I ask about Python.",
    "I want you to always cite your sources.",
    "Don't ever call my mother.",
]
PREFERENCES = [
    "I prefer tea over coffee.",
    "I really love hiking in the Alps.",
    "I can't eat nuts.",
    "I don't like crowds.",
    "Oh yes, I absolutely hate early mornings!",
    "We went out because I enjoy sushi.",
    "I'm allergic to penicillin.",
    "I am a vegetarian.",
    "My favourite colour is green.",
    "My favorite kind of music is jazz.",
]
FACTS = [
    "My name is Ada Lovelace.",
    "I'm Craig, a painter from Leeds.",
    "I live in Lisbon.",
    "I moved to Porto",
    "I\u2019m living in Ghent.",
    "I work as a nurse.",
    "I currently work at the harbour office.",
    "I'm a retired history teacher.",
    "I'm from Chile.",
    "I was born in 1980.",
    "My birthday is on 3 May.",
    "I'm 32 years old.",
    "My daughter's name is Mia.",
    "My old dog is called Rex.",
    "I have two children.",
]
NOTHING = [
    "Do you always answer in French?",
    "Should I call me a cab?",
    "Call me back tomorrow.",
    "Never give up!",
    "I've never been to Rome.",
    "I always wanted a boat.",
    "I love that!",
    "I love it when you do this",
    "I'd love to see it.",
    "I like the look of your kitchen.",
    "I love your new house.",
    "Yeah, I love to.",
    "If I live in Lisbon, what will it cost?",
    "When I was small I liked milk.",
    "I used to live in Rome.",
    "She said I live in Lisbon.",
    "I live in a small flat.",
    "I moved to the kitchen today.",
    "I work at home",
    "I'm a bit of a teacher of sorts to them all, am I not?",
    "My favourite is the last one.",
    "> Always answer in French.",
    "Answer this in two lines.",
    "Ich wohne in Berlin und arbeite als Arzt.",
    "I love " + "very " * 60 + "long walks.",
    "",
]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, LineKind.INSTRUCTION) for text in INSTRUCTIONS),
        *((text, LineKind.PREFERENCE) for text in PREFERENCES),
        *((text, LineKind.FACT) for text in FACTS),
    ],
)
def test_a_clause_is_taken_for_what_it_is(text: str, kind: LineKind) -> None:
    (found,) = said_of_self(text)

    assert found.kind is kind
    assert text[found.start : found.end] == text


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_sounds_like_it_says_nothing(text: str) -> None:
    assert said_of_self(text) == []


def test_only_the_clause_that_says_it_is_taken() -> None:
    text = "Hello there!  I live in Lisbon. Nice weather today.\nI prefer tea; always."

    found = [text[one.start : one.end] for one in said_of_self(text)]

    assert found == ["I live in Lisbon.", "I prefer tea;"]


def test_of_what_can_be_one_thing_at_a_time_the_slot_is_named() -> None:
    slots = [
        said_of_self(text)[0].slot
        for text in (
            "Call me Ada.",
            "I live in Rome.",
            "My favourite colour is red.",
            "I like red.",
        )
    ]

    assert slots == ["called", "home", "favourite colour", None]


@pytest.mark.parametrize("text", [*INSTRUCTIONS, *PREFERENCES, *FACTS])
def test_every_clause_that_is_taken_holds_a_word_by_which_it_is_looked_for(text: str) -> None:
    analyzer = words_of("english")
    cues = set(analyzer.terms(CUES))

    assert cues & set(analyzer.terms(text))


@given(
    st.lists(
        st.sampled_from([*INSTRUCTIONS, *PREFERENCES, *FACTS, *NOTHING, "\n", " ", ".", "\u2019"]),
        max_size=6,
    ).map("".join)
)
def test_what_is_taken_stands_in_the_text_in_order_and_does_not_overlap(text: str) -> None:
    found = said_of_self(text)

    ends = [0, *(one.end for one in found)]
    assert all(
        end <= one.start < one.end <= len(text) for end, one in zip(ends, found, strict=False)
    )
    assert all(text[one.start : one.end].strip() for one in found)

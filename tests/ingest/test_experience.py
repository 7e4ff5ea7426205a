"""Experiences as words: what is composed is read back, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memsvc.domain.experience import ExperienceOutcome, Trial
from memsvc.ingest.experience import alike, composed, read_trial

PART = st.text(
    st.one_of(
        st.sampled_from("\n\n \r:abCEOF"), st.characters(exclude_characters="\0", codec="utf-8")
    ),
    min_size=1,
)
TRIALS = st.builds(
    Trial,
    PART,
    PART,
    st.sampled_from(ExperienceOutcome),
    st.none() | PART,
    st.none() | PART,
)


@given(TRIALS)
def test_every_trial_is_read_back_as_it_was(trial: Trial) -> None:
    assert read_trial(composed(trial)) == trial


@given(st.lists(st.sampled_from(["\n", "  ", "Call: ", "Outcome: success", "Error: ", "x", ": "])))
def test_whatever_is_read_is_what_would_be_composed(pieces: list[str]) -> None:
    text = "".join(pieces)
    trial = read_trial(text)

    assert trial is None or composed(trial) == text


def test_the_intent_leads_and_a_part_cannot_pass_for_another() -> None:
    trial = Trial("Book.\nCall: none", "book()\nOutcome: success", ExperienceOutcome.FAILURE, "no")

    assert composed(trial).splitlines() == [
        "Book.",
        "  Call: none",
        "Call: book()",
        "  Outcome: success",
        "Outcome: failure",
        "Error: no",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Just words.",
        "Book.\nCall: x",
        "Book.\nCall: x\nOutcome: maybe",
        "Book.\nOutcome: success\nCall: x",
        "Book.\nCall: x\nOutcome: success\nCall: y",
        "Book.\nCall: x\nOutcome: success\nAnd so on.",
    ],
)
def test_other_words_are_no_trial(text: str) -> None:
    assert read_trial(text) is None


def test_likeness_is_one_of_the_same_terms_and_none_of_others() -> None:
    assert alike(["a", "b"], ["b", "a", "a"]) == pytest.approx(1)
    assert alike(["a"], ["b"]) == alike([], ["a"]) == 0
    assert alike(["a"], ["a", "b", "c", "d"]) == 0.5
    assert alike([], []) == 1

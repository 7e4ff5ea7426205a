from datetime import UTC, datetime
from pathlib import Path

import pytest

from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.dataset import NOT_SAID
from memsvc.evals.datasets.locomo import load_locomo, parse_locomo
from tests.evals.small import read, sample


def test_sessions_come_in_the_order_of_their_numbers() -> None:
    """As text, session_10 would stand before session_2."""
    sessions = read(sample()).spaces[0].sessions

    assert [session.name for session in sessions] == ["session_1", "session_2", "session_10"]


def test_a_session_is_titled_with_its_date() -> None:
    assert read(sample()).spaces[0].sessions[0].title == "1:56 pm on 8 May, 2023"


def test_turns_of_a_session_are_a_second_apart() -> None:
    turns = read(sample()).spaces[0].sessions[0].turns

    assert [turn.at for turn in turns] == [
        datetime(2023, 5, 8, 13, 56, second, tzinfo=UTC) for second in range(3)
    ]


def test_midnight_is_read_as_the_first_hour() -> None:
    turn = read(sample()).spaces[0].sessions[1].turns[0]

    assert turn.at == datetime(2023, 9, 13, 0, 9, tzinfo=UTC)


def test_a_photo_is_part_of_what_was_said() -> None:
    texts = {turn.id: turn.text for turn in read(sample()).spaces[0].turns}

    assert texts["D1:3"] == "Here it is! [shares a photo: a cat on a red sofa]"
    assert texts["D2:2"] == "[shares a photo: a new bicycle]"


def test_a_turn_that_says_nothing_is_left_out() -> None:
    changed = sample()
    changed["conversation"]["session_10"].append({"speaker": "Ada", "dia_id": "D10:2", "text": " "})

    assert "D10:2" not in {turn.id for turn in read(changed).spaces[0].turns}


def test_evidence_holds_the_ids_that_exist() -> None:
    """One string may hold two, another none, and some name turns that are not there."""
    evidence = [question.evidence for question in read(sample()).questions]

    assert evidence == [{"D1:1"}, {"D2:1", "D2:2"}, {"D1:3"}]


def test_questions_without_evidence_are_counted_and_left_out() -> None:
    data = read(sample())

    assert (len(data.questions), data.unlabelled) == (3, 2)


def test_a_file_is_named_without_its_ending(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text(
        '[{"sample_id": "c", "conversation": {"session_1": [], '
        '"session_1_date_time": "1:00 am on 1 May, 2023"}, "qa": []}]'
    )

    assert load_locomo(file).name == "own"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'[{"question": "Which?"}]', b"\xff"])
def test_a_file_in_another_schema_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidField, match="not in LoCoMo's schema") as caught:
        parse_locomo(content, name="other")

    assert caught.value.field == "file"


def test_a_conversation_without_sessions_is_refused_by_name() -> None:
    with pytest.raises(InvalidField, match=r"conv-1.*session_1"):
        read(sample(conversation={"speaker_a": "Ada"}))


def test_a_date_in_another_form_is_refused_by_session() -> None:
    changed = sample()
    changed["conversation"]["session_2_date_time"] = "2023-09-13"

    with pytest.raises(InvalidField, match=r"conv-1, session_2.*'2023-09-13'"):
        read(changed)


def test_a_turn_without_a_speaker_is_refused() -> None:
    changed = sample()
    del changed["conversation"]["session_1"][0]["speaker"]

    with pytest.raises(InvalidField, match="speaker"):
        read(changed)


def test_a_category_that_locomo_does_not_know_is_refused() -> None:
    asked = [{"question": "Which?", "category": 6, "evidence": ["D1:1"]}]

    with pytest.raises(InvalidField, match="category"):
        read(sample(qa=asked))


def test_answers_are_those_that_its_own_evaluation_compares_with() -> None:
    asked = [
        {"question": "When?", "category": 2, "evidence": ["D1:1"], "answer": 2022},
        {"question": "Likely?", "category": 3, "evidence": ["D1:1"], "answer": "Yes; she does"},
        {"question": "Who?", "category": 5, "evidence": ["D1:1"], "adversarial_answer": "Ben"},
        {"question": "Why?", "category": 4, "evidence": ["D1:1"]},
    ]

    found = read(sample(qa=asked)).questions

    assert [question.answer for question in found] == ["2022", "Yes", NOT_SAID, None]

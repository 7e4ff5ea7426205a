import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.beam import load_beam, parse_beam
from memsvc.evals.datasets.dataset import Asked
from tests.evals.small import CHAT, PROBES


def read(chat: Any = CHAT, probes: Any = PROBES) -> Asked:
    return parse_beam(json.dumps(chat).encode(), json.dumps(probes).encode(), name="1")


def put(folder: Path, *, chat: Any = CHAT, questions: str = "probing_questions.json") -> Path:
    file = folder / questions
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(PROBES))
    (folder / "chat.json").write_text(json.dumps(chat))
    return folder


def test_a_batch_is_a_stream() -> None:
    sessions = read().sessions

    assert [session.name for session in sessions] == ["batch-1", "batch-2"]
    assert [turn.id for turn in sessions[0].turns] == ["0", "1", "2"]


def test_the_marker_that_leaks_the_plan_is_taken_off() -> None:
    assert [turn.text for turn in read().turns] == [
        "I build a birdhouse of oak.",
        "Oak lasts.",
        "The roof is red.",
        "Now the roof is blue.",
    ]


def test_an_arrow_inside_a_message_stays() -> None:
    chat = [{"turns": [[{"id": 0, "role": "user", "content": "Write a ->-> b in C, twice!"}]]}]

    assert read(chat).turns[0].text == "Write a ->-> b in C, twice!"


def test_messages_of_a_dated_batch_are_a_second_apart() -> None:
    assert [turn.at for turn in read().turns] == [
        *(datetime(2024, 3, 15, 0, 0, second, tzinfo=UTC) for second in range(3)),
        None,
    ]


def test_evidence_is_read_from_lists_and_from_mappings() -> None:
    found = {question.category: question.evidence for question in read().questions}

    assert found == {"information_extraction": {"0"}, "knowledge_update": {"2", "3"}}


def test_an_id_that_two_messages_share_is_no_evidence() -> None:
    again = {"turns": [[{"id": 3, "role": "assistant", "content": "Blue it is."}]]}

    space = read([*CHAT, again])

    assert [turn.id for turn in space.turns] == ["0", "1", "2", "3", "3~2"]
    assert [question.category for question in space.questions] == ["information_extraction"]


def test_plans_of_the_longest_chats_follow_each_other() -> None:
    plans = [{"plan-1": CHAT[:1], "plan-2": None}, {"plan-2": CHAT[1:]}]

    assert [session.name for session in read(plans).sessions] == [
        "plan-1:batch-1",
        "plan-2:batch-1",
    ]


def test_chats_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 9):
        put(tmp_path / "100K" / str(number))

    data = load_beam(tmp_path / "100K")

    assert data.name == "100K"
    assert [space.name for space in data.spaces] == ["9", "10"]
    assert (len(data.questions), data.unlabelled) == (4, 4)


def test_the_public_layout_keeps_the_questions_in_a_folder(tmp_path: Path) -> None:
    put(tmp_path / "1", questions="probing_questions/probing_questions.json")

    assert len(load_beam(tmp_path).questions) == 2


def test_one_chat_can_be_read_alone(tmp_path: Path) -> None:
    assert [space.name for space in load_beam(put(tmp_path / "7")).spaces] == ["7"]


def test_a_chat_cut_to_its_nominal_size_is_what_is_read(tmp_path: Path) -> None:
    folder = put(tmp_path / "1")
    (folder / "chat_trunecated.json").write_text(json.dumps(CHAT[:1]))

    assert len(load_beam(folder).spaces[0].turns) == 3


def test_a_folder_without_chats_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidField, match=r"not in BEAM's schema.*chat\.json"):
        load_beam(tmp_path)


def test_a_chat_without_questions_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "chat.json").write_text(json.dumps(CHAT))

    with pytest.raises(InvalidField, match=r"1.*no probing_questions\.json"):
        load_beam(tmp_path)


@pytest.mark.parametrize("chat", [{}, [], [{"turns": [{"id": 1}]}], [3], "chat"])
def test_a_chat_in_another_schema_is_refused(chat: Any) -> None:
    with pytest.raises(InvalidField, match="not in BEAM's schema") as caught:
        read(chat)

    assert caught.value.field == "file"


def test_a_chat_of_batches_and_plans_is_refused() -> None:
    with pytest.raises(InvalidField, match="mixes"):
        read([*CHAT, {"plan-1": CHAT}])


def test_questions_in_another_schema_are_refused() -> None:
    with pytest.raises(InvalidField, match="not in BEAM's schema"):
        read(probes=[{"question": "Which?"}])

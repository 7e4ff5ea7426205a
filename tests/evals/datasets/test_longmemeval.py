import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.dataset import DataSet
from memsvc.evals.datasets.longmemeval import load_longmemeval, parse_longmemeval
from tests.evals.small import HAYSTACKS, LAMP, haystack, marked, plain


def read(*samples: dict[str, Any], pooled: bool = False) -> DataSet:
    return parse_longmemeval(json.dumps(samples).encode(), name="small", pooled=pooled)


def test_every_haystack_is_a_space_of_its_own() -> None:
    spaces = read(*HAYSTACKS).spaces

    assert [space.name for space in spaces] == ["q1", "q2"]
    assert [[session.name for session in space.sessions] for space in spaces] == [
        ["s1", "s2"],
        ["s2", "s3"],
    ]


def test_the_turns_marked_with_the_answer_are_the_evidence() -> None:
    lamp, train = read(*HAYSTACKS).questions

    assert (set(lamp.evidence), lamp.category) == ({"s1:0"}, "single-session-user")
    assert (set(train.evidence), train.category) == ({"s3:1"}, "temporal-reasoning")


@pytest.mark.parametrize("pooled", [False, True])
def test_each_question_is_asked_on_its_own_date(*, pooled: bool) -> None:
    undated = haystack("q4", "Which?", {"s1": LAMP}, question_date=None)
    *dated, last = read(*HAYSTACKS, undated, pooled=pooled).questions

    assert {question.asked_at for question in dated} == {datetime(2023, 6, 1, 10, tzinfo=UTC)}
    assert last.asked_at is None


def test_abstention_and_questions_without_a_mark_are_counted_and_left_out() -> None:
    data = read(*HAYSTACKS, haystack("q4", "Who?", {"s1": [plain("Nobody.")]}))

    assert (len(data.questions), data.unlabelled) == (2, 2)


def test_pooled_every_distinct_session_stands_in_one_space() -> None:
    """s1 and s2 are in two haystacks each; the abstention's own sessions are distractors too."""
    (pool,) = read(*HAYSTACKS, pooled=True).spaces

    assert [session.name for session in pool.sessions] == ["s1", "s2", "s3"]
    assert [question.evidence for question in pool.questions] == [{"s1:0"}, {"s3:1"}]


def test_pooled_each_question_keeps_its_own_labels() -> None:
    """The same session answers two questions with different turns."""
    other = [plain(LAMP[0]["content"]), marked(LAMP[1]["content"], role="assistant")]
    first = haystack("q1", "Which lamp?", {"s1": LAMP})
    second = haystack("q2", "What did you say of it?", {"s1": other})

    (pool,) = read(first, second, pooled=True).spaces

    assert [question.evidence for question in pool.questions] == [{"s1:0"}, {"s1:1"}]
    assert len(pool.turns) == 2


def test_pooled_sessions_of_one_id_and_other_words_stay_apart() -> None:
    first = haystack("q1", "Which lamp?", {"s1": LAMP})
    second = haystack("q2", "Which hat?", {"s1": [marked("I bought a hat.")]})

    (pool,) = read(first, second, pooled=True).spaces

    assert [session.name for session in pool.sessions] == ["s1", "s1~2"]
    assert pool.questions[1].evidence == {"s1~2:0"}


def test_turns_keep_role_and_time() -> None:
    said = read(*HAYSTACKS).spaces[0].turns[1]

    assert (said.role, said.speaker) == ("assistant", None)
    assert said.at == datetime(2023, 5, 27, 9, 15, 1, tzinfo=UTC)


def test_a_turn_that_says_nothing_is_left_out_and_answers_nothing() -> None:
    data = read(haystack("q1", "Which lamp?", {"s1": [marked(" "), *LAMP]}))

    assert [turn.id for turn in data.spaces[0].turns] == ["s1:1", "s1:2"]
    assert data.questions[0].evidence == {"s1:1"}


def test_pooling_is_part_of_the_name(tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps(HAYSTACKS))

    assert load_longmemeval(file).name == "own"
    assert load_longmemeval(file, pooled=True).name == "own-pooled"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'[{"question": "Which?"}]', b"\xff"])
def test_a_file_in_another_schema_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidField, match="not in LongMemEval's schema") as caught:
        parse_longmemeval(content, name="other")

    assert caught.value.field == "file"


def test_sessions_without_an_id_are_refused_by_question() -> None:
    with pytest.raises(InvalidField, match=r"q1.*1 sessions with 0 ids"):
        read(haystack("q1", "Which lamp?", {"s1": LAMP}, haystack_session_ids=[]))


def test_a_date_in_another_form_is_refused_by_session() -> None:
    with pytest.raises(InvalidField, match=r"s1.*'27 May'"):
        read(haystack("q1", "Which lamp?", {"s1": LAMP}, haystack_dates=["27 May"]))

"""A language model's help over HTTP: asked for, refused where there is none, told and counted."""

import json
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from memsvc.ports.language import Ask
from tests.scripted import ScriptedModel, is_for
from tests.server.front import Front, open_front

CLUE = "the otter eats at dawn every day"


def say(asked: Ask) -> str:
    if is_for(asked, "clues"):
        return json.dumps({"answer": "", "questions": [CLUE]})
    return json.dumps({"keep": ["f1"]})


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(say)


@pytest.fixture
def helped(tmp_path: Path, model: ScriptedModel) -> Iterator[Front]:
    with open_front(tmp_path / "helped", language_model=model) as opened:
        yield opened


def numbers(front: Front) -> dict[str, float]:
    lines = front.ask("GET", "/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line.startswith("memsvc_recall_help"))
    return {name: float(value) for name, value in pairs}


def ask(front: Front, space: str, **more: Any) -> dict[str, Any]:
    body = {"question": "Which animal is first?", "explain": True, **more}
    answer = front.ask("POST", f"/v1/spaces/{space}/recall", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_recall_that_asks_for_clues_has_them_in_its_trace_and_reasons(helped: Front) -> None:
    space = helped.space()
    helped.write(space, "The otter eats at dawn.", "Coffee at noon.")

    found = ask(helped, space, clues="always")

    by_text = {hit["text"]: hit["why"] for hit in found["hits"]}
    assert by_text["The otter eats at dawn."]["clues"]["rank"] == 1
    (told,) = [one for one in found["trace"] if one["stage"].startswith("clues(")]
    assert told["facts"]["questions"] == [CLUE]
    assert told["facts"]["read"] > 0
    assert "clues" not in ask(helped, space)["hits"][0]["why"]


def test_nothing_is_told_of_clues_where_no_trace_is_asked_for(helped: Front) -> None:
    space = helped.space()
    helped.write(space, "The otter eats at dawn.")
    body = {"question": "Which animal?", "clues": "always"}
    assert CLUE not in helped.ask("POST", f"/v1/spaces/{space}/recall", json=body).text


def test_facts_are_sifted_for_whoever_asks_for_that(helped: Front, model: ScriptedModel) -> None:
    space = helped.space()
    [turn] = helped.write(space, "Ann keeps the otter.")
    helped.fact(space, turn, "Ann", "keeps", "the otter")
    while helped.ask("GET", f"/v1/spaces/{space}/enrichment").json()["waiting"]:
        sleep(0.05)

    found = ask(helped, space, sift_facts="always")

    (told,) = [one for one in found["trace"] if one["stage"].startswith("facts(")]
    assert told["stage"] == "facts(1 of 1 kept)"
    assert told["facts"]["kept"] == ["Ann keeps the otter"]
    assert "facts" in found["hits"][0]["why"]
    assert len(model.calls) == 1


def test_time_tokens_and_fallbacks_are_counted(helped: Front, model: ScriptedModel) -> None:
    space = helped.space()
    helped.write(space, "The otter eats at dawn.")

    assert ask(helped, space, clues="always")["missing_arms"] == []
    model.is_down = True
    assert ask(helped, space, clues="always")["missing_arms"] == ["clues"]
    assert ask(helped, space, clues="never")["missing_arms"] == []

    counted = numbers(helped)
    assert counted['memsvc_recall_help_seconds_count{help="clues"}'] == 2
    assert counted['memsvc_recall_help_tokens_total{direction="read",help="clues"}'] > 0
    assert counted['memsvc_recall_help_tokens_total{direction="written",help="clues"}'] > 0
    assert counted['memsvc_recall_help_fallbacks_total{help="clues",reason="model"}'] == 1


def test_a_space_may_be_set_to_be_helped_and_says_so(helped: Front, model: ScriptedModel) -> None:
    space = helped.space()
    helped.write(space, "The otter eats at dawn.")
    path = f"/v1/spaces/{space}"
    tag = helped.ask("GET", path).headers["ETag"]

    body = {"clues": "always", "sift_facts": "unsure"}
    revised = helped.ask("PATCH", path, json=body, headers={"If-Match": tag})

    assert revised.status_code == 200, revised.text
    assert {name: revised.json()["settings"][name] for name in body} == body
    ask(helped, space)
    assert len(model.calls) == 1
    ask(helped, space, clues="never")
    assert len(model.calls) == 1


@pytest.mark.parametrize("field", ["clues", "sift_facts"])
@pytest.mark.parametrize("when", ["unsure", "always"])
def test_a_service_without_a_model_refuses_to_help(front: Front, field: str, when: str) -> None:
    space = front.space()
    front.write(space, "Tea at four.")
    path = f"/v1/spaces/{space}"
    tag = front.ask("GET", path).headers["ETag"]

    asked = {"question": "tea?", field: when}
    for refused in (
        front.ask("POST", f"{path}/recall", json=asked),
        front.ask("POST", "/v1/recall", json={**asked, "spaces": [space]}),
        front.ask("PATCH", path, json={field: when}, headers={"If-Match": tag}),
    ):
        assert refused.status_code == 409
        assert refused.json()["type"] == "no_language_model"
        assert refused.json()["field"] == field
        assert "MEMSVC_LLM_URL" in refused.json()["detail"]
    allowed = front.ask("POST", f"{path}/recall", json={"question": "tea?", field: "never"})
    assert allowed.status_code == 200


def test_a_space_that_moves_to_where_no_model_is_keeps_its_setting_and_answers(
    helped: Front, front: Front
) -> None:
    space = helped.space()
    helped.write(space, "The first animal.")
    path = f"/v1/spaces/{space}"
    tag = helped.ask("GET", path).headers["ETag"]
    helped.ask("PATCH", path, json={"clues": "always"}, headers={"If-Match": tag})
    lines = helped.ask("GET", f"{path}/export").content

    moved = front.space()
    done = front.ask("POST", f"/v1/spaces/{moved}/import", content=lines)
    assert done.status_code == 200, done.text

    assert front.ask("GET", f"/v1/spaces/{moved}").json()["settings"]["clues"] == "always"
    found = ask(front, moved)
    assert found["missing_arms"] == ["clues"]
    assert found["hits"]
    tag = front.ask("GET", f"/v1/spaces/{moved}").headers["ETag"]
    revised = front.ask(
        "PATCH", f"/v1/spaces/{moved}", json={"retention_days": 9}, headers={"If-Match": tag}
    )
    assert revised.status_code == 200, revised.text

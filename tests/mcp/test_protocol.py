"""What clients see of the tools: names, hints, schemas, and errors as answers."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memsvc.mcp.protocol import ENTRIES
from tests.mcp.room import WAYS, Room

HINTS = {
    "recall": (True, False),
    "remember": (False, False),
    "correct": (False, False),
    "forget": (False, True),
    "search": (True, False),
    "fetch": (True, False),
    "list_spaces": (True, False),
}
"""Of each tool whether it only reads, and whether it destroys."""


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("way", WAYS)
def test_the_tools_are_listed_with_their_hints(room: Room, way: str, mode: str) -> None:
    with room.agent(room.space(), way=way, mode=mode) as agent:
        tools = agent.tools()

    found = {}
    for name, tool in tools.items():
        assert tool.annotations is not None
        found[name] = (tool.annotations.read_only_hint, tool.annotations.destructive_hint)
        assert tool.annotations.idempotent_hint
        assert not tool.annotations.open_world_hint
        assert tool.title
        assert tool.output_schema
    assert found == HINTS


def test_every_argument_is_described_and_bounded() -> None:
    for entry in ENTRIES:
        for name, argument in entry.takes.model_json_schema()["properties"].items():
            assert argument["description"], (entry.name, name)


def test_the_page_names_every_tool() -> None:
    page = Path(__file__, "../../../docs/mcp.md").resolve().read_text(encoding="utf-8")
    table = page.partition("## The tools")[2].partition("## Which space")[0]

    assert all(f"`{entry.name}`" in table for entry in ENTRIES)


def test_what_clients_make_a_grammar_of_holds_nothing_to_be_looked_up(room: Room) -> None:
    with room.agent(room.space()) as agent:
        tools = agent.tools()

    for tool in tools.values():
        said = str(tool.input_schema)
        assert not any(word in said for word in ("$ref", "$defs", "anyOf", "pattern'"))
        assert "$ref" not in str(tool.output_schema)
        assert tool.input_schema["additionalProperties"] is False
        for name, argument in tool.input_schema["properties"].items():
            assert argument["type"] in {"string", "integer", "boolean", "array"}, name
            if argument["type"] == "string" and "enum" not in argument:
                assert "maxLength" in argument or argument["format"] == "date-time", name


@pytest.mark.parametrize(
    ("tool", "arguments", "field"),
    [
        ("recall", {}, "question"),
        ("recall", {"question": ""}, "question"),
        ("recall", {"question": "x" * 8_001}, "question"),
        ("recall", {"question": "tea", "k": 0}, "k"),
        ("recall", {"question": "tea", "k": 51}, "k"),
        ("recall", {"question": "tea", "k": "ten"}, "k"),
        ("recall", {"question": "tea", "since": "yesterday"}, "since"),
        ("recall", {"question": "tea", "budget_tokens": 10**9}, "budget_tokens"),
        ("recall", {"question": "tea", "unknown": 1}, "unknown"),
        ("recall", {"question": ["tea"]}, "question"),
        ("recall", {"question": "tea", "space": "-"}, "space"),
        ("remember", {"content": "   "}, "content"),
        ("remember", {"content": "x" * 20_001}, "content"),
        ("remember", {"content": "a\x00b"}, "content"),
        ("remember", {"content": "tea", "source": "god"}, "source"),
        ("correct", {"id": "t_1"}, "content"),
        ("forget", {"ids": []}, "ids"),
        ("forget", {"ids": ["t_1"] * 101}, "ids"),
        ("forget", {"ids": ["t_1"], "confirm": "yes"}, "confirm"),
        ("fetch", {"id": "../keys"}, "id"),
        ("list_spaces", {"all": True}, "all"),
        ("no_such_tool", {}, "name"),
    ],
)
def test_a_wrong_argument_is_named_and_what_it_held_is_not_repeated(
    room: Room, tool: str, arguments: dict[str, Any], field: str
) -> None:
    with room.agent(room.space()) as agent:
        problem = agent.refused(tool, **arguments)

    assert (problem["type"], problem["field"]) == ("invalid_field", field)
    assert problem["detail"].endswith(".")
    assert "Traceback" not in problem["detail"]
    assert "pydantic" not in problem["detail"]
    assert "x" * 50 not in str(problem)


@pytest.mark.parametrize("tool", ["fetch", "correct"])
def test_what_is_not_there_is_said_in_the_words_of_rest(room: Room, tool: str) -> None:
    space = room.space()
    room.write(space, "tea")
    more = {"content": "cake"} if tool == "correct" else {}
    with room.agent(space) as agent:
        problem = agent.refused(tool, id="t_none", **more)

    rest = room.ask("GET", f"/v1/spaces/{space}/turns/t_none").json()
    assert problem == {name: rest[name] for name in ("type", "title", "detail", "turn")}


def test_every_call_is_heard_of_with_its_problem(room: Room) -> None:
    space = room.space()
    room.calls.clear()
    with room.agent(space, way="in memory") as agent:
        agent.get("remember", content="tea")
        agent.refused("fetch", id="t_none")
        agent.refused("no_such_tool")

    heard = [("remember", None), ("fetch", "turn_not_found"), ("unknown", "invalid_field")]
    assert room.calls == heard


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(["question", "content", "query", "id", "ids", "space", "k", "text", "x"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tool=st.sampled_from([entry.name for entry in ENTRIES]),
    arguments=st.dictionaries(NAMES, JSON, max_size=4),
)
def test_whatever_a_model_sends_ends_in_an_answer_and_never_in_a_fault(
    room: Room, tool: str, arguments: dict[str, Any]
) -> None:
    room.calls.clear()
    with room.agent("fuzzed", key=room.admin, way="in memory") as agent:
        agent.call(tool, **arguments)

    assert room.calls[-1][1] != "server_fault"

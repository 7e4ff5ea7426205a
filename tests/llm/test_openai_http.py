"""The model over HTTP, beside a server that does wrong what servers do."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import numpy as np
import pytest

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm.fakes import ScriptedModel
from memsvc.llm.openai_http import DEFAULT_CONTEXT_TOKENS, HttpModel
from memsvc.llm.openai_sending import Endpoint, Sending
from memsvc.ports.language import Ask, Message, Reply, Tool, Unanswered
from tests.llm.stub import Fault, Handler, Stub, completion, event, serving

SCHEMA = {
    "type": "object",
    "properties": {"pet": {"type": "string"}},
    "required": ["pet"],
    "additionalProperties": False,
}
TOOL = Tool("search", "Looks up.", {"type": "object", "properties": {}})


def ask(text: str = "Which pet?", **more: Any) -> Ask:
    return Ask((Message("user", text),), **{"most_tokens": 32, **more})


OPENED: list[HttpModel] = []


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as lent:
        yield lent
        while OPENED:
            OPENED.pop().close()


def model(
    stub: Stub, *, key: str | None = None, waits: list[float] | None = None, **more: Any
) -> HttpModel:
    """Return the model as it is asked, without patience between tries."""
    waited: list[float] = [] if waits is None else waits
    sending = Sending(Endpoint(stub.url, "small", key), chance=lambda: 0.5, sleep=waited.append)
    OPENED.append(HttpModel(sending, **{"context_tokens": 1024, **more}))
    return OPENED[-1]


def only(found: list[Reply | Unanswered]) -> Reply | Unanswered:
    (one,) = found
    return one


def chats(stub: Stub) -> list[dict[str, Any]]:
    """Return what was asked in earnest, without what finds out what the server can do."""
    return [body for body in stub.bodies if "pet" in json.dumps(body)]


def status(code: int, content: bytes = b"oh", **headers: str) -> Fault:
    return lambda handler: handler.send(code, content, **headers)


def hang_up(handler: Handler) -> None:
    """Promise a long answer, send its beginning, and go."""
    handler.send_response(200)
    handler.send_header("Content-Length", "10000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [{"mess')
    handler.close_connection = True


def trickle(handler: Handler) -> None:
    """Send a byte now and then, for ever."""
    handler.stream((b" " for _ in range(1_000)), pause_s=0.02)


def sleep(handler: Handler) -> None:
    time.sleep(3.0)
    handler.send(200, b"{}")


def test_a_reply_has_its_text_tokens_and_seconds(stub: Stub) -> None:
    found = only(model(stub, key="a-key").replies((ask("A cat, a pet."),), within_s=5))

    assert isinstance(found, Reply)
    assert (found.text, found.is_whole) == ("A cat, a pet.", True)
    assert (found.spent.read, found.spent.written) == (6, 6)
    assert found.spent.seconds > 0
    assert stub.bodies[0] == {
        "model": "small",
        "messages": [{"role": "user", "content": "A cat, a pet."}],
        "max_tokens": 32,
        "temperature": 0.0,
    }
    assert stub.keys == ["Bearer a-key"]


def test_without_a_key_none_is_sent(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Nor one that a netrc of the machine has for this host; and no proxy is asked."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert isinstance(only(model(stub).replies((ask(),), within_s=5)), Reply)
    assert stub.keys == [""]


def test_a_key_does_not_follow_to_another_address(stub: Stub) -> None:
    with serving() as other:
        stub.faults = [status(307, b"", Location=f"{other.url}/chat/completions")]

        found = only(model(stub, key="a-key").replies((ask(),), within_s=5))

    assert isinstance(found, Unanswered)
    assert other.bodies == []


@pytest.mark.parametrize(
    "fault",
    [
        status(429, Retry_After="1"),
        status(500),
        status(503),
        status(200, b"<html>garbage"),
        status(200, b'{"choices": []}'),
        status(200, b'{"choices": [{"message": {"content": null}}]}'),
        status(200, b"[" * 100_000),
        hang_up,
    ],
)
def test_trouble_that_passes_is_asked_through(fault: Fault, stub: Stub) -> None:
    stub.faults = [fault, fault]

    found = only(model(stub).replies((ask(),), within_s=5))

    assert isinstance(found, Reply)
    assert len(stub.bodies) == 3


def test_it_waits_as_long_as_it_is_asked_to(stub: Stub) -> None:
    waits: list[float] = []
    stub.faults = [status(429, Retry_After="7")] * 4

    found = only(model(stub, waits=waits).replies((ask(),), within_s=60))

    assert found == Unanswered("it answered 429")
    assert waits == [7.5, 8.0, 9.0]


def test_it_waits_until_the_time_that_is_named(stub: Stub) -> None:
    waits: list[float] = []
    when = datetime.now(UTC) + timedelta(seconds=20)
    stub.faults = [status(503, Retry_After=format_datetime(when, usegmt=True))]

    assert isinstance(only(model(stub, waits=waits).replies((ask(),), within_s=60)), Reply)
    assert 15 < waits[0] < 21


@pytest.mark.parametrize("asked", ["soon", "nan", "-5", "1e999"])
def test_a_wait_that_makes_no_sense_is_none(asked: str, stub: Stub) -> None:
    waits: list[float] = []
    stub.faults = [status(429, Retry_After=asked)]

    assert isinstance(only(model(stub, waits=waits).replies((ask(),), within_s=60)), Reply)
    assert waits == [0.5]


def test_who_is_to_wait_longer_than_there_is_time_does_not_wait(stub: Stub) -> None:
    waits: list[float] = []
    stub.faults = [status(429, Retry_After="100")]

    found = only(model(stub, waits=waits).replies((ask(),), within_s=5))

    assert found == Unanswered("it answered 429", is_late=True)
    assert waits == []


@pytest.mark.parametrize("fault", [sleep, trickle])
def test_time_is_for_all_of_an_ask(fault: Fault, stub: Stub) -> None:
    stub.faults = [fault] * 4
    begun = time.monotonic()

    found = only(model(stub).replies((ask(),), within_s=0.2))

    assert isinstance(found, Unanswered)
    assert found.is_late
    assert time.monotonic() - begun < 2.5


def test_what_is_late_does_not_take_others_with_it(stub: Stub) -> None:
    stub.faults = [sleep]

    found = model(stub, at_once=3).replies([ask(f"{n} pets") for n in range(3)], within_s=1.5)

    assert sorted(isinstance(one, Reply) for one in found) == [False, True, True]


def test_no_more_than_a_few_are_asked_at_once(stub: Stub) -> None:
    stub.delay_s = 0.05
    asked = model(stub, at_once=3)

    def ask_some() -> None:
        asked.replies([ask(f"{n} pets") for n in range(6)], within_s=10)

    threads = [threading.Thread(target=ask_some) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(stub.bodies) == 18
    assert 1 < stub.most_at_once <= 3


def test_a_refused_question_is_not_asked_again(stub: Stub) -> None:
    stub.faults = [status(400, b'{"error": {"message": "too\\n long"}}')]

    assert only(model(stub).replies((ask(),), within_s=5)) == Unanswered(
        "it answered 400 (too long)"
    )
    assert len(stub.bodies) == 1


@pytest.mark.parametrize("code", [401, 403, 404])
def test_a_wrong_key_model_or_address_says_what_to_check(code: int, stub: Stub) -> None:
    stub.faults = [status(code, b'{"error": "no"}')]

    with pytest.raises(ModelUnavailable, match=rf"{code} for small \(no\); check .*MEMSVC_LLM_KEY"):
        model(stub).replies((ask(),), within_s=5)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "nowhere", "http://[/v1", "ftp://a/v1"])
def test_no_server_at_all_is_said_so(url: str) -> None:
    asked = HttpModel(Sending(Endpoint(url, "small"), sleep=lambda _s: None))

    for use in (
        lambda: asked.replies((ask(),), within_s=2),
        lambda: list(asked.stream(ask(), within_s=2)),
        lambda: asked.odds((ask(),), ("A", "B"), within_s=2),
        asked.offers,
    ):
        with pytest.raises(ModelUnavailable, match="No model answers at"):
            use()
    assert asked.context_tokens == DEFAULT_CONTEXT_TOKENS
    asked.close()


def test_a_key_is_in_no_text_of_an_endpoint() -> None:
    assert "secret" not in repr(Endpoint("http://a/v1", "m", "secret"))


def test_making_one_sends_nothing_and_opens_nothing(stub: Stub) -> None:
    asked = model(stub)

    assert (asked.name, asked.context_tokens, asked.count("two words")) == ("small", 1024, 3)
    assert stub.bodies == []


def test_thoughts_without_an_answer_are_an_answer_cut_off(stub: Stub) -> None:
    said = {"choices": [{"message": {"content": None}, "finish_reason": "length"}]}
    stub.faults = [status(200, json.dumps(said).encode())]

    found = only(model(stub).replies((ask(),), within_s=5))

    assert isinstance(found, Reply)
    assert (found.text, found.is_whole, found.spent.read) == ("", False, None)


def test_calls_come_with_ids_and_as_text_whatever_the_server_sends(stub: Stub) -> None:
    calls = [
        {"id": "c", "function": {"name": "search", "arguments": {"word": "cats"}}},
        {"id": "c", "function": {"name": "search", "arguments": "{not json"}},
        {"function": {"name": "search", "arguments": None}},
    ]
    said = {"choices": [{"message": {"content": None, "tool_calls": calls}}]}
    stub.faults = [status(200, json.dumps(said).encode())]

    found = only(model(stub).replies((ask(tools=(TOOL,)),), within_s=5))

    assert isinstance(found, Reply)
    assert [call.arguments for call in found.calls] == ['{"word": "cats"}', "{not json", "{}"]
    assert [call.id for call in found.calls] == ["c", "c+", "call-2"]


def test_text_of_any_kind_arrives(stub: Stub) -> None:
    for text in ("pet \ud800", 'pet \x00\x1f"\\', "pet \u2028\x85😀"):
        assert only(model(stub).replies((ask(text),), within_s=5)) is not None
    assert chats(stub)[-1]["messages"][0]["content"] == "pet \u2028\x85😀"


# What the server can do


def test_what_a_server_can_do_is_found_out_once(stub: Stub) -> None:
    asked = model(stub)

    offers = asked.offers()
    tried = len(stub.bodies)

    assert (offers.schemas, offers.choices, offers.tools, offers.missing) == (True, True, True, {})
    assert asked.offers() is offers
    assert len(stub.bodies) == tried == 4


def test_what_a_server_lacks_is_said_in_its_own_words(stub: Stub) -> None:
    stub.response_formats, stub.has_logprobs, stub.takes_tools = (), False, False

    offers = model(stub).offers()

    assert [offers.schemas, offers.choices, offers.tools] == [False] * 3
    assert offers.missing == {
        "schemas": "The server holds answers to no form, not to a schema (it answered 400 "
        "('response_format.type' may not be json_schema)): they are asked for in words and may "
        "fail to fit.",
        "choices": "The server does not tell the odds of tokens (it passes over logprobs).",
        "tools": "The server takes no tools (it answered 500 (tools param requires --jinja flag)).",
    }


def test_a_server_that_is_too_busy_to_be_tried_is_tried_again_later(stub: Stub) -> None:
    stub.faults = [status(503)] * 8
    asked = model(stub)

    with pytest.raises(ModelUnavailable, match="does not answer"):
        asked.offers()
    stub.faults = []
    assert asked.offers().schemas


@pytest.mark.parametrize(
    ("formats", "form", "in_words"),
    [
        (("json_schema",), "json_schema", False),
        (("json_object",), "json_object", True),
        ((), None, True),
    ],
)
def test_json_is_asked_for_in_the_strictest_way_that_is_taken(
    formats: tuple[str, ...], form: str | None, *, in_words: bool, stub: Stub
) -> None:
    stub.response_formats = formats
    asked = model(stub)

    asked.replies((ask(schema=SCHEMA), ask(schema=SCHEMA)), within_s=5)

    for body in chats(stub)[-2:]:
        assert body.get("response_format", {}).get("type") == form
        assert ("JSON Schema" in body["messages"][0]["content"]) is in_words
        assert [one["role"] for one in body["messages"]] == ["system"] * in_words + ["user"]


def test_a_server_that_passes_over_schemas_is_asked_in_words_too(stub: Stub) -> None:
    stub.heeds_formats = False

    asked = model(stub)
    asked.replies((ask(schema=SCHEMA),), within_s=5)

    assert not asked.offers().schemas
    assert "it passes over json_schema" in asked.offers().missing["schemas"]
    assert "JSON Schema" in chats(stub)[-1]["messages"][0]["content"]


def test_one_schema_that_is_not_taken_is_asked_for_more_loosely(stub: Stub) -> None:
    asked = model(stub)
    asked.offers()
    stub.faults = [status(400, b"{}")]

    first = only(asked.replies((ask(schema=SCHEMA),), within_s=5))
    asked.replies((ask(schema=SCHEMA),), within_s=5)

    assert isinstance(first, Reply)
    forms = [body["response_format"]["type"] for body in chats(stub)]
    assert forms == ["json_schema", "json_object", "json_schema"]


@pytest.mark.parametrize(
    ("says", "tokens"),
    [
        ({"/v1/models": {"data": [{"id": "small", "max_model_len": 2048}]}}, 2048),
        ({"/v1/models": {"data": [{"id": "x"}, {"id": "small", "max_model_len": 99}]}}, 99),
        ({"/props": {"default_generation_settings": {"n_ctx": 512}}}, 512),
        ({"/api/v0/models/small": {"loaded_context_length": 700}}, 700),
        ({"/api/ps": {"models": [{"name": "small", "context_length": 900}]}}, 900),
        ({"/v1/models": [], "/props": {"default_generation_settings": 3}}, 4096),
        ({"/v1/models": {"data": [{"id": "small", "max_model_len": "long"}]}}, 4096),
        ({}, 4096),
    ],
)
def test_a_context_is_what_the_server_says(
    says: dict[str, object], tokens: int, stub: Stub
) -> None:
    stub.says = says

    assert model(stub, context_tokens=None).context_tokens == tokens


def test_a_context_is_looked_at_again_before_an_ask_is_refused_for_it(stub: Stub) -> None:
    """Ollama says it of a model that is loaded, which the first ask has it do."""
    asked = model(stub, context_tokens=None)
    long = ask("word " * 4000)
    assert isinstance(only(asked.replies((long,), within_s=5)), Unanswered)

    stub.says = {"/api/ps": {"models": [{"name": "small", "context_length": 32_768}]}}
    stub.model = ScriptedModel(context_tokens=32_768)

    assert isinstance(only(asked.replies((long,), within_s=5)), Reply)
    assert asked.context_tokens == 32_768


def test_what_a_server_might_cut_in_silence_is_not_sent(stub: Stub) -> None:
    found = only(model(stub, context_tokens=100).replies((ask("pets " * 90),), within_s=5))

    assert isinstance(found, Unanswered)
    assert "small reads and writes 100 in all (MEMSVC_LLM_TOKENS)" in found.why
    assert stub.bodies == []


def test_a_server_that_refuses_what_is_too_long_is_left_to(stub: Stub) -> None:
    """It counts better: by our count, 90 words have more tokens than the 120 that it reads."""
    stub.says = {"/props": {"default_generation_settings": {"n_ctx": 122}}}
    stub.model = ScriptedModel(context_tokens=122)
    asked = model(stub, context_tokens=None)

    found = asked.replies((ask("pets " * 90), ask("pets " * 91)), within_s=5)

    assert isinstance(found[0], Reply)
    assert isinstance(found[1], Unanswered)
    assert "maximum context length" in found[1].why


@pytest.mark.parametrize(("said", "times"), [(1, 1), (120, 2), (10**12, 4)])
def test_tokens_are_counted_by_what_the_server_has_counted(
    said: int, times: int, stub: Stub
) -> None:
    """The ask has 60 by our count: 20 words of one token each, and what stands around them."""
    asked = model(stub)
    stub.faults = [
        lambda handler: handler.send(
            200,
            json.dumps(
                {
                    "choices": [{"message": {"content": "yes"}}],
                    "usage": {"prompt_tokens": said, "completion_tokens": 1},
                }
            ).encode(),
        )
    ]

    asked.replies((ask("pet " * 20),), within_s=5)

    assert asked.count("a pet") == 2 * times


# Streams


def test_a_stream_comes_word_by_word_with_what_it_took(stub: Stub) -> None:
    *pieces, last = model(stub).stream(ask("pet \u2028 Où?"), within_s=5)

    assert pieces == ["pet", " ", "\u2028", " Où", "?"]
    assert isinstance(last, Reply)
    assert (last.text, last.spent.read, last.spent.written) == ("pet \u2028 Où?", 3, 3)


def test_a_stream_brings_calls_in_pieces(stub: Stub) -> None:
    (last,) = model(stub).stream(ask("search for pets", tools=(TOOL,)), within_s=5)

    assert isinstance(last, Reply)
    assert [(call.id, call.name, call.arguments) for call in last.calls] == [
        ("call-0", "search", "{}")
    ]


def test_a_server_that_knows_no_options_of_streams_is_asked_without(stub: Stub) -> None:
    stub.takes_stream_options = False

    *_, last = model(stub).stream(ask("a pet"), within_s=5)

    assert isinstance(last, Reply)
    assert last.spent.read is None


def test_a_stream_is_tried_again_until_it_begins(stub: Stub) -> None:
    stub.faults = [status(503), hang_up_before]

    *pieces, last = model(stub).stream(ask("a pet"), within_s=5)

    assert isinstance(last, Reply)
    assert "".join(map(str, pieces)) == last.text


def hang_up_before(handler: Handler) -> None:
    handler.close_connection = True


def broken(*parts: bytes) -> Fault:
    return lambda handler: handler.stream(iter(parts))


BEGUN = event({"choices": [{"delta": {"content": "a cat"}}]})


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (broken(BEGUN), "its answer broke off"),
        (broken(BEGUN, BEGUN[:-20]), "its answer is not in the OpenAI form"),
        (broken(BEGUN, b"data: {garbage\n\n"), "its answer is not in the OpenAI form"),
        (
            broken(BEGUN, event({"error": {"message": "no memory"}})),
            "the server broke off (no memory)",
        ),
        (broken(BEGUN, b"data: " + b"x" * 2_000_000), "is longer than 1048576 bytes"),
    ],
)
def test_a_stream_that_breaks_is_no_answer(fault: Fault, why: str, stub: Stub) -> None:
    stub.faults = [fault]

    *pieces, last = model(stub).stream(ask(), within_s=5)

    assert pieces == ["a cat"]
    assert isinstance(last, Unanswered)
    assert why in last.why


def test_a_stream_ends_in_time(stub: Stub) -> None:
    stub.faults = [lambda handler: handler.stream((BEGUN for _ in range(500)), pause_s=0.02)]
    begun = time.monotonic()

    *pieces, last = model(stub).stream(ask(), within_s=0.2)

    assert pieces
    assert last == Unanswered("time ran out", is_late=True)
    assert time.monotonic() - begun < 2.5


def test_a_stream_that_is_left_is_written_no_further(stub: Stub) -> None:
    stub.faults = [lambda handler: handler.stream((BEGUN for _ in range(500)), pause_s=0.01)]
    asked = model(stub, at_once=1)
    stream = asked.stream(ask(), within_s=60)
    next(stream)

    stream.close()  # type: ignore[attr-defined]  # it is a generator

    assert stub.gone.wait(3)
    assert isinstance(only(asked.replies((ask(),), within_s=3)), Reply)


# Odds


def test_odds_are_those_of_the_first_token(stub: Stub) -> None:
    asks = (ask("cat cat dog"), ask("dog"))

    odds = model(stub).odds(asks, ("cat", "dogs", "bird"), within_s=5)

    assert odds[0, 0] > odds[0, 1] > -np.inf
    assert (odds[1, 0], odds[0, 2], odds[1, 2]) == (-np.inf, -np.inf, -np.inf)
    assert stub.bodies[-1]["max_tokens"] == 1


def test_a_server_that_tells_fewer_tokens_is_asked_for_fewer(stub: Stub) -> None:
    stub.most_logprobs = 5

    odds = model(stub).odds((ask("cat dog"),), ("cat", "dog"), within_s=5)

    assert np.isfinite(odds).all()
    assert stub.bodies[-1]["top_logprobs"] == 5


def test_without_odds_it_says_so(stub: Stub) -> None:
    stub.has_logprobs = False

    with pytest.raises(ModelUnavailable, match="has no odds: The server does not tell the odds"):
        model(stub).odds((ask(),), ("A", "B"), within_s=5)


def test_of_an_ask_that_is_too_long_no_odds_are_told(stub: Stub) -> None:
    asks = (ask("cat dog " * 600), ask("cat dog"))

    odds = model(stub).odds(asks, ("cat", "dog"), within_s=5)

    assert np.isinf(odds[0]).all()
    assert np.isfinite(odds[1]).all()


def test_odds_are_all_told_in_time_or_not_at_all(stub: Stub) -> None:
    asked = model(stub, at_once=2)
    asked.offers()
    stub.faults = [sleep]

    with pytest.raises(ModelUnavailable, match=r"within 0\.3 seconds|time ran out"):
        asked.odds((ask(), ask()), ("A", "B"), within_s=0.3)


def test_a_completion_of_the_stub_is_what_it_says_it_is() -> None:
    """The stub is part of what is trusted here."""
    reply = Reply("a cat", ScriptedModel().replies((ask(),), within_s=1)[0].spent)  # type: ignore[union-attr]
    assert completion(reply)["choices"][0]["message"]["content"] == "a cat"  # type: ignore[index]

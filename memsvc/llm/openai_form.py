"""The OpenAI form: asks as bodies of `/chat/completions`, and answers read out of what comes back.

What a server sends is as little trusted as what a model writes: it is read by shapes that hold what
we use and pass over the rest, and what does not fit is `Garbled`. Differences between servers that
are met here: arguments of a call as an object instead of text, calls without an id, no `usage`, no
content where all tokens went into thinking, and -9999 for ln 0 (vLLM).
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from memsvc.llm.openai_messages import message_told, tool_told
from memsvc.llm.openai_sending import Garbled
from memsvc.ports.language import Ask, Call, Message, Reply, Schema, Spent

B = TypeVar("B", bound=BaseModel)

Format = Literal["json_schema", "json_object", "words"]
"""How a server is asked for JSON, from the strictest to none."""

LONGEST_LINE = 1024**2
"""Bytes of one line of a stream."""

_IN_WORDS = (
    "Answer with one JSON value and nothing else, neither before nor after it. It must fit this "
    "JSON Schema:\n"
)

_NOTHING = -9999.0
"""What vLLM says instead of minus infinity, which JSON has no number for."""

_DONE = b"[DONE]"


def chat_body(ask: Ask, model: str, *, as_json: Format) -> dict[str, object]:
    """Return an ask as a body; a schema goes with it in the way that the server takes."""
    body: dict[str, object] = {
        "model": model,
        "messages": [message_told(one) for one in ask.messages],
        "max_tokens": ask.most_tokens,
        "temperature": ask.temperature,
    }
    if ask.stop:
        body["stop"] = list(ask.stop)
    if ask.tools:
        body["tools"] = [tool_told(tool) for tool in ask.tools]
    if ask.schema is not None:
        body |= _asked_as_json(ask, ask.schema, as_json)
    return body


def odds_body(ask: Ask, model: str, *, told: int) -> dict[str, object]:
    """Return an ask for the odds of the one token that the answer begins with."""
    return {
        "model": model,
        "messages": [message_told(one) for one in ask.messages],
        "max_tokens": 1,
        "temperature": 0,
        "logprobs": True,
        "top_logprobs": told,
    }


def reply_of(content: bytes, *, seconds: float) -> Reply:
    """Read a whole answer. Raises `Garbled`."""
    found = read_as(_Completion, content)
    choice, usage = found.choices[0], found.usage or _Usage()
    message, is_whole = choice.message, choice.finish_reason != "length"
    calls = tuple(_named_apart(call for call in message.tool_calls or ()))
    if message.content is None and not calls and is_whole:
        raise Garbled("its answer has neither text nor calls")
    spent = Spent(usage.prompt_tokens, usage.completion_tokens, seconds)
    return Reply(message.content or "", spent, is_whole, calls)


def first_tokens(content: bytes) -> list[tuple[str, float]]:
    """Read what the server tells of the first token: texts and their ln p. Raises `Garbled`."""
    found = read_as(_Completion, content)
    told = found.choices[0].logprobs
    if told is None or not told.content:
        return []
    return [(one.token, _nats(one.logprob)) for one in told.content[0].top_logprobs]


def prompt_tokens(content: bytes) -> list[tuple[str, float | None]]:
    """Read the tokens of an echoed prompt and what follows, each with its ln p; None if untold.

    Raises `Garbled`; without any it is empty.
    """
    told = read_as(_Echo, content).choices[0].logprobs
    if told is None:
        return []
    return [
        (token, None if nats is None else _nats(nats))
        for token, nats in zip(told.tokens, told.token_logprobs, strict=False)
    ]


@dataclass(slots=True)
class Streamed:
    """An answer that comes piece by piece: `take` an event after the other, then `reply`."""

    text: list[str] = field(default_factory=list)
    ended: str | None = None
    error: str | None = None
    _calls: dict[int, dict[str, str]] = field(default_factory=dict)
    _read: int | None = None
    _written: int | None = None

    def take(self, event: bytes) -> str:
        """Take in an event and return the text that it adds. Raises `Garbled`."""
        if event.strip() == _DONE:
            self.ended = self.ended or "stop"
            return ""
        found = read_as(_Chunk, event)
        if found.error is not None:
            self.error = _words(found.error)
        if found.usage is not None:
            self._read, self._written = found.usage.prompt_tokens, found.usage.completion_tokens
        if not found.choices:
            return ""
        choice = found.choices[0]
        self.ended = choice.finish_reason or self.ended
        for place, call in enumerate(choice.delta.tool_calls or ()):
            self._add(place if call.index is None else call.index, call)
        added = choice.delta.content or ""
        self.text.append(added)
        return added

    def reply(self, *, seconds: float) -> Reply:
        """Return the whole as one answer."""
        calls = (
            _ToolCall(id=one["id"], function=_Function(name=one["name"], arguments=one["said"]))
            for _, one in sorted(self._calls.items())
        )
        spent = Spent(self._read, self._written, seconds)
        text = "".join(self.text)
        return Reply(text, spent, self.ended != "length", tuple(_named_apart(calls)))

    def _add(self, place: int, call: "_CallPart") -> None:
        one = self._calls.setdefault(place, {"id": "", "name": "", "said": ""})
        one["id"] = one["id"] or call.id or ""
        if call.function is not None:
            one["name"] += call.function.name or ""
            one["said"] += call.function.arguments or ""


def events(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what each `data:` line of a stream holds. Raises `Garbled` for an endless line.

    Lines end where the protocol says and nowhere else: text may hold characters that Python, and
    httpx with it, takes for the end of one.
    """
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).replace(b"\r\n", b"\n").split(b"\n")
        if len(rest) > LONGEST_LINE:
            raise Garbled(f"a line of its answer is longer than {LONGEST_LINE} bytes")
        yield from filter(None, map(_data, lines))
    if last := _data(rest):
        yield last


def read_as(shape: type[B], content: bytes) -> B:
    """Read JSON by a shape. Raises `Garbled`."""
    try:
        return shape.model_validate_json(content)
    except ValidationError as error:
        raise Garbled("its answer is not in the OpenAI form") from error


def _data(line: bytes) -> bytes:
    return line[5:].strip() if line.startswith(b"data:") else b""


def _asked_as_json(ask: Ask, schema: Schema, as_json: Format) -> dict[str, object]:
    if as_json == "json_schema":
        form = {"name": "answer", "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": form}}
    words = _IN_WORDS + json.dumps(schema, ensure_ascii=False)
    said: dict[str, object] = {"messages": _with_words(ask.messages, words)}
    if as_json == "json_object":
        said["response_format"] = {"type": "json_object"}
    return said


def _with_words(messages: Sequence[Message], words: str) -> list[dict[str, object]]:
    """Return the messages with words at the end of the first, so that no role stands twice.

    Many chat templates take one system message, at the beginning, and users and assistants in
    turns.
    """
    first, *rest = (message_told(one) for one in messages)
    if first["role"] == "system":
        return [{**first, "content": f"{first['content']}\n\n{words}"}, *rest]
    return [{"role": "system", "content": words}, first, *rest]


def _named_apart(calls: Iterable["_ToolCall"]) -> Iterator[Call]:
    """Yield the calls, each with an id that no other of them has."""
    taken: set[str] = set()
    for number, call in enumerate(calls):
        id_ = call.id or f"call-{number}"
        while id_ in taken:
            id_ += "+"
        taken.add(id_)
        yield Call(id_, call.function.name, call.function.arguments)


def _nats(said: float) -> float:
    return -math.inf if said <= _NOTHING or math.isnan(said) else min(said, 0.0)


def _words(error: object) -> str:
    said = error.get("message", error) if isinstance(error, Mapping) else error
    return " ".join(str(said).split())[:200]


def _written(said: object) -> object:
    """Return arguments as text: some servers send the object itself."""
    return json.dumps(said) if isinstance(said, dict) else said


def _or(nothing: object) -> Callable[[object], object]:
    return lambda said: nothing if said is None else said


_Count = Annotated[int, Field(ge=0)] | None


class _Usage(BaseModel):
    prompt_tokens: _Count = None
    completion_tokens: _Count = None


class _Function(BaseModel):
    name: str
    arguments: Annotated[str, BeforeValidator(_written), BeforeValidator(_or("{}"))] = "{}"


class _ToolCall(BaseModel):
    id: str | None = None
    function: _Function


class _Told(BaseModel):
    content: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Token(BaseModel):
    token: str
    logprob: float


class _TokenTold(BaseModel):
    top_logprobs: list[_Token] = []


class _Logprobs(BaseModel):
    content: list[_TokenTold] | None = None


class _Choice(BaseModel):
    message: _Told
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


class _EchoTokens(BaseModel):
    tokens: list[str] = []
    token_logprobs: list[float | None] = []


class _EchoChoice(BaseModel):
    logprobs: _EchoTokens | None = None


class _Echo(BaseModel):
    choices: list[_EchoChoice] = Field(min_length=1)


class _FunctionPart(BaseModel):
    name: str | None = None
    arguments: Annotated[str | None, BeforeValidator(_written)] = None


class _CallPart(BaseModel):
    index: int | None = None
    id: str | None = None
    function: _FunctionPart | None = None


class _Delta(BaseModel):
    content: str | None = None
    tool_calls: list[_CallPart] | None = None


class _ChunkChoice(BaseModel):
    delta: _Delta = _Delta()
    finish_reason: str | None = None


class _Chunk(BaseModel):
    choices: list[_ChunkChoice] = []
    usage: _Usage | None = None
    error: Any = None

"""A small server of the OpenAI form on a port of its own: a scripted model behind it, and faults.

What it offers and what goes wrong is set from outside, before or between asks. Its tokens are words
with the space before them.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

from memsvc.llm.fakes import CountingSurprisal, ScriptedModel
from memsvc.ports.language import Ask, Call, Message, Reply, Tool, Unanswered
from memsvc.ports.models import Passage

TOKEN = re.compile(r" ?(?:\w+|[^\w\s])|\s")

Fault = Callable[["Handler"], None]
"""What the server does instead of answering."""


@dataclass
class Stub:
    """What the server can do, what it does wrong, and what it was asked."""

    model: ScriptedModel = field(default_factory=ScriptedModel)
    response_formats: tuple[str, ...] = ("json_schema", "json_object")
    """Kinds of response format that are taken; others are refused."""

    heeds_formats: bool = True
    has_logprobs: bool = True
    most_logprobs: int = 20
    takes_tools: bool = True
    takes_stream_options: bool = True
    tells_usage: bool = True
    echoes: bool = True
    says: Mapping[str, object] = field(default_factory=dict)
    """What it tells at addresses of its own, by their paths."""

    refuses_long: bool = False
    key: str | None = None
    faults: list[Fault] = field(default_factory=list)
    """Each goes wrong once, in this order, before anything is answered."""

    url: str = ""
    paths: list[str] = field(default_factory=list)
    """Of every request, whatever it asks for."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    delay_s: float = 0.0
    gone: threading.Event = field(default_factory=threading.Event)
    """Set when somebody went away before the end of a stream."""

    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, object]:
        """Return status and body of an answer."""
        if path.endswith("/chat/completions"):
            return self._chat(body)
        if path.endswith("/completions") and self.echoes:
            return 200, {"choices": [{"text": "", "logprobs": echoed(body["prompt"])}]}
        if path.endswith("/completions"):
            told = {"tokens": ["x"], "token_logprobs": [-1.0]}
            return 200, {"choices": [{"text": "x", "logprobs": told}]}
        return 404, refusal("no such address")

    def _chat(self, body: dict[str, Any]) -> tuple[int, object]:
        wrong = self._wrong(body)
        if wrong is not None:
            return wrong
        ask = asked(body, schema=self.heeds_formats)
        (found,) = self.model.replies((ask,), within_s=1)
        if isinstance(found, Unanswered):
            return 400, refusal(f"This model's maximum context length is exceeded: {found.why}")
        if body.get("logprobs") and self.has_logprobs:
            return 200, completion(found, logprobs=self._first(ask, body["top_logprobs"]))
        return 200, completion(found, usage=self.tells_usage)

    def _wrong(self, body: dict[str, Any]) -> tuple[int, object] | None:
        """Return the refusal of what the server does not know."""
        form = body.get("response_format")
        if form is not None and form["type"] not in self.response_formats:
            return 400, refusal(f"'response_format.type' may not be {form['type']}")
        if body.get("tools") and not self.takes_tools:
            return 500, refusal("tools param requires --jinja flag")
        if "stream_options" in body and not self.takes_stream_options:
            return 400, refusal("unknown parameter stream_options")
        if body.get("top_logprobs", 0) > self.most_logprobs:
            return 400, refusal(f"top_logprobs may be {self.most_logprobs} at most")
        return None

    def _first(self, ask: Ask, told: int) -> object:
        """Return the odds of the words of an ask, as the scripted model has them."""
        words = sorted({w for one in ask.messages for w in re.findall(r"\w+", one.content)})
        words = [*words[: told - 1], "\ufffd"]
        (row,) = self.model.odds((ask,), words, within_s=1).tolist()
        tops = [
            {"token": f" {word}", "logprob": max(-9999.0, nats)}
            for word, nats in zip(words, row, strict=True)
        ]
        return {"content": [{**tops[0], "top_logprobs": tops}]}


class Handler(BaseHTTPRequestHandler):
    """One connection. Subclassed with its `stub`."""

    stub: Stub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.stub.paths.append(self.path)
        told = self.stub.says.get(self.path)
        self.send(404 if told is None else 200, json.dumps(told).encode())

    def do_POST(self) -> None:
        self.stub.paths.append(self.path)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        stub = self.stub
        with stub.lock:
            stub.bodies.append(body)
            stub.keys.append(self.headers.get("Authorization", ""))
            stub.at_once += 1
            stub.most_at_once = max(stub.most_at_once, stub.at_once)
            fault = stub.faults.pop(0) if stub.faults else None
        try:
            time.sleep(stub.delay_s)
            if fault is not None:
                fault(self)
            elif stub.key is not None and self.headers.get("Authorization") != f"Bearer {stub.key}":
                self.send(401, json.dumps(refusal("wrong key")).encode())
            else:
                self._answer(body)
        finally:
            with stub.lock:
                stub.at_once -= 1

    def _answer(self, body: dict[str, Any]) -> None:
        status, found = self.stub.answer(self.path, body)
        if status == 200 and body.get("stream"):
            self.stream(events(found, options="stream_options" in body))
        else:
            self.send(status, json.dumps(found).encode())

    def send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def stream(self, parts: Iterator[bytes], *, pause_s: float = 0.0) -> None:
        """Send parts, each by itself, until the connection closes."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for part in parts:
                self.wfile.write(part)
                self.wfile.flush()
                time.sleep(pause_s)
        except ConnectionError:
            self.stub.gone.set()

    @override
    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""

    @override
    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # whoever asked has given up
            return


@contextmanager
def serving(stub: Stub | None = None) -> Iterator[Stub]:
    """Run the server as long as it is needed."""
    stub = stub or Stub()
    handler = type("StubHandler", (Handler,), {"stub": stub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refusal(words: str) -> dict[str, object]:
    return {"error": {"message": words, "type": "invalid_request_error"}}


def completion(reply: Reply, *, usage: bool = True, logprobs: object = None) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = [wished(call) for call in reply.calls]
    elif not reply.text:
        message["content"] = ""
    reason = "tool_calls" if reply.calls else "stop" if reply.is_whole else "length"
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": logprobs}
    found: dict[str, object] = {"id": "1", "object": "chat.completion", "choices": [choice]}
    if usage:
        found["usage"] = {
            "prompt_tokens": reply.spent.read,
            "completion_tokens": reply.spent.written,
        }
    return found


def wished(call: Call) -> dict[str, object]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def asked(body: Mapping[str, Any], *, schema: bool = True) -> Ask:
    """Return a body as the ask that it was."""
    form = body.get("response_format") or {}
    wanted = form.get("json_schema", {}).get("schema")
    if form.get("type") == "json_object":
        wanted = {"type": "object"}
    return Ask(
        tuple(
            Message(
                one["role"],
                one.get("content") or "",
                tuple(
                    Call(call["id"], call["function"]["name"], call["function"]["arguments"])
                    for call in one.get("tool_calls", ())
                ),
                one.get("tool_call_id"),
            )
            for one in body["messages"]
        ),
        body["max_tokens"],
        wanted if schema else None,
        tuple(
            Tool(
                one["function"]["name"],
                one["function"]["description"],
                one["function"]["parameters"],
            )
            for one in body.get("tools", ())
        ),
        body["temperature"],
        tuple(body.get("stop", ())),
    )


def events(found: Any, *, options: bool) -> Iterator[bytes]:
    """Yield an answer as a stream: a comment, a piece a word, the calls, the end, the usage."""
    (choice,) = found["choices"]
    message = choice["message"]
    yield b": keep-alive\r\n\r\n"
    for token in TOKEN.findall(message["content"] or ""):
        yield event({"choices": [{"index": 0, "delta": {"content": token}}]})
    for number, call in enumerate(message.get("tool_calls", ())):
        said = call["function"].pop("arguments")
        for part in (
            {**call, "index": number},
            *({"index": number, "function": {"arguments": one}} for one in said),
        ):
            yield event({"choices": [{"index": 0, "delta": {"tool_calls": [part]}}]})
    yield event({"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
    if options and "usage" in found:
        yield event({"choices": [], "usage": found["usage"]})
    yield b"data: [DONE]\n\n"


def event(found: object) -> bytes:
    return b"data: " + json.dumps(found, ensure_ascii=False).encode() + b"\n\n"


def echoed(prompt: str) -> dict[str, object]:
    """Return the tokens of a prompt and one more, each as likely as its word among those before."""
    tokens = TOKEN.findall(prompt)
    (told,) = CountingSurprisal(context_tokens=10_000).of([Passage(tokens)])
    nats = [None if one is None else -one.mean for one in told]
    return {
        "tokens": ["<s>", *tokens, " more"],
        "token_logprobs": [None, *nats, -1.0],
    }

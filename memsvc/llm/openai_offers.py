"""What a server of the OpenAI form can do: asked where it says, and found out by trying elsewhere.

Nothing of this is part of the form. How much a model reads stands in as many places as there are
servers, and a server that knows a parameter not may refuse it, or pass over it in silence; so each
ability is tried once with an ask of a few tokens, and its answer looked at.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from memsvc.domain.errors import MemsvcError, ModelUnavailable
from memsvc.llm.at_once import AtOnce
from memsvc.llm.openai_form import Format, chat_body, first_tokens, odds_body, reply_of
from memsvc.llm.openai_sending import TRIES, Failed, Refused, Sending
from memsvc.ports.language import Ask, Message, Offers, Reply, Tool

CHAT = "/chat/completions"

TOLD_TOKENS = (20, 5)
"""How many of the likeliest tokens are asked for: what most servers allow, and what the rest do."""

_SAID = 24
"""Tokens of an answer that shows whether a form is held to."""

_SCHEMA = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Context:
    """How many tokens a model reads and writes in one ask, as far as the server says.

    `refuses` where the server is known to refuse what is longer; the others may leave out the
    beginning or the middle and say nothing.
    """

    tokens: int
    refuses: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out: how JSON is asked for, how many tokens' odds are told (0 for none)."""

    as_json: Format
    told: int
    offers: Offers


def context_of(sending: Sending, *, until: float) -> Context | None:
    """Return what the server says of its context; None where it says nothing (yet).

    vLLM and SGLang say it of the model, llama.cpp of itself, LM Studio and Ollama of a model that
    is loaded. What a model was trained for is not what it is run with, and not looked at.
    """
    model, root = sending.endpoint.model, sending.endpoint.root
    models = f"{sending.endpoint.url.rstrip('/')}/models"
    places: tuple[tuple[str, Callable[[Any], Iterator[object]], bool], ...] = (
        (models, lambda told: _of(told, "data", "id", model, "max_model_len"), True),
        (f"{root}/props", _of_props, True),
        (
            f"{root}/api/v0/models/{model}",
            lambda told: iter([told["loaded_context_length"]]),
            False,
        ),
        (
            f"{root}/api/ps",
            lambda told: _of(told, "models", "name", model, "context_length"),
            False,
        ),
    )
    for address, read, refuses in places:
        told = sending.told(address, until=until)
        try:
            tokens = next((one for one in read(told) if isinstance(one, int) and one > 0), None)
        except (TypeError, KeyError, AttributeError):  # not what that server says there
            continue
        if tokens is not None:
            return Context(tokens, refuses)
    return None


def find_out(sending: Sending, at_once: AtOnce, *, until: float) -> Found:
    """Try what the server can do. Raises `ModelUnavailable` where it does not answer at all."""
    plain = _asked(sending, Ask((Message("user", "Say yes."),), most_tokens=1), until=until)
    if not isinstance(plain, Reply):
        raise _silent(sending, plain)
    found = _Findings(sending, until)
    for done in at_once.each((found.try_json, found.try_odds, found.try_tools), until=until):
        if done is not True:
            raise done if isinstance(done, MemsvcError) else _silent(sending, "time ran out")
    offers = Offers(
        schemas=found.as_json == "json_schema",
        choices=found.told > 0,
        tools=found.tools,
        missing=found.missing,
    )
    return Found(found.as_json, found.told, offers)


@dataclass(slots=True)
class _Findings:
    """What was found out so far; each try fills in its own."""

    sending: Sending
    until: float
    as_json: Format = "words"
    told: int = 0
    tools: bool = False
    missing: dict[str, str] = field(default_factory=dict)

    def try_json(self) -> bool:
        ask = Ask((Message("user", "Greet me in one word of English."),), _SAID, schema=_SCHEMA)
        reply = _asked(self.sending, ask, until=self.until)
        if isinstance(reply, Reply) and _is_held(reply, "ok"):
            self.as_json = "json_schema"
            return True
        why = "it passes over json_schema" if isinstance(reply, Reply) else reply
        loosely = _asked(self.sending, ask, until=self.until, as_json="json_object")
        held = "no form"
        if isinstance(loosely, Reply):
            self.as_json, held = "json_object", "JSON at most"
        self.missing["schemas"] = (
            f"The server holds answers to {held}, not to a schema ({why}): they are asked for in "
            "words and may fail to fit."
        )
        return True

    def try_odds(self) -> bool:
        ask = Ask((Message("user", "Say yes or no."),), most_tokens=1)
        why = "it passes over logprobs"
        for told in TOLD_TOKENS:
            body = odds_body(ask, self.sending.endpoint.model, told=told)
            tokens = self.sending.ask(CHAT, body, until=self.until, read=first_tokens, tries=2)
            if isinstance(tokens, list) and tokens:
                self.told = told
                return True
            why = why if isinstance(tokens, list) else _why(self.sending, tokens)
        self.missing["choices"] = f"The server does not tell the odds of tokens ({why})."
        return True

    def try_tools(self) -> bool:
        tool = Tool("ping", "Does nothing.", {"type": "object", "properties": {}})
        ask = Ask((Message("user", "Say yes."),), most_tokens=1, tools=(tool,))
        reply = _asked(self.sending, ask, until=self.until)
        self.tools = isinstance(reply, Reply)
        if not isinstance(reply, Reply):
            self.missing["tools"] = f"The server takes no tools ({reply})."
        return True


def _asked(
    sending: Sending, ask: Ask, *, until: float, as_json: Format = "json_schema"
) -> Reply | str:
    """Return the answer, or why there is none. A refusal that is meant needs no four tries."""
    body = chat_body(ask, sending.endpoint.model, as_json=as_json)
    read = partial(reply_of, seconds=0.0)
    tries = 2 if ask.schema or ask.tools else TRIES
    reply = sending.ask(CHAT, body, until=until, read=read, tries=tries)
    return reply if isinstance(reply, Reply) else _why(sending, reply)


def _why(sending: Sending, found: Refused | Failed) -> str:
    """Say why an ability is not there. Raises `ModelUnavailable` where only the moment is wrong.

    A status of 500 is how some servers say that they do not know a parameter.
    """
    if isinstance(found, Failed) and found.is_unreachable:
        raise sending.unreachable(found.why)
    passes = isinstance(found, Failed) and (found.is_late or found.status not in {None, 500})
    if passes:
        raise _silent(sending, found.why)
    return found.why


def _silent(sending: Sending, why: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"{sending.endpoint.model} at {sending.endpoint.url} does not answer ({why}); see the "
        "server's own log."
    )


def _is_held(reply: Reply, name: str) -> bool:
    """Tell whether an answer to a greeting is JSON of the shape asked for, or the beginning of it.

    No model greets like that by itself; a small one may fill its few tokens with white space.
    """
    text = reply.text.strip()
    if not reply.is_whole:
        return text.startswith("{")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and isinstance(found.get(name), bool)


def _of(told: Any, list_: str, key: str, model: str, name: str) -> Iterator[object]:
    """Yield what is said of the model by its name; of the one that there is, whatever its name."""
    models = told[list_]
    named = [one for one in models if one.get(key) == model]
    for one in named or (models if len(models) == 1 else ()):
        yield one.get(name)


def _of_props(told: Any) -> Iterator[object]:
    yield told["default_generation_settings"]["n_ctx"]

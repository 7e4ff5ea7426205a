"""A `LanguageModel` behind HTTP, with any server that speaks the OpenAI form.

vLLM, llama.cpp's server, Ollama and LM Studio do, each a part of it: docs/models.md says which.
Making one sends nothing. What the server can do is found out when it first matters, once.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from math import inf
from threading import Lock
from time import monotonic

import numpy as np

from memsvc.domain.errors import MemsvcError, ModelUnavailable
from memsvc.llm.at_once import AtOnce
from memsvc.llm.choosing import odds_of, require_apart
from memsvc.llm.counting import estimated_tokens
from memsvc.llm.openai_form import Format, chat_body, first_tokens, odds_body, reply_of
from memsvc.llm.openai_offers import CHAT, Context, Found, context_of, find_out
from memsvc.llm.openai_sending import CONNECT_S, Failed, Refused, Sending
from memsvc.llm.openai_stream import LATE, Writing, unanswered
from memsvc.ports.language import Ask, Odds, Offers, Reply, Unanswered

DEFAULT_CONTEXT_TOKENS = 4096
"""Where neither the settings nor the server say: what Ollama runs models with unless told to."""

MESSAGE_TOKENS = 8
"""What a chat template puts around each message, and `OPENING_TOKENS` what around all of them."""

OPENING_TOKENS = 32

LOOK_AGAIN_S = 30.0
"""How long a server that did not say its context is not asked again, unless it matters."""

MOST_MORE = 4.0
"""How many times as many tokens as were estimated are believed: about as many as bytes."""

_LOOSER: dict[Format, Format] = {"json_schema": "json_object", "json_object": "words"}

_Sent = Reply | Unanswered


class HttpModel:
    """A `LanguageModel` at an endpoint. `context_tokens` is asked of the server where it is None.

    `within_s` is how long finding out what the server can do may take, loading the model included.
    """

    def __init__(
        self,
        sending: Sending,
        *,
        at_once: int = 4,
        context_tokens: int | None = None,
        within_s: float = 120.0,
    ) -> None:
        self._sending = sending
        self._model = sending.endpoint.model
        self._at_once = AtOnce(at_once)
        self._told_tokens = context_tokens
        self._within_s = within_s
        self._finding = Lock()
        self._found: Found | None = None
        self._context: Context | None = None
        self._looking = Lock()
        self._looked_at = -inf
        self._more_than_thought = 1.0

    @property
    def name(self) -> str:
        """The model's name as the server knows it: nobody tells which weights stand behind it."""
        return self._model

    @property
    def context_tokens(self) -> int:
        """What the settings say, or else the server, or else 4,096."""
        looked = self._looked(until=monotonic() + CONNECT_S)
        return DEFAULT_CONTEXT_TOKENS if looked is None else looked.tokens

    def offers(self) -> Offers:
        """Say what it can do, found out with a few short asks the first time."""
        return self._found_out(until=monotonic() + self._within_s).offers

    def count(self, text: str) -> int:
        """Return how many tokens `text` has at most, by experience (`memsvc.llm.counting`).

        Where the server has counted more tokens in an ask than were expected, by so much more.
        """
        return int(np.ceil(estimated_tokens(text) * self._more_than_thought))

    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        """Return what comes of each ask, in their order; several are sent at once."""
        until = monotonic() + within_s
        if not asks or within_s <= 0:
            return [LATE] * len(asks)
        as_json = self._json_for(asks, until=until)
        if as_json is None:
            return [LATE] * len(asks)
        calls = [partial(self._reply, ask, as_json=as_json, until=until) for ask in asks]
        return _told_or_raised(self._at_once.each(calls, until=until))

    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        """Yield the answer piece by piece, and at last the whole or why not."""
        until = monotonic() + within_s
        as_json = self._json_for((ask,), until=until) if within_s > 0 else None
        if as_json is None:
            yield LATE
            return
        too_long = self._too_long(ask, until=until)
        if too_long is not None:
            yield too_long
            return
        writing = Writing(self._sending, self._at_once, until)
        with closing(writing):
            body = chat_body(ask, self._model, as_json=as_json)
            writing.begin({**body, "stream": True, "stream_options": {"include_usage": True}})
            for piece in writing:
                if isinstance(piece, Reply):
                    self._learn(ask, piece)
                yield piece

    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        """Return the odds of each choice, as far as they are among the likeliest 20 tokens.

        A token counts for the choice that it begins; a choice is told by the longest that does, and
        by all that differ from it in white space alone. An ask that is too long is told nothing of.
        """
        require_apart(choices)
        until = monotonic() + within_s
        told = self._found_out(until=until).told if asks else 0
        if asks and not told:
            raise ModelUnavailable(f"{self._model} has no odds: {self.offers().missing['choices']}")
        calls = [partial(self._first_tokens, ask, told=told, until=until) for ask in asks]
        rows = []
        for found in self._at_once.each(calls, until=until):
            if not isinstance(found, list):
                raise found if isinstance(found, MemsvcError) else self._no_time(within_s)
            rows.append(odds_of(choices, found))
        return np.array(rows, dtype=np.float32).reshape(len(asks), len(choices))

    def close(self) -> None:
        """Close the connections to the server."""
        self._sending.close()

    def _reply(self, ask: Ask, *, as_json: Format, until: float) -> _Sent:
        too_long = self._too_long(ask, until=until)
        if too_long is not None:
            return too_long
        begun = monotonic()
        read = partial(reply_of, seconds=0.0)
        body = chat_body(ask, self._model, as_json=as_json)
        found = self._sending.ask(CHAT, body, until=until, read=read)
        if isinstance(found, Refused) and ask.schema is not None and as_json in _LOOSER:
            # A server may hold to schemas and not take this one; what it then says of an ask that
            # is wrong in itself, it says again.
            return self._reply(ask, as_json=_LOOSER[as_json], until=until)
        if not isinstance(found, Reply):
            if isinstance(found, Failed) and found.is_unreachable:
                raise self._sending.unreachable(found.why)
            return unanswered(found)
        self._learn(ask, found)
        return replace(found, spent=replace(found.spent, seconds=monotonic() - begun))

    def _first_tokens(self, ask: Ask, *, told: int, until: float) -> list[tuple[str, float]]:
        if self._too_long(ask, until=until) is not None:
            return []
        body = odds_body(ask, self._model, told=told)
        found = self._sending.ask(CHAT, body, until=until, read=first_tokens)
        if isinstance(found, Failed):
            raise ModelUnavailable(f"{self._model} did not tell the odds: {found.why}.")
        return [] if isinstance(found, Refused) else found

    def _json_for(self, asks: Sequence[Ask], *, until: float) -> Format | None:
        """Return how to ask for JSON; None where there was no time to find out."""
        if all(ask.schema is None for ask in asks):
            return "json_schema"
        try:
            return self._found_out(until=until).as_json
        except ModelUnavailable:
            if monotonic() >= until:
                return None
            raise

    def _found_out(self, *, until: float) -> Found:
        if self._found is not None:
            return self._found
        if not self._finding.acquire(timeout=max(0.0, until - monotonic())):
            raise ModelUnavailable(f"{self._model} did not say in time what it offers.")
        try:
            if self._found is None:  # who waited may have been waited for
                self._found = find_out(self._sending, AtOnce(3), until=until)
            return self._found
        finally:
            self._finding.release()

    def _looked(self, *, until: float, again_after_s: float = LOOK_AGAIN_S) -> Context | None:
        """Return what the server reads at most; None where it does not say, or not yet.

        Ollama says it of models that are loaded, so who knew nothing a while ago may know now.
        """
        if self._told_tokens is not None:
            return Context(self._told_tokens, refuses=False)
        with self._looking:
            if self._context is None and monotonic() - self._looked_at >= again_after_s:
                self._context = context_of(self._sending, until=until)
                self._looked_at = monotonic()
            return self._context

    def _too_long(self, ask: Ask, *, until: float) -> Unanswered | None:
        """Refuse what a server might cut without a word, by a count that errs on the long side."""
        tokens = self._expected(ask) + ask.most_tokens
        until = min(until, monotonic() + CONNECT_S)
        context = self._looked(until=until)
        if context is None and tokens > DEFAULT_CONTEXT_TOKENS:
            context = self._looked(until=until, again_after_s=0.0)
        if context is None:
            context = Context(DEFAULT_CONTEXT_TOKENS, refuses=False)
        if context.refuses or tokens <= context.tokens:
            return None
        return Unanswered(
            f"it may have {tokens} tokens with its answer, and {self._model} reads and writes "
            f"{context.tokens} in all (MEMSVC_LLM_TOKENS)"
        )

    def _expected(self, ask: Ask) -> int:
        parts = [one.content for one in ask.messages]
        parts += [call.arguments for one in ask.messages for call in one.calls]
        parts += [f"{tool.name} {tool.about} {tool.arguments}" for tool in ask.tools]
        if ask.schema is not None:
            parts.append(str(ask.schema))
        around = MESSAGE_TOKENS * len(ask.messages) + OPENING_TOKENS
        return sum(map(self.count, parts)) + around

    def _learn(self, ask: Ask, reply: Reply) -> None:
        if reply.spent.read is not None:
            ratio = reply.spent.read / self._expected(ask)
            # Under no lock: a raise that gets lost comes again with the next answer. Bounded, for
            # what a server says is no more trusted than the rest.
            self._more_than_thought = min(MOST_MORE, self._more_than_thought * max(1.0, ratio))

    def _no_time(self, within_s: float) -> ModelUnavailable:
        return ModelUnavailable(f"{self._model} did not tell the odds within {within_s} seconds.")


def _told_or_raised(found: Sequence[_Sent | MemsvcError | None]) -> list[Reply | Unanswered]:
    """Return what came of each; raise what went wrong, unless some were answered meanwhile."""
    has_answered = any(isinstance(one, Reply) for one in found)
    told: list[Reply | Unanswered] = []
    for one in found:
        if isinstance(one, MemsvcError):
            if not has_answered:
                raise one
            told.append(Unanswered(one.detail))
        else:
            told.append(LATE if one is None else one)
    return told

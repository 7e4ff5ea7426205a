"""A language model behind HTTP in the OpenAI form (`POST {url}/chat/completions`), asked patiently.

What it sends is untrusted: an answer that is not of the form is asked for again like one that did
not come, and given up after a few tries. A model that refuses the key or does not exist ends the
run at once.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import httpx
from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from memsvc.domain.errors import ModelUnavailable

TRIES = 4
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
CONNECT_S = 5.0
ANSWER_TOKENS = 300
"""Tokens that an answer may have; summaries need them."""

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""

NEVER = frozenset({401, 403, 404})
"""Statuses that no other question changes: a wrong key, model or address."""


class ReadingSettings(BaseSettings):
    """Which models answer and judge: MEMSVC_READER_URL, MEMSVC_READER_MODEL and so on.

    Both need a URL (with its `/v1`) and a model; what the judge does not say is the reader's.
    """

    model_config = SettingsConfigDict(env_prefix="MEMSVC_", extra="ignore", frozen=True)

    reader_url: str = ""
    reader_model: str = ""
    reader_key: str = ""
    judge_url: str = ""
    judge_model: str = ""
    judge_key: str = ""

    def reader(self) -> "Endpoint | None":
        """Return the model that answers, if one is set."""
        if not (self.reader_url and self.reader_model):
            return None
        return Endpoint(self.reader_url, self.reader_model, self.reader_key or None)

    def judge(self) -> "Endpoint | None":
        """Return the model that judges, if one is set; a key goes only where it was given for."""
        if not (self.judge_model and (self.judge_url or self.reader_url)):
            return None
        key = self.judge_key or ("" if self.judge_url else self.reader_key)
        return Endpoint(self.judge_url or self.reader_url, self.judge_model, key or None)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model by the address of its service, its name, and the key to send."""

    url: str
    model: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered, in how many seconds; tokens where it says them."""

    text: str
    seconds: float
    prompt_tokens: int | None
    completion_tokens: int | None


@dataclass(frozen=True, slots=True)
class NoReply:
    """Why no answer came."""

    why: str


@dataclass(frozen=True, slots=True)
class Model:
    """A model to ask; any number of threads may. `chance` draws from [0, 1)."""

    endpoint: Endpoint
    http: httpx.Client
    chance: Callable[[], float]
    timeout_s: float
    sleep: Callable[[float], None] = time.sleep

    def reply(self, prompt: str) -> Reply | NoReply:
        """Ask once, and again while that may help. Raises `ModelUnavailable` where nothing will."""
        found = self._once(prompt)
        for tried in range(1, TRIES):
            if not isinstance(found, _Again):
                break
            bound = FIRST_PAUSE_S * 2.0**tried
            self.sleep(min(found.after_s + self.chance() * bound, LONGEST_PAUSE_S))
            found = self._once(prompt)
        if isinstance(found, _Again):
            if found.is_unreachable:
                raise ModelUnavailable(
                    f"No model answers at {self.endpoint.url} ({found.why}); start it or name "
                    "another, and run the same command again: answers that were kept stay."
                )
            return NoReply(found.why)
        return found

    def _once(self, prompt: str) -> "Reply | NoReply | _Again":
        key = self.endpoint.key
        begun = time.perf_counter()
        try:
            response = self.http.post(
                f"{self.endpoint.url.rstrip('/')}/chat/completions",
                json={
                    "model": self.endpoint.model,
                    "messages": [{"role": "user", "content": prompt}],
                    "temperature": 0,
                    "max_tokens": ANSWER_TOKENS,
                },
                headers={} if key is None else {"Authorization": f"Bearer {key}"},
                timeout=httpx.Timeout(self.timeout_s, connect=min(CONNECT_S, self.timeout_s)),
            )
        except httpx.RequestError as error:
            unreachable = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            why = str(error) or type(error).__name__
            return _Again(why, is_unreachable=unreachable)
        seconds = time.perf_counter() - begun
        if response.status_code in NEVER:
            raise ModelUnavailable(
                f"{self.endpoint.url} answers {response.status_code} for {self.endpoint.model}; "
                "check the URL, the model's name and its key (MEMSVC_READER_…, MEMSVC_JUDGE_…)."
            )
        return _read(response, seconds)


@dataclass(frozen=True, slots=True)
class _Again:
    """A try that came to nothing, and when the next may be made."""

    why: str
    after_s: float = 0.0
    is_unreachable: bool = False


def _read(response: httpx.Response, seconds: float) -> Reply | NoReply | _Again:
    status = response.status_code
    if status in AGAIN:
        asked = response.headers.get("retry-after", "")
        return _Again(f"it answered {status}", float(asked) if asked.isdecimal() else 0.0)
    if status != HTTPStatus.OK:
        return NoReply(f"it answered {status}")
    try:
        found = _Completion.model_validate_json(response.content)
    except ValidationError:
        return _Again("its answer is not in the OpenAI form")
    usage = found.usage or _Usage()
    text = found.choices[0].message.content.strip()
    return Reply(text, seconds, usage.prompt_tokens, usage.completion_tokens)


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None

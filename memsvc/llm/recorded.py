"""What a model answered, in a file: to run again what was run, without the model.

The file has one JSON object a line, in UTF-8, appended as answers come:

    {"kind": "model", "model": NAME, "context_tokens": N, "offers": {...}}
    {"kind": "reply", "model": NAME, "key": KEY, "ask": {...}, "reply": {...}}
    {"kind": "odds",  "model": NAME, "key": KEY, "ask": {...}, "choices": [...], "odds": [...]}

`ask` and `reply` have the fields of `memsvc.ports.language.Ask` and `Reply`; what is as by default
may be left out. Odds are ln p, null for -inf. `key` is the SHA-256 of what was asked, as
`key_of` forms it: the canonical JSON of model, ask and choices. Of lines with one key the last
counts. A first line of kind `model` may be missing. So answers that somebody else recorded are put
into this form by writing their asks as ours and a `line_of_reply` for each.

A line is written by one call of the operating system, so a process that is killed leaves whole
lines and at most one half one, which is passed over. What came to nothing is not kept. The file
holds whatever was asked, memories included: it is as private as they are.
"""

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict
from typing_extensions import override

from memsvc.domain.errors import ModelUnavailable
from memsvc.llm.around import Around
from memsvc.llm.counting import estimated_tokens
from memsvc.ports.language import Ask, LanguageModel, Odds, Offers, Reply, Unanswered

DEFAULT_CONTEXT_TOKENS = 32_768
"""Of a model of which nothing was recorded but answers."""

FIRST_WORDS = 60
"""Characters of an ask by which a person knows it again."""


class Recorder(Around):
    """A `LanguageModel` that appends what the one behind it answers to a file."""

    def __init__(self, model: LanguageModel, path: Path) -> None:
        super().__init__(model)
        self._path = path
        self._lock = Lock()
        self._begun = False

    @override
    def offers(self) -> Offers:
        """Say what the model behind it can do, and keep it. Raises `ModelUnavailable`."""
        offers = self._model.offers()
        self._append(_line_of_model(self.name, self.context_tokens, offers))
        return offers

    @override
    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        """Return what comes of each ask, in their order, and keep the answers."""
        found = self._model.replies(asks, within_s=within_s)
        for ask, one in zip(asks, found, strict=True):
            self._keep(ask, one)
        return found

    @override
    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        """Yield the answer piece by piece, and keep it when it is whole."""
        for piece in self._model.stream(ask, within_s=within_s):
            if not isinstance(piece, str):
                self._keep(ask, piece)
            yield piece

    @override
    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        """Return the odds of each choice, and keep them."""
        found = self._model.odds(asks, choices, within_s=within_s)
        for ask, row in zip(asks, found.tolist(), strict=True):
            self._append(line_of_odds(self.name, ask, choices, row))
        return found

    def _keep(self, ask: Ask, found: Reply | Unanswered) -> None:
        if isinstance(found, Reply):
            self._append(line_of_reply(self.name, ask, found))

    def _append(self, line: str) -> None:
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                # After a kill in the middle of a line, the next one begins on its own.
                os.write(file, b"\n" * (not self._begun and _is_torn(file)) + line.encode() + b"\n")
            finally:
                os.close(file)
            self._begun = True


class Replayed:
    """A `LanguageModel` that answers out of a file, at once, what it was once asked.

    `model` names whose answers, where the file has several models'. An ask that is not in the
    file is an error that names it: nothing is made up.
    """

    def __init__(self, path: Path, *, model: str | None = None) -> None:
        """Read the file. Raises `ModelUnavailable` where it has no line of the model."""
        self._path = path
        lines = [line for line in _lines(path) if model is None or line.model == model]
        names = {line.model for line in lines}
        if len(names) != 1:
            told = ", ".join(sorted(names)) or "no model"
            wanted = "" if model is None else f" and not {model}"
            raise ModelUnavailable(f"{path} holds answers of {told}{wanted}; name one that it has.")
        self._name = names.pop()
        self._replies = {line.key: line.reply for line in lines if line.reply is not None}
        self._odds = {line.key: line.odds for line in lines if line.odds is not None}
        described = [line for line in lines if line.kind == "model"]
        self._described = described[-1] if described else None

    @property
    def name(self) -> str:
        """That of the model that was recorded."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """That of the model that was recorded."""
        told = None if self._described is None else self._described.context_tokens
        return told or DEFAULT_CONTEXT_TOKENS

    def offers(self) -> Offers:
        """Say what the recorded model could do; if nobody asked it, what was recorded of it."""
        if self._described is not None and self._described.offers is not None:
            return self._described.offers
        missing = {} if self._odds else {"choices": "No odds were recorded."}
        return Offers(schemas=True, choices=bool(self._odds), tools=True, missing=missing)

    def count(self, text: str) -> int:
        """Return how many tokens `text` has at most, by experience."""
        return estimated_tokens(text)

    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        """Return the recorded answers. Raises `ModelUnavailable` for an ask that is not there."""
        if within_s <= 0:
            return [Unanswered("time ran out", is_late=True)] * len(asks)
        return [self._reply(ask) for ask in asks]

    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        """Yield the recorded answer in one piece, and the whole. Raises `ModelUnavailable`."""
        (found,) = self.replies((ask,), within_s=within_s)
        if isinstance(found, Reply) and found.text:
            yield found.text
        yield found

    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        """Return the recorded odds. Raises `ModelUnavailable` for an ask that is not there."""
        if within_s <= 0:
            raise ModelUnavailable("Time ran out before the recorded odds were looked up.")
        rows = []
        for ask in asks:
            row = self._odds.get(key_of(self._name, ask, choices))
            if row is None:
                raise self._missing(ask, choices)
            rows.append([-math.inf if nats is None else nats for nats in row])
        return np.array(rows, dtype=np.float32).reshape(len(asks), len(choices))

    def _reply(self, ask: Ask) -> Reply:
        found = self._replies.get(key_of(self._name, ask))
        if found is None:
            raise self._missing(ask)
        return found

    def _missing(self, ask: Ask, choices: Sequence[str] = ()) -> ModelUnavailable:
        words = " ".join(ask.messages[-1].content.split())[:FIRST_WORDS] if ask.messages else ""
        of = f" among {', '.join(choices)}" if choices else ""
        return ModelUnavailable(
            f"{self._path} holds no answer of {self._name} to the ask "
            f"{key_of(self._name, ask, choices)} ({words!r}{of}); record it with the model first."
        )


def key_of(model: str, ask: Ask, choices: Sequence[str] = ()) -> str:
    """Return what tells an ask of a model from every other: 64 hexadecimal digits."""
    told = {"model": model, "ask": _plain(ask), "choices": list(choices)}
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return sha256(canonical.encode()).hexdigest()


def line_of_reply(model: str, ask: Ask, reply: Reply) -> str:
    """Return the line that keeps an answer, without its end."""
    kept = {"ask": _plain(ask), "reply": asdict(reply)}
    return json.dumps({"kind": "reply", "model": model, "key": key_of(model, ask), **kept})


def line_of_odds(model: str, ask: Ask, choices: Sequence[str], odds: Sequence[float]) -> str:
    """Return the line that keeps the odds of choices, without its end."""
    told = [None if math.isinf(nats) else nats for nats in odds]
    kept = {"ask": _plain(ask), "choices": list(choices), "odds": told}
    key = key_of(model, ask, choices)
    return json.dumps({"kind": "odds", "model": model, "key": key, **kept})


class _Line(BaseModel):
    """What a line holds of what is needed; its ask is for people, and for another version of us."""

    model_config = ConfigDict(extra="ignore")

    kind: Literal["model", "reply", "odds"]
    model: str
    key: str = ""
    reply: Reply | None = None
    odds: list[float | None] | None = None
    context_tokens: int | None = None
    offers: Offers | None = None


def _line_of_model(model: str, context_tokens: int, offers: Offers) -> str:
    told = {"context_tokens": context_tokens, "offers": asdict(offers)}
    return json.dumps({"kind": "model", "model": model, **told})


def _plain(ask: Ask) -> Mapping[str, Any]:
    plain: Mapping[str, Any] = asdict(ask)
    return plain


def _lines(path: Path) -> Iterator[_Line]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read ({error.strerror}).") from error
    for line in content.split(b"\n"):
        try:
            # By Python's reader: what was asked may hold half a character, which no UTF-8 does.
            yield _Line.model_validate(json.loads(line))
        except ValueError:  # half a line of a process that was killed
            continue


def _is_torn(file: int) -> bool:
    size = os.fstat(file).st_size
    return size > 0 and os.pread(file, 1, size - 1) != b"\n"

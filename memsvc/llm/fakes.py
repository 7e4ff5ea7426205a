"""Plain twins of the models, for tests: small, the same everywhere, and checkable by hand."""

import hashlib
import json
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
from typing_extensions import override

from memsvc.domain.errors import ModelUnavailable, RerankerLate
from memsvc.domain.memory import Fingerprint, Span
from memsvc.ports.language import Ask, Call, Odds, Offers, Reply, Spent, Unanswered
from memsvc.ports.models import Embedded, Matrix, Passage, Surprise, Tokens, Vector, Worths

_TOKEN = re.compile(r"\w+|[^\w\s]")


class HashingEmbedder:
    """An `Embedder` whose vectors count words: each lower-case word adds one to one number.

    The number is chosen by the word's hash, so texts that share words are alike and texts that
    share none are at right angles, unless two of their words happen to meet in one number. Counts
    have no sign: words that meet can never cancel each other out.
    """

    max_tokens = 256

    def __init__(self, dimension: int = 64) -> None:
        self._dimension = dimension

    @property
    def fingerprint(self) -> Fingerprint:
        """`hashing/fp32/64` for dimension 64."""
        return Fingerprint("hashing", "fp32", self._dimension)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a text, in order: shape (n, d) float32; (0, d) for no text."""
        vectors = [self._vector(text) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(len(texts), self._dimension)

    @property
    def token_fingerprint(self) -> Fingerprint | None:
        """None: it tells of none."""
        return None

    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return the vectors alone."""
        return Embedded(self.embed(texts), None)

    def tokens(self, text: str) -> Sequence[Span]:
        """Return where each word and each sign of punctuation stands."""
        return [Span(*match.span()) for match in _TOKEN.finditer(text)]

    def count(self, text: str) -> int:
        """Return how many tokens `text` has."""
        return len(_TOKEN.findall(text))

    def _vector(self, text: str) -> Vector:
        # A text without a word is represented by the empty word: a unit vector all the same.
        words = _TOKEN.findall(text.lower())[: self.max_tokens] or [""]
        vector = np.zeros(self._dimension, dtype=np.float32)
        for word in words:
            vector[self._place(word)] += 1.0
        unit: Vector = vector / np.linalg.norm(vector)
        return unit

    def _place(self, word: str) -> int:
        # Not hash(): that one differs from process to process.
        return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big") % (
            self._dimension
        )


class HashingTokens(HashingEmbedder):
    """The same with a vector for each word: 127 at the word's own number, and 0 elsewhere.

    So two words are alike by 1 if they are the same, and by 0 if they are not.
    """

    @property
    @override
    def token_fingerprint(self) -> Fingerprint:
        """`hashing/int8/64` for dimension 64."""
        return Fingerprint("hashing", "int8", self._dimension)

    @override
    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return a vector a text and a vector a word."""
        return Embedded(self.embed(texts), [self._words(text) for text in texts])

    def _words(self, text: str) -> Tokens:
        words = _TOKEN.findall(text.lower())[: self.max_tokens]
        vectors = np.zeros((len(words), self._dimension), dtype=np.int8)
        vectors[np.arange(len(words)), [self._place(word) for word in words]] = 127
        return vectors


class CountingSurprisal:
    """A `Surprisal` that expects a word as often as it came among the words just before.

    Of n words before, v of them distinct, a word that came c times has the probability
    (c + 1) / (n + v + 1), and all new words together 1 / (n + v + 1). So the first word of a
    stream is new for certain and surprises nobody: 0 nats.
    """

    def __init__(self, *, context_tokens: int = 256) -> None:
        self._context_tokens = context_tokens

    @property
    def fingerprint(self) -> str:
        """`counting/exact/256` for 256 words of context."""
        return f"counting/exact/{self._context_tokens}"

    @property
    def context_tokens(self) -> int:
        """How many words before a word are counted."""
        return self._context_tokens

    def of(self, passages: Sequence[Passage]) -> list[list[Surprise | None]]:
        """Return the surprise of every text, passage by passage, in order."""
        return [self._one(passage) for passage in passages]

    def _one(self, passage: Passage) -> list[Surprise | None]:
        found = list(_TOKEN.finditer("".join((passage.context, *passage.texts))))
        words = [match.group().lower() for match in found]
        # Where each text begins; those that are empty begin where the next one does.
        starts = list(accumulate((len(text) for text in passage.texts), initial=0))
        texts: list[list[float]] = [[] for _ in passage.texts]
        for place, match in enumerate(found):
            text = bisect_right(starts, match.start() - len(passage.context)) - 1
            if text >= 0:
                texts[text].append(self._nats(words, place))
        return [Surprise(math.fsum(one) / len(one), max(one)) if one else None for one in texts]

    def _nats(self, words: Sequence[str], place: int) -> float:
        before = Counter(words[max(0, place - self._context_tokens) : place])
        return -math.log((before[words[place]] + 1) / (before.total() + len(before) + 1))


class OverlapReranker:
    """A `Reranker` that counts how many of the question's words stand among a text's first ones.

    A word counts once, in any case. `runs` holds how many texts each call brought.
    """

    def __init__(self, *, window: int = 256) -> None:
        self._window = window
        self.runs: list[int] = []

    @property
    def fingerprint(self) -> str:
        """`overlap/exact/256` for a window of 256 words."""
        return f"overlap/exact/{self._window}"

    def scores(self, question: str, texts: Sequence[str], *, within_s: float) -> Worths:
        """Return how many words each text shares with the question, shape (n,) float32."""
        if within_s <= 0:
            raise RerankerLate(within_s)
        self.runs.append(len(texts))
        wanted = set(_TOKEN.findall(question.lower()))
        shared = (wanted & set(_TOKEN.findall(text.lower())[: self._window]) for text in texts)
        return np.array([len(words) for words in shared], dtype=np.float32)


Script: TypeAlias = Callable[[Ask], str | Reply | Unanswered]
"""What a scripted model answers."""


class ScriptedModel:
    """A `LanguageModel` that answers by a script, and counts words where others count tokens.

    Without a script it says the last message again; of a schema it writes the least that fits; and
    it wishes for a tool whose name stands in the last message. The odds of a choice are how often
    its first word comes in the ask, and once more, among all choices. `asked` holds every ask.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        name: str = "scripted",
        context_tokens: int = 1024,
        lacks: Mapping[str, str] | None = None,
    ) -> None:
        """`lacks` says why, for each field of `Offers` that is not offered."""
        self._script = script
        self._name = name
        self._context_tokens = context_tokens
        self._lacks = dict(lacks or {})
        self.asked: list[Ask] = []

    @property
    def name(self) -> str:
        """`scripted`, or another."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """How many words it reads and writes."""
        return self._context_tokens

    def offers(self) -> Offers:
        """Say what it can do: all but what it lacks."""
        schemas, choices, tools = (
            one not in self._lacks for one in ("schemas", "choices", "tools")
        )
        return Offers(schemas, choices, tools, self._lacks)

    def count(self, text: str) -> int:
        """Return how many words and signs `text` has."""
        return len(_TOKEN.findall(text))

    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        """Return what comes of each ask, in their order."""
        if within_s <= 0:
            return [Unanswered("time ran out", is_late=True)] * len(asks)
        return [self._reply(ask) for ask in asks]

    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        """Yield the answer word by word, and at last the whole or why not."""
        (found,) = self.replies((ask,), within_s=within_s)
        if isinstance(found, Reply):
            yield from _WORD.findall(found.text)
        yield found

    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        """Return the odds of each choice, shape (asks, choices)."""
        if within_s <= 0:
            raise ModelUnavailable("Time ran out before the odds were told.")
        if "choices" in self._lacks:
            raise ModelUnavailable(self._lacks["choices"])
        firsts = [next(iter(_TOKEN.findall(choice)), "") for choice in choices]
        if len({*firsts, ""}) <= len(firsts):
            raise ValueError(
                f"Of the choices {list(choices)} two begin with the same word, or none."
            )
        rows = []
        for ask in asks:
            words = Counter(word for one in ask.messages for word in _TOKEN.findall(one.content))
            total = sum(words[first] + 1 for first in firsts)
            rows.append([math.log((words[first] + 1) / total) for first in firsts])
        return np.array(rows, dtype=np.float32).reshape(len(asks), len(choices))

    def _reply(self, ask: Ask) -> Reply | Unanswered:
        self.asked.append(ask)
        read = sum(self.count(one.content) for one in ask.messages)
        if read + ask.most_tokens > self._context_tokens:
            return Unanswered(
                f"it has {read} tokens and {ask.most_tokens} more for its answer, and "
                f"{self._name} reads and writes {self._context_tokens} in all"
            )
        said = _said(ask) if self._script is None else self._script(ask)
        if not isinstance(said, str):
            return said
        calls = _wishes(ask) if self._script is None else ()
        text, is_whole = _cut("" if calls else said, ask)
        return Reply(text, Spent(read, self.count(text), 0.0), is_whole, calls)


_WORD = re.compile(r"\s*(?:\w+|[^\w\s])|\s+$")


def _said(ask: Ask) -> str:
    if ask.schema is not None:
        return json.dumps(least(ask.schema, ask.schema))
    return ask.messages[-1].content if ask.messages else ""


def _wishes(ask: Ask) -> tuple[Call, ...]:
    last = _TOKEN.findall(ask.messages[-1].content) if ask.messages else []
    return tuple(
        Call(f"call-{number}", tool.name, json.dumps(least(tool.arguments, tool.arguments)))
        for number, tool in enumerate(ask.tools)
        if tool.name in last
    )


def _cut(text: str, ask: Ask) -> tuple[str, bool]:
    """Return the text up to where it has to end, and whether that is all of it."""
    ends = [at for stop in ask.stop if (at := text.find(stop)) >= 0]
    text = text[: min(ends, default=len(text))]
    words = list(_TOKEN.finditer(text))
    if len(words) <= ask.most_tokens:
        return text, True
    return text[: words[ask.most_tokens - 1].end()] if ask.most_tokens else "", False


def least(schema: Any, whole: Any) -> Any:
    """Return the least that fits a schema: no item, no letter, nothing that may be missing.

    Of JSON Schema it knows what pydantic writes for plain shapes; `whole` is where `$ref`s look.
    """
    if "$ref" in schema:
        return least(whole["$defs"][schema["$ref"].rsplit("/", 1)[-1]], whole)
    first = next((schema[key] for key in ("anyOf", "allOf", "oneOf") if key in schema), None)
    if first is not None:
        return least(first[0], whole)
    fixed = [schema[key] for key in ("const", "default") if key in schema]
    for value in (*fixed, *schema.get("enum", ())):
        return value
    return _LEAST[schema.get("type", "object")](schema, whole)


def _least_object(schema: Any, whole: Any) -> Any:
    parts = schema.get("properties", {})
    return {name: least(parts[name], whole) for name in schema.get("required", ())}


_LEAST: Mapping[str, Callable[[Any, Any], Any]] = {
    "object": _least_object,
    "array": lambda schema, whole: [least(schema["items"], whole)] * schema.get("minItems", 0),
    "string": lambda schema, _: "x" * schema.get("minLength", 0),
    "integer": lambda schema, _: schema.get("minimum", 0),
    "number": lambda schema, _: schema.get("minimum", 0),
    "boolean": lambda *_: False,
    "null": lambda *_: None,
}

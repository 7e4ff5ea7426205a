r"""Answers held to a JSON schema while they are written: at each step, which tokens may come next.

llguidance tells that, chosen by measurement (docs/decisions/0079). It knows what keeps an answer
valid but not that tokens run out. So near its limit an answer is looked at ahead: a token that
leaves too little room to close whatever is open is not taken, and the shortest close that was found
before it is written instead. No white space is written between what JSON is made of, and a text
cannot speak half a character (`\ud800`), which Python's strings could not be stored with.
"""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.language import Schema

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer
    from tokenizers import Tokenizer

COMPILED = 64
"""Schemas that are kept compiled: more than all prompts have; one takes a few kilobytes."""

CLOSING_CHARS = 4096
"""The longest close that is looked for: what needs more is not written, it is cut off."""

_OUTSIDE = ']},:"0123456789.-+eEtfnrualse[{'
"""What may come next outside a text, most closing first."""

_INSIDE = '"a0 -:/.@eTZnbcdfghijklmopqrstuvwxyzABCDEFGHIJKLMNOPQRSUVWXY123456789_,;()\\'
"""What may come next inside a text: its end, and then one of each kind that a pattern may want."""


class SchemaUnfit(Exception):
    """A schema that no answer can be held to, and why."""


class Schemas:
    """Compiles schemas for one vocabulary, and begins answers that are held to them.

    `ends` are the tokens that end an answer. Not for several threads at once.
    """

    def __init__(self, tokenizer: "Tokenizer", *, ends: Sequence[int]) -> None:
        """Index the vocabulary: a second for 150,000 tokens. Raises `ImportError`."""
        from llguidance import LLTokenizer  # noqa: PLC0415 - imported when a model needs it

        self._tokens = LLTokenizer(tokenizer.to_str(), eos_token=list(ends))
        self._ends = frozenset(ends)
        self._letters = {
            letter: found[0]
            for letter in {*_OUTSIDE, *_INSIDE}
            if len(found := self._tokens.tokenize_str(letter)) == 1
        }
        self._compiled: dict[str, tuple[LLMatcher, int]] = {}

    def begin(self, schema: Schema) -> "Held":
        """Begin an answer that is held to a schema. Raises `SchemaUnfit`."""
        written = json.dumps(schema, sort_keys=False)
        if written not in self._compiled:
            if len(self._compiled) >= COMPILED:
                del self._compiled[next(iter(self._compiled))]
            self._compiled[written] = (self._compile(written), _horizon(schema))
        matcher, horizon = self._compiled[written]
        return Held(matcher.deep_copy(), self._tokens, self._ends, self._letters, horizon=horizon)

    def _compile(self, schema: str) -> "LLMatcher":
        from llguidance import LLMatcher  # noqa: PLC0415 - imported when a model needs it

        grammar = LLMatcher.grammar_from_json_schema(
            schema, overrides={"whitespace_flexible": False}
        )
        matcher = LLMatcher(self._tokens, grammar, log_level=0)
        if matcher.is_error():
            raise SchemaUnfit(matcher.get_error().partition("\n")[0])
        return matcher


class Held:
    """One answer as far as it is written, and what may follow.

    `said` are the bytes of the token that was taken last.
    """

    def __init__(
        self,
        matcher: "LLMatcher",
        tokens: "LLTokenizer",
        ends: frozenset[int],
        letters: dict[str, int],
        *,
        horizon: int,
    ) -> None:
        self._matcher = matcher
        self._tokens = tokens
        self._ends = ends
        self._letters = letters
        self._horizon = horizon
        self._in_text = _Text()
        self._closing: list[int] | None = None
        self._forced: deque[int] = deque()
        self._is_closing = False
        self.is_done = False
        self.said = b""

    def allowed(self) -> NDArray[np.bool_] | int:
        """Return which tokens may come next, shape (vocabulary,), or the one that must."""
        if self._forced:
            return self._forced[0]
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        return np.unpackbits(bits, bitorder="little").view(np.bool_)

    @property
    def is_whole(self) -> bool:
        """Whether what is written is an answer, so that it may end here."""
        return self._matcher.is_accepting()

    def take(self, token: int, *, left: int) -> int | None:
        """Go on by a token, or by another where `left`, with this one, would not do to close.

        Returns what was taken; None for the end of the answer.
        """
        if self._forced:
            token = self._forced.popleft()
        elif token in self._ends:
            self.is_done = True
            return None
        elif left <= self._horizon:
            token = self._look_ahead(token, left=left)
        if not self._matcher.consume_token(token):
            raise SchemaUnfit(self._matcher.get_error().partition("\n")[0])
        self.said = self._tokens.decode_bytes([token])
        self._in_text.read(self.said)
        self.is_done = self._matcher.is_stopped() or (self._is_closing and not self._forced)
        return token

    def _look_ahead(self, token: int, *, left: int) -> int:
        """Return the token, or the first of the close that was found when this one leaves none."""
        ahead, in_text = self._matcher.deep_copy(), self._in_text.copy()
        found = None
        if ahead.consume_token(token):
            in_text.read(self._tokens.decode_bytes([token]))
            found = self._close(ahead, in_text)
        if (found is None or len(found) >= left) and self._closing:
            self._forced.extend(self._closing[1:])
            self._is_closing = True
            return self._closing[0]
        self._closing = found
        return token

    def _close(self, matcher: "LLMatcher", in_text: "_Text") -> list[int] | None:
        """Return the tokens of a short way to the end, None where none was found."""
        written: list[int] = []
        while not (matcher.is_accepting() or matcher.is_stopped()):
            taken = matcher.compute_ff_tokens() or self._next(matcher, in_text)
            if not taken or len(written) > CLOSING_CHARS or not matcher.consume_tokens(taken):
                return None
            in_text.read(self._tokens.decode_bytes(taken))
            written += taken
        return written

    def _next(self, matcher: "LLMatcher", in_text: "_Text") -> list[int]:
        for letter in _INSIDE if in_text.is_open else _OUTSIDE:
            token = self._letters.get(letter)
            if token is not None and matcher.validate_tokens([token]):
                return [token]
        bits = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
        allowed = np.flatnonzero(np.unpackbits(bits, bitorder="little"))
        return [int(each) for each in allowed[:1]]


class _Text:
    """Whether JSON, as far as it was read, stands inside a text."""

    def __init__(self, *, is_open: bool = False, is_escaped: bool = False) -> None:
        self.is_open = is_open
        self._is_escaped = is_escaped

    def read(self, more: bytes) -> None:
        for byte in more:
            if self._is_escaped:
                self._is_escaped = False
            elif byte == ord("\\"):
                self._is_escaped = self.is_open
            elif byte == ord('"'):
                self.is_open = not self.is_open

    def copy(self) -> "_Text":
        return _Text(is_open=self.is_open, is_escaped=self._is_escaped)


def _horizon(schema: Schema) -> int:
    """Return from how many tokens before its limit on an answer is looked at ahead.

    Nothing that is open takes more to close than every field once, in letters, with its longest
    usual value; what lists must hold at least, and long texts that must be so, may need more.
    """
    return 64 + sum(len(json.dumps(word)) + 8 for word in _words(schema))


def _words(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from map(str, schema.get("properties", ()))
        yield max((str(each) for each in schema.get("enum", ())), key=len, default="")
        for each in schema.values():
            yield from _words(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _words(each)

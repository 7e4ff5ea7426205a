"""`Surprisal` from a server of the OpenAI form that tells the odds of a prompt's own tokens.

That is `POST /completions` with `echo` and `logprobs`, which vLLM offers; others pass over it, and
are told apart by an answer that does not hold the prompt. There is no tokenizer here. So windows
are cut by bytes, of which each token has at least one, before white space where there is some, and
tokens find their places by their texts. Windows begin half a window apart, from the beginning of
what is known of a stream, as in `memsvc.llm.causal`.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate
from math import fsum
from time import monotonic
from typing import NamedTuple

from memsvc.domain.errors import MemsvcError, ModelUnavailable
from memsvc.llm.at_once import AtOnce
from memsvc.llm.openai_form import prompt_tokens
from memsvc.llm.openai_sending import Failed, Refused, Sending
from memsvc.ports.models import Passage, Surprise

COMPLETIONS = "/completions"

WINDOW_BYTES = 8192
"""Largest window: some 2,000 tokens of English."""

BYTES_A_TOKEN = 4
"""Of English; what a window is said to hold goes by it."""

_UNKNOWN = "\N{REPLACEMENT CHARACTER}"

_RESYNC = 16
"""Characters, none of them ASCII, that pieces of bytes may stand for before a text fits again."""


class _Window(NamedTuple):
    """What is read at once, and from where on its tokens are told: places in the passage's text."""

    passage: int
    text: str
    start: int
    first: int


class HttpSurprisal:
    """A `Surprisal` at an endpoint. `context_tokens` is what the server runs its model with."""

    def __init__(
        self,
        sending: Sending,
        *,
        context_tokens: int,
        at_once: int = 4,
        within_s: float = 120.0,
    ) -> None:
        self._sending = sending
        self._at_once = AtOnce(at_once)
        self._together = 4 * at_once
        self._within_s = within_s
        # One token less than fits, which the server writes; the opening one may take another.
        self._size = min(WINDOW_BYTES, max(64, context_tokens - 2))

    @property
    def fingerprint(self) -> str:
        """The model, `served` for a precision that nobody tells, and the window in bytes."""
        return f"{self._sending.endpoint.model.replace('/', '-')}/served/{self._size}"

    @property
    def context_tokens(self) -> int:
        """About how many tokens a window has, for English."""
        return self._size // BYTES_A_TOKEN

    def of(self, passages: Sequence[Passage]) -> list[list[Surprise | None]]:
        """Return the surprise of every text, passage by passage, in order.

        The first token of a stream costs what the server says, and is passed over where it says
        nothing. Raises `ModelUnavailable`, also where the server does not tell of prompts.
        """
        windows = [
            window
            for number, passage in enumerate(passages)
            for window in self._of(number, passage)
        ]
        told: list[list[list[float]]] = [[[] for _ in passage.texts] for passage in passages]
        starts = [_starts(passage) for passage in passages]
        for begin in range(0, len(windows), self._together):
            batch = windows[begin : begin + self._together]
            until = monotonic() + self._within_s
            calls = [partial(self._costs, window, until=until) for window in batch]
            for window, costs in zip(batch, self._at_once.each(calls, until=until), strict=True):
                if not isinstance(costs, list):
                    raise costs if isinstance(costs, MemsvcError) else self._untold("time ran out")
                for place, nats in costs:
                    text = bisect_right(starts[window.passage], place) - 1
                    if text >= 0:
                        told[window.passage][text].append(nats)
        return [[_surprise(text) for text in passage] for passage in told]

    def _of(self, number: int, passage: Passage) -> Iterator[_Window]:
        text = "".join((passage.context, *passage.texts))
        if len(text) > len(passage.context):
            for start, end, first in windows(text, first=len(passage.context), size=self._size):
                yield _Window(number, text[start:end], start, first)

    def _costs(self, window: _Window, *, until: float) -> list[tuple[int, float]]:
        """Return where each token of a window begins that is told of here, and its -ln p."""
        body = {
            "model": self._sending.endpoint.model,
            "prompt": window.text,
            "max_tokens": 1,
            "temperature": 0,
            "echo": True,
            "logprobs": 1,
        }
        tokens = self._sending.ask(COMPLETIONS, body, until=until, read=prompt_tokens)
        if isinstance(tokens, Failed) and tokens.is_unreachable:
            raise self._sending.unreachable(tokens.why)
        if isinstance(tokens, Refused | Failed):
            raise self._untold(tokens.why)
        placed = places(window.text, tokens)
        if placed is None:
            raise self._untold("its answer does not hold the prompt's tokens")
        return [
            (window.start + place, -nats)
            for place, nats in placed
            if nats is not None and window.start + place >= window.first
        ]

    def _untold(self, why: str) -> ModelUnavailable:
        return ModelUnavailable(
            f"{self._sending.endpoint.model} at {self._sending.endpoint.url} does not tell the "
            f"odds of a prompt's tokens ({why}); vLLM does, or name a model in "
            "MEMSVC_SURPRISE_MODEL."
        )


def windows(text: str, *, first: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Return the start and end of each window, and from where on it tells, in characters.

    Windows have at most `size` bytes and begin about half of it apart; where each begins and ends
    depends on nothing behind it. None ends before `first`.
    """
    ends = list(accumulate((len(one.encode(errors="surrogatepass")) for one in text), initial=0))
    start = done = 0
    while done < len(text):
        end = _before_space(text, start, bisect_right(ends, ends[start] + size) - 1)
        if end > first:
            yield start, end, max(done, first)
        done = end
        start = _before_space(text, start, bisect_right(ends, ends[start] + size // 2) - 1)


def places(
    text: str, tokens: Sequence[tuple[str, float | None]]
) -> list[tuple[int, float | None]] | None:
    """Return where in `text` each token begins, with its ln p; None where they are not its tokens.

    Met here: a token that opens every text, what the model wrote after the text, tokens that have
    lost the space before them, and characters of several tokens, whose pieces have no text.
    """
    found: list[tuple[int, float | None]] = []
    at, in_pieces = 0, False
    for number, (token, nats) in enumerate(tokens):
        if at >= len(text):
            break
        begin = _begin(text, at, token, in_pieces=in_pieces)
        if begin is not None:
            found.append((begin if in_pieces else at, nats))
            at, in_pieces = begin + len(token), False
        elif _is_piece(token):
            found.append((at, nats))
            known = token.partition(_UNKNOWN)[0]
            at += len(known) if text.startswith(known, at) else 0
            in_pieces = True
        elif number > 0:
            break
    rest = text[at:]
    is_told = not rest or (in_pieces and not rest.isascii() and len(rest) <= _RESYNC)
    return found if is_told else None


def _begin(text: str, at: int, token: str, *, in_pieces: bool) -> int | None:
    """Return where a token's own text stands, at or just behind `at`; None for nowhere."""
    if not token:
        return None
    if text.startswith(token, at):
        return at
    if text[at] == " " and text.startswith(token, at + 1):
        return at + 1
    if not in_pieces:
        return None
    begin = text.find(token, at, at + _RESYNC + len(token))
    return begin if begin >= 0 and not any(map(str.isascii, text[at:begin])) else None


def _is_piece(token: str) -> bool:
    return not token or _UNKNOWN in token or token.startswith("bytes:")


def _before_space(text: str, start: int, end: int) -> int:
    """Return the last place in the second half of a window that has white space behind it."""
    if end >= len(text):
        return len(text)
    for place in range(end, start + (end - start) // 2, -1):
        if text[place].isspace() and not text[place - 1].isspace():
            return place
    return max(end, start + 1)


def _starts(passage: Passage) -> list[int]:
    """Return where each text begins; those that are empty begin where the next one does."""
    return list(accumulate(map(len, passage.texts), initial=len(passage.context)))[:-1]


def _surprise(nats: Sequence[float]) -> Surprise | None:
    return Surprise(fsum(nats) / len(nats), max(nats)) if nats else None

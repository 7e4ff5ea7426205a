"""Answers as they are written, a token a step, several side by side."""

import codecs
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from memsvc.llm.chat import calls_in
from memsvc.llm.constrain import Held, SchemaUnfit
from memsvc.llm.running import Reading, Runner

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

CALL_BEGINS = "<tool_call>"


@dataclass(slots=True)
class Answer:
    """One answer as far as it is written: `prompt` are the tokens that it answers.

    `most` is how many tokens it may have. `text` lacks what ends it.
    """

    prompt: Sequence[int]
    most: int
    temperature: float
    stops: tuple[str, ...]
    speech: "Speech"
    ends: frozenset[int]
    held: Held | None = None
    may_call: bool = False
    written: int = 0
    text: str = ""
    is_done: bool = False
    is_whole: bool = True
    unfit: str | None = None
    _given: int = field(default=0)

    def take(self, token: int) -> int:
        """Go on by a token; return the one that was taken, which a schema may have changed."""
        if self.held is not None:
            return self._take_held(self.held, token)
        if token in self.ends:
            self.is_done = True
            return token
        self.written += 1
        self.text += self.speech.say(token)
        stop = min((at for at in map(self.text.find, self.stops) if at >= 0), default=None)
        if stop is not None:
            self.text, self.is_done = self.text[:stop], True
        elif self.written >= self.most:
            self.is_done, self.is_whole = True, False
        return token

    def _take_held(self, held: Held, token: int) -> int:
        try:
            taken = held.take(token, left=self.most - self.written)
        except SchemaUnfit as error:
            self.unfit, self.is_done = str(error), True
            return token
        if taken is not None:
            self.written += 1
            self.text += self.speech.say_bytes(held.said)
        self.is_done = held.is_done or self.written >= self.most
        self.is_whole = held.is_whole
        return token if taken is None else taken

    def fresh(self) -> str:
        """Return what may be shown of the text and was not yet.

        What may be the beginning of a stop or of a call is held back until it is told apart.
        """
        end = len(self.text)
        marks = (*self.stops, CALL_BEGINS) if self.may_call else self.stops
        if not self.is_done:
            end -= max((_begun(self.text, mark) for mark in marks), default=0)
        if self.may_call and not (self.is_done and not calls_in(self.text)[1]):
            at = self.text.find(CALL_BEGINS)
            end = end if at < 0 else min(end, at)
            end = 0 if self.text.lstrip().startswith("{") else end
        piece = self.text[self._given : end]
        self._given = max(self._given, end)
        return piece


class Speech:
    """Turns tokens, or their bytes, into text as whole characters come of them."""

    def __init__(self, tokenizer: "Tokenizer", *, keeps_marks: bool) -> None:
        """`keeps_marks`: tokens that steer are written out too, as templates of tools use them."""
        from tokenizers.decoders import DecodeStream  # noqa: PLC0415 - loaded with the model

        self._tokenizer = tokenizer
        self._stream = DecodeStream(skip_special_tokens=not keeps_marks)
        self._bytes = codecs.getincrementaldecoder("utf-8")(errors="ignore")

    def say(self, token: int) -> str:
        """Return the characters that are whole with this token."""
        return self._stream.step(self._tokenizer, token) or ""

    def say_bytes(self, more: bytes) -> str:
        """Return the characters that are whole with these bytes."""
        return self._bytes.decode(more)


def write(
    runner: Runner,
    answers: Sequence[Answer],
    *,
    vocabulary: int,
    chance: "torch.Generator",
    until: float,
) -> Generator[None]:
    """Write answers side by side, and pause after each token.

    Of the model's `vocabulary`, tokens that its tokenizer does not know are never taken. Raises
    `Late` and `ModelUnavailable`; what is written until then stands.
    """
    reading = runner.read([each.prompt for each in answers], until=until)
    open_ones = list(answers)
    while True:
        found = _next(reading, open_ones, vocabulary=vocabulary, chance=chance)
        taken = [
            token if each.is_done else each.take(token)
            for each, token in zip(open_ones, found, strict=True)
        ]
        yield
        going = [place for place, each in enumerate(open_ones) if not each.is_done]
        if not going:
            return
        # Rows are taken out of the past, which copies it, for as many as that pays for.
        if 2 * len(going) <= len(open_ones):
            reading.only(going)
            open_ones, taken = [open_ones[one] for one in going], [taken[one] for one in going]
        runner.go_on(reading, taken, until=until)


def _next(
    reading: Reading,
    answers: Sequence[Answer],
    *,
    vocabulary: int,
    chance: "torch.Generator",
) -> list[int]:
    """Return the next token of each row; of a row that is done, any."""
    import torch  # noqa: PLC0415 - imported when the model was opened

    with torch.inference_mode():
        expected = reading.expected[:, :vocabulary]
        barred = _barred(answers, expected.shape[1])
        if barred is not None:
            expected = expected.masked_fill(barred.to(expected.device), -torch.inf)
        chosen = expected.argmax(-1)
        drawn = [
            row for row, each in enumerate(answers) if each.temperature > 0 and not each.is_done
        ]
        if drawn:
            heat = torch.tensor([answers[row].temperature for row in drawn])
            odds = (expected[drawn] / heat[:, None].to(expected.device)).softmax(-1)
            chosen[drawn] = torch.multinomial(odds, 1, generator=chance)[:, 0]
        return chosen.tolist()


def _barred(answers: Sequence[Answer], vocabulary: int) -> "torch.Tensor | None":
    """Return which tokens each row may not take, shape (rows, vocabulary); None where all may."""
    import torch  # noqa: PLC0415 - imported when the model was opened

    held = [(row, each) for row, each in enumerate(answers) if each.held and not each.is_done]
    if not held:
        return None
    barred = np.zeros((len(answers), vocabulary), dtype=np.bool_)
    for row, each in held:
        barred[row] = _barred_by(each, vocabulary)
    return torch.from_numpy(barred)


def _barred_by(answer: Answer, vocabulary: int) -> Any:
    allowed = answer.held.allowed() if answer.held is not None else 0
    barred = np.ones(vocabulary, dtype=np.bool_)
    if isinstance(allowed, int):
        barred[allowed] = False
        return barred
    known = min(vocabulary, len(allowed))
    barred[:known] = ~allowed[:known]
    if barred.all():
        answer.unfit, answer.is_done = "the schema lets no token follow", True
    return barred


def _begun(text: str, mark: str) -> int:
    """Return how many characters at the end of a text may be the beginning of a mark."""
    longest = min(len(text), len(mark) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(mark[:size])), 0)

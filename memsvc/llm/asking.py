"""Asking a language model many things of one shape, each answer by itself, or why there is none.

Besides, what the prompts have in common: how a passage is cut to what the model can read, and what
is said around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, cast

from memsvc.domain.errors import ModelUnavailable
from memsvc.ports.improving import Passage, Unread
from memsvc.ports.language import Ask, LanguageModel, Reply, Unanswered
from memsvc.prompts.rendering import line
from memsvc.prompts.shaped import Misshapen, Shape, Shaped, ask_for

T = TypeVar("T", bound=Shape)

AROUND_TOKENS = 512
"""Tokens of instructions and names around a passage."""

LONGEST_TOLD = 400
"""Characters of an answer that fits nothing that are told, and of what is wrong with it."""


def answers(
    model: LanguageModel, asks: Sequence[Ask], shape: type[T], *, within_s: float
) -> list[T | Unread]:
    """Return the answer to each ask as `shape`, in their order; `within_s` is for all together.

    One that does not fit is sent back once. Raises `ModelUnavailable`, for repairs as well: what
    could not be sent back may fit the next time.
    """
    if not asks:
        return []
    watched = _Watched(model)
    found = ask_for(cast("LanguageModel", watched), shape, asks, within_s=within_s)
    if watched.failure is not None:
        raise watched.failure
    return [_told(one) for one in found]


@dataclass(slots=True)
class _Watched:
    """As much of a model as is asked here; remembers that it could not be."""

    model: LanguageModel
    failure: ModelUnavailable | None = None

    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        try:
            return self.model.replies(asks, within_s=within_s)
        except ModelUnavailable as error:
            self.failure = error
            raise


def _told(one: Shaped[T] | Misshapen | Unanswered) -> T | Unread:
    if isinstance(one, Shaped):
        return one.value
    if isinstance(one, Unanswered):
        return Unread(one.why)
    said = f"{one.why[:LONGEST_TOLD]}. It said: {one.text[:LONGEST_TOLD]!r}"
    return Unread(said, is_final=True)


def fitted(model: LanguageModel, text: str, *, answer_tokens: int) -> str:
    """Return a text as far as the model can read it beside what it is to write, and repair."""
    tokens = max(1, model.context_tokens - 2 * answer_tokens - AROUND_TOKENS)
    size = model.count(text)
    while size > tokens and len(text) > 1:
        text = text[: max(1, len(text) * tokens // size - 1)]
        size = model.count(text)
    return text


def about(one: Passage) -> str:
    """Return what stands before a passage: its title, who speaks and on which day."""
    parts = {"title": one.title, "speaker": one.speaker, "day": day_of(one.at)}
    return "".join(f"{name}: {line(part)}\n" for name, part in parts.items() if part)


def day_of(moment: datetime) -> str:
    """Return a day as a model reads it best."""
    return f"{moment.day} {moment:%B %Y}"

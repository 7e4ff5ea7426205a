"""Asking a language model many things of one shape, each answer by itself, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from memsvc.domain.errors import ModelUnavailable
from memsvc.ports.improving import Unread
from memsvc.ports.language import Ask, LanguageModel, Reply, Unanswered
from memsvc.prompts.shaped import Misshapen, Shape, Shaped, ask_for

T = TypeVar("T", bound=Shape)

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


def fitted(model: LanguageModel, text: str, *, tokens: int) -> str:
    """Return a text cut off where it would have more than so many tokens."""
    size = model.count(text)
    while size > tokens and len(text) > 1:
        text = text[: max(1, len(text) * tokens // size - 1)]
        size = model.count(text)
    return text

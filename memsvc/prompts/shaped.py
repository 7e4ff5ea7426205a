"""Answers of a language model in a shape that we define, or not at all.

A model is asked for JSON of a shape. What it writes is read as strictly as a request from outside;
what does not fit is sent back once, with what is wrong; and what does not fit then is handed to the
caller with its text, to be put aside where a person can see it. This holds whether or not the model
is held to the schema while it writes: servers cut off, and not all can hold it to one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from memsvc.domain.errors import ModelUnavailable
from memsvc.ports.language import Ask, LanguageModel, Message, Reply, Spent, Unanswered
from memsvc.prompts.untrusted import Unreadable, value_in

MAX_FAULTS = 5
"""Faults that a model is shown at once."""

SHOWN_CHARS = 4_000
"""Characters of its own answer that it is shown again, from the beginning."""

KEPT_CHARS = 16_000
"""Characters of an answer that are kept of one that does not fit."""


class Shape(BaseModel):
    """What an answer has to look like: its fields and no others, each of exactly its type.

    A subclass bounds its own lists and texts; numbers are finite.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


S = TypeVar("S", bound=Shape)


@dataclass(frozen=True, slots=True)
class Shaped(Generic[S]):
    """An answer that fits, and what it took; `is_repaired` where the first one did not."""

    value: S
    spent: Spent
    is_repaired: bool = False


@dataclass(frozen=True, slots=True)
class Misshapen:
    """An answer that does not fit, nor did its repair: why, and the beginning of its last text."""

    why: str
    text: str
    spent: Spent


Outcome: TypeAlias = Shaped[S] | Misshapen | Unanswered


def ask_for(
    model: LanguageModel, shape: type[S], asks: Sequence[Ask], *, within_s: float
) -> list[Outcome[S]]:
    """Ask for answers of one shape and return what came of each ask, in their order.

    The asks bring no schema of their own. `within_s` is for all of them with their repairs; who has
    no time for a repair is `Misshapen` without one. Raises `ModelUnavailable` as the model does,
    but not for repairs.
    """
    until = monotonic() + within_s
    schema = shape.model_json_schema()
    whole = [replace(ask, schema=schema) for ask in asks]
    found: list[Outcome[S]] = [
        _taken(reply, shape) for reply in model.replies(whole, within_s=within_s)
    ]
    wrong = [(n, one) for n, one in enumerate(found) if isinstance(one, Misshapen)]
    left_s = until - monotonic()
    if not wrong or left_s <= 0:
        return found
    repairs = [_repair(whole[n], one) for n, one in wrong]
    for (n, first), reply in zip(wrong, _repaired(model, repairs, within_s=left_s), strict=True):
        found[n] = _again(first, _taken(reply, shape))
    return found


def read(text: str, shape: type[S]) -> S:
    """Return what a model wrote as a shape. Raises `Unreadable`, in words for the model."""
    value = value_in(text)
    try:
        # As JSON, where a list may become a tuple and a text a date; strictly all the same.
        return shape.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise Unreadable(_faults(error)) from error


def _taken(reply: Reply | Unanswered, shape: type[S]) -> Outcome[S]:
    if isinstance(reply, Unanswered):
        return reply
    try:
        return Shaped(read(reply.text, shape), reply.spent)
    except Unreadable as error:
        why = str(error) if reply.is_whole else f"{error} (the answer was too long and cut off)"
        return Misshapen(why, reply.text[:KEPT_CHARS], reply.spent)


def _repair(ask: Ask, first: Misshapen) -> Ask:
    words = (
        f"That does not fit: {first.why}. Answer again with the whole JSON object and nothing else."
    )
    shown = first.text[:SHOWN_CHARS]
    said = (Message("assistant", shown), Message("user", words))
    return replace(ask, messages=(*ask.messages, *said))


def _repaired(
    model: LanguageModel, asks: Sequence[Ask], *, within_s: float
) -> list[Reply | Unanswered]:
    try:
        return model.replies(asks, within_s=within_s)
    except ModelUnavailable as error:
        return [Unanswered(error.detail)] * len(asks)


def _again(first: Misshapen, second: Outcome[S]) -> Outcome[S]:
    """Return what a repair came to, with what both cost."""
    if isinstance(second, Unanswered):
        return replace(first, why=f"{first.why}; asked again, {second.why}")
    spent = _sum(first.spent, second.spent)
    if isinstance(second, Shaped):
        return replace(second, spent=spent, is_repaired=True)
    return replace(second, spent=spent)


def _sum(one: Spent, other: Spent) -> Spent:
    return Spent(
        _plus(one.read, other.read), _plus(one.written, other.written), one.seconds + other.seconds
    )


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _faults(error: ValidationError) -> str:
    """Return what does not fit, in a line, without the values: the model sees its own text."""
    told = error.errors(include_url=False, include_context=False, include_input=False)
    said = [
        f"{'.'.join(str(part)[:40] for part in one['loc']) or 'the whole'}: {one['msg'][:120]}"
        for one in told[:MAX_FAULTS]
    ]
    more = f"; and {len(told) - MAX_FAULTS} more" if len(told) > MAX_FAULTS else ""
    return "; ".join(said) + more

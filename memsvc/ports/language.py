"""A language model: messages in; text, JSON that fits a schema, or odds among choices out.

What a model says is untrusted: an adapter promises who said it and that it was cut off nowhere in
silence, not that it is true, sensible or harmless. Nothing here reads or writes memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Schema: TypeAlias = Mapping[str, object]
"""A JSON schema, as `pydantic.BaseModel.model_json_schema()` gives it."""

Odds: TypeAlias = NDArray[np.float32]
"""Shape (n, c): of each of n asks the ln p of each of c choices, each at most 0.

They need not sum to 1 over the choices, and are -inf for what the model, or the server before it,
does not tell the odds of.
"""


@dataclass(frozen=True, slots=True)
class Tool:
    """What a model may ask to be done: a name, what it is for, and the shape of its arguments."""

    name: str
    about: str
    arguments: Schema


@dataclass(frozen=True, slots=True)
class Call:
    """A model's wish that a tool be used. `arguments` is JSON as it wrote it, read by nobody yet.

    `id` is what the answer to it names, unique within one reply.
    """

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat: `calls` are an assistant's wishes, `answers` the id a tool answers."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    calls: tuple[Call, ...] = ()
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What a model is asked: a chat that ends where it is to go on.

    With a `schema` the whole of its answer is JSON that fits; with `tools` it may call them instead
    of answering. `temperature` 0 takes the likeliest token each time.
    """

    messages: tuple[Message, ...]
    most_tokens: int
    schema: Schema | None = None
    tools: tuple[Tool, ...] = ()
    temperature: float = 0.0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens read and written for one ask, and its time; None where the server does not say."""

    read: int | None
    written: int | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered. `is_whole` is False where `most_tokens` cut it off."""

    text: str
    spent: Spent
    is_whole: bool = True
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An ask that came to nothing, though the model is there: why, in a sentence for its user.

    `is_late` where time ran out, so that the same ask may be answered in more.
    """

    why: str
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Offers:
    """What this model can do beyond text; who needs what it lacks does without, and says so.

    `schemas` where an answer is held to a schema while it is written (without it one is asked for
    in words, and may fail to fit); `choices` where `odds` works; `tools` where calls work.
    `missing` has a sentence for each that it lacks, by the name of the field.
    """

    schemas: bool
    choices: bool
    tools: bool
    missing: Mapping[str, str] = field(default_factory=dict)


class LanguageModel(Protocol):
    """A model that follows instructions; any number of threads may ask it."""

    @property
    def name(self) -> str:
        """Which model it is, as what it makes remembers it: `qwen2.5-7b-instruct@1a2b3c4d/bf16`."""
        ...

    @property
    def context_tokens(self) -> int:
        """The most tokens that it reads and writes in one ask."""
        ...

    def offers(self) -> Offers:
        """Say what it can do, found out by trying where nobody says. Raises `ModelUnavailable`."""
        ...

    def count(self, text: str) -> int:
        """Return how many tokens `text` has; where the tokens are not known, at least as many."""
        ...

    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        """Return what comes of each ask, in their order; `within_s` is for all of them together.

        An ask too long for the model is `Unanswered`, as is one that time ran out for. Raises
        `ModelUnavailable` when the model cannot be asked at all: not there, no memory left, a key
        refused.
        """
        ...

    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        """Yield the answer piece by piece as it is written, and at last the whole or why not.

        Closing the iterator ends the writing. Raises `ModelUnavailable` before the first piece.
        """
        ...

    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        """Return how likely each choice is to be what the answer to each ask begins with.

        A choice is compared by its first token, so that one run of the model tells of all; no two
        may begin with the same token, or `ValueError`. Raises `ModelUnavailable` where `offers`
        has no `choices`, when the model cannot be run now, and when `within_s` was not enough.
        """
        ...

"""What comes of a turn of chat: the answer, what it rests on, and what it took."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Memory:
    """A turn as the model was shown it.

    `handle` is what it is cited by, `m1`; it is the turn's all through a conversation. `head` has
    when, where and by whom it was said. `why` has what each arm added to the score of a hit, the
    most first; it is empty for what was shown because it stands beside a hit, whose score is None.
    """

    handle: str
    turn: str
    head: str
    text: str
    score: float | None
    why: Mapping[str, float]

    @property
    def is_hit(self) -> bool:
        """True for what answers, False for what stands beside it."""
        return self.score is not None


@dataclass(frozen=True, slots=True)
class Citation:
    """A memory that the answer names."""

    handle: str
    turn: str


@dataclass(frozen=True, slots=True)
class Use:
    """A tool that the model used: what it asked for, as it wrote it, and what it was told."""

    tool: str
    arguments: str
    told: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one turn of chat, over all rounds; None where the model's server does not say.

    `context` is how many of those read were memories, as the model counts.
    """

    context: int
    read: int | None
    written: int | None


@dataclass(frozen=True, slots=True)
class Seconds:
    """What took how long; `model` with the tools that it used."""

    recall: float
    model: float
    keep: float


@dataclass(frozen=True, slots=True)
class Said:
    """One answer.

    `text` names memories by their handles, all of which are in `citations`, in the order in which
    they come; what it named and nobody had shown it is in `unknown`, and not in the text.
    `holds` is how probable it is that memory holds what was asked, and `is_doubted` whether the
    model was told that it may not. `asked` and `answered` are the turns that both sides are kept
    as, None for what is not, and then `unkept` says why. `is_whole` is False where the answer was
    cut off for its length.
    """

    text: str
    citations: tuple[Citation, ...]
    unknown: tuple[str, ...]
    recalled: tuple[Memory, ...]
    holds: float | None
    is_doubted: bool
    used: tuple[Use, ...]
    asked: str | None
    answered: str | None
    unkept: tuple[str, ...]
    is_whole: bool
    tokens: Tokens
    seconds: Seconds

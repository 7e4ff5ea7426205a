"""A change of the embedding model: from which model to which, and how far it has come.

While it lasts the store keeps vectors of two models beside each other. One of them, the present
one, is what every space is recalled by; the other follows it. Which is which is one row, so that a
switch is one commit. Vectors of the two never meet in one score.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memsvc.domain.ids import SpaceName, TurnId
from memsvc.domain.pinned import Pin
from memsvc.domain.work import Step


class Stage(StrEnum):
    """How far a change has come."""

    MAKING = "making"
    """Vectors of the next model are made; recalls go by the one before."""
    SWITCHED = "switched"
    """Recalls go by the next model; the vectors of the one before are kept, to go back."""
    DROPPING = "dropping"
    """The vectors of the model that is not used any more are being deleted."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class ModelNamed:
    """A model by the name that a setting gives it, and by the fingerprints of what it makes.

    `tokens` is that of its vectors of tokens, None where it makes none.
    """

    name: str
    fingerprint: str
    tokens: str | None = None


@dataclass(frozen=True, slots=True)
class Reembedding:
    """A change of the embedding model. `dropped` is the fingerprint whose vectors go, or went."""

    key: int
    before: ModelNamed
    after: ModelNamed
    began_at: datetime
    switched_at: datetime | None = None
    dropped: str | None = None
    ended_at: datetime | None = None

    @property
    def stage(self) -> Stage:
        """How far it has come."""
        if self.ended_at is not None:
            return Stage.ENDED
        if self.dropped is not None:
            return Stage.DROPPING
        return Stage.MAKING if self.switched_at is None else Stage.SWITCHED

    @property
    def present(self) -> ModelNamed:
        """The model by which spaces are recalled."""
        return self.before if self.switched_at is None else self.after

    @property
    def beside(self) -> ModelNamed:
        """The model that is not recalled by: the next one, or after the switch the one before."""
        return self.after if self.switched_at is None else self.before


@dataclass(frozen=True, slots=True)
class SpaceProgress:
    """How far the vectors beside are in a space: its turns, and by step the jobs that are left."""

    space: SpaceName
    turns: int
    to_do: Mapping[Step, int]
    parked: int

    @property
    def left(self) -> int:
        """How many jobs are left, those included that failed all their tries."""
        return sum(self.to_do.values()) + self.parked


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a change has come, whole and by space.

    `rate` is how many jobs a second were done of late, None before any; `eta_s` how many seconds
    the rest takes at that rate. `is_open` tells whether the model beside is at work in this
    process; `missing` says why not.
    """

    change: Reembedding
    spaces: Sequence[SpaceProgress]
    rate: float | None = None
    missing: str | None = None

    @property
    def turns(self) -> int:
        """How many turns there are."""
        return sum(each.turns for each in self.spaces)

    @property
    def left(self) -> int:
        """How many jobs are left in all spaces."""
        return sum(each.left for each in self.spaces)

    @property
    def eta_s(self) -> float | None:
        """How many seconds the rest takes, as far as that can be told."""
        if not self.left:
            return 0.0
        return self.left / self.rate if self.rate else None


@dataclass(frozen=True, slots=True)
class AskedOfBoth:
    """A question to be asked by both models. `expected` are turns that answer it, if known.

    `pin` is the pinned question that it is, if it is one; then it is asked as it was pinned: of its
    recipe, for its own number of hits, with its filters.
    """

    space: SpaceName
    text: str
    expected: tuple[TurnId, ...] = ()
    pin: Pin | None = None


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What both models found for one question: the ids of turns, best first.

    `recall_before` and `recall_after` are which share of the expected turns each found, None where
    none is expected.
    """

    question: AskedOfBoth
    before: tuple[TurnId, ...]
    after: tuple[TurnId, ...]

    @property
    def overlap(self) -> float:
        """Which share of what the present model finds the other finds as well; 1 for nothing."""
        if not self.before:
            return 1.0
        return len(set(self.before) & set(self.after)) / len(self.before)

    @property
    def lost_first(self) -> bool:
        """True when the first hit of the present model is none of the other's."""
        return bool(self.before) and self.before[0] not in self.after

    @property
    def recall_before(self) -> float | None:
        """Which share of the expected turns the present model finds."""
        return _share(self.question.expected, self.before)

    @property
    def recall_after(self) -> float | None:
        """Which share of the expected turns the other model finds."""
        return _share(self.question.expected, self.after)

    @property
    def lost(self) -> tuple[TurnId, ...]:
        """Which expected turns the present model finds and the other one does not."""
        gone = set(self.before) - set(self.after)
        return tuple(turn for turn in self.question.expected if turn in gone)

    @property
    def is_worse(self) -> bool:
        """True when fewer of the expected turns are found; without any, when the first is lost."""
        if self.recall_before is None or self.recall_after is None:
            return self.lost_first
        return self.recall_after < self.recall_before


def _share(expected: Sequence[TurnId], found: Sequence[TurnId]) -> float | None:
    return len(set(expected) & set(found)) / len(set(expected)) if expected else None


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much recall@k is higher on the other model, over the questions with expected turns.

    `low` and `high` bound its mean at 95 %: a paired bootstrap, for the same questions were asked.
    """

    questions: int
    before: float
    after: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PinsCompared:
    """What becomes of pinned questions. `left_out` are those that there was no room for.

    `worse` is the share of those that were asked which lose an expected turn, `lost` how many turns
    they lose together.
    """

    questions: int
    left_out: int
    worse: float
    lost: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both models asked the same questions, and how their answers differ.

    `k` hits each, but of pinned questions; `pins_left_out` is how many of these were not asked,
    None where none were to be.
    """

    change: Reembedding
    k: int
    answers: Sequence[Shadowed]
    gain: Gain | None
    pins_left_out: int | None = None

    @property
    def overlap(self) -> float:
        """The mean share of the present model's hits that the other one finds."""
        return _mean([each.overlap for each in self.answers], without=1.0)

    @property
    def changed(self) -> float:
        """The share of questions whose hits are others, or in another order."""
        return _mean([each.before != each.after for each in self.answers])

    @property
    def lost_first(self) -> float:
        """The share of questions whose first hit is lost."""
        return _mean([each.lost_first for each in self.answers])

    @property
    def worse(self) -> float:
        """The share of questions that are answered worse."""
        return _mean([each.is_worse for each in self.answers])

    @property
    def pins(self) -> PinsCompared | None:
        """What becomes of the pinned questions; None where they were not asked."""
        if self.pins_left_out is None:
            return None
        lost = [len(each.lost) for each in self.answers if each.question.pin is not None]
        worse = _mean([count > 0 for count in lost])
        return PinsCompared(len(lost), self.pins_left_out, worse, sum(lost))


def _mean(values: Sequence[float], *, without: float = 0.0) -> float:
    return sum(values) / len(values) if values else without

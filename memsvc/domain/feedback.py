"""Feedback: what somebody who used a hit says of it, and how far that moves it.

    net = (helped - against) / (helped + against + 1)

over the actors who say so: `against` are those who call it wrong or outdated. It lies between -1
and 1, rises with every actor that was helped and falls with every one that was not, and each
further one moves it less. A score moves by `BOUND * net` of itself, so that feedback ranks and
never decides what can be found.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from memsvc.domain.ids import FeedbackId, Position, TurnId, TurnKey

BOUND = 0.15
"""The share of a hit's score that all feedback together can add or take off."""


class Judgement(StrEnum):
    """What a hit was worth to whoever used it."""

    HELPED = "helped"
    WRONG = "wrong"
    OUTDATED = "outdated"


class Opinion(NamedTuple):
    """How many actors say what of a turn, each by what they said last and have not taken back."""

    helped: int = 0
    wrong: int = 0
    outdated: int = 0

    @property
    def net(self) -> float:
        """What it comes to, between -1 and 1; 0 where nobody said anything."""
        against = self.wrong + self.outdated
        return (self.helped - against) / (self.helped + against + 1)


@dataclass(frozen=True, slots=True)
class NewFeedback:
    """What is said of a turn; `question` is what had been asked, for whoever reads it later."""

    turn: TurnId
    judgement: Judgement
    question: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What an actor says of a turn since `position`; `actor` is the id of their key."""

    id: FeedbackId
    turn: TurnId
    key: TurnKey
    judgement: Judgement
    question: str | None
    actor: str
    at: datetime
    position: Position

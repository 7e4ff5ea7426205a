"""The shapes of a change of the embedding model, as they travel."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints

from memsvc.sdk.checked import (
    MAX_K,
    MAX_QUESTION_CHARS,
    MAX_SPACES_ASKED,
    DistinctNames,
    Label,
    Name,
    Text,
)
from memsvc.sdk.wire import Answer, Request

MAX_COMPARED = 200
"""Questions of one comparison: more would outlast a client's patience."""


class NewReembedding(Request):
    """The model to change to."""

    model: Label = Field(
        description="The next model: one that is exported under MEMSVC_MODELS by its name, the one "
        "of MEMSVC_EMBEDDER, or `hashing`."
    )


class EmbeddingModel(Answer):
    """A model, as a setting names it, and by what stands at every vector of it."""

    name: str
    fingerprint: str = Field(description="Model, precision and dimension of its vectors.")


class SpaceReembedding(Answer):
    """How far the vectors beside are in one space."""

    space: str
    turns: int = Field(description="How many turns the space has.")
    left: int = Field(description="Jobs that are left, those that failed included.")
    parked: int = Field(description="Jobs of these that failed all their tries.")


class Reembedding(Answer):
    """A change of the embedding model, and how far it has come."""

    stage: Literal["none", "making", "switched", "dropping", "ended"] = Field(
        description="none: there was never any; making: vectors of the next model are made; "
        "switched: spaces are recalled by it, and the vectors before it are kept; dropping: those "
        "that are not used any more are being deleted; ended: they are gone."
    )
    before: EmbeddingModel | None = Field(default=None, description="The model that was there.")
    after: EmbeddingModel | None = Field(default=None, description="The model to change to.")
    present: str | None = Field(
        default=None, description="Fingerprint of the model that spaces are recalled by."
    )
    began_at: datetime | None = Field(default=None, description="When it was begun; UTC.")
    switched_at: datetime | None = Field(default=None, description="When it was switched; UTC.")
    ended_at: datetime | None = Field(default=None, description="When it was ended; UTC.")
    turns: int = Field(default=0, description="Turns of all spaces.")
    left: int = Field(
        default=0,
        description="Jobs that are left in all spaces: vectors of turns, and of what facts, notes "
        "and names they have.",
    )
    rate: float | None = Field(
        default=None, description="Jobs a second over the last minute; null for none."
    )
    eta_s: float | None = Field(
        default=None, description="Seconds that the rest takes at that rate; null where unknown."
    )
    missing: str | None = Field(
        default=None, description="Why the other model is not at work; null where it is."
    )
    spaces: list[SpaceReembedding] = Field(
        default_factory=list, description="The same for each space, by name."
    )


class AskBoth(Request):
    """A question to be asked by both models."""

    space: Name
    question: Annotated[Text, StringConstraints(max_length=MAX_QUESTION_CHARS)]
    expected: list[Name] = Field(
        default_factory=list,
        max_length=MAX_K,
        description="Ids of turns that answer it, where that is known.",
    )


class CompareModels(Request):
    """Questions by which two models are compared."""

    questions: list[AskBoth] = Field(
        default_factory=list,
        max_length=MAX_COMPARED,
        description="Questions that both models are asked.",
    )
    pinned: StrictBool | None = Field(
        default=None,
        description="Whether what is pinned is asked as well, as far as there is room for it. If "
        "left out, where no questions are given.",
    )
    spaces: DistinctNames = Field(
        default_factory=list,
        max_length=MAX_SPACES_ASKED,
        description="In which spaces it is pinned; in all of them if left out.",
    )
    k: int = Field(
        default=10,
        ge=1,
        le=MAX_K,
        description="Hits of each recall; what is pinned is asked for as many as it was pinned "
        "with.",
    )


class AnsweredByBoth(Answer):
    """What both models find for one question."""

    space: str
    question: str
    pin: str | None = Field(
        default=None, description="Id of the pinned question that it is; null for no such one."
    )
    before: list[str] = Field(description="Turns by the present model, best first.")
    after: list[str] = Field(description="Turns by the other model, best first.")
    overlap: float = Field(description="Share of `before` that is in `after`.")
    lost_first: bool = Field(description="True when the first of `before` is not in `after`.")
    worse: bool = Field(
        description="True when fewer of the expected turns are found; where none is expected, when "
        "the first hit is lost."
    )
    recall_before: float | None = Field(
        description="Share of the expected turns in `before`; null where none is expected."
    )
    recall_after: float | None = Field(description="The same in `after`.")
    lost: list[str] = Field(
        default_factory=list, description="Expected turns in `before` that are not in `after`."
    )


class RecallGain(Answer):
    """Recall of expected turns by both models, over the questions that have some."""

    questions: int = Field(description="How many questions have expected turns.")
    before: float = Field(description="Mean recall by the present model.")
    after: float = Field(description="Mean recall by the other model.")
    low: float = Field(description="Lower bound of the mean gain, 95 %, paired bootstrap.")
    high: float = Field(description="Upper bound of it.")


class PinsCompared(Answer):
    """What becomes of the questions that are pinned."""

    questions: int = Field(description="How many were asked.")
    left_out: int = Field(description="How many were not, for want of room.")
    worse: float = Field(description="Share of those asked that lose a turn which should answer.")
    lost: int = Field(description="How many such turns they lose together.")


class ModelsCompared(Answer):
    """How the answers of the model beside differ from those of the present one."""

    questions: int = Field(description="How many questions were asked.")
    k: int = Field(description="Hits of each recall.")
    overlap: float = Field(description="Mean share of the present model's hits that both find.")
    changed: float = Field(description="Share of questions with other hits, or another order.")
    lost_first: float = Field(description="Share of questions whose first hit is lost.")
    worse: float = Field(description="Share of questions that are answered worse.")
    gain: RecallGain | None = Field(
        description="Recall of the expected turns; null where none is expected."
    )
    pins: PinsCompared | None = Field(
        default=None, description="What becomes of pinned questions; null where none were to be."
    )
    answers: list[AnsweredByBoth] = Field(description="Each question with what both found.")

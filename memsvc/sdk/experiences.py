"""The shapes of experiences with tools, as they travel."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from memsvc.domain.experience import (
    MAX_CALL_CHARS,
    MAX_ERROR_CHARS,
    MAX_FIX_CHARS,
    MAX_INTENT_CHARS,
    STREAM,
    ExperienceOutcome,
)
from memsvc.sdk.checked import MAX_BATCH, MAX_K, AsOf, Label, Moment, Name, Text, Whole
from memsvc.sdk.wire import AS_OF, Answer, ArmScore, Request

Intent = Annotated[Text, StringConstraints(max_length=MAX_INTENT_CHARS)]


class NewExperience(Request):
    """What was tried with a tool, and how it ended."""

    tool: Label = Field(description="The tool that was called, by name.")
    intent: Intent = Field(description="What was wanted, in words; experiences are found by it.")
    call: Annotated[Text, StringConstraints(max_length=MAX_CALL_CHARS)] = Field(
        description="What was called with, as text, for instance JSON."
    )
    outcome: ExperienceOutcome = Field(description="How it ended.")
    error: Annotated[Text, StringConstraints(max_length=MAX_ERROR_CHARS)] | None = Field(
        default=None, description="What the tool said was wrong."
    )
    fix: Annotated[Text, StringConstraints(max_length=MAX_FIX_CHARS)] | None = Field(
        default=None, description="What to do otherwise, or what made it work."
    )
    id: Name | None = Field(
        default=None, description="Your own id, unique in the stream, as a turn's."
    )
    at: Moment | None = Field(default=None, description="When it happened; now when left out.")


class KeepExperiences(Request):
    """Experiences to keep, in order, all or none."""

    experiences: list[NewExperience] = Field(
        min_length=1, max_length=MAX_BATCH, description="What was tried, in order."
    )
    stream: Name = Field(
        default=STREAM, description="The stream that they are written to, as turns."
    )


class AskExperiences(Request):
    """What one wants to do with a tool."""

    intent: Intent = Field(description="What is wanted, in words.")
    tool: Label | None = Field(
        default=None, description="Only experiences with this tool; with any when left out."
    )
    k: Whole = Field(default=5, ge=1, le=MAX_K, description="How many at most.")
    as_of: AsOf | None = Field(default=None, description=AS_OF)


class ExperienceHit(Answer):
    """An experience that may help."""

    id: str = Field(description="Id of the turn that it is.")
    tool: str
    intent: str
    call: str
    outcome: ExperienceOutcome
    error: str | None
    fix: str | None
    stream: str
    at: datetime
    score: float
    turns: list[str] = Field(
        description="Every turn that says the very same: how often that was seen; itself first."
    )
    why: dict[str, ArmScore] = Field(
        description="What each arm said of it. Of a failure also `other_errors`: how unlike its "
        "error is those above it, by words; that orders failures and adds nothing to the score."
    )


class RecalledExperiences(Answer):
    """What worked for something like it, best first, then failures whose errors differ."""

    experiences: list[ExperienceHit] = Field(description="Successes first, then failures.")
    position: int = Field(description="The ledger position that the answer stands at.")
    missing_arms: list[str] = Field(
        default_factory=list, description="Arms that could not be asked, for instance dense."
    )

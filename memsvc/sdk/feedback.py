"""The shapes of feedback on turns, as they travel."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from memsvc.domain.feedback import Judgement
from memsvc.sdk.checked import MAX_QUESTION_CHARS, Name, Text
from memsvc.sdk.wire import Answer, Request


class NewFeedback(Request):
    """What a hit was worth."""

    turn: Name = Field(description="Id of the turn: a hit's `id` where its `kind` is turn.")
    verdict: Judgement = Field(description="Whether it helped, was wrong, or is outdated.")
    question: Annotated[Text, StringConstraints(max_length=MAX_QUESTION_CHARS)] | None = Field(
        default=None, description="What had been asked, for whoever reads the feedback later."
    )


class FeedbackInfo(Answer):
    """What a key says of a turn."""

    id: str
    turn: str = Field(description="Id of the turn.")
    verdict: Judgement = Field(description="Whether it helped, was wrong, or is outdated.")
    question: str | None = Field(description="What had been asked, if that was said.")
    actor: str = Field(description="The id of the key that says so.")
    at: datetime = Field(description="When it was said; UTC.")
    position: int = Field(description="The ledger position since which it is said.")


class TakenBack(Answer):
    """What is said no more."""

    id: str
    position: int = Field(description="The ledger position after it.")

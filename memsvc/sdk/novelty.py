"""The shapes of novelty as they travel: a text, and how new it is to a memory."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from memsvc.domain.novelty import DifferenceKind, Newness
from memsvc.sdk.checked import MAX_QUESTION_CHARS, AsOf, Text, Whole
from memsvc.sdk.wire import AS_OF, Answer, Filters, Request

MAX_NEAREST = 20


class AskNovelty(Request):
    """A text that may be known already."""

    text: Annotated[Text, StringConstraints(max_length=MAX_QUESTION_CHARS)] = Field(
        description="What you would write, or have heard."
    )
    filters: Filters = Field(default_factory=Filters)
    k: Whole = Field(
        default=3, ge=0, le=MAX_NEAREST, description="How many of the nearest turns are told."
    )
    as_of: AsOf | None = Field(default=None, description=AS_OF)


class Difference(Answer):
    """What a turn says otherwise."""

    kind: DifferenceKind = Field(
        description="negation: one side says not. number: a number or a date differs. name: a name "
        "does. words: any other words do."
    )
    theirs: str = Field(description="What stands in the turn; empty for nothing.")
    ours: str = Field(description="What the text has in its place; empty for nothing.")


class NearestTurn(Answer):
    """A turn near the text."""

    turn: str = Field(description="The turn's id.")
    stream: str
    at: datetime
    speaker: str | None = None
    score: float = Field(description="How much of the text it has: 1 for all of it, verbatim.")
    text: str
    differs: list[Difference] = Field(
        description="What it says otherwise than those sentences that it nearly holds."
    )


class JudgedSentence(Answer):
    """A sentence of the text, or several short ones that follow each other."""

    start: int = Field(description="The character at which it begins, from 0.")
    end: int = Field(description="The character before which it ends.")
    verdict: Newness
    novelty: float


class NoveltyFound(Answer):
    """How new a text is to a memory."""

    novelty: float = Field(
        description="0 when all of it is there verbatim, 1 when nothing comes near: the mean of "
        "its sentences by their content words."
    )
    verdict: Newness = Field(
        description="known: all of it is there, but for case, punctuation and white space. "
        "altered: it is there but for a few words. similar: at least a quarter of it is there only "
        "in other words. new: at least a quarter of it is not there at all."
    )
    nearest: list[NearestTurn] = Field(description="The turns that have most of it, best first.")
    sentences: list[JudgedSentence] = Field(description="How new each sentence is, in order.")
    position: int = Field(description="The ledger position that the answer stands at.")
    missing_arms: list[str] = Field(
        description="`dense` when no model answered, so that words alone told."
    )

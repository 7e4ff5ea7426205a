"""The shapes of pinned questions, as they travel."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from memsvc.domain.pinned import MOST_EXPECTED
from memsvc.sdk.checked import MAX_K, MAX_QUESTION_CHARS, DistinctNames, Name, Text, Whole
from memsvc.sdk.wire import Answer, Between, Filters, Request
from memsvc.sdk.wire.asking import BetweenFields, FilterFields


class PinQuestion(Request):
    """A question, and what should answer it."""

    question: Annotated[Text, StringConstraints(max_length=MAX_QUESTION_CHARS)]
    recipe: Name | None = Field(
        default=None, description="Which recipe it is asked with; the space's if left out."
    )
    k: Whole = Field(default=10, ge=1, le=MAX_K, description="For how many hits it is asked.")
    expected: DistinctNames = Field(
        min_length=1,
        max_length=MOST_EXPECTED,
        description="Ids of the turns that should be among the hits, best first.",
    )
    filters: Filters = Field(default_factory=Filters, description="Which turns may answer.")
    between: Between | None = Field(default=None, description="When it must have happened.")


class FiltersInfo(FilterFields, Answer):
    """Which turns may answer; all parts must hold."""


class BetweenInfo(BetweenFields, Answer):
    """A span of time."""


class PinInfo(Answer):
    """A pinned question."""

    id: str
    question: str
    recipe: str | None = Field(description="Which recipe it is asked with; null: the space's.")
    k: int = Field(description="For how many hits it is asked.")
    expected: list[str] = Field(
        description="Ids of the turns that should be among the hits, best first."
    )
    filters: FiltersInfo = Field(default_factory=FiltersInfo, description="Which turns may answer.")
    between: BetweenInfo | None = Field(
        default=None, description="When it must have happened; null for whenever."
    )
    gone: list[str] = Field(
        default_factory=list,
        description="Those of them that were forgotten or have expired since.",
    )
    actor: str = Field(description="The id of the key that pinned it.")
    at: datetime = Field(description="When it was pinned; UTC.")
    position: int = Field(description="The ledger position that it was pinned at.")


class Unpinned(Answer):
    """What is pinned no more."""

    id: str
    position: int = Field(description="The ledger position after it.")

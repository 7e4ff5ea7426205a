"""What every request and every answer is, and the two answers that stand for many."""

from typing import Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

HelpTime: TypeAlias = Literal["never", "unsure", "always"]
"""When a language model helps with a question."""


class Request(BaseModel):
    """Base of what is sent: unknown fields are refused, so a misspelt one cannot be lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """Base of what comes back."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Page(Answer, Generic[T]):
    """Some items in order; `next_cursor` continues after them and is null at the end."""

    items: list[T]
    next_cursor: str | None = None


class Problem(Answer):
    """An error, after RFC 9457. `detail` says what to do next."""

    type: str = Field(description="A stable code, for instance turn_not_found.")
    title: str
    status: int
    detail: str
    field: str | None = None
    limit: int | None = None
    request_id: str | None = None

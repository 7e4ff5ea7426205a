"""What the address of a request may hold: names in its path, and what follows the question mark.

Like every request, a query with a parameter that the endpoint does not know is refused, so that a
misspelt filter cannot silently let everything through.
"""

from typing import Annotated

from fastapi import Header, Path, Query
from pydantic import Field, Json

from memsvc.domain.memory import Source
from memsvc.sdk.checked import (
    LARGEST_EXACT_INT,
    MAX_FILTER_VALUES,
    MAX_PAGE,
    Label,
    MetadataFilter,
    Moment,
    Name,
)
from memsvc.sdk.facts import ObjectText
from memsvc.sdk.wire import Request

DEFAULT_PAGE = 50

SpacePath = Annotated[Name, Path(description="The space's name.")]
StreamPath = Annotated[Name, Path(description="The stream's name.")]
TurnPath = Annotated[Name, Path(description="The turn's id, as the write answered it.")]
EventPath = Annotated[Name, Path(description="The event's id.")]
FactPath = Annotated[Name, Path(description="The fact's id.")]
DocumentPath = Annotated[Name, Path(description="The document's id.")]
PartPath = Annotated[Name, Path(description="The part's name.")]
KeyPath = Annotated[Name, Path(description="The key's id; not its secret.")]

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Visible ASCII of your choice. The same key with the same body is answered "
        "with the first result for 24 hours; with another body it is a conflict.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description='The version that you read, in quotes, as its ETag has it: `"12"`. '
        "Required; weak tags and `*` are refused.",
        json_schema_extra={"pattern": r'^ *"[0-9]{1,18}" *$'},
    ),
]


class PageQuery(Request):
    """Which page of a list."""

    limit: int = Field(default=DEFAULT_PAGE, ge=1, le=MAX_PAGE, description="Items at most.")
    cursor: Label | None = Field(
        default=None, description="`next_cursor` of the page before; the first page without it."
    )


class LedgerQuery(Request):
    """Which part of a ledger."""

    after: int = Field(
        default=0, ge=0, le=LARGEST_EXACT_INT, description="Entries after this position."
    )
    limit: int = Field(default=DEFAULT_PAGE, ge=1, le=MAX_PAGE, description="Entries at most.")


class ExportQuery(Request):
    """How an export is to be."""

    vectors: bool = Field(
        default=False,
        description="Carry the vectors along, so that an import under the same model need not "
        "make them again.",
    )


class ImportQuery(Request):
    """How an import is to be."""

    restore_forgotten: bool = Field(
        default=False,
        description="Also bring back turns that were deleted in this space since the export.",
    )


class TurnQuery(PageQuery):
    """Which turns; all parts must hold. A repeated parameter lets any of its values through."""

    stream: list[Name] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Streams; repeatable."
    )
    document: list[Name] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Documents; repeatable."
    )
    speaker: list[Label] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Speakers; repeatable."
    )
    place: list[Label] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Places; repeatable."
    )
    role: list[Label] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Roles; repeatable."
    )
    source: list[Source] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Sources; repeatable."
    )
    user_id: Label | None = Field(default=None, description="Whose memory it is about.")
    agent_id: Label | None = Field(default=None, description="Which agent wrote it.")
    since: Moment | None = Field(default=None, description="From this time on.")
    until: Moment | None = Field(default=None, description="Up to, not including, this time.")
    metadata: Json[MetadataFilter] | None = Field(
        default=None,
        description="A JSON object: top-level metadata fields and the value each must have.",
    )


class EventQuery(PageQuery):
    """Which events."""

    stream: Name | None = Field(default=None, description="Of this stream alone.")
    since: Moment | None = Field(
        default=None, description="Those with a turn that happened from this time on."
    )
    until: Moment | None = Field(
        default=None, description="Those with a turn that happened before this time."
    )
    texts: bool = Field(default=False, description="Carry the texts of their turns along.")


class FactQuery(PageQuery):
    """Which facts."""

    entity: ObjectText | None = Field(
        default=None,
        description="Those that begin or end in what is called so, in any spelling and by any "
        "name that was merged with it.",
    )
    turn: Name | None = Field(default=None, description="Those that this turn says.")


PageAsked = Annotated[PageQuery, Query()]
LedgerAsked = Annotated[LedgerQuery, Query()]
ExportAsked = Annotated[ExportQuery, Query()]
ImportAsked = Annotated[ImportQuery, Query()]
TurnsAsked = Annotated[TurnQuery, Query()]
EventsAsked = Annotated[EventQuery, Query()]
FactsAsked = Annotated[FactQuery, Query()]

"""What is kept: spaces, streams and turns, and what an edit, a deletion or an import did."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from memsvc.domain.memory import Source
from memsvc.sdk.checked import Label, Metadata
from memsvc.sdk.wire.base import Answer, Request
from memsvc.sdk.wire.settings import SpaceSettings


class SpaceInfo(Answer):
    """A space with what it holds and how it is set. `version` is what If-Match wants."""

    name: str
    created_at: datetime
    position: int
    streams: int
    turns: int
    events: int = 0
    vectors: int
    text_bytes: int
    settings: SpaceSettings = Field(default_factory=SpaceSettings)
    version: int = Field(
        default=0,
        description="The ledger position of the last change of its settings, 0 before the first; "
        "what If-Match wants.",
    )


class StreamInfo(Answer):
    """A stream with what it holds."""

    name: str
    title: str | None = None
    document: str | None = None
    created_at: datetime
    turns: int
    last_at: datetime | None = None
    last_seq: int | None = Field(
        default=None,
        description="The number of its last turn, counted from 0; null when it holds none. Turns "
        "that are gone leave their numbers empty.",
    )


class TurnInfo(Answer):
    """A turn as it is kept. `version` is what If-Match wants."""

    id: str
    client_id: str | None = None
    stream: str
    seq: int
    role: str
    speaker: str | None = None
    content: str
    at: datetime
    place: str | None = None
    source: Source
    user_id: str | None = None
    agent_id: str | None = None
    metadata: dict[str, Any]
    tokens: int
    position: int
    version: int
    embedded: bool
    expires_at: datetime | None = Field(
        default=None, description="From when on it counts as deleted; null when it does not expire."
    )
    echo_of: str | None = Field(
        default=None,
        description="The earlier turn whose words it repeats, where an agent or a tool wrote back "
        "what was said before; recalls have that one in its place.",
    )
    events: list[str] | None = Field(
        default=None,
        description="Ids of the events that it is in, in order: several for a long turn, none "
        "while it is in the open tail. Told when one turn is read, else null.",
    )


class TurnVersion(Answer):
    """What could be edited about a turn, as it stood from `position` on."""

    position: int
    place: str | None = None
    metadata: dict[str, Any]


class ReviseTurn(Request):
    """An edit of a turn's metadata or place; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["metadata"], "properties": {"metadata": {"type": "object"}}},
                {"required": ["place"], "properties": {"place": {"type": "string"}}},
            ]
        }
    )

    metadata: Metadata | None = Field(default=None, description="Replaces the metadata whole.")
    place: Label | None = None


class Deleted(Answer):
    """What a deletion removed, from rows, terms and vectors."""

    turns: int
    streams: int
    position: int | None = Field(
        default=None, description="The ledger position after it; null when the space is gone."
    )


class Imported(Answer):
    """What an import did."""

    space: str
    documents: int = Field(description="Documents that were made.")
    streams: int = Field(description="Streams that were made.")
    turns: int = Field(description="Turns that were added.")
    present: int = Field(description="Turns that were here already, and stay as they are.")
    forgotten: int = Field(description="Turns that were deleted here, and stay so.")
    with_vectors: int = Field(description="Added turns whose vectors came along.")
    facts: int = Field(
        default=0, description="Facts that were added, or that further turns say now."
    )
    rulings: int = Field(default=0, description="Rulings about facts that were added.")
    merges: int = Field(default=0, description="Merges of entities that were added.")
    unlinkings: int = Field(default=0, description="Unlinkings of turns that were added.")
    notes: int = Field(default=0, description="Notes that were added, with their versions.")
    links: int = Field(default=0, description="Links between notes that were added.")
    notes_left_out: int = Field(
        default=0,
        description="Notes that hang on turns that are not here, that were deleted here, or that "
        "were made because of one that was left out.",
    )
    feedback: int = Field(default=0, description="Feedback on turns that was added.")
    titles: int = Field(default=0, description="Titles of events that were added.")
    position: int

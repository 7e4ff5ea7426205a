"""The shapes of notes and links, as they travel. `memsvc.sdk.wire` says what holds for all."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from memsvc.domain.memory import Source
from memsvc.domain.note import (
    MAX_CONTEXT_CHARS,
    MAX_KEYWORDS,
    MAX_NOTE_CHARS,
    MAX_REASON_CHARS,
    MAX_TAGS,
    MAX_WORD_CHARS,
    LinkKind,
)
from memsvc.sdk.checked import Label, Moment, Name, Plain, Share, Text
from memsvc.sdk.wire import Answer, HeldTurn, Request

NoteText = Annotated[Text, StringConstraints(max_length=MAX_NOTE_CHARS)]
Word = Annotated[Text, StringConstraints(max_length=MAX_WORD_CHARS)]
"""A keyword or a tag."""
ContextText = Annotated[Plain, StringConstraints(max_length=MAX_CONTEXT_CHARS)]
ReasonText = Annotated[Plain, StringConstraints(max_length=MAX_REASON_CHARS)]
Keywords = Annotated[list[Word], Field(max_length=MAX_KEYWORDS)]
Tags = Annotated[list[Word], Field(max_length=MAX_TAGS)]


class NewNote(Request):
    """A note to keep: one idea, with what helps to find it."""

    content: NoteText = Field(description="The idea itself. It never changes.")
    keywords: Keywords = Field(
        default_factory=list, description="What it is about, the most important first."
    )
    tags: Tags = Field(default_factory=list, description="Broad categories.")
    context: ContextText = Field(default="", description="One sentence on what it is about.")
    at: Moment | None = Field(
        default=None, description="When it happened; the time of writing when left out."
    )
    source: Source = Field(default=Source.AGENT, description="Where the words come from.")
    user_id: Label | None = Field(default=None, description="Whose memory it is about.")
    agent_id: Label | None = Field(default=None, description="Which agent writes it.")


class WrittenNote(Answer):
    """The answer to a note that was written: unless it is held, it is durable and can be found."""

    id: str
    turn: str = Field(description="Id of the turn that the note is too, in the stream `notes`.")
    position: int = Field(description="The ledger position at which it was written.")
    version: int
    embedded: bool
    replayed: bool
    held: HeldTurn | None = Field(
        default=None,
        description="Set when the space's admission policy holds it: it is no note, and no turn, "
        "until that is released, and then has these ids.",
    )


class ReviseNote(Request):
    """Other facets for a note; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["keywords"], "properties": {"keywords": {"type": "array"}}},
                {"required": ["tags"], "properties": {"tags": {"type": "array"}}},
                {"required": ["context"], "properties": {"context": {"type": "string"}}},
            ]
        }
    )

    keywords: Keywords | None = Field(default=None, description="In place of the present ones.")
    tags: Tags | None = Field(default=None, description="In place of the present ones.")
    context: ContextText | None = Field(
        default=None, description="In place of the present one; empty for none."
    )
    reason: ReasonText = Field(default="", description="Why, for whoever reads its versions.")


class Facets(Answer):
    """What may change about a note, and who or what made it so."""

    keywords: list[str] = Field(description="What it is about, the most important first.")
    tags: list[str] = Field(description="Broad categories.")
    context: str = Field(description="One sentence on what it is about; empty for none.")
    maker: str = Field(
        description="Id of the key that asked for these facets, or the rule or model with its "
        "version that made them."
    )
    reason: str = Field(description="Why they were made so; may be empty.")
    run: str | None = Field(
        description="Id of the run of enrichment that made them; null when somebody asked."
    )
    because: str | None = Field(
        description="Id of the note whose coming caused them, if one did; they are forgotten "
        "with it."
    )


class LinkInfo(Answer):
    """A typed link from one note to another, which both show."""

    id: str
    start: str = Field(description="Id of the note that it starts from.")
    end: str = Field(description="Id of the note that it leads to.")
    kind: LinkKind = Field(
        description="What the first note does with the second: related, elaborates, contradicts, "
        "supersedes or same_event."
    )
    score: float = Field(description="How strong it is, from 0 to 1.")
    position: int = Field(description="The ledger position at which it was made.")
    maker: str = Field(description="Id of the key that asked, or the rule or model that made it.")
    reason: str = Field(description="Why it was made; may be empty.")
    run: str | None = Field(description="Id of the run of enrichment; null when somebody asked.")
    because: str | None = Field(
        description="Id of the note whose coming caused it, if one did; it is forgotten with it."
    )


class NoteInfo(Facets):
    """A note with its present facets and its links, both ways."""

    id: str
    content: str
    turns: list[str] = Field(
        description="Ids of the turns that it hangs on: it is gone when any of them is."
    )
    event: str | None = Field(
        description="Id of the event that it was made of; null for one written outright."
    )
    source: Source = Field(description="Where its words come from: the least trusted of its turns.")
    at: datetime
    position: int = Field(description="The ledger position at which it was written.")
    version: int = Field(
        description="The ledger position from which on its facets stand; what If-Match wants."
    )
    links: list[LinkInfo] = Field(description="Its links, from it and to it.")


class NoteVersion(Facets):
    """The facets of a note from a ledger position on, until the next version."""

    position: int = Field(description="The ledger position from which on they stood.")
    at: datetime = Field(description="When they were made; UTC.")


class DeletedNote(Answer):
    """What a deletion removed: the note, with what was known because of it."""

    id: str
    turns: int = Field(
        description="Turns that went with it: 1 for a note written outright, which is a turn too."
    )
    position: int = Field(description="The ledger position after it.")


class NewLink(Request):
    """A link to make from one note to another."""

    start: Name = Field(description="Id of the note that it starts from.")
    end: Name = Field(description="Id of the note that it leads to.")
    kind: LinkKind = Field(
        default=LinkKind.RELATED, description="What the first note does with the second."
    )
    score: Share = Field(default=1.0, description="How strong it is, from 0 to 1.")
    reason: ReasonText = Field(default="", description="Why, for whoever reads it.")


class RetiredLink(Answer):
    """A link that was taken back."""

    id: str
    position: int = Field(description="The ledger position after it.")

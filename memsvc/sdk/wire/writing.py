"""Turns as they are written, and where each of them went."""

from typing import Literal

from pydantic import Field

from memsvc.domain.memory import Source
from memsvc.sdk.checked import MAX_BATCH, MAX_METADATA_BYTES, Label, Metadata, Moment, Name, Text
from memsvc.sdk.wire.base import Answer, Request


class NewTurn(Request):
    """One message or paragraph to remember."""

    content: Text = Field(description="The text itself; immutable once written.")
    role: Label = Field(default="user", description="user, assistant, system, tool or any other.")
    id: Name | None = Field(
        default=None,
        description="Your own id, unique in the stream. The same id with the same content is "
        "answered with the first result; with other content it is a conflict.",
    )
    speaker: Label | None = Field(default=None, description="Who says it, by name.")
    at: Moment | None = Field(default=None, description="When it happened; now when left out.")
    place: Label | None = Field(default=None, description="Where: a room, repository, host.")
    source: Source | None = Field(
        default=None, description="Where the words come from; follows from the role if left out."
    )
    expires_at: Moment | None = Field(
        default=None, description="From when on it counts as deleted; must lie ahead."
    )
    echo_of: Name | None = Field(
        default=None,
        description="The id of the turn that it only repeats, where an agent or a tool knows that "
        "of its own words; it is marked as an echo of it. Of longer texts the service tells so "
        "itself.",
    )
    metadata: Metadata = Field(
        default_factory=dict, description=f"Your own JSON, {MAX_METADATA_BYTES} bytes at most."
    )


class WriteTurns(Request):
    """Turns to append to a stream, in order, all or none."""

    turns: list[NewTurn] = Field(min_length=1, max_length=MAX_BATCH)
    user_id: Label | None = Field(default=None, description="Whose memory this is about.")
    agent_id: Label | None = Field(default=None, description="Which agent wrote it.")
    title: Label | None = Field(
        default=None, description="What the stream is called; kept when the stream is new."
    )
    embed: Literal["now", "later"] = Field(
        default="now",
        description="now: found by meaning when the answer comes. later: found by words at once, "
        "by meaning once the outbox is worked off; many times faster.",
    )


class WrittenTurn(Answer):
    """Where a turn went. `replayed` is true when the stream already held it."""

    id: str
    client_id: str | None = None
    seq: int = Field(description="Its number in the stream, from 0.")
    position: int = Field(description="Its place in the space's ledger.")
    replayed: bool = False


class HeldReason(Answer):
    """Why a turn is held: the rule that found something, and what that rule looks for."""

    rule: str
    explanation: str


class HeldTurn(Answer):
    """A turn of a write that is held in quarantine, and no turn until it is released."""

    index: int = Field(description="Which of the turns of the request it is, from 0.")
    id: str = Field(description="What it is decided on by; the turn's own id once it is released.")
    client_id: str | None = None
    reasons: list[HeldReason]
    position: int = Field(description="Its place in the space's ledger.")
    replayed: bool = False


class Written(Answer):
    """The answer to a write: every turn but those that are held is durable and can be found."""

    space: str
    stream: str
    turns: list[WrittenTurn]
    position: int = Field(description="The ledger position after this write.")
    embedded: bool = Field(description="False when vectors follow later.")
    lag_s: float = Field(
        default=0.0,
        description="Where vectors follow later: the age in seconds of the oldest job of the space "
        "that waits before them.",
    )
    replayed: bool = Field(
        default=False, description="True when earlier requests had written all of it."
    )
    events: list[str] = Field(
        default_factory=list, description="Ids of the events that this write closed, in order."
    )
    held: list[HeldTurn] = Field(
        default_factory=list,
        description="What the space's admission policy holds back; it is not among the turns.",
    )

"""The shapes of quarantine, as they travel."""

from datetime import datetime
from typing import Any

from pydantic import Field

from memsvc.domain.admission import Ruling
from memsvc.domain.memory import Source
from memsvc.sdk.wire import Answer, HeldReason


class HeldNote(Answer):
    """A note that is held, with what helps to find it."""

    id: str = Field(description="The note's own id once it is released.")
    keywords: list[str]
    tags: list[str]
    context: str


class HeldInfo(Answer):
    """What is held, and why. It is no turn until it is released."""

    id: str = Field(description="What it is decided on by; the turn's own id once it is released.")
    stream: str
    client_id: str | None = None
    role: str
    speaker: str | None = None
    content: str
    at: datetime = Field(description="When it happened; UTC.")
    held_at: datetime
    place: str | None = None
    source: Source
    user_id: str | None = None
    agent_id: str | None = None
    metadata: dict[str, Any]
    expires_at: datetime | None = None
    echo_of: str | None = Field(
        default=None,
        description="The earlier turn whose words it repeats, as it is once it is released.",
    )
    reasons: list[HeldReason]
    actor: str = Field(description="The id of the key that wrote it.")
    position: int = Field(description="The place in the ledger of its being held.")
    note: HeldNote | None = Field(
        default=None, description="The note that it is besides once it is released, if any."
    )


class Decided(Answer):
    """What was decided on something held."""

    id: str
    ruling: Ruling = Field(description="released: it is the turn of this id. rejected: purged.")
    position: int = Field(description="The ledger position after it.")

"""The shapes of profiles, as they travel."""

from datetime import datetime

from pydantic import Field

from memsvc.domain.memory import Source
from memsvc.domain.profile import LineKind
from memsvc.sdk.wire import Answer


class ProfileLine(Answer):
    """One thing that should always be known about the user."""

    text: str = Field(description="The user's own words, or a stated fact's three parts.")
    kind: LineKind = Field(description="What the line is.")
    speaker: str | None = Field(description="Who said it, by name; null for a stated fact.")
    turns: list[str] = Field(description="Ids of the turns that say so, the newest first.")
    at: datetime = Field(description="When it was said last; UTC.")
    source: Source = Field(description="Where its words come from.")


class ProfileInfo(Answer):
    """What should always be known about the user, within a budget of tokens."""

    text: str = Field(description="The lines under their headings, ready for a prompt; data.")
    lines: list[ProfileLine] = Field(
        description="Instructions, then facts, then preferences; of each the newest first."
    )
    tokens: int = Field(description="Length of the text in tokens of the embedding model.")
    position: int = Field(description="The ledger position that it stands at.")

"""What an agent tried with a tool, and how that ended.

An experience is a turn like any other: its words are the whole of it (`memsvc.ingest.experience`),
and so it is exported, imported, read as of a position and forgotten as turns are, and no edit of
metadata can break it. "LLMs in the Imaginarium" (arXiv 2403.04746) is where remembering trials of
tools comes from.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memsvc.domain.ids import StreamName

ROLE = "experience"
"""The role of the turns that are experiences; their speaker is the tool."""

STREAM = StreamName("tools")
"""Where experiences go unless another stream is named."""

MAX_INTENT_CHARS = 2_000
MAX_CALL_CHARS = 8_000
MAX_ERROR_CHARS = 4_000
MAX_FIX_CHARS = 4_000


class ExperienceOutcome(StrEnum):
    """How a call of a tool ended."""

    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Trial:
    """What was wanted, what was called for it, and what came of it.

    `fix` is what the agent would do otherwise, or did to make it work.
    """

    intent: str
    call: str
    outcome: ExperienceOutcome
    error: str | None = None
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class NewExperience:
    """A trial of a tool as a caller hands it in; `at` is aware and UTC, or None for now."""

    tool: str
    trial: Trial
    client_id: str | None = None
    at: datetime | None = None

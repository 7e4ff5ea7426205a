"""What a space lets in and how far it trusts it, as it travels.

The one list of these fields beside that of the domain, whose defaults are the defaults here. A
test holds the two to each other.
"""

from pydantic import BaseModel, Field

from memsvc.domain.admission import Admission, Duplicates, OnInstruction, OnSecret
from memsvc.sdk.checked import LargestTurn, Measure, OfTheFirstTen, TurnsAMinute

BY_DEFAULT = Admission()
MOST_DISTRUST = 0.5


class InstructionFields(BaseModel):
    """From which sources instructions to a language model are held back."""

    user: OnInstruction = Field(
        default=BY_DEFAULT.instructions.user, description="From what a user says."
    )
    agent: OnInstruction = Field(
        default=BY_DEFAULT.instructions.agent, description="From what an agent says."
    )
    tool: OnInstruction = Field(
        default=BY_DEFAULT.instructions.tool, description="From what a tool says."
    )
    document: OnInstruction = Field(
        default=BY_DEFAULT.instructions.document,
        description="From what turns of the source document say.",
    )
    untrusted: OnInstruction = Field(
        default=BY_DEFAULT.instructions.untrusted,
        description="From what an untrusted source says.",
    )


class AdmissionFields(BaseModel):
    """What is said, and what is answered, beside the instructions."""

    max_turn_chars: LargestTurn | None = Field(
        default=BY_DEFAULT.max_turn_chars,
        description="A longer turn is refused; null for the service's own limit alone.",
    )
    turns_per_minute: TurnsAMinute | None = Field(
        default=BY_DEFAULT.turns_per_minute,
        description="How many turns of one source (user, agent, tool, ...) are let in within a "
        "minute; null for any number. More are refused, the whole write.",
    )
    duplicates: Duplicates = Field(
        default=BY_DEFAULT.duplicates,
        description="refuse: a turn with the same words of the same speaker as one that the space "
        "holds is refused, unless it says hardly anything.",
    )
    secrets: OnSecret = Field(
        default=BY_DEFAULT.secrets,
        description="What happens to a turn that holds a key, a token or a password: off, "
        "quarantine or refuse.",
    )
    distrust: Measure = Field(
        default=BY_DEFAULT.distrust,
        ge=0,
        le=MOST_DISTRUST,
        description="The share of its score that an untrusted turn loses in a recall.",
    )
    most_of_one_source: OfTheFirstTen | None = Field(
        default=BY_DEFAULT.most_of_one_source,
        description="How many of the first ten hits one untrusted source (its stream, user and "
        "agent) may have while others answer; null for any number.",
    )

"""How the turns of a space fade, as it travels.

The one list of these fields beside that of the domain, whose defaults are the defaults here. A
test holds the two to each other.
"""

from pydantic import BaseModel, Field

from memsvc.domain.forgetting import Forgetting
from memsvc.sdk.checked import MAX_FILTER_VALUES, Measure, Name

BY_DEFAULT = Forgetting()
MAX_MOMENTUM = 0.9


class DecayFields(BaseModel):
    """What is left of a turn's strength after a day, by its source; 1 keeps all of it."""

    user: Measure = Field(
        default=BY_DEFAULT.decay.user, gt=0, le=1, description="What a user says."
    )
    agent: Measure = Field(
        default=BY_DEFAULT.decay.agent, gt=0, le=1, description="What an agent says."
    )
    tool: Measure = Field(
        default=BY_DEFAULT.decay.tool, gt=0, le=1, description="What a tool says."
    )
    document: Measure = Field(
        default=BY_DEFAULT.decay.document, gt=0, le=1, description="What a document says."
    )
    untrusted: Measure = Field(
        default=BY_DEFAULT.decay.untrusted,
        gt=0,
        le=1,
        description="What an untrusted source says.",
    )


class ForgettingFields(BaseModel):
    """What is said, and what is answered, beside the decay."""

    momentum: Measure = Field(
        default=BY_DEFAULT.momentum,
        ge=0,
        le=MAX_MOMENTUM,
        description="How much of what a turn tells over the usual is carried on to the next turn "
        "of its event, and so on.",
    )
    weight: Measure = Field(
        default=BY_DEFAULT.weight,
        ge=0,
        le=1,
        description="How much of a score hangs on strength: a turn of strength s keeps "
        "1 - weight * (1 - s) of it.",
    )
    archive_below: Measure = Field(
        default=BY_DEFAULT.archive_below,
        ge=0,
        le=1,
        description="Turns of less strength are not proposed to questions that do not ask for "
        "them. They stay: read, listed, exported, and back when this is set lower.",
    )
    streams: list[Name] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_FILTER_VALUES,
        description="The streams whose turns fade; null for all.",
    )

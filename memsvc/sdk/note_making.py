"""How notes are made of events in a space, as it travels.

The one list of these fields beside that of the domain, whose defaults are the defaults here. A
test holds the two to each other.
"""

from pydantic import BaseModel, Field, StrictBool

from memsvc.domain.note_making import NoteMaking
from memsvc.sdk.checked import Whole

BY_DEFAULT = NoteMaking()


class NoteMakingFields(BaseModel):
    """What is said, and what is answered."""

    least_tokens: Whole = Field(
        default=BY_DEFAULT.least_tokens,
        ge=0,
        le=100_000,
        description="An event of fewer tokens gets no note.",
    )
    evolution: StrictBool = Field(
        default=BY_DEFAULT.evolution,
        description="Whether a new note may refine the context and tags of the notes next to it.",
    )

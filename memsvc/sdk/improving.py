"""What a language model makes of what is written to a space, as it travels.

The one list of these fields beside that of the domain, whose defaults are the defaults here. A
test holds the two to each other.
"""

from pydantic import BaseModel, Field, StrictBool

from memsvc.domain.improving import Improving
from memsvc.sdk.checked import TokensAnHour

BY_DEFAULT = Improving()


class ImprovingFields(BaseModel):
    """What is said, and what is answered."""

    facts: StrictBool = Field(
        default=BY_DEFAULT.facts,
        description="Read facts in what turns say, those that are there and those to come.",
    )
    judging: StrictBool = Field(
        default=BY_DEFAULT.judging,
        description="Judge whether a new fact has ended older ones of the same subject.",
    )
    notes: StrictBool = Field(
        default=BY_DEFAULT.notes,
        description="Have the model write, link and refine notes, in a space that makes notes.",
    )
    profile: StrictBool = Field(
        default=BY_DEFAULT.profile,
        description="Read what users say of themselves, for their profile.",
    )
    titles: StrictBool = Field(
        default=BY_DEFAULT.titles,
        description="Give titles to events, those that have closed and those that will.",
    )
    tokens_an_hour: TokensAnHour | None = Field(
        default=BY_DEFAULT.tokens_an_hour,
        description="Tokens that may be read and written for all of it in an hour; what is over "
        "waits. Null for no bound.",
    )

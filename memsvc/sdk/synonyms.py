"""How synonyms of names are sought in a space, as it travels.

The one list of these fields beside that of the domain, whose defaults are the defaults here. A
test holds the two to each other.
"""

from pydantic import BaseModel, Field

from memsvc.domain.knowledge import SynonymSearch
from memsvc.sdk.checked import Measure

BY_DEFAULT = SynonymSearch()


class SynonymFields(BaseModel):
    """What is said, and what is answered."""

    least_cosine: Measure = Field(
        default=BY_DEFAULT.least_cosine,
        gt=0,
        le=1,
        description="From which cosine of their vectors on two names are synonyms, unless their "
        "words tell them apart.",
    )

"""The shapes of canaries, as they travel."""

from datetime import datetime

from pydantic import Field

from memsvc.domain.canary import MOST_AT_ONCE
from memsvc.sdk.checked import Whole
from memsvc.sdk.wire import Answer, Request


class PlantCanaries(Request):
    """How many to plant."""

    count: Whole = Field(default=5, ge=1, le=MOST_AT_ONCE, description="How many.")


class CanaryInfo(Answer):
    """A sentence that stands nowhere else."""

    id: str
    turn: str = Field(description="Id of the turn that it is.")
    token: str = Field(description="The word by which it is known, to look for elsewhere.")
    planted_at: datetime = Field(description="When it was planted; UTC.")
    actor: str = Field(description="The id of the key that planted it.")
    stands: bool = Field(description="False when its turn is gone: then it should be nowhere.")


class PlantedCanaries(Answer):
    """The canaries of a space."""

    canaries: list[CanaryInfo] = Field(description="In the order of planting.")
    position: int = Field(description="The ledger position that the answer stands at.")


class CanarySighting(Answer):
    """Where a canary is and should not be."""

    id: str = Field(description="The canary's id.")
    where: str = Field(description="The table that holds it.")
    space: str | None = Field(
        description="Whose rows they are; null for nobody's, or for a space that the key may not "
        "see."
    )
    rows: int = Field(description="In how many rows.")


class CanaryCheck(Answer):
    """What a look into every row found."""

    ok: bool = Field(description="True when no canary is where it should not be.")
    canaries: int = Field(description="How many were looked for.")
    gone: int = Field(description="Of how many of them the turn is gone.")
    found: list[CanarySighting] = Field(description="Where one is and should not be.")

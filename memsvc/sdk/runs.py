"""The shape of runs of enrichment, as they travel."""

from datetime import datetime

from pydantic import Field

from memsvc.domain.rollback import Thing
from memsvc.domain.work import Step
from memsvc.sdk.wire import Answer


class RunInfo(Answer):
    """What one step of enrichment changed in a space with one maker, until nothing was due."""

    id: str = Field(description="What it is rolled back by, and what notes, links and titles name.")
    step: Step = Field(description="Which step it was.")
    maker: str = Field(description="The rules, or the model with its prompts, that made it.")
    started_at: datetime = Field(description="When its first change was made.")
    ended_at: datetime | None = Field(default=None, description="Null while it goes on.")
    first: int = Field(description="The ledger position of its first change.")
    last: int = Field(description="The ledger position of its last change so far.")
    changes: int = Field(description="How many changes it made, whatever became of them.")
    made: dict[Thing, int] = Field(
        description="How much of what it made stands, by kind: facts that turns say by it, "
        "rulings, notes whose present version is its own, links, and titles of events."
    )
    rolled_back: int | None = Field(
        default=None,
        description="The ledger position after the rollback that took it back; null where it "
        "stands.",
    )

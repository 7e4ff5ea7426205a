"""The shapes of rollbacks and of digests of what stands, as they travel."""

from typing import Any

from pydantic import ConfigDict, Field, StrictBool

from memsvc.domain.rollback import Thing, Undoing
from memsvc.sdk.checked import AsOf, Name
from memsvc.sdk.notes import ReasonText
from memsvc.sdk.wire import Answer, Request

_ONE_OF_THEM: dict[str, Any] = {
    "oneOf": [
        {
            "required": ["to"],
            "properties": {"to": {"not": {"type": "null"}}, "run": {"type": "null"}},
        },
        {
            "required": ["run"],
            "properties": {
                "to": {"type": "null"},
                "run": {"type": "string"},
                "include_turns": {"const": False},
            },
        },
    ]
}


class RollBack(Request):
    """Where to roll back to: `to` a position or time, or before what one `run` made."""

    model_config = ConfigDict(json_schema_extra=_ONE_OF_THEM)

    to: AsOf | None = Field(
        default=None,
        description="A position of the ledger, or a time: the last position at or before it.",
    )
    run: Name | None = Field(
        default=None, description="Id of a run of enrichment: what it made is taken back."
    )
    include_turns: StrictBool = Field(
        default=False,
        description="Also delete the turns and documents that came since, for good. With `to` "
        "alone.",
    )
    reason: ReasonText = Field(
        default="", description="Why; it stays with the versions of notes that this makes."
    )
    dry_run: StrictBool = Field(
        default=False, description="Only say what would change; everything stays."
    )


class Undone(Answer):
    """One thing that was changed, or kept though it was made since."""

    thing: Thing = Field(description="What it is.")
    id: str = Field(
        description="Its id; of settings and documents, the name; of feedback that is given again, "
        "the id that it had."
    )
    undoing: Undoing = Field(
        description="revised: it says again what it said. retired: it was not there. restored: "
        "it stands again. deleted: it came since and is gone for good. kept: it stays, as somebody "
        "changed it later or it is part of a document that was there."
    )
    before: str | None = Field(
        description="Keyed digest of what it said before the rollback; null where it did not stand."
    )
    after: str | None = Field(
        description="Keyed digest of what it says after it; null where it does not stand."
    )


class RolledBack(Answer):
    """What a rollback changed, or in a dry run would."""

    dry_run: bool = Field(description="True when nothing has changed.")
    to: int | None = Field(description="The position that was rolled back to; null for a run.")
    run: str | None = Field(description="The run that was rolled back.")
    before: int = Field(
        description="The ledger position before it: rolling back to it undoes the rollback."
    )
    position: int = Field(
        description="The ledger position after it; in a dry run, where it would stand."
    )
    changes: list[Undone] = Field(description="In the order in which they were made.")


class StatePart(Answer):
    """What stands of one kind."""

    count: int
    digest: str = Field(description="Keyed digest of all of them.")


class StateDigest(Answer):
    """What stands in a space, as digests under its secret. They say nothing of any content."""

    digest: str = Field(
        description="Of all parts together but events. Two states of a space are equal if these "
        "are."
    )
    position: int = Field(description="The ledger position that it is as of.")
    parts: dict[Thing, StatePart] = Field(
        description="By kind. Events are cut from turns, close by themselves and are not rolled "
        "back, so their digest stands here alone."
    )

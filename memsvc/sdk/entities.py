"""The shapes of entities, merges and unlinkings, as they travel."""

from typing import Annotated

from pydantic import Field, StringConstraints

from memsvc.domain.knowledge import MAX_UNLINKED_TURNS
from memsvc.sdk.checked import MAX_ENTITY_NAME, DistinctNames, Text
from memsvc.sdk.facts import FactInfo
from memsvc.sdk.wire import Answer, Request, TurnInfo

EntityName = Annotated[Text, StringConstraints(max_length=MAX_ENTITY_NAME)]
"""What something is called, in any spelling."""


class EntityInfo(Answer):
    """What turns name: a name, and what was merged into it."""

    name: str = Field(description="The name that all spellings have in common.")
    spelled: str = Field(
        description="How a turn that names it writes it, or the title above it; or how somebody "
        "gave it."
    )
    merged: list[str] = Field(description="Other names that mean it, by merges.")
    turns: int = Field(description="How many turns name it or are about it.")
    about: int = Field(description="How many turns are about it: by their title, it is what is up.")
    facts: int = Field(description="How many facts begin or end in it.")


class EntityDetail(EntityInfo):
    """An entity with who names it and what is said about it."""

    newest: list[TurnInfo] = Field(
        description="The newest turns that name it, the last one written first; 100 at most."
    )
    stated: list[FactInfo] = Field(
        description="Facts that begin or end in it, in the order of writing; 100 at most."
    )


class UnlinkEntity(Request):
    """From which turns an entity is to be unlinked."""

    turns: DistinctNames = Field(
        min_length=1,
        max_length=MAX_UNLINKED_TURNS,
        description="The turns that do not name it, though it was found in their texts or in the "
        "titles above them.",
    )


class UnlinkingInfo(Answer):
    """Somebody's word that a turn does not name an entity, until it is taken back."""

    id: str
    turn: str = Field(description="The turn.")
    name: str = Field(description="The name that was found in it, before any merge.")
    position: int = Field(description="The ledger position at which it was made.")


class Unlinked(Answer):
    """The unlinkings that a request made."""

    unlinked: list[UnlinkingInfo] = Field(
        description="One for each turn, or more where a turn has several names that mean the same."
    )


class MergeEntities(Request):
    """What an entity is to be merged into."""

    into: EntityName = Field(description="The other entity, by any spelling of its name.")


class MergeInfo(Answer):
    """Somebody's word that two entities are one, until it is taken back."""

    id: str
    name: str = Field(description="What was merged.")
    into: str = Field(description="What it means since then.")
    position: int = Field(description="The ledger position at which it was made.")
    spelled: str | None = Field(
        default=None,
        description="In a rename to a name that no turn wrote, how that was given; else null.",
    )


class RenameEntity(Request):
    """What an entity is to be called."""

    to: EntityName = Field(
        description="The new name, as it is to be shown. No turn need write it; one that means "
        "another entity is refused. White space counts as one space."
    )


class RenamedInfo(Answer):
    """What an entity is called now."""

    name: str = Field(description="The name that all spellings have in common.")
    merge: MergeInfo | None = Field(
        description="The merge that says so, to be taken back; null where the entity is called "
        "again as turns write it, and an earlier rename was taken back."
    )

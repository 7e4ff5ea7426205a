"""The shapes of facts, as they travel. `memsvc.sdk.wire` says what holds for all shapes."""

from typing import Annotated

from pydantic import Field, StringConstraints

from memsvc.domain.knowledge import (
    MAX_FACT_TURNS,
    MAX_OBJECT_CHARS,
    MAX_SUBJECT_CHARS,
    Outcome,
)
from memsvc.sdk.checked import MAX_BATCH, Distinct, Name, Text
from memsvc.sdk.wire import Answer, Request

EntityText = Annotated[Text, StringConstraints(max_length=MAX_SUBJECT_CHARS)]
ObjectText = Annotated[Text, StringConstraints(max_length=MAX_OBJECT_CHARS)]


class NewFact(Request):
    """A triple that turns say."""

    subject: EntityText = Field(
        description="What it is about, by name; its case, article and punctuation do not count."
    )
    predicate: EntityText = Field(
        description="What it says of it; case and white space do not count."
    )
    object: ObjectText = Field(description="What it says it is, or is related to; as the subject.")
    turns: Annotated[list[Name], Distinct] = Field(
        min_length=1,
        max_length=MAX_FACT_TURNS,
        description="Ids of the turns that say so; each must be there.",
        json_schema_extra={"uniqueItems": True},
    )


class StateFacts(Request):
    """Facts to state, all or none."""

    facts: list[NewFact] = Field(
        min_length=1, max_length=MAX_BATCH, description="The facts in order."
    )


class FactInfo(Answer):
    """A triple as it was written first, and the turns that say so."""

    id: str
    subject: str = Field(description="What it is about, as it is written.")
    predicate: str = Field(description="What it says of it, as it is written.")
    object: str = Field(description="What it says it is or is related to, as it is written.")
    subject_name: str = Field(description="The entity that it is about: its name in any spelling.")
    object_name: str = Field(description="The entity at its other end.")
    turns: list[str] = Field(description="Ids of the turns that say so, in the order of writing.")
    position: int = Field(description="The ledger position at which it was stated first.")
    version: int = Field(
        description="The ledger position of the statement that last had another turn say it."
    )


class StatedFact(FactInfo):
    """A fact as it stands after it was stated."""

    outcome: Outcome = Field(
        description="added: it was not known. extended: it was, and other turns say it too now. "
        "known: nothing of it was new."
    )


class StatedFacts(Answer):
    """The answer to a statement: every fact is durable."""

    facts: list[StatedFact] = Field(description="Each fact as it stands, as they were sent.")
    position: int = Field(description="The ledger position after it.")


class DeletedFact(Answer):
    """What a deletion removed: the fact, and none of the turns that said it."""

    id: str
    position: int = Field(description="The ledger position after it.")

"""The shapes of forgetting on request and of receipts, as they travel."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from memsvc.domain.receipt import Means
from memsvc.sdk.checked import MAX_BATCH, MAX_QUESTION_CHARS, Name, Text
from memsvc.sdk.entities import EntityName
from memsvc.sdk.wire import Answer, Between, Filters, Request


def _any_of(given: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Say in JSON Schema that one of these fields must be there, and hold something like this."""
    return {
        "anyOf": [
            {"required": [name], "properties": {name: dict(like)}} for name, like in given.items()
        ]
    }


_LISTS = ("streams", "documents", "speakers", "places", "roles", "sources")
_TEXT = {"type": "string"}
_SPAN = {"type": "object", **_any_of({"since": _TEXT, "until": _TEXT})}
_SAYS_WHICH = _any_of(
    {
        **{name: {"type": "array", "minItems": 1} for name in _LISTS},
        "user_id": _TEXT,
        "agent_id": _TEXT,
        "metadata": {"type": "object", "minProperties": 1},
        "between": _SPAN,
    }
)


class ForgetWhere(Filters):
    """Which turns to forget, as the filters of a recall say it; all parts must hold."""

    model_config = ConfigDict(json_schema_extra=_SAYS_WHICH)

    between: Between | None = Field(default=None, description="When it must have happened.")


class Forget(Request):
    """What is to go: at least one part; of several, all must hold of a turn."""

    model_config = ConfigDict(
        json_schema_extra=_any_of(
            {
                "turns": {"type": "array"},
                "where": {"type": "object"},
                "subject": _TEXT,
                "text": _TEXT,
            }
        )
    )

    turns: list[Name] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_BATCH,
        description="Ids of turns. One that is not there is passed over.",
    )
    where: ForgetWhere | None = Field(
        default=None, description="A filter; one that lets every turn through is refused."
    )
    subject: EntityName | None = Field(
        default=None,
        description="An entity in any spelling, through merges: every turn that names it, is about "
        "it or says a fact about it.",
    )
    text: Annotated[Text, StringConstraints(max_length=MAX_QUESTION_CHARS)] | None = Field(
        default=None,
        description="Every turn that holds this verbatim; case and white space do not count.",
    )
    dry_run: StrictBool = Field(
        default=False, description="Only say what would go; everything stays."
    )


class ForgottenCounts(Answer):
    """How much went, by store."""

    turns: int
    facts: int = Field(description="Facts that no other turn says.")
    merges: int = Field(description="Merges of names that no turn has any more.")
    names: int = Field(description="Names that no turn has any more.")
    vectors: int = Field(description="Vectors of turns, facts, names and notes.")
    events_mended: int = Field(
        description="Events that turns went from, and those beside them, computed anew."
    )
    streams_left_empty: int = Field(description="Streams that lost their last turn; they stay.")
    titles: int = Field(
        description="Titles of streams that named the subject or held the text, taken away."
    )
    notes: int = Field(
        default=0, description="Notes that hung on the turns, or were made because of such a note."
    )
    versions: int = Field(
        default=0,
        description="Versions of notes: theirs, and those that they caused in notes which stay.",
    )
    links: int = Field(default=0, description="Links of these notes, or made because of them.")
    held: int = Field(default=0, description="What was in quarantine, and no turn.")


class ReceiptInfo(Answer):
    """What a request forgot. It holds no text and no name."""

    id: str
    at: datetime
    actor: str = Field(description="The id of the key that asked.")
    by: list[Means] = Field(description="By which parts the request said what is to go.")
    counts: ForgottenCounts
    first_position: int = Field(description="The ledger position before it.")
    position: int = Field(description="The ledger position after it.")


class ForgottenTurn(Answer):
    """A turn that would go."""

    id: str
    stream: str
    at: datetime
    text: str = Field(description="How it begins.")


class Forgotten(Answer):
    """The answer to a request to forget."""

    id: str | None = Field(description="The receipt's id; null for a dry run, which keeps none.")
    dry_run: bool = Field(description="True when nothing has changed.")
    by: list[Means] = Field(description="By which parts the request said what is to go.")
    counts: ForgottenCounts
    position: int = Field(description="The ledger position after it; in a dry run, as it stands.")
    first_turns: list[ForgottenTurn] = Field(
        description="In a dry run, the first 100 turns that would go."
    )


class ReceiptCheck(Answer):
    """What a check of a receipt found."""

    receipt: str = Field(description="Id of the receipt that was checked.")
    is_gone: bool = Field(description="True when no store holds anything of what was forgotten.")
    left: dict[str, int] = Field(
        description="What is still there, by the store that was looked into: 0 everywhere when "
        "it is gone."
    )
    same_words: list[str] = Field(
        description="Turns that hold forgotten words and are not what was forgotten, 100 at most: "
        "written since, or never asked to go."
    )

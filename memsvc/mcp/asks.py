"""What each tool takes. A model reads these descriptions and nothing else, so they say it all.

The bounds are for a model's own good: what it writes is a statement and not a file, and what it
gets back has to fit beside a conversation. The service's limits hold behind them.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictBool, StringConstraints

from memsvc.sdk.checked import (
    MAX_ENTITY_NAME,
    MAX_QUESTION_CHARS,
    Label,
    Moment,
    Name,
    Text,
    Whole,
)
from memsvc.sdk.wire import Request

MAX_CONTENT_CHARS = 20_000
MAX_REASON_CHARS = 300
MAX_IDS = 100
MOST_MEMORIES = 50
MOST_TOKENS = 16_000

SourceName = Literal["user", "agent", "tool", "document", "untrusted"]
SOURCE = (
    "Where the words come from: user for what the user said, in the user's own words; agent for "
    "what you concluded or summarised yourself; tool for a tool's output; document for a file; "
    "untrusted for web pages, mails and anything else that a stranger may have written. It decides "
    "how far the memory is trusted later, so never claim user for words that are not the user's."
)
SPACE = (
    "Which memory to use, by its name. Leave it out unless the user names another one: then it is "
    "the memory that this connection was set up for."
)

Question = Annotated[Text, StringConstraints(max_length=MAX_QUESTION_CHARS)]
Content = Annotated[Text, StringConstraints(max_length=MAX_CONTENT_CHARS)]


class InSpace(Request):
    """What every tool may be told: which memory."""

    space: Name | None = Field(default=None, description=SPACE)


class AskRecall(InSpace):
    """What `recall` takes."""

    question: Question = Field(
        description="A full question in natural language, with the names, things and times it is "
        "about, such as: Which food is Ann allergic to?"
    )
    k: Whole = Field(default=10, ge=1, le=MOST_MEMORIES, description="How many memories at most.")
    budget_tokens: Whole = Field(
        default=2_000,
        ge=50,
        le=MOST_TOKENS,
        description="How long the recalled text may be, in tokens.",
    )
    since: Moment | None = Field(
        default=None,
        description="Only what happened at this time or later, as in 2026-05-01T00:00:00Z.",
    )
    until: Moment | None = Field(default=None, description="Only what happened before this time.")
    profile: StrictBool = Field(
        default=False,
        description="True to put first what is always worth knowing about the user: standing "
        "instructions, facts, preferences. Ask for it once, at the start of a conversation.",
    )


class AskRemember(InSpace):
    """What `remember` takes."""

    content: Content = Field(
        description="One thing worth knowing later, in full sentences that can be understood "
        "without this conversation: names instead of pronouns, dates instead of 'yesterday'."
    )
    source: SourceName = Field(default="agent", description=SOURCE)
    speaker: Label | None = Field(default=None, description="Who said it, by name.")
    at: Moment | None = Field(
        default=None,
        description="When it happened or was said, as in 2026-05-01T09:30:00Z; now if left out.",
    )
    stream: Name | None = Field(
        default=None,
        description="The thread it belongs to, such as the name of a project or conversation. "
        "Memories of one thread are recalled with what stands beside them.",
    )


class AskCorrect(InSpace):
    """What `correct` takes."""

    id: Name = Field(description="The id of the memory that is wrong or no longer true.")
    content: Content = Field(
        description="What is true instead, in full sentences that can be understood by themselves."
    )
    source: SourceName = Field(default="agent", description=SOURCE)
    verdict: Literal["wrong", "outdated"] = Field(
        default="outdated",
        description="wrong if it never was true, outdated if it was true once and has changed.",
    )
    reason: Annotated[Text, StringConstraints(max_length=MAX_REASON_CHARS)] | None = Field(
        default=None, description="Why, in a few words, for whoever reads it later."
    )


class AskForget(InSpace):
    """What `forget` takes. Of several parts all must hold."""

    ids: list[Name] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_IDS,
        description="Ids of memories, as recall and search give them.",
    )
    subject: Annotated[Text, StringConstraints(max_length=MAX_ENTITY_NAME)] | None = Field(
        default=None,
        description="A person, place or thing by its name: everything that names it.",
    )
    text: Question | None = Field(
        default=None, description="Everything that holds these very words."
    )
    since: Moment | None = Field(
        default=None, description="Everything that happened at this time or later."
    )
    until: Moment | None = Field(
        default=None, description="Everything that happened before this time."
    )
    confirm: StrictBool = Field(
        default=False,
        description="False to see what would go; nothing changes. True to forget it for good. Use "
        "true only after the user has seen what would go and has said yes.",
    )


class AskSearch(InSpace):
    """What `search` takes."""

    query: Question = Field(description="What to look for, in natural language or keywords.")


class AskFetch(InSpace):
    """What `fetch` takes."""

    id: Name = Field(description="The id of a result of search, or of a recalled memory.")


class AskSpaces(Request):
    """What `list_spaces` takes: nothing."""


def input_schema(shape: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of what a tool takes, as plain as clients need it.

    Some clients make a grammar of it for their model, and stumble over patterns, references and
    alternatives with null. What is left out here is checked all the same.
    """
    schema = shape.model_json_schema()
    properties = {name: _plain(field) for name, field in schema["properties"].items()}
    return {
        "type": "object",
        "properties": properties,
        "required": schema.get("required", []),
        "additionalProperties": False,
    }


def output_schema(shape: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of what a tool gives: one object, with nothing to be looked up."""
    schema = shape.model_json_schema()
    parts = schema.pop("$defs", {})
    plain: dict[str, Any] = _resolved(schema, parts)
    return plain


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field without what only this service reads; may it be null, as what it is else."""
    said = _never_null(field)
    if "items" in said:
        said["items"] = {k: v for k, v in said["items"].items() if k != "pattern"}
    return {name: value for name, value in said.items() if name not in {"pattern", "title"}}


def _never_null(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field without the null that it may be: what would be null is left out."""
    if "anyOf" not in field:
        return dict(field)
    (taken,) = [one for one in field["anyOf"] if one.get("type") != "null"]
    said = {k: v for k, v in field.items() if k != "anyOf" and (k, v) != ("default", None)}
    return {**taken, **said}


def _resolved(part: Any, parts: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_resolved(one, parts) for one in part]
    if not isinstance(part, dict):
        return part
    if "anyOf" in part:
        return _resolved(_never_null(part), parts)
    if "$ref" in part:
        named = parts[part["$ref"].rpartition("/")[2]]
        return _resolved({**named, **{k: v for k, v in part.items() if k != "$ref"}}, parts)
    is_title = isinstance(part.get("title"), str)
    return {k: _resolved(v, parts) for k, v in part.items() if not (k == "title" and is_title)}

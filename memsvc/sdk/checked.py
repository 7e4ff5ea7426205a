"""The types that wire shapes are made of: names, texts, times and metadata within their limits.

Whatever passes here can be stored by any database, sent in any answer and compared in any filter;
nobody behind the edge looks again.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticKnownError

from memsvc.domain.errors import InvalidField
from memsvc.domain.knowledge import MAX_RULING_CHARS, MAX_SUBJECT_CHARS
from memsvc.domain.relation import MAX_SINGLE_VALUED

MAX_BATCH = 1_000
MAX_K = 100
MAX_PAGE = 500
MAX_CURVE_POINTS = 5_000
MAX_OVERVIEW_NODES = 5_000
MAX_OVERVIEW_EDGES = 20_000
MAX_BUDGET_TOKENS = 32_000
MAX_CONTIGUITY = 0.5
MAX_METADATA_BYTES = 8_192
MAX_METADATA_DEPTH = 6
MAX_NAME = 128
MAX_QUESTION_CHARS = 8_000
MAX_NAMED_CHARS = 200
MAX_FILTER_VALUES = 100
MAX_SPACES_ASKED = 16
MAX_RETENTION_DAYS = 36_500
MAX_PARTS = 500
MAX_ENTITY_NAME = 1_000
MAX_DEPTH = 3
MAX_GRAPH_QUESTION_CHARS = 2_000
"""A question in an address: longer than anybody asks, and no server on the way minds it."""
LARGEST_EXACT_INT = 2**53
"""Beyond it a JSON number may come out as its neighbour."""

NAME_PATTERN = r"^\w[\w.:@+=~\- ]*$"
WRITTEN_OUT = re.compile(r"\d{4}-\d\d-\d\d")
DIGITS = re.compile(r"[0-9]{1,16}")
METADATA_KEY = re.compile(r"[\w.:@+~\- ]{1,64}")

PLAIN_PATTERN = r"^[^\u0000]*$"
SAYING_PATTERN = r"^[^\u0000]*[^\u0000\s\u001c-\u001f\u0085][^\u0000]*$"
SCALAR_SCHEMA: Mapping[str, Any] = {
    "type": ["string", "number", "boolean"],
    "pattern": PLAIN_PATTERN,
    "minimum": -LARGEST_EXACT_INT,
    "maximum": LARGEST_EXACT_INT,
}
KEYS_SCHEMA: Mapping[str, Any] = {"pattern": f"^{METADATA_KEY.pattern}$"}
"""What is checked here, as far as JSON Schema can say it: for those who read the document. Whoever
sends something else is told what to do by the checks themselves."""


_LIMITS = ("max_length", "min_length", "le", "ge", "lt", "gt")
"""Where pydantic's complaints keep the bound that was crossed."""


def _has_plain_text(text: str) -> str:
    """Refuse what a database or a UTF-8 answer cannot hold."""
    if "\x00" in text:
        msg = "text may not hold the character U+0000; remove it"
        raise ValueError(msg)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        msg = "text may not hold lone surrogates; send valid Unicode"
        raise ValueError(msg) from error
    return text


def _says_something(text: str) -> str:
    if not text.strip():
        msg = "text must hold more than white space"
        raise ValueError(msg)
    return text


def _is_a_number(given: Any) -> Any:
    """Refuse what pydantic would make a number of: false, or digits in quotes."""
    if isinstance(given, bool | str | bytes):
        msg = "a whole number is wanted, without quotes"
        raise ValueError(msg)  # noqa: TRY004  pydantic turns only ValueErrors into complaints
    return given


def _is_a_measure(given: Any) -> Any:
    """Refuse what pydantic would make a number of, as above."""
    if isinstance(given, bool | str | bytes):
        msg = "a number is wanted, without quotes"
        raise ValueError(msg)  # noqa: TRY004  the same
    return given


def _is_written_out(given: Any) -> Any:
    """Refuse a number: pydantic would guess whether it means seconds or milliseconds."""
    if isinstance(given, datetime) or (isinstance(given, str) and WRITTEN_OUT.match(given)):
        return given
    msg = "a time is written out after RFC 3339, as in 2026-05-01T09:30:00Z"
    raise ValueError(msg)


def _in_utc(moment: datetime) -> datetime:
    """Read a time without an offset as UTC; bring every other one to UTC."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        msg = "the time is outside the years 1 to 9999 once brought to UTC"
        raise ValueError(msg) from error


def _position_or_time(given: Any) -> Any:
    """Return a ledger position as it is, and a time as one in UTC."""
    if isinstance(given, int) and not isinstance(given, bool):
        if 1 <= given <= LARGEST_EXACT_INT:
            return given
        msg = f"a ledger position is a whole number from 1 to {LARGEST_EXACT_INT}"
        raise ValueError(msg)
    try:
        return _MOMENTS.validate_python(given)
    except ValidationError as error:
        msg = (
            "a ledger position is wanted, or a time written out after RFC 3339, as in "
            "2026-05-01T09:30:00Z"
        )
        raise ValueError(msg) from error


def _in_an_address(given: Any) -> Any:
    """Read digits as a position: in an address everything is text."""
    is_number = isinstance(given, str) and DIGITS.fullmatch(given)
    return _position_or_time(int(given) if is_number else given)


def _hits_or_auto(given: Any) -> Any:
    """Return a number of hits within its bounds, or "auto"; 32.0 is 32, as JSON has it."""
    if given == "auto":
        return given
    if isinstance(given, bool) or not isinstance(given, int | float) or given % 1:
        msg = 'a whole number is wanted, without quotes, or "auto"'
        raise ValueError(msg)
    if given < 1:
        raise PydanticKnownError("greater_than_equal", {"ge": 1})
    if given > MAX_K:
        raise PydanticKnownError("less_than_equal", {"le": MAX_K})
    return given


def _checked_scalar(value: Any) -> None:
    if isinstance(value, str):
        _has_plain_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        msg = "metadata numbers must be finite"
        raise ValueError(msg)
    elif isinstance(value, int | float) and abs(value) > LARGEST_EXACT_INT:
        # Of floats too: JSON has one kind of number, and 1e20 may come back as an integer.
        msg = "metadata numbers must lie within 2^53; send larger ones as text"
        raise ValueError(msg)


def _check_metadata(value: Any, depth: int = 1) -> None:
    if depth > MAX_METADATA_DEPTH:
        msg = f"metadata may be nested {MAX_METADATA_DEPTH} deep at most"
        raise ValueError(msg)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if METADATA_KEY.fullmatch(key) is None:
                msg = "metadata keys are 1 to 64 letters, digits, spaces or . : @ + ~ - _"
                raise ValueError(msg)
            _check_metadata(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check_metadata(inner, depth + 1)
    else:
        _checked_scalar(value)


def _metadata_fits(metadata: dict[str, Any]) -> dict[str, Any]:
    _check_metadata(metadata)
    if len(repr(metadata).encode()) > MAX_METADATA_BYTES:
        msg = f"metadata may take {MAX_METADATA_BYTES} bytes at most"
        raise ValueError(msg)
    return metadata


def _all_different(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        msg = "name each of them once"
        raise ValueError(msg)
    return names


def _scalars_only(metadata: dict[str, Any]) -> dict[str, Any]:
    if any(isinstance(value, dict | list) or value is None for value in metadata.values()):
        msg = "a metadata filter compares text, numbers and booleans only"
        raise ValueError(msg)
    return _metadata_fits(metadata)


Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_NAME, pattern=NAME_PATTERN),
    AfterValidator(_has_plain_text),
]
"""A space's, stream's or turn's name: letters and digits of any script, then also . : @ + = ~ -"""

NameOrAll = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_NAME, pattern=rf"^\*$|{NAME_PATTERN}"),
    AfterValidator(_has_plain_text),
]
"""A space's name, or "*" for all of them."""

Label = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    Field(json_schema_extra={"pattern": PLAIN_PATTERN}),
    AfterValidator(_has_plain_text),
]
"""A short free text: a speaker, a role, a place, a user's or agent's id."""

NodeReference = Annotated[
    str,
    StringConstraints(
        max_length=MAX_ENTITY_NAME, pattern=r"^(entity|turn|event|fact):[^\u0000]*[^\u0000\s]$"
    ),
    AfterValidator(_has_plain_text),
]
"""A node of the graph by its kind and name, as `entity:Jaws`."""

Whole = Annotated[int, BeforeValidator(_is_a_number)]
LedgerPosition = Annotated[int, Field(ge=0, le=LARGEST_EXACT_INT), BeforeValidator(_is_a_number)]
Measure = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_is_a_measure)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), BeforeValidator(_is_a_measure)]
Contiguity = Annotated[
    float, Field(ge=0, le=MAX_CONTIGUITY, allow_inf_nan=False), BeforeValidator(_is_a_measure)
]
Days = Annotated[int, Field(ge=1, le=MAX_RETENTION_DAYS), BeforeValidator(_is_a_number)]
LargestTurn = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(_is_a_number)]
"""Characters that a space lets a turn have."""

TurnsAMinute = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(_is_a_number)]
TokensAnHour = Annotated[int, Field(ge=1_000, le=10**12), BeforeValidator(_is_a_number)]
"""A budget of a language model, of which one call takes some hundreds."""

OfTheFirstTen = Annotated[int, Field(ge=1, le=10), BeforeValidator(_is_a_number)]
Text = Annotated[
    str,
    Field(json_schema_extra={"minLength": 1, "pattern": SAYING_PATTERN}),
    AfterValidator(_has_plain_text),
    AfterValidator(_says_something),
]
Plain = Annotated[
    str, Field(json_schema_extra={"pattern": PLAIN_PATTERN}), AfterValidator(_has_plain_text)
]
"""A text that may be empty."""
Moment = Annotated[datetime, BeforeValidator(_is_written_out), AfterValidator(_in_utc)]
_MOMENTS: TypeAdapter[datetime] = TypeAdapter(Moment)
AS_OF_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": LARGEST_EXACT_INT},
        {"type": "string", "format": "date-time"},
    ]
}
AsOf = Annotated[int | datetime, BeforeValidator(_position_or_time), WithJsonSchema(AS_OF_SCHEMA)]
AsOfInAddress = Annotated[
    int | datetime, BeforeValidator(_in_an_address), WithJsonSchema(AS_OF_SCHEMA)
]
Hits = Annotated[
    int | Literal["auto"],
    BeforeValidator(_hits_or_auto),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAX_K},
                {"type": "string", "const": "auto"},
            ]
        }
    ),
]
"""How many hits. Checked as one, so that a complaint names the field and not one of its forms."""
Metadata = Annotated[
    dict[str, Any],
    Field(json_schema_extra={"propertyNames": dict(KEYS_SCHEMA)}),
    AfterValidator(_metadata_fits),
]
DistinctNames = Annotated[
    list[Name],
    AfterValidator(_all_different),
    Field(json_schema_extra={"uniqueItems": True}),
]
Reason = Annotated[Text, StringConstraints(max_length=MAX_RULING_CHARS)]
"""Why somebody says so."""
SingleValued = Annotated[
    list[Annotated[Text, StringConstraints(max_length=MAX_SUBJECT_CHARS)]],
    Field(max_length=MAX_SINGLE_VALUED),
]
"""Predicates that hold one object at a time."""
MetadataFilter = Annotated[
    dict[str, Any],
    Field(
        json_schema_extra={
            "propertyNames": dict(KEYS_SCHEMA),
            "additionalProperties": dict(SCALAR_SCHEMA),
        }
    ),
    AfterValidator(_scalars_only),
]


def complaint(found: Mapping[str, Any], *, field: str) -> InvalidField:
    """Return one of pydantic's complaints as ours: which field, what is wrong, the limit crossed.

    What the field held is not repeated. `field` is empty for the request as a whole.
    """
    context = found.get("ctx") or {}
    what = found["msg"].removeprefix("Value error, ")
    if context.get("pattern") == NAME_PATTERN:
        what = "a name starts with a letter, digit or _ and may go on with spaces and . : @ + = ~ -"
    if found["type"] == "too_long" and isinstance(found.get("input"), str):
        what = f"text may have {context['max_length']:,} characters"
    limits = [context[name] for name in _LIMITS if isinstance(context.get(name), int)]
    return InvalidField(
        f"{field or 'The request'}: {what}.", field=field, limit=limits[0] if limits else None
    )

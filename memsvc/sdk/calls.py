"""Requests as values, one function an endpoint, and the reading of their answers.

Nothing here sends anything: a client takes a `Call`, carries it over whatever transport it has, and
hands status, headers and body to `read`. So a client that waits and one that awaits say the same.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import NoneType
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from memsvc.domain.errors import InvalidField, ServiceUnreachable
from memsvc.sdk.faults import is_problem, rebuilt
from memsvc.sdk.lines import MEDIA_TYPE
from memsvc.sdk.novelty import AskNovelty, NoveltyFound
from memsvc.sdk.wire import (
    Ask,
    AskOrder,
    AskTogether,
    AskWhereabouts,
    Deleted,
    Enrichment,
    Health,
    Imported,
    KeyInfo,
    LedgerEntry,
    LedgerVerdict,
    MadeKey,
    NewKey,
    Ordered,
    Page,
    PlaceInfo,
    Readiness,
    Recalled,
    RecalledTogether,
    Recipe,
    Request,
    Retried,
    ReviseSpace,
    ReviseTurn,
    SpaceInfo,
    StreamInfo,
    TimelineItem,
    TurnInfo,
    TurnVersion,
    Whereabouts,
    WriteTurns,
    Written,
)

T = TypeVar("T")

PAGE = 100
"""Items asked for at once when a list is walked."""

Method = Literal["GET", "PUT", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and the type of the answer to it (None: the body says nothing).

    `is_repeatable` tells that sending it twice does no more than sending it once, so that it may be
    sent again when no answer came. `answering` are the statuses beside 2xx whose body is the answer
    too. `about` holds the names in the path, by what they name, for errors to carry.
    """

    method: Method
    path: str
    answer: type[T]
    params: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    is_repeatable: bool = True
    answering: frozenset[int] = frozenset()
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def sent_headers(self) -> dict[str, str]:
        """Its headers with what they say of the body: JSON, unless they say otherwise."""
        described = {} if self.body is None else {"Content-Type": "application/json"}
        return {**described, **self.headers}

    def is_answered_by(self, status: int) -> bool:
        """Tell whether a response of this status carries the answer, not an error."""
        return httpx.codes.is_success(status) or status in self.answering


def read(call: Call[T], status: int, headers: Mapping[str, str], body: bytes) -> T:
    """Parse the answer to a call, or raise the error that the service answered.

    `headers` must find names whatever their case, or hold them in lower case. Raises
    `ServiceUnreachable` for an answer that no memsvc gives.
    """
    if not call.is_answered_by(status) or is_problem(headers):
        raise rebuilt(status, headers, body, about=call.about)
    try:
        return TypeAdapter(call.answer).validate_json(b"null" if call.answer is NoneType else body)
    except ValidationError as error:
        raise ServiceUnreachable(
            f"The answer to {call.method} {call.path} cannot be read as {error.title}; check that "
            "MEMSVC_URL names a memsvc service, and update the older of client and service."
        ) from error


# Spaces ------------------------------------------------------------------------------------------


def make_space(space: str) -> Call[SpaceInfo]:
    """Make a space; one that is there already is answered as it is."""
    return Call("PUT", space_path(space), SpaceInfo, about={"space": space})


def read_space(space: str) -> Call[SpaceInfo]:
    """Read what a space holds."""
    return Call("GET", space_path(space), SpaceInfo, about={"space": space})


def revise_space(space: str, edit: ReviseSpace, *, version: int) -> Call[SpaceInfo]:
    """Change the settings of a space that still stand at `version`; repeatable like any edit."""
    return Call(
        "PATCH",
        space_path(space),
        SpaceInfo,
        headers={"If-Match": f'"{version}"'},
        body=json_body(edit),
        about={"space": space},
    )


def delete_space(space: str) -> Call[Deleted]:
    """Delete a space with everything in it."""
    return Call("DELETE", space_path(space), Deleted, about={"space": space})


def list_spaces(*, limit: int = PAGE, cursor: str | None = None) -> Call[Page[SpaceInfo]]:
    """List the spaces that the key may see."""
    return Call("GET", "/v1/spaces", Page[SpaceInfo], params=given(limit=limit, cursor=cursor))


def export_space(space: str, *, vectors: bool = False) -> Call[bytes]:
    """Export a space; the answer is lines of JSON, to be read as they come."""
    return Call(
        "GET",
        space_path(space, "export"),
        bytes,
        params={"vectors": "true"} if vectors else {},
        about={"space": space},
    )


def import_space(space: str, *, restore_forgotten: bool = False) -> Call[Imported]:
    """Import into a space; the body is lines of JSON, sent as they come."""
    return Call(
        "POST",
        space_path(space, "import"),
        Imported,
        params={"restore_forgotten": "true"} if restore_forgotten else {},
        headers={"Content-Type": MEDIA_TYPE},
        about={"space": space},
    )


# Streams and turns -------------------------------------------------------------------------------


def write_turns(
    space: str, stream: str, turns: WriteTurns, *, idempotency_key: str
) -> Call[Written]:
    """Append turns to a stream; the same key with the same turns is answered the same."""
    return Call(
        "POST",
        space_path(space, "streams", stream, "turns"),
        Written,
        headers={"Idempotency-Key": idempotency_key},
        body=json_body(turns),
        about={"space": space, "stream": stream, "idempotency_key": idempotency_key},
    )


def list_streams(
    space: str, *, limit: int = PAGE, cursor: str | None = None
) -> Call[Page[StreamInfo]]:
    """List a space's streams."""
    return Call(
        "GET",
        space_path(space, "streams"),
        Page[StreamInfo],
        params=given(limit=limit, cursor=cursor),
        about={"space": space},
    )


def read_stream(space: str, stream: str) -> Call[StreamInfo]:
    """Read what a stream holds."""
    about = {"space": space, "stream": stream}
    return Call("GET", space_path(space, "streams", stream), StreamInfo, about=about)


def delete_stream(space: str, stream: str) -> Call[Deleted]:
    """Delete a stream with its turns."""
    about = {"space": space, "stream": stream}
    return Call("DELETE", space_path(space, "streams", stream), Deleted, about=about)


def list_turns(
    space: str,
    *,
    limit: int = PAGE,
    cursor: str | None = None,
    stream: str | None = None,
    document: str | None = None,
    speaker: str | None = None,
    place: str | None = None,
    role: str | None = None,
    source: str | None = None,
    user_id: str | None = None,
    agent_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Call[Page[TurnInfo]]:
    """List the turns for which every filter holds, in order."""
    return Call(
        "GET",
        space_path(space, "turns"),
        Page[TurnInfo],
        params=given(
            limit=limit,
            cursor=cursor,
            stream=stream,
            document=document,
            speaker=speaker,
            place=place,
            role=role,
            source=source,
            user_id=user_id,
            agent_id=agent_id,
            since=None if since is None else since.isoformat(),
            until=None if until is None else until.isoformat(),
            metadata=None if metadata is None else _metadata_text(metadata),
        ),
        about={"space": space},
    )


def read_turn(space: str, turn: str) -> Call[TurnInfo]:
    """Read a turn; its `version` is what an edit wants."""
    about = {"space": space, "turn": turn}
    return Call("GET", space_path(space, "turns", turn), TurnInfo, about=about)


def revise_turn(space: str, turn: str, edit: ReviseTurn, *, version: int) -> Call[TurnInfo]:
    """Edit a turn that still stands at `version`.

    Repeatable: an edit that got through makes its repeat a `VersionMismatch`, never a second edit.
    """
    return Call(
        "PATCH",
        space_path(space, "turns", turn),
        TurnInfo,
        headers={"If-Match": f'"{version}"'},
        body=json_body(edit),
        about={"space": space, "turn": turn},
    )


def delete_turn(space: str, turn: str) -> Call[Deleted]:
    """Delete a turn.

    Repeatable, like every deletion: when the first got through, its repeat is a `NotFound`.
    """
    about = {"space": space, "turn": turn}
    return Call("DELETE", space_path(space, "turns", turn), Deleted, about=about)


def list_versions(space: str, turn: str) -> Call[list[TurnVersion]]:
    """List what could be edited about a turn, as it stood, oldest first."""
    about = {"space": space, "turn": turn}
    return Call("GET", space_path(space, "turns", turn, "versions"), list[TurnVersion], about=about)


# Asking and inspecting ---------------------------------------------------------------------------


def recall(space: str, ask: Ask) -> Call[Recalled]:
    """Ask a space a question."""
    about = {"space": space}
    return Call("POST", space_path(space, "recall"), Recalled, body=json_body(ask), about=about)


def recall_together(ask: AskTogether) -> Call[RecalledTogether]:
    """Ask several spaces a question."""
    return Call("POST", "/v1/recall", RecalledTogether, body=json_body(ask))


def order(space: str, ask: AskOrder) -> Call[Ordered]:
    """Ask which of two passages came first."""
    about = {"space": space}
    return Call("POST", space_path(space, "order"), Ordered, body=json_body(ask), about=about)


def novelty(space: str, ask: AskNovelty) -> Call[NoveltyFound]:
    """Ask how new a text is."""
    about = {"space": space}
    return Call(
        "POST", space_path(space, "novelty"), NoveltyFound, body=json_body(ask), about=about
    )


def list_timeline(
    space: str,
    *,
    limit: int = PAGE,
    cursor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    stream: str | None = None,
    document: str | None = None,
    speaker: str | None = None,
    place: str | None = None,
) -> Call[Page[TimelineItem]]:
    """List what happened between two times, in order."""
    return Call(
        "GET",
        space_path(space, "timeline"),
        Page[TimelineItem],
        params=given(
            limit=limit,
            cursor=cursor,
            since=None if since is None else since.isoformat(),
            until=None if until is None else until.isoformat(),
            stream=stream,
            document=document,
            speaker=speaker,
            place=place,
        ),
        about={"space": space},
    )


def list_places(
    space: str, *, limit: int = PAGE, cursor: str | None = None
) -> Call[Page[PlaceInfo]]:
    """List the places of a space's turns."""
    return Call(
        "GET",
        space_path(space, "places"),
        Page[PlaceInfo],
        params=given(limit=limit, cursor=cursor),
        about={"space": space},
    )


def whereabouts(space: str, ask: AskWhereabouts) -> Call[Whereabouts]:
    """Ask where something was last."""
    about = {"space": space}
    path = space_path(space, "whereabouts")
    return Call("POST", path, Whereabouts, body=json_body(ask), about=about)


def list_ledger(space: str, *, after: int = 0, limit: int = PAGE) -> Call[Page[LedgerEntry]]:
    """List the changes of a space after a ledger position."""
    return Call(
        "GET",
        space_path(space, "ledger"),
        Page[LedgerEntry],
        params=given(after=after, limit=limit),
        about={"space": space},
    )


def verify_ledger(space: str) -> Call[LedgerVerdict]:
    """Check the chain, and the rows it speaks of."""
    return Call(
        "POST", space_path(space, "ledger", "verify"), LedgerVerdict, about={"space": space}
    )


def read_enrichment(space: str) -> Call[Enrichment]:
    """Read how far enrichment is behind."""
    return Call("GET", space_path(space, "enrichment"), Enrichment, about={"space": space})


def retry_enrichment(space: str) -> Call[Retried]:
    """Make every parked job due again."""
    return Call("POST", space_path(space, "enrichment", "retry"), Retried, about={"space": space})


def list_recipes() -> Call[Page[Recipe]]:
    """List the recipes that a recall may name."""
    return Call("GET", "/v1/recipes", Page[Recipe])


# Keys and health ---------------------------------------------------------------------------------


def list_keys(*, limit: int = PAGE, cursor: str | None = None) -> Call[Page[KeyInfo]]:
    """List the keys, without their secrets."""
    return Call("GET", "/v1/keys", Page[KeyInfo], params=given(limit=limit, cursor=cursor))


def make_key(key: NewKey) -> Call[MadeKey]:
    """Make a key. Not repeatable: a repeat would make a second one, and nobody knows the first."""
    return Call("POST", "/v1/keys", MadeKey, body=json_body(key), is_repeatable=False)


def revoke_key(key: str) -> Call[None]:
    """Revoke a key."""
    return Call("DELETE", _path("v1", "keys", key), NoneType, about={"key": key})


def back_up() -> Call[bytes]:
    """Back up the whole installation; the answer is a file, to be read as it comes."""
    return Call("POST", "/v1/backup", bytes)


def health() -> Call[Health]:
    """Ask whether the service lives."""
    return Call("GET", "/healthz", Health)


def readiness() -> Call[Readiness]:
    """Ask whether the service can work. Not being ready is an answer too, with 503."""
    return Call("GET", "/readyz", Readiness, answering=frozenset({503}))


# Writing them down -------------------------------------------------------------------------------


def space_path(space: str, *segments: str) -> str:
    """Return a path below a space, each segment quoted. Raises `InvalidField`."""
    return _path("v1", "spaces", space, *segments)


def _path(*segments: str) -> str:
    """Join segments to a path, each quoted. A name that would climb or vanish is refused."""
    for segment in segments:
        if segment in {"", ".", ".."}:
            raise InvalidField(
                f"{segment!r} names nothing; a name starts with a letter, digit or underscore.",
                field="name",
            )
    return "/" + "/".join(quote(segment, safe="") for segment in segments)


def given(**params: str | int | None) -> dict[str, str]:
    """Return those parameters that are not None."""
    return {name: str(value) for name, value in params.items() if value is not None}


def json_body(request: Request) -> bytes:
    """Render what was set; the rest is left to the service's defaults."""
    try:
        return request.model_dump_json(exclude_unset=True).encode()
    except PydanticSerializationError as error:
        raise InvalidField(
            f"The metadata holds something that is not JSON ({error}); send text, numbers, "
            "booleans, lists and objects.",
            field="metadata",
        ) from error


def _metadata_text(metadata: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(metadata))
    except TypeError as error:
        raise InvalidField(
            f"The metadata filter holds something that is not JSON ({error}); compare text, "
            "numbers and booleans.",
            field="metadata",
        ) from error

"""Streams and turns."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from memsvc.domain.errors import InvalidField
from memsvc.sdk.calls.call import PAGE, Call, given, json_body, space_path
from memsvc.sdk.wire import (
    Deleted,
    Page,
    ReviseTurn,
    StreamInfo,
    TurnInfo,
    TurnVersion,
    WriteTurns,
    Written,
)


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
    from_seq: int = 0,
    to_seq: int | None = None,
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
            from_seq=from_seq or None,
            to_seq=to_seq,
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


def _metadata_text(metadata: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(metadata))
    except TypeError as error:
        raise InvalidField(
            f"The metadata filter holds something that is not JSON ({error}); compare text, "
            "numbers and booleans.",
            field="metadata",
        ) from error

"""Rows into domain values, in one place."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, select

from memsvc.domain.access import Access, Role
from memsvc.domain.ids import (
    KeyId,
    Position,
    SpaceKey,
    SpaceName,
    StreamKey,
    StreamName,
    TurnId,
    TurnKey,
)
from memsvc.domain.ledger import Change, Entry
from memsvc.domain.memory import Source, Space, SpaceSettings, Stream, Turn
from store.tables import streams, turns
from store.traits import Traits

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

TURN_COLUMNS = (
    turns.c.key,
    turns.c.id,
    streams.c.name.label("stream_name"),
    turns.c.seq,
    turns.c.role,
    turns.c.content,
    turns.c.speaker,
    turns.c.client_id,
    turns.c.at,
    turns.c.place,
    turns.c.source,
    turns.c.metadata,
    turns.c.user_id,
    turns.c.agent_id,
    turns.c.tokens,
    turns.c.position,
    turns.c.version,
    turns.c.embedded,
    turns.c.expires_at,
)


def select_turns() -> Select[Any]:
    """Select whole turns, of whichever space the caller names."""
    return select(*TURN_COLUMNS).join(streams, streams.c.key == turns.c.stream)


def turn_from(row: AnyRow) -> Turn:
    """Read a row of `select_turns`."""
    return Turn(
        key=TurnKey(row.key),
        id=TurnId(row.id),
        stream=StreamName(row.stream_name),
        seq=row.seq,
        role=row.role,
        content=row.content,
        speaker=row.speaker,
        client_id=row.client_id,
        at=row.at,
        place=row.place,
        source=Source(row.source),
        metadata=row.metadata,
        user_id=row.user_id,
        agent_id=row.agent_id,
        tokens=row.tokens,
        position=Position(row.position),
        version=Position(row.version),
        embedded=row.embedded,
        expires_at=row.expires_at,
    )


def traits_from(row: Mapping[Any, Any]) -> Traits:
    """Read what indexes keep of a row of `turns`, written or read."""
    return Traits(*(row[name] for name in Traits._fields))


def space_from(row: AnyRow) -> Space:
    """Read a row of `spaces`."""
    return Space(
        key=SpaceKey(row.key),
        name=SpaceName(row.name),
        position=Position(row.position),
        created_at=row.created_at,
        secret=row.secret,
        settings=settings_from(row.settings),
        version=Position(row.version),
    )


def settings_from(kept: Mapping[str, Any]) -> SpaceSettings:
    """Read the settings of a space from their column; what is not there is as it is by default."""
    return SpaceSettings(retention_days=kept.get("retention_days"))


def stream_from(row: AnyRow) -> Stream:
    """Read a row of `streams`."""
    return Stream(
        key=StreamKey(row.key),
        name=StreamName(row.name),
        title=row.title,
        created_at=row.created_at,
    )


def entry_from(row: AnyRow) -> Entry:
    """Read a row of `ledger`."""
    return Entry(
        position=Position(row.position),
        change=Change(row.change),
        subject=row.subject,
        digest=row.digest,
        actor=row.actor,
        at=row.at,
        hash=row.hash,
    )


def access_from(row: AnyRow) -> Access:
    """Read a row of `keys`."""
    return Access(
        id=KeyId(row.id),
        name=row.name,
        role=Role(row.role),
        spaces=tuple(row.spaces),
        created_at=row.created_at,
    )

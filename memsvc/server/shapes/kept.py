"""What is kept, a page at a time, and what was deleted or brought in."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from memsvc.app.forget import Forgotten
from memsvc.app.inspect import SpaceSummary
from memsvc.app.moving import Imported
from memsvc.domain.ids import EventId, SpaceName
from memsvc.domain.memory import Page, Turn, TurnVersion
from memsvc.ports.records import StreamSummary
from memsvc.sdk import wire
from memsvc.server.setting_shapes import settings_shape

T = TypeVar("T")


S = TypeVar("S")


def page_shape(page: Page[T], shape: Callable[[T], S]) -> wire.Page[S]:
    """Return a page with each item in its own shape."""
    return wire.Page(items=[shape(item) for item in page.items], next_cursor=page.next_cursor)


def space_shape(summary: SpaceSummary) -> wire.SpaceInfo:
    """Return a space with what it holds."""
    space, counts = summary.space, summary.counts
    return wire.SpaceInfo(
        name=space.name,
        created_at=space.created_at,
        position=space.position,
        streams=counts.streams,
        turns=counts.turns,
        events=counts.events,
        vectors=counts.vectors,
        text_bytes=counts.text_bytes,
        settings=settings_shape(space.settings),
        version=space.version,
    )


def stream_shape(summary: StreamSummary) -> wire.StreamInfo:
    """Return a stream with what it holds."""
    return wire.StreamInfo(
        name=summary.stream.name,
        title=summary.stream.title,
        document=summary.stream.document,
        created_at=summary.stream.created_at,
        turns=summary.turns,
        last_at=summary.last_at,
        last_seq=summary.last_seq,
    )


def turn_shape(turn: Turn, *, events: Sequence[EventId] | None = None) -> wire.TurnInfo:
    """Return a turn as it is kept, with the events that it is in where they are known."""
    return wire.TurnInfo(
        id=turn.id,
        client_id=turn.client_id,
        stream=turn.stream,
        seq=turn.seq,
        role=turn.role,
        speaker=turn.speaker,
        content=turn.content,
        at=turn.at,
        place=turn.place,
        source=turn.source,
        user_id=turn.user_id,
        agent_id=turn.agent_id,
        metadata=dict(turn.metadata),
        tokens=turn.tokens,
        position=turn.position,
        version=turn.version,
        embedded=turn.embedded,
        expires_at=turn.expires_at,
        echo_of=turn.echo_of,
        events=None if events is None else list(events),
    )


def version_shape(version: TurnVersion) -> wire.TurnVersion:
    """Return a version of what may be edited."""
    return wire.TurnVersion(
        position=version.position, place=version.place, metadata=dict(version.metadata)
    )


def deleted_shape(forgotten: Forgotten) -> wire.Deleted:
    """Return what a deletion removed."""
    return wire.Deleted(
        turns=forgotten.turns, streams=forgotten.streams, position=forgotten.position
    )


def imported_shape(space: SpaceName, imported: Imported) -> wire.Imported:
    """Return what an import did."""
    return wire.Imported(
        space=space,
        documents=imported.documents,
        streams=imported.streams,
        turns=imported.turns,
        present=imported.present,
        forgotten=imported.forgotten,
        with_vectors=imported.with_vectors,
        facts=imported.facts,
        rulings=imported.rulings,
        merges=imported.merges,
        unlinkings=imported.unlinkings,
        notes=imported.notes,
        links=imported.links,
        notes_left_out=imported.notes_left_out,
        titles=imported.titles,
        feedback=imported.feedback,
        position=imported.position or 0,
    )

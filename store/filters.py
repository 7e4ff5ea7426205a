"""A domain filter as conditions on rows of `turns`."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, exists, select

from memsvc.domain.ids import SpaceKey
from memsvc.domain.memory import Standing
from memsvc.domain.recall import Filter
from store.either import member_equals
from store.tables import document_parts, documents, ledger, streams, turns


def conditions(space: SpaceKey, where: Filter) -> Iterator[ColumnElement[bool]]:
    """Yield what must hold of a turn; the space first, always."""
    yield turns.c.space == space
    yield from _of_streams(space, where)
    for column, values in (
        (turns.c.speaker, where.speakers),
        (turns.c.place, where.places),
        (turns.c.role, where.roles),
        (turns.c.source, where.sources),
    ):
        if values:
            yield column.in_(values)
    for column, value in ((turns.c.user_id, where.user_id), (turns.c.agent_id, where.agent_id)):
        if value is not None:
            yield column == value
    if where.since is not None:
        yield turns.c.at >= where.since
    if where.until is not None:
        yield turns.c.at < where.until
    yield from (
        member_equals(turns.c.metadata, name, value) for name, value in where.metadata.items()
    )


def standing_conditions(space: SpaceKey, standing: Standing) -> Iterator[ColumnElement[bool]]:
    """Yield what must hold of a turn that has not expired."""
    yield turns.c.expires_at.is_(None) | (turns.c.expires_at > standing.now)
    if standing.written_after is not None:
        yield exists().where(
            ledger.c.space == space,
            ledger.c.position == turns.c.position,
            ledger.c.at > standing.written_after,
        )


def _of_streams(space: SpaceKey, where: Filter) -> Iterator[ColumnElement[bool]]:
    if where.streams:
        named = select(streams.c.key).where(
            streams.c.space == space, streams.c.name.in_(where.streams)
        )
        yield turns.c.stream.in_(named)
    if where.documents:
        parts = (
            select(document_parts.c.stream)
            .join(documents, documents.c.key == document_parts.c.document)
            .where(document_parts.c.space == space, documents.c.name.in_(where.documents))
        )
        yield turns.c.stream.in_(parts)
    if where.stretch.start > 0:
        yield turns.c.seq >= where.stretch.start
    if where.stretch.end is not None:
        yield turns.c.seq < where.stretch.end

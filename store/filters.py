"""A domain filter as conditions on rows of `turns`."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal, select

from memsvc.domain.ids import SpaceKey
from memsvc.domain.memory import Standing
from memsvc.domain.recall import Filter
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
    yield from (_metadata_equals(name, value) for name, value in where.metadata.items())


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


def _metadata_equals(name: str, value: Any) -> ColumnElement[bool]:
    """Compare as JSON does: 1 equals 1.0, and neither equals true or "1".

    Not by a path such as `$."name"`: SQLite compares a path's name with the escaped text, which
    misses every name that is not ASCII, and a quotation mark in it is a syntax error.
    """
    held = func.json_each(turns.c.metadata).table_valued("key", "value", "type")
    if isinstance(value, bool):  # before int: a bool is one
        same = held.c.type == ("true" if value else "false")
    elif isinstance(value, int | float):
        same = held.c.type.in_(("integer", "real")) & (held.c.value == literal(value))
    else:
        same = (held.c.type == "text") & (held.c.value == literal(value))
    return exists().where(held.c.key == literal(name), same)

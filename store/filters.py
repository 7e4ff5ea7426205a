"""A domain filter as conditions on rows of `turns`."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, select

from memsvc.domain.ids import SpaceKey
from memsvc.domain.recall import Filter
from store.tables import streams, turns


def conditions(space: SpaceKey, where: Filter) -> Iterator[ColumnElement[bool]]:
    """Yield what must hold of a turn; the space first, always."""
    yield turns.c.space == space
    if where.streams:
        named = select(streams.c.key).where(
            streams.c.space == space, streams.c.name.in_(where.streams)
        )
        yield turns.c.stream.in_(named)
    for column, values in (
        (turns.c.speaker, where.speakers),
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


def _metadata_equals(name: str, value: Any) -> ColumnElement[bool]:
    held: Any = turns.c.metadata[name]
    typed: ColumnElement[Any]
    if isinstance(value, bool):  # before int: a bool is one
        typed = held.as_boolean()
    elif isinstance(value, int):
        typed = held.as_integer()
    elif isinstance(value, float):
        typed = held.as_float()
    else:
        typed = held.as_string()
    equal: ColumnElement[bool] = typed == value
    return equal

"""Rows of `streams`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from memsvc.domain.ids import SpaceKey, StreamKey, StreamName, TurnKey
from memsvc.domain.memory import Page, Stream
from memsvc.ports.records import StreamSummary
from store.batches import as_one, batched
from store.cursors import number_from, page_of
from store.either import one_of
from store.rows import stream_from
from store.tables import document_parts, documents, spaces, streams, turns

# A stream that is part of a document says of which, at the cost of two look-ups by unique keys.
_OWNED = streams.outerjoin(
    document_parts,
    (document_parts.c.space == streams.c.space) & (document_parts.c.stream == streams.c.key),
).outerjoin(documents, documents.c.key == document_parts.c.document)
_DOCUMENT = documents.c.name.label("document_name")

_FIND = (
    select(*streams.c, _DOCUMENT)
    .select_from(_OWNED)
    .where(streams.c.space == bindparam("space"), streams.c.name == bindparam("name"))
)

_TITLES = select(streams.c.name, streams.c.title).where(
    streams.c.space == bindparam("of_space"),
    one_of(streams.c.name, "of_names"),
    streams.c.title.is_not(None),
)

_RETITLE = (
    update(streams)
    .where(streams.c.space == bindparam("of_space"), streams.c.key == bindparam("of"))
    .values(title=bindparam("to"))
)


class StreamRows:
    """Reads and changes streams through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, space: SpaceKey, name: StreamName) -> Stream | None:
        """Return the stream of that name."""
        row = self._connection.execute(_FIND, {"space": space, "name": name}).first()
        return None if row is None else stream_from(row, document=row.document_name)

    def page(self, space: SpaceKey, *, after: str | None, limit: int) -> Page[StreamSummary]:
        """List streams in the order in which they were made; the cursor is a stream's key."""
        query = (
            select(
                *streams.c,
                _DOCUMENT,
                func.count(turns.c.key).label("held"),
                func.max(turns.c.at).label("last_at"),
                func.max(turns.c.seq).label("last_seq"),
            )
            .select_from(_OWNED)
            .outerjoin(turns, (turns.c.space == space) & (turns.c.stream == streams.c.key))
            .where(streams.c.space == space)
            .group_by(*streams.c, _DOCUMENT)
            .order_by(streams.c.key)
            .limit(limit + 1)
        )
        if after is not None:
            query = query.where(streams.c.key > number_from(after))
        found = [
            StreamSummary(
                stream_from(row, document=row.document_name), row.held, row.last_at, row.last_seq
            )
            for row in self._connection.execute(query)
        ]
        return page_of(found, limit, lambda one: one.stream.key)

    def newest(self, space: SpaceKey) -> StreamKey | None:
        """Return the key of the stream that was made last; None when there is none."""
        key = self._connection.execute(
            select(func.max(streams.c.key)).where(streams.c.space == space)
        ).scalar()
        return None if key is None else StreamKey(key)

    def summary(self, space: SpaceKey, stream: Stream) -> StreamSummary:
        """Count what a stream holds."""
        held, last_at, last_seq = self._connection.execute(
            select(func.count(turns.c.key), func.max(turns.c.at), func.max(turns.c.seq)).where(
                turns.c.space == space, turns.c.stream == stream.key
            )
        ).one()
        return StreamSummary(stream, held, last_at, last_seq)

    def keys_of(self, space: SpaceKey, held: Sequence[TurnKey]) -> list[StreamKey]:
        """Return the streams that these turns are in, each once, in the order of their keys."""
        found: set[int] = set()
        for part in batched(held):
            rows = self._connection.execute(
                select(turns.c.stream).where(turns.c.key.in_(part), turns.c.space == space)
            )
            found.update(rows.scalars())
        return [StreamKey(key) for key in sorted(found)]

    def named(self, space: SpaceKey, names: Sequence[StreamName]) -> list[StreamKey]:
        """Return those of these streams that there are."""
        rows = self._connection.execute(
            select(streams.c.key)
            .where(streams.c.space == space, streams.c.name.in_(names))
            .order_by(streams.c.key)
        )
        return [StreamKey(key) for key in rows.scalars()]

    def titles(self, space: SpaceKey, names: Sequence[StreamName]) -> Mapping[StreamName, str]:
        """Return the titles of those of these streams that have one."""
        which = {"of_space": space, "of_names": as_one(names)}
        rows = self._connection.execute(_TITLES, which)
        return {StreamName(row.name): row.title for row in rows}

    def make(self, space: SpaceKey, name: StreamName, *, title: str | None, at: datetime) -> Stream:
        """Make a stream whose name is free."""
        row = self._connection.execute(
            insert(streams)
            .values(
                space=space,
                name=name,
                title=title,
                next_seq=0,
                created_at=at,
                position=select(spaces.c.position + 1)
                .where(spaces.c.key == space)
                .scalar_subquery(),
            )
            .returning(*streams.c)
        ).one()
        return stream_from(row)

    def retitle(self, space: SpaceKey, titles: Mapping[StreamKey, str]) -> None:
        """Give streams other titles."""
        if titles:
            self._connection.execute(
                _RETITLE,
                [{"of_space": space, "of": key, "to": title} for key, title in titles.items()],
            )

    def delete(self, space: SpaceKey, gone: Sequence[StreamKey]) -> None:
        """Delete the streams' own rows; their turns are deleted first."""
        self._connection.execute(
            delete(streams).where(streams.c.space == space, streams.c.key.in_(gone))
        )

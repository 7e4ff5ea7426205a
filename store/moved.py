"""Turns with all that is kept of them, for a move: read from their rows, and placed in new ones.

Three queries a page, whatever it holds: turns, their earlier versions, their vectors.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, bindparam, select, update

from memsvc.domain.ids import Position, SpaceKey, StreamName, TurnId
from memsvc.domain.memory import Fingerprint, Source, Span, TurnVersion
from memsvc.ports.models import Matrix
from memsvc.ports.records import MovedTurn, PlacedTurn
from store.rows import AnyRow
from store.tables import embeddings, streams, turn_versions, turns

_AS_FAR_AS = (
    update(streams)
    .where(streams.c.space == bindparam("of_space"), streams.c.key == bindparam("of"))
    .values(next_seq=bindparam("next"))
)


def read_moved(
    connection: Connection,
    space: SpaceKey,
    *conditions: ColumnElement[bool],
    limit: int,
    fingerprint: Fingerprint | None,
) -> list[MovedTurn]:
    """Read the turns of a space for which the conditions hold, in the order of writing."""
    rows = connection.execute(_select(space).where(*conditions).limit(limit)).all()
    keys = [row.key for row in rows]
    earlier = _earlier(connection, space, keys)
    vectors = {} if fingerprint is None else _vectors(connection, space, keys, fingerprint)
    return [_moved(row, earlier.get(row.key, ()), vectors.get(row.key)) for row in rows]


def numbered(connection: Connection, space: SpaceKey, placed: Sequence[PlacedTurn]) -> list[int]:
    """Return each turn's number in its stream, and let the streams go on after them."""
    keys = {each.stream.key for each in placed}
    rows = connection.execute(
        select(streams.c.key, streams.c.next_seq).where(
            streams.c.space == space, streams.c.key.in_(keys)
        )
    )
    following = {row.key: row.next_seq for row in rows}
    numbers = []
    for each in placed:
        number = max(following[each.stream.key], each.seq)
        following[each.stream.key] = number + 1
        numbers.append(number)
    connection.execute(
        _AS_FAR_AS,
        [{"of_space": space, "of": key, "next": number} for key, number in following.items()],
    )
    return numbers


def _select(space: SpaceKey) -> Select[Any]:
    return (
        select(*turns.c, streams.c.name.label("stream_name"))
        .join(streams, streams.c.key == turns.c.stream)
        .where(turns.c.space == space)
        .order_by(turns.c.position)
    )


def _earlier(
    connection: Connection, space: SpaceKey, keys: Sequence[int]
) -> Mapping[int, Sequence[TurnVersion]]:
    rows = connection.execute(
        select(turn_versions)
        .where(turn_versions.c.space == space, turn_versions.c.turn.in_(keys))
        .order_by(turn_versions.c.turn, turn_versions.c.position)
    )
    found = defaultdict(list)
    for row in rows:
        found[row.turn].append(TurnVersion(Position(row.position), row.place, row.metadata))
    return found


def _vectors(
    connection: Connection, space: SpaceKey, keys: Sequence[int], fingerprint: Fingerprint
) -> Mapping[int, tuple[tuple[Span, ...], Matrix]]:
    rows = connection.execute(
        select(embeddings)
        .where(
            embeddings.c.space == space,
            embeddings.c.turn.in_(keys),
            embeddings.c.fingerprint == fingerprint.text,
        )
        .order_by(embeddings.c.turn, embeddings.c.piece)
    )
    pieces = defaultdict(list)
    for row in rows:
        pieces[row.turn].append(row)
    return {
        key: (
            tuple(Span(row.start, row.end) for row in own),
            np.frombuffer(b"".join(row.vector for row in own), dtype=np.float32).reshape(
                len(own), fingerprint.dimension
            ),
        )
        for key, own in pieces.items()
    }


def _moved(
    row: AnyRow,
    earlier: Sequence[TurnVersion],
    embedded: tuple[tuple[Span, ...], Matrix] | None,
) -> MovedTurn:
    pieces, vectors = embedded or ((), None)
    return MovedTurn(
        id=TurnId(row.id),
        stream=StreamName(row.stream_name),
        seq=row.seq,
        role=row.role,
        content=row.content,
        speaker=row.speaker,
        client_id=row.client_id,
        at=row.at,
        source=Source(row.source),
        user_id=row.user_id,
        agent_id=row.agent_id,
        expires_at=row.expires_at,
        content_digest=row.content_digest,
        versions=(*earlier, TurnVersion(Position(row.version), row.place, row.metadata)),
        pieces=pieces,
        vectors=vectors,
        echo_of=None if row.echo_of is None else TurnId(row.echo_of),
    )

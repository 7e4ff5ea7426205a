"""Rows of `events` and `open_tails` as they change: what closes, and what is computed anew."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from memsvc.domain.ids import (
    EventId,
    EventKey,
    Position,
    SpaceKey,
    StreamKey,
    TurnKey,
)
from memsvc.ports.records import EventDraft, OpenTail, Portrait
from store.delta import ClosedEvent, Deltas
from store.event_reading import EventReading
from store.tables import events, open_tails, titles

# Statements of the write path are built once: building them costs more than running them.
_ADD = insert(events).returning(events.c.key, events.c.position)

_BEGIN_TAIL = insert(open_tails)

_MOVE_TAIL = update(open_tails).where(
    open_tails.c.space == bindparam("of_space"), open_tails.c.stream == bindparam("of")
)


class EventRows(EventReading):
    """Keeps events through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        super().__init__(connection)
        self._deltas = deltas

    def add(
        self,
        space: SpaceKey,
        stream: StreamKey,
        drafts: Sequence[EventDraft],
        tail: OpenTail,
        *,
        first_position: Position,
    ) -> None:
        """Keep closed events of a stream, and the tail that is left."""
        rows = [
            {
                "space": space,
                "stream": stream,
                "number": draft.number,
                "id": draft.id,
                "start_seq": draft.start.seq,
                "start_piece": draft.start.piece,
                "end_seq": draft.end.seq,
                "end_piece": draft.end.piece,
                "boundary": draft.boundary.value,
                "measure": draft.measure,
                **_drawn(draft.portrait),
                "position": first_position + i,
                "version": first_position + i,
            }
            for i, draft in enumerate(drafts)
        ]
        kept = {row.position: row.key for row in self._connection.execute(_ADD, rows)}
        self._deltas.of(space).closed.extend(
            ClosedEvent(kept[row["position"]], tuple(draft.turns))
            for row, draft in zip(rows, drafts, strict=True)
        )
        left = {
            "number": tail.number,
            "start_seq": tail.start.seq,
            "start_piece": tail.start.piece,
            "moved": tail.moved,
            "measure": tail.measure,
            "trailing": _floats(tail.trailing or ()),
        }
        if drafts[0].number == 0:
            self._connection.execute(_BEGIN_TAIL, {"space": space, "stream": stream, **left})
        else:
            self._connection.execute(_MOVE_TAIL, {"of_space": space, "of": stream, **left})

    def set_trailing(self, space: SpaceKey, stream: StreamKey, trailing: Sequence[float]) -> None:
        """Put other surprises in the place of those before a stream's open tail."""
        self._connection.execute(
            update(open_tails)
            .where(open_tails.c.space == space, open_tails.c.stream == stream)
            .values(trailing=_floats(trailing))
        )

    def redraw(
        self,
        space: SpaceKey,
        portraits: Mapping[EventKey, Portrait],
        turns_of: Mapping[EventKey, Sequence[TurnKey]],
        *,
        version: Position,
    ) -> None:
        """Put new portraits in the place of the present ones; `turns_of` begin in each event."""
        for key, portrait in portraits.items():
            self._connection.execute(
                update(events)
                .where(events.c.space == space, events.c.key == key)
                .values(**_drawn(portrait), version=version)
            )
        self._deltas.of(space).closed.extend(
            ClosedEvent(key, tuple(turns_of[key])) for key in portraits
        )

    def delete(self, space: SpaceKey, gone: Sequence[StreamKey]) -> list[EventId]:
        """Delete every event of these streams; return their ids in order."""
        those = and_(events.c.space == space, events.c.stream.in_(gone))
        ids = self._connection.execute(
            select(events.c.id).where(those).order_by(events.c.stream, events.c.number)
        ).scalars()
        found = [EventId(each) for each in ids]
        if found:
            gone_keys = select(events.c.key).where(those)
            self._connection.execute(
                delete(titles).where(titles.c.space == space, titles.c.event.in_(gone_keys))
            )
            self._connection.execute(delete(events).where(those))
            self._connection.execute(
                delete(open_tails).where(open_tails.c.space == space, open_tails.c.stream.in_(gone))
            )
        return found


def _drawn(portrait: Portrait) -> dict[str, Any]:
    return {
        "units": np.array(portrait.units, dtype="<i8").tobytes(),
        "curve": portrait.curve.astype("<f4").tobytes(),
        "thresholds": portrait.thresholds.astype("<f4").tobytes(),
        "representatives": np.array(portrait.representatives, dtype="<i4").tobytes(),
        "centroid": None if portrait.centroid is None else portrait.centroid.tobytes(),
        "first_at": portrait.first_at,
        "last_at": portrait.last_at,
    }


def _floats(numbers: Sequence[float]) -> bytes:
    return np.array(numbers, dtype="<f4").tobytes()

"""Episodes: close the events that a stream's turns have settled, and mend those that lose one.

Everything here runs inside the unit of work that appends, embeds or deletes turns, so that events
are durable with them. Cutting goes on from the last closed event: nothing else is kept about a
stream, and nothing is lost with a process. Turns that are owed a vector hold cutting up until
they have it; what is still open is found all the same, turn by turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

import numpy as np

from memsvc.app.fingerprints import event_digest
from memsvc.domain.episode import Edge, Segmentation, SurpriseSource
from memsvc.domain.ids import EventId, EventKey, Position, SpaceKey, StreamKey, TurnKey
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.memory import Fingerprint, Space
from memsvc.ingest.portray import portray
from memsvc.ingest.segment import Measured, Unit, measure, segment
from memsvc.ports.keeping import Unit as UnitOfWork
from memsvc.ports.records import (
    ClosedBefore,
    EntryDraft,
    EventDraft,
    Extent,
    Portrait,
    StreamUnit,
)
from memsvc.ports.world import Ids

AT_ONCE = 2_048
"""Units of one stream that are cut in one unit of work: a write of 1,000 turns fits whole."""

EVENTS_BACK = 16
"""Events looked back at first for the surprises before the open tail; mostly that is enough."""


@dataclass(frozen=True, slots=True)
class Episodes:
    """The steps, with what they need.

    `fingerprint` names the model of the vectors, `surprisal` that of the surprisals, if there is
    one.
    """

    fingerprint: Fingerprint
    ids: Ids
    surprisal: str | None = None

    def close(
        self,
        unit: UnitOfWork,
        space: Space,
        streams: Sequence[StreamKey],
        *,
        actor: str,
        at: datetime,
    ) -> list[EventId]:
        """Close what can be closed at the open ends of these streams; return the new events."""
        closed: list[EventId] = []
        for stream in streams:
            drafts = self._drafts(unit, space, stream)
            if drafts:
                first = unit.ledger.next_position(space.key)
                unit.events.add(space.key, stream, drafts, first_position=first)
                entries = [_closed(draft, space) for draft in drafts]
                unit.ledger.append(space.key, entries, actor=actor, at=at)
                closed.extend(draft.id for draft in drafts)
        return closed

    def delete(
        self,
        unit: UnitOfWork,
        space: Space,
        streams: Sequence[StreamKey],
        *,
        actor: str,
        at: datetime,
    ) -> None:
        """Delete the events of streams that go."""
        gone = unit.events.delete(space.key, streams)
        if gone:
            entries = [
                EntryDraft(
                    Change.EVENT_DELETED, event, digest_of({"deleted": event}, secret=space.secret)
                )
                for event in gone
            ]
            unit.ledger.append(space.key, entries, actor=actor, at=at)

    def mend(
        self, unit: UnitOfWork, space: Space, extents: Sequence[Extent], *, version: Position
    ) -> None:
        """Compute anew what is computed from the units of events that lost or got some."""
        how = space.settings.cutting
        portraits: dict[EventKey, Portrait] = {}
        turns: dict[EventKey, list[TurnKey]] = {}
        for extent in extents:
            portraits[extent.key], turns[extent.key] = self._redrawn(unit, space, extent, how)
        if portraits:
            unit.events.redraw(space.key, portraits, turns, version=version)

    def _drafts(self, unit: UnitOfWork, space: Space, stream: StreamKey) -> list[EventDraft]:
        """Cut the open tail of a stream as far as it is settled."""
        how = space.settings.cutting
        measured_by = self._measure(how)
        past = _past(unit, space.key, stream, measured_by, how)
        start = past[0].end if past else Edge(0, 0)
        found = self._units(unit, space.key, stream, how, since=start.seq - how.lookback)
        tail = [each for each in found if each.edge >= start]
        cuts = segment(
            [_as_unit(each) for each in _ready(tail, how, is_whole=len(found) < AT_ONCE)],
            how,
            before=[_as_unit(each) for each in found if each.edge < start and _is_ready(each, how)],
            trailing=_trailing(past, measured_by, how),
            moved=past[0].moved if past else 0,
        )
        number = past[0].number + 1 if past else 0
        drafts, begin = [], 0
        for cut in cuts:
            end = begin + cut.size
            edge = tail[end].edge if end < len(tail) else Edge(tail[end - 1].edge.seq + 1, 0)
            draft = EventDraft(
                id=EventId(self.ids.new("e")),
                number=number,
                start=start,
                end=edge,
                boundary=cut.boundary,
                measure=measured_by,
                moved=cut.moved,
                portrait=_portrait(tail[begin:end], Measured(cut.curve, cut.thresholds)),
                turns=_begun(tail[begin:end]),
            )
            drafts.append(draft)
            start, number, begin = edge, number + 1, end
        return drafts

    def _redrawn(
        self, unit: UnitOfWork, space: Space, extent: Extent, how: Segmentation
    ) -> tuple[Portrait, list[TurnKey]]:
        past = _past(unit, space.key, extent.stream, extent.measure, how, before=extent.number)
        found = self._units(
            unit,
            space.key,
            extent.stream,
            how,
            since=extent.start.seq - how.lookback,
            until=extent.end.seq + how.lookback + 1,
        )
        known = [each for each in found if _is_ready(each, how)]
        inside = [each for each in known if extent.start <= each.edge < extent.end]
        measured = measure(
            [_as_unit(each) for each in inside],
            how,
            before=[_as_unit(each) for each in known if each.edge < extent.start],
            after=[_as_unit(each) for each in known if each.edge >= extent.end],
            trailing=_trailing(past, extent.measure, how),
        )
        return _portrait(inside, measured), _begun(inside)

    def _units(
        self,
        unit: UnitOfWork,
        space: SpaceKey,
        stream: StreamKey,
        how: Segmentation,
        *,
        since: int,
        until: int | None = None,
    ) -> list[StreamUnit]:
        return unit.events.units(
            space,
            stream,
            since=since,
            until=until,
            limit=AT_ONCE,
            fingerprint=self.fingerprint,
            surprisal=self.surprisal if how.source is SurpriseSource.TOKENS else None,
        )

    def _measure(self, how: Segmentation) -> str:
        """Name what surprise is measured by: only numbers of one measure compare."""
        by = self.surprisal if how.source is SurpriseSource.TOKENS else self.fingerprint.text
        return f"{how.source}:{by}"


def _past(
    unit: UnitOfWork,
    space: SpaceKey,
    stream: StreamKey,
    measured_by: str,
    how: Segmentation,
    *,
    before: int | None = None,
) -> list[ClosedBefore]:
    """Return the last events of the stream, as many as hold a whole window of surprises."""
    past = unit.events.closed_before(space, stream, before=before, limit=EVENTS_BACK)
    if len(past) < EVENTS_BACK or len(_trailing(past, measured_by, how)) >= how.window:
        return past
    # Nearly every unit of an event has a surprise: twice the window is more than enough.
    return unit.events.closed_before(space, stream, before=before, limit=2 * how.window)


def _trailing(past: Sequence[ClosedBefore], measured_by: str, how: Segmentation) -> list[float]:
    """Return the surprises of the units before the open tail, oldest first, a window of them."""
    curves = [event.curve for event in reversed(past) if event.measure == measured_by]
    if not curves:
        return []
    values = np.concatenate(curves)
    known: list[float] = values[~np.isnan(values)][-how.window :].tolist()
    return known


def _ready(
    tail: Sequence[StreamUnit], how: Segmentation, *, is_whole: bool
) -> Sequence[StreamUnit]:
    """Return the units up to the first that is still owed what cutting needs.

    Where there are more units than were read, the last of these only says where the one before
    it ends.
    """
    read = tail if is_whole else tail[:-1]
    return list(takewhile(lambda each: _is_ready(each, how), read))


def _is_ready(unit: StreamUnit, how: Segmentation) -> bool:
    is_scored = how.source is not SurpriseSource.TOKENS or unit.surprisal is not None
    return unit.vector is not None and is_scored


def _as_unit(unit: StreamUnit) -> Unit:
    assert unit.vector is not None  # noqa: S101  only units that are ready come here
    return Unit(unit.vector, unit.happened, unit.place, unit.surprisal)


def _begun(inside: Sequence[StreamUnit]) -> list[TurnKey]:
    """Return the turns of which an event has the first piece."""
    return [unit.turn for unit in inside if unit.edge.piece == 0]


def _portrait(inside: Sequence[StreamUnit], measured: Measured) -> Portrait:
    vectors = [unit.vector for unit in inside if unit.vector is not None]
    likeness = portray(np.stack(vectors)) if vectors else None
    happened = [unit.happened for unit in inside]
    return Portrait(
        units=[unit.edge for unit in inside],
        curve=measured.curve,
        thresholds=measured.thresholds,
        representatives=() if likeness is None else likeness.representatives,
        centroid=None if likeness is None else likeness.centroid,
        first_at=min(happened, default=None),
        last_at=max(happened, default=None),
    )


def _closed(draft: EventDraft, space: Space) -> EntryDraft:
    digest = event_digest(draft.number, draft.start, draft.end, draft.boundary, secret=space.secret)
    return EntryDraft(Change.EVENT_CLOSED, draft.id, digest)

"""Episodes: close the events that a stream's turns have settled, and mend those that lose one.

Everything here runs inside the unit of work that appends, embeds or deletes turns, so that events
are durable with them. Cutting goes on from the last closed event: nothing else is kept about a
stream, and nothing is lost with a process. Turns that are owed a vector hold cutting up until
they have it; what is still open is found all the same, turn by turn.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

import numpy as np

from memsvc.app.fingerprints import deletion, event_digest
from memsvc.app.owe_improving import owe_of_events, owe_titles_anew
from memsvc.domain.episode import Edge, Segmentation, SurpriseSource
from memsvc.domain.ids import EventId, EventKey, Position, SpaceKey, StreamKey, TurnKey
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Fingerprint, Space
from memsvc.domain.work import Step
from memsvc.ingest.portray import portray
from memsvc.ingest.segment import Measured, Unit, measure, segment
from memsvc.ingest.signs import signs_of
from memsvc.ports.keeping import Reading
from memsvc.ports.keeping import Unit as UnitOfWork
from memsvc.ports.records import (
    Curve,
    EntryDraft,
    EventDraft,
    Extent,
    OpenTail,
    Portrait,
    StreamUnit,
)
from memsvc.ports.world import Ids

AT_ONCE = 2_048
"""Units of one stream that are read and cut at once: a write of 1,000 turns fits whole."""

A_LOOK = 128
"""Units that are read at first: as many as a tail has whose turns came one by one."""

ROUNDS = 16
"""How often that is done in one unit of work at most; what is left then is cut by and by."""


@dataclass(frozen=True, slots=True)
class OpenUnits:
    """The units of a stream's open tail that have what cutting needs, and their surprises so far.

    They run from `start` to `end`; an event that begins there will have this `number`. `waiting`
    counts the turns behind them, up to the first `AT_ONCE` units.
    """

    number: int
    start: Edge
    end: Edge
    units: Sequence[Edge]
    curve: Sequence[float | None]
    thresholds: Sequence[float | None]
    waiting: int


@dataclass(frozen=True, slots=True)
class Episodes:
    """The steps, with what they need.

    `fingerprint` names the model of the vectors, `surprisal` that of the surprisals, if there is
    one; `language` is what the words of the installation are mostly in.
    """

    fingerprint: Fingerprint
    ids: Ids
    language: str
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
            for _ in range(ROUNDS):
                drafts, left, is_whole = self._cut(unit, space, stream, at)
                if drafts:
                    first = unit.ledger.next_position(space.key)
                    unit.events.add(space.key, stream, drafts, left, first_position=first)
                    entries = [_closed(draft, space) for draft in drafts]
                    unit.ledger.append(space.key, entries, actor=actor, at=at)
                    closed.extend(draft.id for draft in drafts)
                if is_whole or not drafts:
                    break
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
            entries = [deletion(Change.EVENT_DELETED, event, secret=space.secret) for event in gone]
            unit.ledger.append(space.key, entries, actor=actor, at=at)

    def mend(
        self,
        unit: UnitOfWork,
        space: Space,
        extents: Sequence[Extent],
        *,
        version: Position,
        at: datetime,
    ) -> None:
        """Compute anew what is computed from the units of events that lost or got some.

        Their titles go, which may be of words that are forgotten, and are owed anew.
        """
        how = self._how(space)
        portraits: dict[EventKey, Portrait] = {}
        turns: dict[EventKey, list[TurnKey]] = {}
        last: dict[EventKey, TurnKey] = {}
        for extent in extents:
            inside, measured = self._redrawn(unit, space, extent, how)
            portraits[extent.key] = _portrait(inside, measured)
            turns[extent.key] = _begun(inside)
            if extent.holds and inside:
                last[extent.key] = inside[-1].turn
        if portraits:
            unit.events.redraw(space.key, portraits, turns, version=version)
        lost = [extent.key for extent in extents if extent.holds]
        gone = unit.titles.purge(space.key, lost)
        anew = [turn for event, turn in last.items() if event in gone]
        owe_titles_anew(unit, space, list(last.values()), anew=anew, now=at)
        for stream in dict.fromkeys(extent.stream for extent in extents):
            tail = unit.events.tail(space.key, stream)
            seen = _seen(unit, space.key, stream, tail.measure, how, before=tail.number)
            unit.events.set_trailing(space.key, stream, seen)

    def open_units(self, reading: Reading, space: Space, stream: StreamKey) -> OpenUnits:
        """Return what follows the last closed event of a stream; nothing is changed."""
        how = self._how(space)
        tail = reading.events.tail(space.key, stream)
        if tail.trailing is None:
            seen = _seen(reading, space.key, stream, tail.measure, how, before=tail.number)
            tail = replace(tail, trailing=seen)
        found = self._units(reading, space.key, stream, how, since=_back(tail.start, how))
        open_ = [each for each in found if each.edge >= tail.start]
        ready = _ready(open_, how, is_whole=len(found) < AT_ONCE)
        measured = measure(
            [self._as_unit(each) for each in ready],
            how,
            before=self._before(found, tail),
            trailing=self._trailing(tail, how),
        )
        return OpenUnits(
            number=tail.number,
            start=tail.start,
            end=_edge_after(open_, len(ready)) if ready else tail.start,
            units=[each.edge for each in ready],
            curve=_numbers(measured.curve),
            thresholds=_numbers(measured.thresholds),
            waiting=len({each.turn for each in open_[len(ready) :]}),
        )

    def _cut(
        self, unit: UnitOfWork, space: Space, stream: StreamKey, at: datetime
    ) -> tuple[list[EventDraft], OpenTail, bool]:
        """Cut the open tail of a stream as far as it is settled.

        Turns that are to be cut by their tokens and are not scored yet are owed that; those that
        an event ends with are owed its note and its title, in a space that asks for them.

        Return the events, what is left of the tail, and whether all of it was looked at.
        """
        how = self._how(space)
        measured_by = self._measure(how)
        tail = unit.events.tail(space.key, stream)
        trailing = self._trailing(tail, how)
        found, is_whole = self._up_to_owed(unit, space.key, stream, how, tail)
        open_ = [each for each in found if each.edge >= tail.start]
        if how.source is SurpriseSource.TOKENS:
            unscored = [
                each.turn for each in open_ if each.vector is not None and each.surprisal is None
            ]
            unit.outbox.put(space.key, Step.SURPRISE, list(dict.fromkeys(unscored)), now=at)
        cuts = segment(
            [self._as_unit(each) for each in _ready(open_, how, is_whole=is_whole)],
            how,
            before=self._before(found, tail),
            trailing=trailing,
            moved=tail.moved,
        )
        drafts: list[EventDraft] = []
        last: list[TurnKey] = []
        start, begin = tail.start, 0
        for number, cut in enumerate(cuts, start=tail.number):
            end = begin + cut.size
            edge = _edge_after(open_, end)
            draft = EventDraft(
                id=EventId(self.ids.new("e")),
                number=number,
                start=start,
                end=edge,
                boundary=cut.boundary,
                measure=measured_by,
                portrait=_portrait(open_[begin:end], Measured(cut.curve, cut.thresholds)),
                turns=_begun(open_[begin:end]),
            )
            drafts.append(draft)
            last.append(open_[end - 1].turn)
            start, begin = edge, end
        owe_of_events(unit, space, last, now=at)
        seen = [*trailing, *_known([cut.curve for cut in cuts])]
        moved = cuts[-1].moved if cuts else tail.moved
        left = OpenTail(start, tail.number + len(cuts), moved, measured_by, seen[-how.window :])
        return drafts, left, is_whole

    def _redrawn(
        self, unit: UnitOfWork, space: Space, extent: Extent, how: Segmentation
    ) -> tuple[list[StreamUnit], Measured]:
        """Return the units that an event has now, and how surprising they are."""
        stream, number = extent.stream, extent.number
        found = self._units(
            unit,
            space.key,
            stream,
            how,
            since=_back(extent.start, how),
            until=extent.end.seq + how.lookback + 1,
        )
        known = [each for each in found if _is_ready(each, how)]
        inside = [each for each in known if extent.start <= each.edge < extent.end]
        measured = measure(
            [self._as_unit(each) for each in inside],
            how,
            before=[self._as_unit(each) for each in known if each.edge < extent.start],
            after=[self._as_unit(each) for each in known if each.edge >= extent.end],
            trailing=_seen(unit, space.key, stream, extent.measure, how, before=number),
        )
        return inside, measured

    def _up_to_owed(
        self,
        unit: UnitOfWork,
        space: SpaceKey,
        stream: StreamKey,
        how: Segmentation,
        tail: OpenTail,
    ) -> tuple[list[StreamUnit], bool]:
        """Return the units that the tail may be cut by, and whether there are no more of them.

        Not far beyond the first that is owed its vector: nothing behind that is cut, and a stream
        may be owed thousands.
        """
        found: list[StreamUnit] = []
        since, limit = _back(tail.start, how), A_LOOK
        while len(found) < AT_ONCE:
            read = self._units(unit, space, stream, how, since=since, limit=limit)
            found += read
            is_owed = any(each.vector is None for each in read if each.edge >= tail.start)
            if len(read) < limit or is_owed:
                return found, True
            last = read[-1].edge
            since, limit = Edge(last.seq, last.piece + 1), AT_ONCE - len(found)
        return found, False

    def _units(
        self,
        unit: UnitOfWork | Reading,
        space: SpaceKey,
        stream: StreamKey,
        how: Segmentation,
        *,
        since: Edge,
        until: int | None = None,
        limit: int = AT_ONCE,
    ) -> list[StreamUnit]:
        return unit.events.units(
            space,
            stream,
            since=since,
            until=until,
            limit=limit,
            fingerprint=self.fingerprint,
            surprisal=self.surprisal if how.source is SurpriseSource.TOKENS else None,
        )

    def _before(self, found: Sequence[StreamUnit], tail: OpenTail) -> list[Unit]:
        """Return the units before the tail that have vectors."""
        closed = [each for each in found if each.edge < tail.start]
        return [self._as_unit(each) for each in closed if each.vector is not None]

    def _as_unit(self, unit: StreamUnit) -> Unit:
        assert unit.vector is not None  # noqa: S101  only units that are ready come here
        signs = signs_of(unit.glimpse, language=self.language)
        return Unit(unit.vector, unit.happened, unit.place, unit.surprisal, signs)

    def _how(self, space: Space) -> Segmentation:
        """Return how the space is cut; by vectors while there is no model that it asks for."""
        how = space.settings.cutting
        if how.source is SurpriseSource.TOKENS and self.surprisal is None:
            return replace(how, source=SurpriseSource.AROUND)
        return how

    def _trailing(self, tail: OpenTail, how: Segmentation) -> Sequence[float]:
        """Return the surprises seen before the tail, unless they are of another measure."""
        return tail.trailing or () if tail.measure == self._measure(how) else ()

    def _measure(self, how: Segmentation) -> str:
        """Name what surprise is measured by: only numbers of one measure compare."""
        by = self.surprisal if how.source is SurpriseSource.TOKENS else self.fingerprint.text
        return f"{how.source}:{by}"


def _back(start: Edge, how: Segmentation) -> Edge:
    """Return an edge that has as many units between it and `start` as cutting looks back."""
    if start.piece >= how.lookback:
        return Edge(start.seq, start.piece - how.lookback)
    return Edge(max(start.seq - how.lookback, 0), 0)


def _seen(
    unit: UnitOfWork | Reading,
    space: SpaceKey,
    stream: StreamKey,
    measured_by: str,
    how: Segmentation,
    *,
    before: int,
) -> list[float]:
    """Return the last surprises of a stream's events before a number, oldest first, a window."""
    # Nearly every unit has a surprise and every event has a unit, unless it was forgotten.
    limit = 2 * how.window
    curves = unit.events.curves(space, stream, before=before, measure=measured_by, limit=limit)
    return _known(curves)[-how.window :]


def _known(curves: Sequence[Curve]) -> list[float]:
    return [one for curve in curves for one in curve.tolist() if not math.isnan(one)]


def _edge_after(tail: Sequence[StreamUnit], count: int) -> Edge:
    """Return where the first `count` units end: where the next begins, if there is one."""
    return tail[count].edge if count < len(tail) else Edge(tail[count - 1].edge.seq + 1, 0)


def _numbers(curve: Curve) -> list[float | None]:
    return [None if math.isnan(number) else number for number in curve.tolist()]


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

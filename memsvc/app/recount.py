"""Recount: what happened, event by event, and what is still open at the end of a stream.

An event is told with those of its units whose turns stand: one that has expired is left out from
that moment on, though the event is mended only once the turn is deleted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memsvc.app.episodes import Episodes, OpenUnits
from memsvc.app.look_up import the_event, the_space, the_stream
from memsvc.domain.access import Access, Role
from memsvc.domain.episode import (
    Boundary,
    CurvePoint,
    Edge,
    Event,
    Provisional,
    Recounted,
    StreamCurve,
    TurnInside,
    thinned,
)
from memsvc.domain.ids import EventId, SpaceName, StreamName, TurnId
from memsvc.domain.memory import WHOLE, Page, Stretch, Turn, pages
from memsvc.ports.keeping import Keeping
from memsvc.ports.world import Clock

EVENTS_AT_ONCE = 500
"""Of a whole stream: how many are read in one go."""


@dataclass(frozen=True, slots=True)
class Recount:
    """The use cases, with what they need. Each raises the NotFound of what was named."""

    keeping: Keeping
    episodes: Episodes
    clock: Clock

    def events(
        self,
        access: Access,
        space: SpaceName,
        *,
        stream: StreamName | None,
        since: datetime | None,
        until: datetime | None,
        stretch: Stretch = WHOLE,
        after: str | None,
        limit: int,
        texts: bool,
    ) -> Page[Recounted]:
        """List events in the order in which they closed, of one stream or of all.

        Only those that reach into the time from `since` on and before `until`, and into the
        `stretch` of their stream.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            within = None if stream is None else the_stream(reading, held.key, stream).key
            page = reading.events.page(
                held.key,
                stream=within,
                since=since,
                until=until,
                stretch=stretch,
                after=after,
                limit=limit,
            )
            turns = reading.events.turns_inside(
                held.key,
                [event.key for event in page.items],
                standing=held.settings.standing(self.clock.latest()),
                fingerprint=self.episodes.fingerprint,
                texts=texts,
            )
        told = tuple(_told(event, turns[event.key]) for event in page.items)
        return Page(told, page.next_cursor)

    def event(self, access: Access, space: SpaceName, event_id: EventId) -> Recounted:
        """Return one event with the texts of its turns."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            event = the_event(reading, held.key, event_id)
            turns = reading.events.turns_inside(
                held.key,
                [event.key],
                standing=held.settings.standing(self.clock.latest()),
                fingerprint=self.episodes.fingerprint,
                texts=True,
            )
        return _told(event, turns[event.key])

    def of_turn(self, access: Access, space: SpaceName, turn: Turn) -> list[EventId]:
        """Return the events that a turn is in, in order; none while it is in the open tail."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            found = reading.events.of_turns(held.key, [turn.key])
        return [event.id for event in found.get(turn.key, ())]

    def tail(self, access: Access, space: SpaceName, stream: StreamName) -> Provisional:
        """Return what follows the last closed event of a stream."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            found = the_stream(reading, held.key, stream)
            tail = self.episodes.open_units(reading, held, found.key)
            turns = reading.events.turns_between(
                held.key,
                found.key,
                tail.start,
                tail.end,
                standing=held.settings.standing(self.clock.latest()),
                fingerprint=self.episodes.fingerprint,
            )
        stay = _standing(tail.units, turns)
        return Provisional(
            stream=found.name,
            number=tail.number,
            start=tail.start,
            units=[tail.units[i] for i in stay],
            curve=[tail.curve[i] for i in stay],
            thresholds=[tail.thresholds[i] for i in stay],
            turns=turns,
            waiting=tail.waiting,
        )

    def curve(
        self, access: Access, space: SpaceName, stream: StreamName, *, most: int
    ) -> StreamCurve:
        """Return how much the units of a stream surprised, as at most so many points.

        Its units that stand, closed and open; see `StreamCurve` for those of a longer stream.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            found = the_stream(reading, held.key, stream)
            stand = reading.events.turns_standing(
                held.key, found.key, standing=held.settings.standing(self.clock.latest())
            )
            points: list[CurvePoint] = []
            began = None
            for page in pages(
                lambda cursor: reading.events.page(
                    held.key,
                    stream=found.key,
                    since=None,
                    until=None,
                    after=cursor,
                    limit=EVENTS_AT_ONCE,
                )
            ):
                for event in page.items:
                    points += _points(event, stand, began)
                    began = event.boundary
            tail = self.episodes.open_units(reading, held, found.key)
        points += _points(tail, stand, began)
        return StreamCurve(found.name, len(points), thinned(points, most))


def _points(
    run: Event | OpenUnits, stand: Mapping[int, TurnId], began: Boundary | None
) -> Iterator[CurvePoint]:
    """Yield the units of an event that stand; the first of them says why it began."""
    for unit, surprise, threshold in zip(run.units, run.curve, run.thresholds, strict=True):
        turn = stand.get(unit.seq)
        if turn is not None:
            yield CurvePoint(turn, unit, surprise, threshold, began)
            began = None


def _told(event: Event, turns: Sequence[TurnInside]) -> Recounted:
    """Leave out of an event what does not stand."""
    stay = _standing(event.units, turns)
    if len(stay) == len(event.units):
        return Recounted(event, turns)
    place = {was: now for now, was in enumerate(stay)}
    happened = [turn.at for turn in turns]
    left = replace(
        event,
        units=[event.units[i] for i in stay],
        curve=[event.curve[i] for i in stay],
        thresholds=[event.thresholds[i] for i in stay],
        representatives=[place[i] for i in event.representatives if i in place],
        first_at=min(happened, default=None),
        last_at=max(happened, default=None),
        title=None,  # it may be of the words of what does not stand
    )
    return Recounted(left, turns)


def _standing(units: Sequence[Edge], turns: Sequence[TurnInside]) -> list[int]:
    """Return the places of those units whose turns stand."""
    seqs = {turn.seq for turn in turns}
    return [place for place, unit in enumerate(units) if unit.seq in seqs]

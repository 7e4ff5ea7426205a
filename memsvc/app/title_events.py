"""Title events: have a language model say in a few words what each event that closed is about.

Jobs of one space are asked about together, in one call of the model where it can, and kept in one
unit: the titles with their run, marks and the jobs. So a worker that dies leaves nothing half done,
and one that comes again finds the jobs struck off, or asks once more.

An event has one title, and one that has a title is not asked about again. One whose own words are
about as short as a title is told by these. A title may be of any turn's words, so it goes when one
of them is forgotten, and is owed anew (`memsvc.app.episodes`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from memsvc.app import runs
from memsvc.app.answered import settle
from memsvc.app.evidence import evidence
from memsvc.app.titles import give
from memsvc.domain.episode import MAX_TITLE_CHARS, Event, Title, titled
from memsvc.domain.ids import Position, SpaceKey, TurnKey
from memsvc.domain.memory import Fingerprint, Space, Turn
from memsvc.domain.work import WORKER, Job, Step
from memsvc.ports.improving import EventTitler, Passage, Unread
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.world import Clock, Ids

LEAST_CHARS = 2 * MAX_TITLE_CHARS
"""Of an event's own words; a person reads fewer as fast as a title."""

CHANGED = Unread("The event has lost a turn meanwhile; it is asked about again.")
NOT_YET = Position(0)


@dataclass(frozen=True, slots=True)
class _Open:
    """An event that is asked about, by the turn that it ends with."""

    turn: TurnKey
    event: Event
    passage: Passage


@dataclass(frozen=True, slots=True)
class _Asked:
    turns: Sequence[TurnKey] = ()
    open: Sequence[_Open] = ()


@dataclass(frozen=True, slots=True)
class TitleEvents:
    """The step of enrichment, with what it needs; `fingerprint` is of the turns' vectors."""

    keeping: Keeping
    titler: EventTitler
    fingerprint: Fingerprint
    clock: Clock
    ids: Ids

    def __call__(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Give titles to the events that end with these turns. Raises `ModelUnavailable`."""
        with self.keeping.read() as reading:
            asked = self._asked(reading, space, jobs)
        found = self.titler.title([one.passage for one in asked.open]) if asked.open else []
        self.keeping.write(partial(self._keep, space, jobs, asked, found))

    def _asked(self, reading: Reading, space: SpaceKey, jobs: Sequence[Job]) -> _Asked:
        turns = reading.turns.by_keys(space, [job.turn for job in jobs])
        if not turns:  # forgotten, and its jobs with it; perhaps the whole space
            return _Asked()
        keys = [turn.key for turn in turns]
        done = reading.tallies.done(space, Step.TITLE_EVENTS, keys, maker=self.titler.name)
        left = [turn for turn in turns if turn.key not in done]
        return _Asked(keys, self._open(reading, reading.spaces.of(space), left))

    def _open(self, reading: Reading, space: Space, turns: Sequence[Turn]) -> list[_Open]:
        """Return the events that end with these turns, have no title, and say enough for one."""
        inside = reading.events.of_turns(space.key, [turn.key for turn in turns])
        ending = [
            (turn.key, event)
            for turn in turns
            for event in inside.get(turn.key, ())
            if event.title is None and event.units and event.units[-1].seq == turn.seq
        ]
        if not ending:
            return []
        events = [event for _, event in ending]
        said = evidence(
            reading, space, events, fingerprint=self.fingerprint, now=self.clock.latest()
        )
        titles = reading.streams.titles(space.key, sorted({event.stream for event in events}))
        return [
            _Open(turn, event, _passage(said[event.key], titles.get(event.stream)))
            for turn, event in ending
            if sum(len(text) for _, text in said[event.key]) >= LEAST_CHARS
        ]

    def _keep(
        self,
        space: SpaceKey,
        jobs: Sequence[Job],
        asked: _Asked,
        found: Sequence[str | Unread],
        unit: Unit,
    ) -> None:
        """Keep titles of events that are as they were, and strike off, park or put off each job."""
        now, maker = self.clock.now(), self.titler.name
        keys = [one.event.key for one in asked.open]
        there = {event.key: event for event in unit.events.by_keys(space, keys)}
        unread: dict[TurnKey, Unread] = {}
        words: list[tuple[Event, str]] = []
        for one, answer in zip(asked.open, found, strict=True):
            event = there.get(one.event.key)
            if isinstance(answer, Unread):
                unread.setdefault(one.turn, answer)
            elif event is None or event.units != one.event.units:
                unread[one.turn] = CHANGED
            elif event.title is None and (text := titled(answer)):
                words.append((event, text))
        if asked.turns:
            self._give(unit, space, words)
            still = {turn.key for turn in unit.turns.by_keys(space, asked.turns)}
            dealt = [turn for turn in asked.turns if turn in still and turn not in unread]
            runs.mark(unit, space, dealt, step=Step.TITLE_EVENTS, maker=maker)
        settle(unit, space, jobs, unread, now=now)
        runs.end(unit, space, step=Step.TITLE_EVENTS, maker=maker, now=now)

    def _give(self, unit: Unit, space: SpaceKey, words: Sequence[tuple[Event, str]]) -> None:
        if not words:
            return
        now, maker = self.clock.now(), self.titler.name
        since = unit.ledger.next_position(space)
        run = runs.going_on(unit, space, step=Step.TITLE_EVENTS, maker=maker, ids=self.ids, now=now)
        given = [(event, Title(text, maker, run.id, NOT_YET)) for event, text in words]
        give(unit, unit.spaces.of(space), given, actor=WORKER, at=now)
        runs.keep(unit, space, run, since=since)


def _passage(said: Sequence[tuple[Turn, str]], title: str | None) -> Passage:
    """Return an event as it is shown: each turn on a line of its own, after who speaks."""
    lines = [f"{turn.speaker or turn.role}: {' '.join(text.split())}" for turn, text in said]
    return Passage("\n".join(lines), said[0][0].at, title=title)

"""Read turns: have a language model say what they say, and keep that as facts they say.

Jobs of one space are read together, in one call of the model where it can, and kept in one unit:
the facts with their run, what is owed next, marks and the jobs. So a worker that dies leaves
nothing half done, and one that comes again finds the jobs struck off, or asks once more.

What a model says is a proposal. Kept of it is what names something at both ends and fits the bounds
of a fact, as said by that one turn, and so trusted as little as the turn is. What is worth no
call is not asked: echoes, notes and canaries, and words that somebody said before, whose facts
this turn says as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from memsvc.app import runs
from memsvc.app.answered import settle
from memsvc.app.enter_facts import enter, statement_of
from memsvc.app.heard_before import heard_before
from memsvc.domain.canary import ROLE as CANARY
from memsvc.domain.ids import SpaceKey, StreamName, TurnKey
from memsvc.domain.knowledge import NewFact
from memsvc.domain.memory import Source, Space, Turn
from memsvc.domain.note import ROLE as NOTE
from memsvc.domain.work import WORKER, Job, Step
from memsvc.ingest.extract.recorded import facts_read
from memsvc.ingest.extract.triples import Triple
from memsvc.ports.improving import Passage, PassageReader, Proposed, Unread
from memsvc.ports.indexes import Shelf
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.world import Clock, Ids

log = structlog.get_logger(__name__)

USER = "user"
"""Who speaks where nobody is named, as profiles know them."""

FACTS_OF_A_TURN = 100
"""Facts of an earlier turn that one of the same words says as well, at most."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be asked of some turns: all of them, those worth it, and those heard before."""

    turns: Mapping[TurnKey, Turn] = field(default_factory=dict)
    worth: tuple[Turn, ...] = ()
    heard: Mapping[TurnKey, TurnKey] = field(default_factory=dict)
    titles: Mapping[StreamName, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadTurns:
    """The step of enrichment, with what it needs; `step` is which of the two it is."""

    step: Step
    keeping: Keeping
    shelf: Shelf
    reader: PassageReader
    clock: Clock
    ids: Ids

    def __call__(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Read the turns of these jobs and keep what they say. Raises `ModelUnavailable`."""
        with self.keeping.read() as reading:
            asked = self._asked(reading, space, jobs)
        passages = [
            Passage(turn.content, turn.at, _who(turn), asked.titles.get(turn.stream))
            for turn in asked.worth
        ]
        found = self.reader.read(passages) if passages else []
        answers = {turn.key: one for turn, one in zip(asked.worth, found, strict=True)}
        self.keeping.write(partial(self._keep, space, jobs, asked, answers))

    def _asked(self, reading: Reading, space: SpaceKey, jobs: Sequence[Job]) -> _Asked:
        turns = {turn.key: turn for turn in reading.turns.by_keys(space, [j.turn for j in jobs])}
        if not turns:  # forgotten, and its jobs with it; perhaps the whole space
            return _Asked()
        done = reading.tallies.done(space, self.step, list(turns), maker=self.reader.name)
        left = [turn for turn in turns.values() if turn.key not in done and self._is_worth(turn)]
        heard: Mapping[TurnKey, TurnKey] = {}
        if left and self.step is Step.READ_FACTS:
            with self.shelf.open(space) as indexes:
                heard = heard_before(reading, indexes, space, left)
            done = reading.tallies.done(
                space, self.step, list(heard.values()), maker=self.reader.name
            )
            heard = {turn: before for turn, before in heard.items() if before in done}
        worth = tuple(turn for turn in left if turn.key not in heard)
        titles = reading.streams.titles(space, sorted({turn.stream for turn in worth}))
        return _Asked(turns, worth, heard, titles)

    def _is_worth(self, turn: Turn) -> bool:
        """Tell whether a turn says something of its own that is to be read."""
        if turn.echo_of is not None or turn.role in {NOTE, CANARY} or not turn.content.strip():
            return False
        return self.step is Step.READ_FACTS or turn.source is Source.USER

    def _keep(
        self,
        space: SpaceKey,
        jobs: Sequence[Job],
        asked: _Asked,
        answers: Mapping[TurnKey, tuple[Proposed, ...] | Unread],
        unit: Unit,
    ) -> None:
        """Keep what turns say that still stand, and strike off, park or put off each job."""
        now = self.clock.now()
        if asked.turns:
            held = unit.spaces.of(space)
            self._enter(unit, held, asked, answers)
            read = [key for key, one in answers.items() if not isinstance(one, Unread)]
            dealt = [*read, *asked.heard]
            runs.mark(unit, space, dealt, step=self.step, maker=self.reader.name)
        settle(unit, space, jobs, answers, now=now)
        runs.end(unit, space, step=self.step, maker=self.reader.name, now=now)

    def _enter(
        self,
        unit: Unit,
        space: Space,
        asked: _Asked,
        answers: Mapping[TurnKey, tuple[Proposed, ...] | Unread],
    ) -> None:
        now = self.clock.now()
        facts: list[NewFact] = []
        for turn in asked.worth:
            one = answers[turn.key]
            if not isinstance(one, Unread):
                triples = [Triple(each.subject, each.relation, each.object) for each in one]
                facts += facts_read(triples, turn.id)
        for key, before in asked.heard.items():
            facts += _as_before(unit, space, asked.turns[key], before)
        ids = list(dict.fromkeys(turn for fact in facts for turn in fact.turns))
        keys = unit.turns.keys_of(space.key, ids, standing=space.settings.standing(now))
        facts = [fact for fact in facts if all(turn in keys for turn in fact.turns)]
        if not facts:
            return
        since = unit.ledger.next_position(space.key)
        run = runs.going_on(
            unit, space.key, step=self.step, maker=self.reader.name, ids=self.ids, now=now
        )
        told = [statement_of(fact, keys, run=run.id) for fact in facts]
        enter(unit, space, told, ids=self.ids, actor=WORKER, now=now)
        runs.keep(unit, space.key, run, since=since)


def _who(turn: Turn) -> str:
    """Return whom a turn's "I" means: who speaks, by name if there is one."""
    return turn.speaker or (USER if turn.source is Source.USER else turn.role)


def _as_before(unit: Unit, space: Space, turn: Turn, before: TurnKey) -> list[NewFact]:
    """Return what an earlier turn of the same words says, as said by this one."""
    page = unit.facts.page(space.key, names=None, turn=before, after=None, limit=FACTS_OF_A_TURN)
    return [NewFact(one.subject, one.predicate, one.object, (turn.id,)) for one in page.items]

"""Judge facts: have a language model say which older facts a new one has ended.

Rules end what a relation that holds one thing at a time says otherwise; this is for all the rest:
"works as a baker" after "is a student". What a model says closes the older fact's interval where
the new one begins, as a ruling of its run, which anybody can take back; it deletes nothing and
rejects nothing. It may speak of facts that it was shown alone. A new fact ends none that is
trusted more than it is, and nothing that began after it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from memsvc.app import runs
from memsvc.app.answered import settle
from memsvc.app.chronicle import Chronicle
from memsvc.app.superseding_facts import rule
from memsvc.domain.ids import FactId, SpaceKey, TurnKey
from memsvc.domain.knowledge import MAX_RULING_CHARS, DatedFact, Fact, meaning_the_same
from memsvc.domain.memory import Source, Space, least_trusted
from memsvc.domain.relation import holds_one, relation_of
from memsvc.domain.validity import FactState, Verdict
from memsvc.domain.work import Job, Step
from memsvc.ports.improving import Case, Ended, FactJudge, FactLine, Unread
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.world import Clock, Ids

log = structlog.get_logger(__name__)

SHOWN = 8
"""Older facts that a new one is judged beside: the newest of its subject."""

LOOKED_AT = 200
FACTS_OF_A_TURN = 32


@dataclass(frozen=True, slots=True)
class _Open:
    """A new fact whose case is asked about, and the older ones by their handles."""

    turn: TurnKey
    fact: Fact
    since: datetime
    older: Mapping[str, FactId]
    case: Case


@dataclass(frozen=True, slots=True)
class _Asked:
    turns: Sequence[TurnKey] = ()
    open: Sequence[_Open] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class JudgeFacts:
    """The step of enrichment, with what it needs."""

    keeping: Keeping
    judge: FactJudge
    clock: Clock
    ids: Ids

    def __call__(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Judge what the turns of these jobs newly say. Raises `ModelUnavailable`."""
        with self.keeping.read() as reading:
            asked = self._asked(reading, space, jobs)
        found = self.judge.judge([one.case for one in asked.open]) if asked.open else []
        self.keeping.write(partial(self._keep, space, jobs, asked, found))

    def _asked(self, reading: Reading, space: SpaceKey, jobs: Sequence[Job]) -> _Asked:
        turns = [turn.key for turn in reading.turns.by_keys(space, [job.turn for job in jobs])]
        if not turns:
            return _Asked()
        held = reading.spaces.of(space)
        done = reading.tallies.done(space, Step.JUDGE_FACTS, turns, maker=self.judge.name)
        left = [turn for turn in turns if turn not in done]
        return _Asked(turns, tuple(self._cases(reading, held, left)))

    def _cases(self, reading: Reading, space: Space, turns: Sequence[TurnKey]) -> Iterator[_Open]:
        """Yield what is worth asking: a fact that holds now, and older ones that it may end."""
        now = self.clock.latest()
        standing = space.settings.standing(now)
        chronicle = Chronicle(reading, space, now)
        merges = reading.merges.all(space.key) if turns else []
        seen: set[FactId] = set()
        for turn in turns:
            page = reading.facts.page(
                space.key,
                names=None,
                turn=turn,
                after=None,
                limit=FACTS_OF_A_TURN,
                standing=standing,
            )
            for new in chronicle.dated(page.items):
                if new.fact.id in seen or new.validity.state is not FactState.CURRENT:
                    continue
                seen.add(new.fact.id)
                beside = reading.facts.page(
                    space.key,
                    names=meaning_the_same(new.fact.subject_name, merges),
                    turn=None,
                    after=None,
                    limit=LOOKED_AT,
                    standing=standing,
                )
                older = self._older(new, chronicle.dated(beside.items), space)
                if older:
                    yield _open(turn, new, older)

    def _older(self, new: DatedFact, beside: Sequence[DatedFact], space: Space) -> list[DatedFact]:
        """Return the facts of the same subject that a new one may end, the newest first.

        What rules tell by themselves is left to them: one thing at a time, or another's word.
        """
        singles = space.settings.single_valued or ()
        begun, trust = _since(new.fact), _trust(new.fact)
        found = [
            one
            for one in beside
            if one.fact.id != new.fact.id
            and one.fact.subject_name == new.fact.subject_name
            and one.validity.state is FactState.CURRENT
            and not one.rulings
            and _since(one.fact) < begun
            and _is_trusted_no_more(one.fact, trust)
            and not (
                relation_of(one.fact.predicate) == relation_of(new.fact.predicate)
                and holds_one(relation_of(new.fact.predicate), singles)
            )
        ]
        found.sort(key=lambda one: one.fact.position, reverse=True)
        return found[:SHOWN]

    def _keep(
        self,
        space: SpaceKey,
        jobs: Sequence[Job],
        asked: _Asked,
        found: Sequence[tuple[Ended, ...] | Unread],
        unit: Unit,
    ) -> None:
        now = self.clock.now()
        unread: dict[TurnKey, Unread] = {}
        ended: dict[FactId, list[tuple[_Open, str]]] = defaultdict(list)
        for one, answer in zip(asked.open, found, strict=True):
            if isinstance(answer, Unread):
                unread.setdefault(one.turn, answer)
                continue
            for each in answer:
                if each.handle not in one.older:
                    log.warning("facts.refused", judge=self.judge.name, handle=each.handle[:8])
                    continue
                ended[one.older[each.handle]].append((one, each.reason))
        if asked.turns:
            self._rule(unit, unit.spaces.of(space), ended)
            still = {turn.key for turn in unit.turns.by_keys(space, asked.turns)}
            judged = [turn for turn in asked.turns if turn in still and turn not in unread]
            runs.mark(unit, space, judged, step=Step.JUDGE_FACTS, maker=self.judge.name)
        settle(unit, space, jobs, unread, now=now)
        runs.end(unit, space, step=Step.JUDGE_FACTS, maker=self.judge.name, now=now)

    def _rule(
        self, unit: Unit, space: Space, ended: Mapping[FactId, Sequence[tuple[_Open, str]]]
    ) -> None:
        """Close intervals where new facts begin, of facts that both stand still."""
        if not ended:
            return
        now = self.clock.now()
        standing = space.settings.standing(now)
        named = {*ended, *(one.fact.id for by in ended.values() for one, _ in by)}
        there = unit.facts.of_ids(space.key, sorted(named), standing=standing)
        since = unit.ledger.next_position(space.key)
        run = runs.going_on(
            unit,
            space.key,
            step=Step.JUDGE_FACTS,
            maker=self.judge.name,
            ids=self.ids,
            now=now,
        )
        for old, by in ended.items():
            one, reason = min(by, key=lambda each: (each[0].since, each[0].fact.position))
            new = there.get(one.fact.id)
            if (
                old not in there
                or new is None
                or unit.rulings.of_facts(space.key, [there[old].key])
            ):
                continue  # forgotten, or somebody has ruled meanwhile
            rule(
                unit, space, there[old], Verdict.SUPERSEDED, by=new, at=one.since,
                reason=" ".join(reason.split())[:MAX_RULING_CHARS] or "a later fact says otherwise",
                ids=self.ids, actor=run.id, now=now,
            )  # fmt: skip
        runs.keep(unit, space.key, run, since=since)


def _open(turn: TurnKey, new: DatedFact, older: Sequence[DatedFact]) -> _Open:
    handled = {f"f{number}": one.fact for number, one in enumerate(older, start=1)}
    case = Case(
        FactLine(_line(new.fact), _since(new.fact)),
        tuple((handle, FactLine(_line(one), _since(one))) for handle, one in handled.items()),
    )
    older_ids = {handle: one.id for handle, one in handled.items()}
    return _Open(turn, new.fact, _since(new.fact), older_ids, case)


def _line(fact: Fact) -> str:
    return f"{fact.subject} {fact.predicate} {fact.object}"


def _since(fact: Fact) -> datetime:
    """Return from when on a fact was said to hold, by its latest saying."""
    return max(said.claimed.start or said.at for said in fact.sayings)


def _trust(fact: Fact) -> Source:
    """Return the most trusted of who says a fact: nobody makes it less so by saying it too."""
    order = list(Source)
    return min((said.source for said in fact.sayings), key=order.index)


def _is_trusted_no_more(fact: Fact, trust: Source) -> bool:
    """Tell whether what ends a fact is trusted at least as much as the fact is."""
    return least_trusted((_trust(fact), trust)) is _trust(fact)

"""Validity: when facts held in the world, and which of them hold now, of all that was said.

Nothing of it is kept. What is kept is what turns say, with its dates, and people's rulings; from
those alone, `validity` tells the intervals and states of the facts of one group: those with the
same subject and the same relation. So it does not matter in which order statements arrived, what
is forgotten takes its effect along, and a read as of an earlier ledger position needs no more than
the rows of that position.

A saying claims that its object holds from a moment on. Where a relation holds one object at a
time, the next claim of another object ends it; claims of two objects from the same moment on, and
one that begins inside an interval whose end was given, are in dispute. An object that is claimed
again after that holds in a second interval. Intervals are half-open and in world time.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from memsvc.domain.ids import FactId, Position, RulingId, RunId, TurnId

if TYPE_CHECKING:
    from memsvc.domain.memory import Source

EVER = datetime.min.replace(tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Interval:
    """World time from `start` up to, not including, `end`; None is open. Aware and UTC."""

    start: datetime | None
    end: datetime | None

    def holds_at(self, moment: datetime) -> bool:
        """Tell whether a moment lies in it."""
        return (self.start or EVER) <= moment < (self.end or NEVER)


@dataclass(frozen=True, slots=True)
class Saying:
    """That a turn says a fact: when the turn was said, by whom, and the interval it was given.

    With `replaces`, it ends what else holds of the same subject and relation. `run` is the run of
    enrichment in which a model read it there; None where somebody stated it.
    """

    turn: TurnId
    at: datetime
    source: "Source"
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    replaces: bool = False
    run: RunId | None = None

    @property
    def is_dated(self) -> bool:
        """Tell whether it came with an interval."""
        return self.valid_from is not None or self.valid_to is not None

    @property
    def claimed(self) -> Interval:
        """What it claims: from when it was said on, unless it says otherwise.

        Said after the end that it gives, it holds from whenever up to that.
        """
        if self.valid_from is None and self.valid_to is not None and self.valid_to <= self.at:
            return Interval(None, self.valid_to)
        return Interval(self.valid_from or self.at, self.valid_to)


class Verdict(StrEnum):
    """What somebody rules about a fact."""

    SUPERSEDED = "superseded"
    """It held no longer from a moment on: another fact took its place, or nothing did."""
    UPHELD = "upheld"
    """It holds, whatever else is said."""
    REJECTED = "rejected"
    """It does not hold, and never did."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """Somebody's word about a fact, until it is taken back. `by` and `at` are for superseding.

    `maker` is the id of the key that said so, or of the run of enrichment in which a model judged.
    """

    id: RulingId
    fact: FactId
    verdict: Verdict
    by: FactId | None
    at: datetime | None
    reason: str
    maker: str
    position: Position

    @property
    def is_final(self) -> bool:
        """Tell whether no statement changes what it says."""
        return self.verdict is not Verdict.SUPERSEDED


class FactState(StrEnum):
    """How a fact stands at a moment."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    """Another took its place."""
    DISPUTED = "disputed"
    """Another says it holds in its place, and nothing tells which."""
    ENDED = "ended"
    """It is over, and nothing took its place."""
    PLANNED = "planned"
    """It begins later."""


@dataclass(frozen=True, slots=True)
class Validity:
    """When a fact held, the first interval first, and how it stands.

    `superseded_by` ended its last interval; `disputes` say otherwise about it. A fact that was
    rejected, or replaced from its beginning, holds in no interval; `since` is when it was claimed
    from, all the same.
    """

    state: FactState
    intervals: tuple[Interval, ...]
    since: datetime | None
    superseded_by: FactId | None = None
    disputes: tuple[FactId, ...] = ()

    @property
    def valid_from(self) -> datetime | None:
        """When its last interval begins; None is open."""
        return self.intervals[-1].start if self.intervals else self.since

    @property
    def valid_to(self) -> datetime | None:
        """When its last interval ends; None is open."""
        return self.intervals[-1].end if self.intervals else self.since

    def holds_at(self, moment: datetime) -> bool:
        """Tell whether it held at a moment."""
        return any(interval.holds_at(moment) for interval in self.intervals)


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of a group: what it says of the subject, and who says so."""

    id: FactId
    object: str
    sayings: tuple[Saying, ...]


@dataclass(slots=True)
class _Claim:
    """That an object holds for a time; `is_firm` where its end was given, not found."""

    object: str
    fact: FactId
    start: datetime
    end: datetime
    is_firm: bool
    replaces: bool
    closer: FactId | None = None
    against: "list[_Claim]" = field(default_factory=list)

    @property
    def is_void(self) -> bool:
        return self.end <= self.start


def validity(
    group: Sequence[Told],
    rulings: Iterable[Ruling],
    *,
    is_single: bool,
    now: datetime,
) -> dict[FactId, Validity]:
    """Return how each fact of a group stands at a moment.

    `is_single` where the relation holds one object at a time. Rulings about other facts say nothing
    here.
    """
    ids = {one.id: one for one in group}
    ruled = sorted((each for each in rulings if each.fact in ids), key=lambda each: each.position)
    decided = {each.fact: each for each in ruled if each.is_final}
    objects: dict[Verdict, set[str]] = defaultdict(set)
    for each in decided.values():
        objects[each.verdict].add(ids[each.fact].object)
    rejected = objects[Verdict.REJECTED] - objects[Verdict.UPHELD]
    claims = _ended_as_given(_claims(group))
    for each in ruled:
        if each.verdict is Verdict.SUPERSEDED:
            _end(claims, ids[each.fact].object, each)
    standing = [one for one in claims if one.object not in rejected and not one.is_void]
    _settle(
        _told_once(standing) if is_single else standing,
        upheld=objects[Verdict.UPHELD],
        is_single=is_single,
    )
    last = max(
        (one for one in standing if not one.is_void),
        key=lambda one: (one.start, one.object),
        default=None,
    )
    by_object: dict[str, list[_Claim]] = defaultdict(list)
    for one in claims:
        by_object[one.object].append(one)
    found: dict[FactId, Validity] = {}
    for told in group:
        its = by_object[told.object]
        if told.object in rejected:
            found[told.id] = _rejected(its, last if is_single else None)
        else:
            found[told.id] = _held(its, now)
    return found


def _claims(group: Sequence[Told]) -> list[_Claim]:
    """Return what is claimed, each once; what a turn says without dates gives way to its dates."""
    found: dict[tuple[str, datetime, datetime], _Claim] = {}
    for one in sorted(group, key=lambda each: each.id):
        dated = {saying.turn for saying in one.sayings if saying.is_dated}
        for saying in one.sayings:
            if not saying.is_dated and saying.turn in dated:
                continue
            claimed = saying.claimed
            start, end = claimed.start or EVER, claimed.end or NEVER
            held = found.setdefault(
                (one.object, start, end),
                _Claim(one.object, one.id, start, end, end != NEVER, saying.replaces),
            )
            held.replaces |= saying.replaces
    return sorted(found.values(), key=lambda claim: (claim.start, claim.object, claim.end))


def _ended_as_given(claims: list[_Claim]) -> list[_Claim]:
    """Have what was claimed without an end end with the next end that is given for it."""
    ends: dict[str, list[datetime]] = defaultdict(list)
    for claim in claims:
        if claim.is_firm:
            ends[claim.object].append(claim.end)
    for given in ends.values():
        given.sort()
    for claim in claims:
        given = ends[claim.object]
        place = bisect_right(given, claim.start)
        if not claim.is_firm and place < len(given):
            claim.end, claim.is_firm = given[place], True
    return claims


def _end(claims: Sequence[_Claim], object_: str, ruling: Ruling) -> None:
    """End what is claimed of an object up to when somebody said that it was superseded."""
    at = ruling.at or EVER
    for claim in claims:
        if claim.object == object_ and claim.start <= at < claim.end:
            claim.end, claim.closer, claim.is_firm = at, ruling.by, True


def _told_once(claims: Sequence[_Claim]) -> list[_Claim]:
    """Leave out what only says once more that the same object goes on to hold."""
    at = _by_beginning(claims)
    kept: list[_Claim] = []
    before: _Claim | None = None
    for together in at.values():
        only = together[0] if len(together) == 1 else None
        if (
            only is not None
            and before is not None
            and only.object == before.object
            and only.end == before.end == NEVER
            and not only.replaces
        ):
            only.end = only.start  # told by the claim before it
            continue
        kept += together
        before = only
    return kept


def _settle(claims: Sequence[_Claim], *, upheld: Collection[str], is_single: bool) -> None:
    """Let claims, which come by their beginning, end each other or dispute each other."""
    rivals = claims if is_single else [one for one in claims if one.replaces]
    together = _by_beginning(rivals)
    for claim in claims:
        for rival in together.get(claim.start, ()):
            if rival.object != claim.object:
                _settle_together(claim, rival, upheld)
    # Void by now are those that another took the place of from their beginning.
    left = [one for one in rivals if not one.is_void]
    starts = [one.start for one in left]
    for claim in (one for one in claims if not one.is_void):
        for place in range(bisect_right(starts, claim.start), len(left)):
            rival = left[place]
            if rival.start >= claim.end:
                break
            if rival.object != claim.object:
                _settle_in_turn(claim, rival, upheld)


def _by_beginning(claims: Sequence[_Claim]) -> dict[datetime, list[_Claim]]:
    found: dict[datetime, list[_Claim]] = defaultdict(list)
    for claim in claims:
        found[claim.start].append(claim)
    return found


def _settle_together(claim: _Claim, rival: _Claim, upheld: Collection[str]) -> None:
    """Settle what two claims from the same moment on mean for the first."""
    if claim.object in upheld and rival.object not in upheld:
        return
    is_told = rival.object in upheld and claim.object not in upheld
    if is_told or (rival.replaces and not claim.replaces):
        claim.end, claim.closer = claim.start, rival.fact
    elif not claim.is_void:
        claim.against.append(rival)


def _settle_in_turn(claim: _Claim, rival: _Claim, upheld: Collection[str]) -> None:
    """Settle what a claim that begins inside another means for it."""
    if claim.is_firm and claim.closer == rival.fact:
        return  # somebody said that it ended when it did
    if claim.object in upheld and rival.object not in upheld:
        rival.against.append(claim)
    elif claim.is_firm and not rival.replaces and claim.closer is None:
        claim.against.append(rival)
        rival.against.append(claim)
    else:
        claim.end, claim.closer, claim.is_firm = rival.start, rival.fact, False


def _rejected(claims: Sequence[_Claim], last: _Claim | None) -> Validity:
    since = min(claim.start for claim in claims)
    in_its_place = None if last is None else last.fact
    return Validity(FactState.SUPERSEDED, (), _open(since), superseded_by=in_its_place)


def _held(claims: Sequence[_Claim], now: datetime) -> Validity:
    """Put the claims of one object together."""
    runs: list[list[_Claim]] = []
    reached = EVER
    for claim in sorted(claims, key=lambda one: (one.start, one.end)):
        if claim.is_void:
            continue
        if runs and claim.start <= reached:
            runs[-1].append(claim)
        else:
            runs.append([claim])
        reached = max(reached, claim.end)
    since = min(claim.start for claim in claims)
    if not runs:
        closer = next((claim.closer for claim in claims if claim.closer is not None), None)
        state = FactState.ENDED if closer is None else FactState.SUPERSEDED
        return Validity(state, (), _open(since), superseded_by=closer)
    last = max(runs[-1], key=lambda one: (one.end, one.closer or ""))
    disputes = {
        rival.fact
        for claim in runs[-1]
        for rival in claim.against
        if claim.closer is None and rival.closer is None and not rival.is_void
    }
    if disputes:
        state = FactState.DISPUTED
    elif last.end <= now:
        state = FactState.ENDED if last.closer is None else FactState.SUPERSEDED
    elif runs[-1][0].start > now:
        state = FactState.PLANNED
    else:
        state = FactState.CURRENT
    intervals = tuple(
        Interval(_open(run[0].start), _open(max(one.end for one in run))) for run in runs
    )
    return Validity(state, intervals, _open(since), last.closer, tuple(sorted(disputes)))


def _open(moment: datetime) -> datetime | None:
    return None if moment in {EVER, NEVER} else moment

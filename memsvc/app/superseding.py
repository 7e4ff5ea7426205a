"""Superseding: a hit that a later one may have superseded says so, and comes after it.

Somebody who moved is found by where they live now and by where they lived before. Here the later
statement is put right above the earlier one, and the earlier one is told what may have superseded
it. Nothing is left out for it, and nobody else's order changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from memsvc.domain.ids import TurnKey
from memsvc.domain.memory import Source, Turn
from memsvc.domain.recall import ArmScore, Hit, SupersededBy
from memsvc.ingest.updates import may_change, may_supersede
from retrieval.pool import Near
from retrieval.superseded import ARM

Moment = tuple[datetime, int]
"""When a turn happened, and where it stands in its stream."""


@dataclass(frozen=True, slots=True)
class Found:
    """A hit with the turn of it that was said last, of those that say the very same."""

    hit: Hit
    last: Turn

    @property
    def at(self) -> Moment:
        """When it was said last."""
        return self.last.at, self.last.seq


def superseded(found: Sequence[Found], near: Near) -> list[Found]:
    """Return the hits, best first, with what may have superseded each, and after it.

    Hits whose turns are not in `near` are not compared. A newer hit that comes below an older one
    takes its place and its score.
    """
    pairs = _pairs(found, near.pairs)
    hits = {one.hit.turn.key: one.hit for one in found}
    order = list(hits)
    by_nearness = sorted(pairs, key=lambda pair: -_cosine(near.pairs, *pair))
    ranks = {(o.hit.turn.key, n.hit.turn.key): r for r, (o, n) in enumerate(by_nearness, 1)}
    for older, newer in pairs:
        low, high = older.hit.turn.key, newer.hit.turn.key
        cosine, rank = _cosine(near.pairs, older, newer), ranks[low, high]
        mark = SupersededBy(newer.last.id, newer.last.at)  # the newest comes last, and stays
        hits[low] = replace(hits[low], superseded_by=mark)
        _say(hits, low, ArmScore(rank=rank, score=cosine, share=0.0))
        if near.exchange and order.index(high) > order.index(low):
            order.remove(high)
            order.insert(order.index(low), high)
            _say(hits, high, ArmScore(rank, cosine, share=hits[low].score - hits[high].score))
            hits[high] = replace(hits[high], score=hits[low].score)
    last = {one.hit.turn.key: one.last for one in found}
    return [Found(hits[key], last[key]) for key in order]


def _say(hits: dict[TurnKey, Hit], key: TurnKey, said: ArmScore) -> None:
    """Enter into a hit's reasons what this did to it, beside what it had done to it before."""
    before = hits[key].why.get(ARM)
    share = said.share + (before.share if before else 0.0)
    why = {**hits[key].why, ARM: replace(said, share=share)}
    hits[key] = replace(hits[key], why=why)


def _pairs(
    found: Sequence[Found], near: Mapping[tuple[int, int], float]
) -> list[tuple[Found, Found]]:
    """Return the pairs, the older first, of which the newer may have superseded the older.

    In the order of the newer, then of the older. Most of the hundreds of near pairs hold no word
    of a change, so it is asked of whom it may be, and not pair by pair.
    """
    in_time = sorted(found, key=lambda one: (one.at, one.hit.turn.key))
    return [
        (older, newer)
        for number, newer in enumerate(in_time)
        if newer.hit.turn.source is Source.USER and may_change(newer.hit.turn.content)
        for older in in_time[:number]
        if _both(older, newer) in near
        and comparable(newer.hit.turn, older.hit.turn)
        and may_supersede(newer.hit.turn.content, older.hit.turn.content)
    ]


def comparable(one: Turn, other: Turn) -> bool:
    """Tell whether the same person said both, and not a model or a document."""
    return (
        one.source is other.source is Source.USER
        and (one.speaker, one.role, one.user_id) == (other.speaker, other.role, other.user_id)
        and (one.at != other.at or one.stream == other.stream)
    )


def _cosine(near: Mapping[tuple[int, int], float], one: Found, other: Found) -> float:
    return near[_both(one, other)]


def _both(one: Found, other: Found) -> tuple[TurnKey, TurnKey]:
    """Return the keys of two hits as `Near` has them, the lower first."""
    keys = one.hit.turn.key, other.hit.turn.key
    return min(keys), max(keys)

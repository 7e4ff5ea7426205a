"""Event hits: candidates put together to the events that they belong to.

An event is as good as its best turn (EM-LLM, arXiv:2407.09450, scores it by the units that speak
for it), and is shown whole up to a length, beyond that as the turns around that best one. What the
question may not see of it is left out, here and in every number that is said about it.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from memsvc.app.hits import Room, paths_to, ranks_of, why_of, with_seeds
from memsvc.app.pack import outward
from memsvc.domain.episode import Event
from memsvc.domain.ids import TurnKey
from memsvc.domain.memory import Turn
from memsvc.domain.recall import Episode, Hit
from memsvc.ports.indexes import NOBODY
from memsvc.ports.vectors import Keys
from retrieval.episodes import events_of, stretches
from retrieval.pool import Pool

EVENT_TOKENS = 512
"""How long a text of an event may be, unless its best turn alone is longer."""

REACH = 64
"""Turns of an event that are read on either side of its best one."""


def event_hits(room: Room, pool: Pool, *, wanted: int) -> list[Hit]:
    """Return the events of the best candidates, ties by the key of the turn that speaks for each.

    A turn that spans several events counts for the one it begins in.
    """
    indexes = room.ask.indexes
    order = pool.best_first()
    _, firsts = np.unique(events_of(indexes, pool.keys)[order], return_index=True)
    best = order[np.sort(firsts)[:wanted]]
    keys = pool.keys[best]
    after, beyond = stretches(indexes, keys, forward=True, limit=REACH + 1)
    before, behind = stretches(indexes, keys, forward=False, limit=REACH + 1)
    goes_on = _same(room, beyond, keys) | _same(room, behind, keys)
    members = [[*back[:0:-1], *on] for back, on in zip(before, after, strict=True)]
    shown = seen(room, [key for run in members for key in run])
    found = room.turns(list(dict.fromkeys([*shown, *with_seeds(pool, best.tolist())])))
    closed = _closed(room, keys)
    ranks = ranks_of(pool)
    hits = []
    for number, place in enumerate(best.tolist()):
        key = int(pool.keys[place])
        if key not in found or (key in closed and closed[key] is None):
            continue  # deleted between the index and the rows
        run = [found[each] for each in members[number] if each in found]
        hits.append(
            Hit(
                space=room.name,
                turn=found[key],
                score=float(pool.score[place]),
                why=why_of(pool, ranks, place, paths_to(room, pool, place, found)),
                turns=tuple(turn.id for turn in run),
                event=_episode(run, found[key], closed.get(key), goes_on=bool(goes_on[number])),
            )
        )
    return hits


def seen(room: Room, keys: Sequence[int]) -> list[int]:
    """Return those of these turns that the question may see."""
    asked = np.array([key for key in keys if key != NOBODY], dtype=np.int64)
    visible: list[int] = asked[room.ask.lets_through(asked)].tolist()
    return visible


def _same(room: Room, keys: Keys, others: Keys) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which of these turns are in the event of the other beside it; nobody is not."""
    events = events_of(room.ask.indexes, keys)
    return np.asarray((events != NOBODY) & (events == events_of(room.ask.indexes, others)))


def _closed(room: Room, keys: Keys) -> Mapping[int, Event | None]:
    """Return the closed event that each turn begins in; a turn of an open tail has no entry."""
    indexes = room.ask.indexes
    in_closed = keys[indexes.episodes.at(indexes.timeline.places(keys)) != NOBODY].tolist()
    if not in_closed:
        return {}
    found = room.reading.events.of_turns(room.space, [TurnKey(key) for key in in_closed])
    return {key: next(iter(found.get(key, ())), None) for key in in_closed}


def _episode(run: Sequence[Turn], best: Turn, event: Event | None, *, goes_on: bool) -> Episode:
    shown = _shown(run, best)
    return Episode(
        id=f"open:{best.stream}" if event is None else event.id,
        turns=shown,
        first_at=min(turn.at for turn in run),
        boundary=None if event is None else event.boundary,
        is_cut=goes_on or len(shown) < len(run),
        title=None if event is None else _title(event, run),
    )


def _title(event: Event, run: Sequence[Turn]) -> str | None:
    """Return what an event is called, where the question may see all whose words that may be."""
    seen_of_it = {turn.seq for turn in run}
    if event.title is None or any(unit.seq not in seen_of_it for unit in event.units):
        return None
    return event.title.text


def _shown(run: Sequence[Turn], best: Turn) -> tuple[Turn, ...]:
    """Return the turns around the best that fit into an event's text, in their order."""
    at = run.index(best)
    tokens = best.tokens

    def fits(turn: Turn) -> bool:
        nonlocal tokens
        if tokens + turn.tokens > EVENT_TOKENS:
            return False
        tokens += turn.tokens
        return True

    kept = {best.key, *(turn.key for turn in outward(run[at + 1 :], run[:at][::-1], fits=fits))}
    return tuple(turn for turn in run if turn.key in kept)

"""What an export tells of the titles of events, and how an import keeps them.

Events are cut anew where they come in. So a title is told by the turns of its event, and comes in
where the same turns make up an event here that never had one: else it may be of other words. That
needs their vectors along, by which events close at once; where they are made first, events close
later and are titled anew. What an event is called here stands; what was taken back here does not
come again unless the import says so.
"""

from collections.abc import Mapping, Sequence

from memsvc.app.moving import Arrival, MovedTitle
from memsvc.app.state_digest import given_at
from memsvc.app.titles import give
from memsvc.domain.episode import Event, Title
from memsvc.domain.ids import EventKey, Position, TurnId, TurnKey
from memsvc.domain.memory import Fingerprint, Space, Standing
from memsvc.ports.keeping import Reading


def moved_titles(
    reading: Reading,
    space: Space,
    standing: Standing,
    *,
    after: Position,
    limit: int,
    fingerprint: Fingerprint,
) -> tuple[list[MovedTitle], Position | None]:
    """Return titles given after a position and by that of the space, and where they go on."""
    page = reading.titles.page(space.key, after=after, limit=limit, standing=standing)
    given = [event for event in page if given_at(event) <= space.position]
    inside = reading.events.turns_inside(
        space.key,
        [event.key for event in given],
        standing=standing,
        fingerprint=fingerprint,
        texts=False,
    )
    told = [
        MovedTitle(
            tuple(turn.id for turn in inside[event.key]),
            event.units[0].piece if event.units else 0,
            event.title.text,
            event.title.maker,
            event.title.run,
        )
        for event in given
        if event.title is not None and inside[event.key]
    ]
    return told, given_at(page[-1]) if len(given) == limit else None


def keep_titles(
    here: Arrival, coming: Sequence[MovedTitle], *, aliases: Mapping[TurnId, TurnId]
) -> int:
    """Call events what they are called where they come from; return how many.

    `aliases` has the ids of turns that are here under another one.
    """
    if not coming:
        return 0
    unit, space = here.unit, here.space
    wanted = [[aliases.get(turn, turn) for turn in each.turns] for each in coming]
    every = sorted({turn for turns in wanted for turn in turns})
    keys = unit.turns.keys_of(space.key, every, standing=here.standing)
    inside = unit.events.of_turns(space.key, sorted(keys.values()))
    found: dict[EventKey, tuple[Event, MovedTitle]] = {}
    for each, turns in zip(coming, wanted, strict=True):
        if all(turn in keys for turn in turns):
            event = _made_of([keys[turn] for turn in turns], each.piece, inside)
            if event is not None:
                found.setdefault(event.key, (event, each))
    ever = set() if here.restoring else unit.titles.ever(space.key, list(found))
    given = [
        (event, Title(each.text, each.maker, each.run, Position(0)))
        for key, (event, each) in found.items()
        if key not in ever and event.title is None
    ]
    give(unit, space, given, actor=here.actor, at=here.now)
    return len(given)


def _made_of(
    turns: Sequence[TurnKey], piece: int, inside: Mapping[TurnKey, Sequence[Event]]
) -> Event | None:
    """Return the event here that is made of these turns and no others, and begins as told."""
    within = [{event.key for event in inside.get(turn, ())} for turn in turns]
    common = set.intersection(*within)
    for event in inside.get(turns[0], ()):
        is_whole = len({unit.seq for unit in event.units}) == len(set(turns))
        if event.key in common and is_whole and event.units[0].piece == piece:
            return event
    return None

"""What an export tells of unlinkings, and how an import keeps them.

An unlinking is somebody's word about one turn and one name that was found in it. What was taken
back here stays so unless the import says otherwise, and where the turn is not here, or the name is
not found in it, there is nothing to say.
"""

from collections.abc import Mapping, Sequence

from memsvc.app.moving import Arrival, MovedUnlinking
from memsvc.app.unlinking import make_unlinkings
from memsvc.domain.ids import Position, TurnId, UnlinkingId
from memsvc.domain.knowledge import Unlinking
from memsvc.domain.memory import ALWAYS
from memsvc.ingest.extract.mention import normal


def moved_unlinking(unlinking: Unlinking) -> MovedUnlinking:
    """Return an unlinking as it goes."""
    return MovedUnlinking(unlinking.id, unlinking.turn, unlinking.name)


def keep_unlinkings(
    here: Arrival, coming: Sequence[MovedUnlinking], *, aliases: Mapping[TurnId, TurnId]
) -> int:
    """Unlink names from the turns that are here as it comes; return how many of it that is new.

    `aliases` has the ids of turns that are here under another one.
    """
    wanted = [moved for moved in coming if moved.id not in here.passing.unlinkings]
    if not wanted:
        return 0
    unit, space = here.unit, here.space
    turns = {moved.id: aliases.get(moved.turn, moved.turn) for moved in wanted}
    keys = unit.turns.keys_of(space.key, sorted(set(turns.values())), standing=here.standing)
    names = sorted({normal(moved.name) for moved in wanted})
    found = unit.unlinkings.found_in(space.key, sorted(keys.values()), names)
    left = {(key, name) for key, named in found.items() for name in named}
    first = unit.ledger.next_position(space.key)
    made: list[Unlinking] = []
    for moved in wanted:
        turn, name = turns[moved.id], normal(moved.name)
        key = keys.get(turn)
        if key is None or (key, name) not in left:
            continue
        left.remove((key, name))
        is_free = unit.unlinkings.get(space.key, moved.id, standing=ALWAYS) is None
        id_ = moved.id if is_free else UnlinkingId(here.ids.new("ul"))
        made.append(Unlinking(id_, turn, key, name, Position(first + len(made))))
    if made:
        make_unlinkings(unit, space, made, actor=here.actor, at=here.now)
    return len(made)

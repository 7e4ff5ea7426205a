"""What an event says by itself, for whatever is made of events.

What an agent only wrote back is no evidence, a note that somebody wrote is there already, and what
a canary says is to stand nowhere else.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from memsvc.domain.canary import ROLE as CANARY
from memsvc.domain.episode import Event
from memsvc.domain.ids import EventKey
from memsvc.domain.memory import Fingerprint, Space, Turn
from memsvc.domain.note import ROLE as NOTE
from memsvc.ports.keeping import Reading


def evidence(
    reading: Reading,
    space: Space,
    events: Sequence[Event],
    *,
    fingerprint: Fingerprint,
    now: datetime,
) -> Mapping[EventKey, list[tuple[Turn, str]]]:
    """Return the turns of each event that are evidence, in order, each with its text in it.

    Takes three statements, however many events there are.
    """
    standing = space.settings.standing(now)
    inside = reading.events.turns_inside(
        space.key,
        [event.key for event in events],
        standing=standing,
        fingerprint=fingerprint,
        texts=True,
    )
    ids = list(dict.fromkeys(one.id for each in inside.values() for one in each))
    keys = reading.turns.keys_of(space.key, ids, standing=standing)
    turns = {turn.id: turn for turn in reading.turns.by_keys(space.key, list(keys.values()))}
    return {
        event.key: [
            (turns[one.id], one.text)
            for one in inside.get(event.key, ())
            if one.id in turns
            and one.text is not None
            and turns[one.id].echo_of is None
            and turns[one.id].role not in {NOTE, CANARY}
        ]
        for event in events
    }

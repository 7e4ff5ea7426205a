"""What an export tells of feedback, and how an import keeps it.

Feedback is somebody's word about a turn, and one actor has one. So what an actor says here stands
against what comes, and what was said here before and no longer is does not come back unless the
import says so. Who says it goes along, as it counts by who says it; the ledger names who imports.
"""

from collections.abc import Mapping, Sequence

from memsvc.app.feedback import say
from memsvc.app.moving import Arrival, MovedFeedback
from memsvc.domain.feedback import Feedback
from memsvc.domain.ids import FeedbackId, TurnId


def moved_feedback(said: Feedback) -> MovedFeedback:
    """Return feedback as it goes."""
    return MovedFeedback(said.id, said.turn, said.judgement, said.question, said.actor, said.at)


def keep_feedback(
    here: Arrival, coming: Sequence[MovedFeedback], *, aliases: Mapping[TurnId, TurnId]
) -> int:
    """Have said of the turns that are here what comes; return of how much of it that is new.

    `aliases` has the ids of turns that are here under another one. Questions stay out of a space
    that forgot something on request: they may hold its words.
    """
    if not coming:
        return 0
    unit, space = here.unit, here.space
    turns = {aliases.get(each.turn, each.turn) for each in coming}
    keys = unit.turns.keys_of(space.key, sorted(turns), standing=here.standing)
    known = unit.feedback.turns_of(space.key, [each.id for each in coming])
    said = {(one.key, one.actor) for one in unit.feedback.of_turns(space.key, list(keys.values()))}
    has_forgotten = bool(unit.receipts.page(space.key, after=None, limit=1).items)
    made = 0
    for each in coming:
        turn = aliases.get(each.turn, each.turn)
        is_known = each.id in known
        if turn not in keys or (keys[turn], each.actor) in said:
            continue
        if is_known and not here.restoring:
            continue
        said.add((keys[turn], each.actor))
        again = Feedback(
            FeedbackId(here.ids.new("fb")) if is_known else each.id,
            turn,
            keys[turn],
            each.judgement,
            None if has_forgotten and not here.restoring else each.question,
            each.actor,
            each.at,
            unit.ledger.next_position(space.key),
        )
        say(unit, space, again, actor=here.actor, at=here.now)
        made += 1
    return made

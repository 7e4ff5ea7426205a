"""Feedback: whoever used a hit says whether it helped, was wrong or is outdated.

An actor has one word about a turn: saying another retires the one before, so that nobody moves a
turn twice by saying the same again. What is said can be taken back.
"""

from dataclasses import dataclass
from datetime import datetime

from memsvc.app.fingerprints import deletion, feedback_digest
from memsvc.app.look_up import the_space, the_turn
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import FeedbackNotFound
from memsvc.domain.feedback import Feedback, NewFeedback
from memsvc.domain.ids import FeedbackId, Position, SpaceName, TurnId
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Page, Space
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock, Ids


@dataclass(frozen=True, slots=True)
class GiveFeedback:
    """The use cases, with what they need. Each raises `SpaceNotFound`."""

    keeping: Keeping
    clock: Clock
    ids: Ids

    def give(self, access: Access, space: SpaceName, said: NewFeedback) -> tuple[Feedback, bool]:
        """Keep what is said of a turn; return it, and whether it is new.

        The same judgement again is answered as it stands; another one replaces it. Raises
        `TurnNotFound`.
        """

        def work(unit: Unit) -> tuple[Feedback, bool]:
            held = the_space(unit, access, space, Role.WRITER)
            turn = the_turn(unit, held, said.turn, now=self.clock.latest())
            before = unit.feedback.by_actor(held.key, turn.key, actor=access.id)
            if before is not None and before.judgement is said.judgement:
                return before, False
            now = self.clock.now()
            feedback = Feedback(
                FeedbackId(self.ids.new("fb")),
                turn.id,
                turn.key,
                said.judgement,
                said.question,
                access.id,
                now,
                unit.ledger.next_position(held.key),
            )
            digest = feedback_digest(feedback, secret=held.secret)
            entry = EntryDraft(Change.FEEDBACK_GIVEN, feedback.id, digest)
            unit.ledger.append(held.key, [entry], actor=access.id, at=now)
            if before is not None:
                unit.feedback.retire(held.key, before, until=feedback.position)
            unit.feedback.add(held.key, feedback)
            return feedback, True

        return self.keeping.write(work)

    def page(
        self,
        access: Access,
        space: SpaceName,
        *,
        turn: TurnId | None,
        after: str | None,
        limit: int,
    ) -> Page[Feedback]:
        """List what is said of turns, of one or of all. Raises `TurnNotFound`."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            now = self.clock.latest()
            return reading.feedback.page(
                held.key,
                turn=None if turn is None else the_turn(reading, held, turn, now=now).key,
                after=after,
                limit=limit,
                standing=held.settings.standing(now),
            )

    def take_back(self, access: Access, space: SpaceName, feedback: FeedbackId) -> Position:
        """Have it said no more; return the ledger position after it. Raises `FeedbackNotFound`."""

        def work(unit: Unit) -> Position:
            held = the_space(unit, access, space, Role.WRITER)
            standing = held.settings.standing(self.clock.latest())
            found = unit.feedback.get(held.key, feedback, standing=standing)
            if found is None:
                raise FeedbackNotFound(feedback)
            return unsay(unit, held, found, actor=access.id, at=self.clock.now())

        return self.keeping.write(work)


def say(unit: Unit, space: Space, feedback: Feedback, *, actor: str, at: datetime) -> None:
    """Keep, at the next position, what its actor says who says nothing else of this turn."""
    digest = feedback_digest(feedback, secret=space.secret)
    entry = EntryDraft(Change.FEEDBACK_GIVEN, feedback.id, digest)
    unit.ledger.append(space.key, [entry], actor=actor, at=at)
    unit.feedback.add(space.key, feedback)


def unsay(unit: Unit, space: Space, feedback: Feedback, *, actor: str, at: datetime) -> Position:
    """Have something said no more, and enter that."""
    entry = deletion(Change.FEEDBACK_TAKEN_BACK, feedback.id, secret=space.secret)
    until = unit.ledger.append(space.key, [entry], actor=actor, at=at)
    unit.feedback.retire(space.key, feedback, until=until)
    return until

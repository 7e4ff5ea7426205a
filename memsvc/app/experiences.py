"""Experiences: what was tried with tools, kept as turns, and asked for by what one wants to do.

They are found by the likeness of the intent. What worked comes first; of what did not, failures
whose errors differ, because the same mistake five times over teaches no more than once.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from memsvc.app.hits import WHITE_SPACE, Room, ranks_of, why_of
from memsvc.app.recall import Recall, ranked
from memsvc.app.remember import Batch, Remember, Written
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import TooLarge
from memsvc.domain.experience import ROLE, ExperienceOutcome, NewExperience, Trial
from memsvc.domain.ids import Position, SpaceName, StreamName, TurnId
from memsvc.domain.memory import NewTurn, Source, Turn
from memsvc.domain.recall import ArmScore, Filter, Question
from memsvc.ingest.experience import alike, composed, read_trial
from retrieval.arms import Dense, Lexical
from retrieval.diverse import diverse
from retrieval.stages import Fuse, Gather

CANDIDATES = 100
"""Experiences that each arm may propose."""

LIKENESS = Gather((Dense(), Lexical()), limit=CANDIDATES) >> Fuse(
    ((Dense(), 1.0), (Lexical(), 0.8))
)
"""How experiences are ranked: each by its own words, since what stands beside it in the stream was
tried for something else."""

SUCCESSES = 0.6
"""The share of the answer that successes may fill while there are failures to show, and the other
way round."""

OTHER_ERRORS = "other_errors"
"""What a failure's `why` calls how unlike its error is those above it; it orders, and adds nothing
to the score."""


@dataclass(frozen=True, slots=True)
class RecalledExperience:
    """An experience that may help. `turns` names all that say the very same, itself first."""

    turn: Turn
    trial: Trial
    score: float
    why: dict[str, ArmScore]
    turns: tuple[TurnId, ...]


@dataclass(frozen=True, slots=True)
class RecalledExperiences:
    """What worked for something like it, then what did not, and the position it stands at."""

    experiences: tuple[RecalledExperience, ...]
    position: Position
    missing_arms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Experiences:
    """The use cases, with what they need."""

    remember: Remember
    recalling: Recall

    def keep(
        self,
        access: Access,
        space: SpaceName,
        tried: Sequence[NewExperience],
        *,
        stream: StreamName,
        idempotency_key: str | None = None,
    ) -> Written:
        """Keep experiences in order, all or none; raises what `Remember` raises."""
        access.require(Role.WRITER, space=space)
        turns = tuple(_turn(each) for each in tried)
        most = self.remember.max_turn_chars
        for place, turn in enumerate(turns):
            if len(turn.content) > most:
                raise TooLarge(
                    f"An experience may hold {most} characters in all; experience {place} has "
                    f"{len(turn.content)}. Shorten what was called.",
                    field=f"experiences.{place}.call",
                    limit=most,
                )
        return self.remember(access, space, Batch(stream, turns), idempotency_key=idempotency_key)

    def recall(
        self, access: Access, space: SpaceName, intent: str, *, tool: str | None, k: int
    ) -> RecalledExperiences:
        """Return up to `k` experiences with a like intent: what worked first, then what did not.

        With one tool alone where one is named. Raises `SpaceNotFound`.
        """
        access.require(Role.READER, space=space)
        where = Filter(
            roles=(ROLE,), sources=(Source.TOOL,), speakers=() if tool is None else (tool,)
        )
        asked = self.recalling.asked(Question(intent, k=k, where=where))
        with (
            self.recalling.opened(space) as (held, lent),
            self.recalling.keeping.read() as reading,
        ):
            room = Room(reading, held.key, space, asked.of(reading, held, lent))
            found = _found(room)
            position = lent.position
        return RecalledExperiences(
            tuple(self._chosen(found, wanted=k)), position, asked.missing_arms
        )

    def _chosen(
        self, found: Sequence[RecalledExperience], *, wanted: int
    ) -> Iterable[RecalledExperience]:
        """Choose of experiences, best first: successes as they rank, then diverse failures."""
        worked = [one for one in found if one.trial.outcome is ExperienceOutcome.SUCCESS]
        failed = [one for one in found if one.trial.outcome is ExperienceOutcome.FAILURE]
        room = max(math.ceil(SUCCESSES * wanted), wanted - len(failed))
        yield from worked[:room]
        terms = [self.recalling.analyzer.terms(one.trial.error or "") for one in failed]
        chosen = diverse(
            [one.score for one in failed],
            lambda one, other: alike(terms[one], terms[other]),
            wanted=wanted - min(len(worked), room),
        )
        for rank, (place, likeness) in enumerate(chosen, 1):
            said = ArmScore(rank=rank, score=1.0 - likeness, share=0.0)
            yield replace(failed[place], why={**failed[place].why, OTHER_ERRORS: said})


def _turn(tried: NewExperience) -> NewTurn:
    return NewTurn(
        role=ROLE,
        content=composed(tried.trial),
        speaker=tried.tool,
        client_id=tried.client_id,
        at=tried.at,
        source=Source.TOOL,
    )


def _found(room: Room) -> list[RecalledExperience]:
    """Return the candidates that are experiences, best first; the very same collapse into one."""
    [(pool, _)] = ranked(LIKENESS, [room.ask])
    order = pool.best_first().tolist()
    ranks = ranks_of(pool)
    turns = room.turns([int(pool.keys[place]) for place in order])
    found: dict[tuple[str | None, str], RecalledExperience] = {}
    for place in order:
        turn = turns.get(int(pool.keys[place]))
        trial = None if turn is None else read_trial(turn.content)
        if turn is None or trial is None:  # deleted meanwhile, or other words under this role
            continue
        same = (turn.speaker, WHITE_SPACE.sub(" ", turn.content).casefold())
        if same in found:
            first = found[same]
            found[same] = replace(first, turns=(*first.turns, turn.id))
        else:
            why = why_of(pool, ranks, place, {})
            score = float(pool.score[place])
            found[same] = RecalledExperience(turn, trial, score, why, (turn.id,))
    return list(found.values())

"""Re-embed: change the embedding model of a store while it is at work.

Vectors of the next model are made beside those of the present one; both models are asked the same
questions, for a person to judge; then one row says that spaces are recalled by the next one. Until
the old vectors are dropped, the same row takes that back. Each request is answered by one model
from beginning to end, so vectors of two never meet in one score.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Protocol

import structlog

from memsvc.app.embed import Embed
from memsvc.app.owe_vectors import owe_vectors
from memsvc.app.recall import Recall
from memsvc.app.shadow import gain_of, pinned_in, shadowed
from memsvc.app.tend import EMBEDDER, NO_TOKENS, TOKENS
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import ModelMissing, ReembeddingConflict
from memsvc.domain.ids import SpaceKey, SpaceName
from memsvc.domain.reembedding import (
    AskedOfBoth,
    Comparison,
    ModelNamed,
    Progress,
    Reembedding,
    Stage,
)
from memsvc.domain.work import Job, Step
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.models import Embedder
from memsvc.ports.world import Clock

log = structlog.get_logger(__name__)

PACE_S = 60.0
"""Over how long the rate of work is measured."""

LEFT_TO_SWITCH = 64
"""Vectors that may lack when a switch is asked for. They are made in its unit, while writes wait:
a fifth of a second with the default model on two cores."""


@dataclass(frozen=True, slots=True)
class Side:
    """A model that is open, with what asks and what makes its vectors.

    `embed` makes those of turns, as a model beside the present one does.
    """

    named: ModelNamed
    embedder: Embedder
    recall: Recall
    embed: Embed


class Sides(Protocol):
    """The models that are open in this process, and which of them answers requests."""

    @property
    def present(self) -> Side:
        """The model that answers requests."""
        ...

    @property
    def missing(self) -> str | None:
        """Why the model beside could not be opened; None where it was, or where there is none."""
        ...

    def beside(self, change: Reembedding) -> Side | None:
        """Return the model beside the present one, if it is open."""
        ...

    def open(self, name: str) -> Side:
        """Open the model of that name beside the present one. Raises `ModelMissing`."""
        ...

    def follow(self, change: Reembedding) -> None:
        """Have writes owe what the change asks for; called inside the unit that enters it."""
        ...

    def warm(self, change: Reembedding) -> None:
        """Load the indexes beside of every space whose indexes are in use."""
        ...

    def turn_to(self, change: Reembedding) -> None:
        """Answer requests by the present model of the change from now on."""
        ...

    def close_beside(self, change: Reembedding) -> None:
        """Let go of the model beside the present one, and of its indexes in memory and on disk."""
        ...


@dataclass(slots=True)
class Pace:
    """How many jobs were done of late."""

    done: deque[tuple[float, int]] = field(default_factory=deque)

    def counted(
        self, do: Callable[[SpaceKey, Sequence[Job]], None]
    ) -> Callable[[SpaceKey, Sequence[Job]], None]:
        """Return a step that also counts what it does."""

        def counting(space: SpaceKey, jobs: Sequence[Job]) -> None:
            do(space, jobs)
            self.done.append((monotonic(), len(jobs)))
            while self.done[0][0] < monotonic() - PACE_S:
                self.done.popleft()

        return counting

    @property
    def rate(self) -> float | None:
        """Jobs a second over the last minute; None for none."""
        since = monotonic() - PACE_S
        lately = [(when, jobs) for when, jobs in list(self.done) if when >= since]
        if len(lately) <= 1:
            return None
        # The first one's jobs were done before its moment.
        took_s = lately[-1][0] - lately[0][0]
        return sum(jobs for _, jobs in lately[1:]) / took_s if took_s > 0 else None


@dataclass(frozen=True, slots=True)
class Reembed:
    """The use cases, with what they need. All need an admin of the whole installation."""

    keeping: Keeping
    sides: Sides
    pace: Pace
    clock: Clock

    def progress(self, access: Access) -> Progress | None:
        """Tell how far the last change has come; None where there was never any."""
        access.require(Role.ADMIN)
        with self.keeping.read() as reading:
            change = reading.reembeddings.last()
            if change is None:
                return None
            spaces = reading.reembeddings.progress()
        is_on = change.stage in (Stage.MAKING, Stage.SWITCHED)
        missing = self.sides.missing if is_on else None
        return Progress(change, spaces, self.pace.rate if is_on else None, missing)

    def begin(self, access: Access, model: str) -> Progress:
        """Begin to make vectors of a model beside those of the present one; answer how far it is.

        Again with the same model is no other change. Raises `ReembeddingConflict` while another one
        is under way, for the model in use, and for one that is not there.
        """
        access.require(Role.ADMIN)
        self._refuse_another(self._last(), model)
        try:
            side = self.sides.open(model)
        except ModelMissing as missing:
            raise ReembeddingConflict(missing.detail) from missing
        now = self.clock.now()
        before = self.sides.present.named
        if side.named.fingerprint == before.fingerprint:
            raise ReembeddingConflict("This model is in use already; name another.")

        def work(unit: Unit) -> Reembedding:
            found = unit.reembeddings.last()
            self._refuse_another(found, model)
            if found is None or found.stage is Stage.ENDED:
                found = unit.reembeddings.begin(before, side.named, at=now)
            self.sides.follow(found)
            owed = owe_vectors(unit, side.embedder.fingerprint, now=now, is_beside=True)
            log.info("reembedding.begun", model=side.named.fingerprint, owed=owed)
            return found

        self.sides.turn_to(self.keeping.write(work))
        return self._progress(access)

    def compare(
        self,
        access: Access,
        questions: Sequence[AskedOfBoth] = (),
        *,
        k: int = 10,
        pinned: Sequence[SpaceName] | None = None,
        most_pinned: int = 200,
    ) -> Comparison:
        """Ask both models the same questions, and tell how the answers of the other one differ.

        With `pinned` also at most `most_pinned` that are pinned in these spaces; in all of them
        where it is empty. Nothing of it is kept, neither questions nor answers. Raises
        `SpaceNotFound`, and `ReembeddingConflict` where there are no two models.
        """
        access.require(Role.ADMIN)
        change = self._under_way()
        beside, present = self._beside(change), self.sides.present
        left_out = None
        if pinned is not None:
            with self.keeping.read() as reading:
                found, left_out = pinned_in(reading, access, pinned, limit=most_pinned)
            questions = [*questions, *found]
        answers = shadowed(present.recall, beside.recall, access, questions, k=k)
        return Comparison(change, k, answers, gain_of(answers), left_out)

    def switch(self, access: Access) -> Progress:
        """Have spaces recalled by the next model from now on, as one commit.

        Raises `ReembeddingConflict` while more than a few vectors lack, and after the switch.
        """
        access.require(Role.ADMIN)
        change = self._under_way()
        if change.stage is Stage.SWITCHED:
            raise ReembeddingConflict(
                f"Spaces are recalled by {change.after.name!r} already; undo the switch, or drop "
                f"the vectors of {change.before.name!r}."
            )
        return self._turn(access, change, replace(change, switched_at=self.clock.now()))

    def undo(self, access: Access) -> Progress:
        """Have spaces recalled by the model before again, while its vectors are there.

        Raises `ReembeddingConflict` where nothing was switched.
        """
        access.require(Role.ADMIN)
        change = self._under_way()
        if change.stage is not Stage.SWITCHED:
            raise ReembeddingConflict(
                f"Nothing was switched yet: spaces are recalled by {change.before.name!r}."
            )
        return self._turn(access, change, replace(change, switched_at=None))

    def drop(self, access: Access) -> Progress:
        """Delete the vectors of the model that spaces are not recalled by, and end the change.

        Before the switch this gives the next model up. It cannot be taken back. Cut short, it goes
        on by itself. Raises `ReembeddingConflict` where there is nothing to drop.
        """
        access.require(Role.ADMIN)
        found = self._last()
        if found is None or found.stage is Stage.ENDED:
            raise ReembeddingConflict("The embedding model does not change; there is none to drop.")
        if found.stage is not Stage.DROPPING:
            self.keeping.write(lambda unit: self._leave(unit, found), alone=True)
        self.resume()
        return self._progress(access)

    def resume(self) -> None:
        """Go on where the process was stopped: owe again whatever lacks, drop what is to go."""
        change = self._last()
        if change is None or change.stage is Stage.ENDED:
            return
        if change.stage is not Stage.DROPPING:
            side = self.sides.beside(change)
            if side is not None:
                self._owe_missing(side)
            return
        self.sides.close_beside(change)
        gone, reached = change.beside, None
        while True:
            after = reached
            reached = self.keeping.write(lambda u: u.reembeddings.drop_some(gone, after=after))  # noqa: B023  it runs before the next round
            if reached is None:
                break
        ended = replace(change, ended_at=self.clock.now())
        self.keeping.write(lambda unit: unit.reembeddings.put(ended))
        log.info("reembedding.ended", kept=change.present.fingerprint, dropped=gone.fingerprint)

    def _turn(self, access: Access, change: Reembedding, turned: Reembedding) -> Progress:
        """Have spaces recalled by the model beside: catch it up, enter the switch, answer by it."""
        side = self._beside(change)
        self._owe_missing(side)
        self._refuse_early(access)
        self.sides.warm(change)
        try:
            self.keeping.write(lambda unit: self._enter(unit, change, turned, side), alone=True)
        except BaseException:
            self.sides.follow(change)  # writes go on as before
            raise
        self.sides.turn_to(turned)
        log.info("reembedding.switched", model=turned.present.fingerprint)
        return self._progress(access)

    def _enter(self, unit: Unit, change: Reembedding, turned: Reembedding, side: Side) -> None:
        """Enter a switch: make what lacks, keep the row, and owe writes to the other from now."""
        if unit.reembeddings.last() != change:
            raise ReembeddingConflict("Somebody else has changed this meanwhile; look again.")
        for space, turns in unit.reembeddings.lacking(limit=LEFT_TO_SWITCH).items():
            made = side.embed.made(unit.turns.by_keys(space, turns))
            side.embed.keep(unit, space, made)
        unit.reembeddings.turn_over(now=self.clock.now())
        unit.reembeddings.put(turned)
        _name(unit, turned.present)
        self.sides.follow(turned)

    def _leave(self, unit: Unit, change: Reembedding) -> None:
        dropping = replace(change, dropped=change.beside.fingerprint)
        unit.reembeddings.put(dropping)
        unit.reembeddings.forgive()
        self.sides.follow(dropping)

    def _owe_missing(self, side: Side) -> None:
        """Owe to the model beside whatever lacks its vector: rows tell, whatever was missed."""
        model, tokens = side.embedder.fingerprint, side.embedder.token_fingerprint

        def work(unit: Unit) -> None:
            now = self.clock.now()
            owe_vectors(unit, model, now=now, is_beside=True)
            if tokens is not None:
                unit.tokens.owe_missing(tokens, now=now, step=Step.EMBED_BESIDE)

        self.keeping.write(work)

    def _refuse_early(self, access: Access) -> None:
        found = self._progress(access)
        if found.left > LEFT_TO_SWITCH:
            parked = sum(each.parked for each in found.spaces)
            failed = f", {parked} of which failed all their tries" if parked else ""
            raise ReembeddingConflict(
                f"{found.left} vectors lack yet{failed}; wait until at most {LEFT_TO_SWITCH} do, "
                "and have what failed tried again under each space's enrichment."
            )

    def _refuse_another(self, found: Reembedding | None, model: str) -> None:
        if found is None or found.stage is Stage.ENDED:
            return
        if found.stage is not Stage.MAKING or found.after.name != model:
            raise ReembeddingConflict(
                f"The embedding model is changing from {found.before.name!r} to "
                f"{found.after.name!r} ({found.stage}); end that first: `drop` does."
            )

    def _under_way(self) -> Reembedding:
        change = self._last()
        if change is None or change.stage not in (Stage.MAKING, Stage.SWITCHED):
            raise ReembeddingConflict("The embedding model does not change; begin with one.")
        return change

    def _beside(self, change: Reembedding) -> Side:
        side = self.sides.beside(change)
        if side is None:
            raise ReembeddingConflict(
                f"The model {change.beside.name!r} is not open: {self.sides.missing}"
            )
        return side

    def _last(self) -> Reembedding | None:
        with self.keeping.read() as reading:
            return reading.reembeddings.last()

    def _progress(self, access: Access) -> Progress:
        found = self.progress(access)
        assert found is not None  # noqa: S101  there is a change whose progress is asked for
        return found


def beside_steps(
    steps: Mapping[Step, Callable[[SpaceKey, Sequence[Job]], None]], pace: Pace
) -> Mapping[Step, Callable[[SpaceKey, Sequence[Job]], None]]:
    """Return steps that also tell how fast they are."""
    return {step: pace.counted(do) for step, do in steps.items()}


def _name(unit: Unit, model: ModelNamed) -> None:
    """Enter by which model spaces are recalled where a start looks for it."""
    unit.rules.put(EMBEDDER, model.fingerprint)
    unit.rules.put(TOKENS, model.tokens or NO_TOKENS)

"""Score: let a causal language model say how unexpected turns were, for spaces cut by that.

A turn is read with as much of its stream before it as the model takes. What it says is kept piece
by piece, the pieces being those that its vectors stand for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from memsvc.app.episodes import Episodes
from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.domain.memory import Span, Turn
from memsvc.domain.work import WORKER, Job
from memsvc.ingest.compose import said
from memsvc.ports.keeping import Keeping, Reading, Unit
from memsvc.ports.models import Passage, Surprisal, Surprise
from memsvc.ports.world import Clock

CHARS_A_TOKEN = 6
"""Characters read for each token of context: more than a token has in nearly any text."""

TURNS_BACK = 200
"""Turns of context read at most: of a chat, more than a model's window holds."""

NOTHING_SAID = Surprise(0.0, 0.0)
"""The surprise of a piece in which no token begins."""


@dataclass(frozen=True, slots=True)
class Score:
    """The step of enrichment, with what it needs."""

    keeping: Keeping
    surprisal: Surprisal
    episodes: Episodes
    clock: Clock

    def __call__(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Score turns of one space that have their vectors, and close the events they settle."""
        with self.keeping.read() as reading:
            runs = _runs(reading.turns.by_keys(space, [job.turn for job in jobs]))
            read = [self._read(reading, space, run) for run in runs]
        scores = self.surprisal.of([each.passage for each in read]) if read else []
        found: dict[TurnKey, list[Surprise]] = {}
        for each, said_of in zip(read, scores, strict=True):
            for turn, one in zip(each.turns, said_of, strict=True):
                found.setdefault(turn, []).append(one or NOTHING_SAID)
        self.keeping.write(lambda unit: self._keep(unit, space, jobs, found))

    def _read(self, reading: Reading, space: SpaceKey, run: Sequence[Turn]) -> "_Read":
        """Return turns that follow each other as one passage, with what stands before them."""
        room = self.surprisal.context_tokens * CHARS_A_TOKEN
        before = reading.turns.before(space, run[0], limit=TURNS_BACK)
        context = "".join(f"{said(turn)}\n" for turn in before)[-room:]
        spans = reading.embeddings.spans(
            space, [turn.key for turn in run], fingerprint=self.episodes.fingerprint
        )
        texts, turns = [], []
        for turn in run:
            pieces = _texts(turn, spans.get(turn.key, ()))
            texts.extend(pieces)
            turns.extend([turn.key] * len(pieces))
        return _Read(Passage(texts, context), turns)

    def _keep(
        self,
        unit: Unit,
        space: SpaceKey,
        jobs: Sequence[Job],
        found: Mapping[TurnKey, Sequence[Surprise]],
    ) -> None:
        """Keep the scores of turns that are still there and that nobody else has scored."""
        model = self.surprisal.fingerprint
        there = [turn.key for turn in unit.turns.by_keys(space, list(found))]
        scored = unit.surprisals.scored(space, there, model=model)
        fresh = [key for key in there if key not in scored]
        unit.outbox.finish(space, jobs)
        unit.surprisals.add(space, {key: found[key] for key in fresh}, model=model)
        if fresh:
            streams = unit.streams.keys_of(space, fresh)
            self.episodes.close(
                unit, unit.spaces.of(space), streams, actor=WORKER, at=self.clock.now()
            )


class _Read(NamedTuple):
    """A passage, and the turn that each of its texts is of."""

    passage: Passage
    turns: Sequence[TurnKey]


def _runs(turns: Sequence[Turn]) -> list[list[Turn]]:
    """Part turns into runs that follow each other in their streams: each is read only once."""
    runs: list[list[Turn]] = []
    for turn in sorted(turns, key=lambda turn: (turn.stream, turn.seq)):
        last = runs[-1][-1] if runs else None
        if last is not None and (last.stream, last.seq + 1) == (turn.stream, turn.seq):
            runs[-1].append(turn)
        else:
            runs.append([turn])
    return runs


def _texts(turn: Turn, spans: Sequence[Span]) -> list[str]:
    """Return a turn piece by piece, the speaker with the first and the line's end with the last."""
    line = f"{said(turn)}\n"
    lead = len(line) - len(turn.content) - 1
    bounds = [0, *(lead + span.start for span in spans[1:]), len(line)]
    return [line[begin:end] for begin, end in pairwise(bounds)]

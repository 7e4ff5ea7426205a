"""Embed: make the vectors that writes have left for later, and close the events they settle.

A turn may also be owed what the model says of its tokens: because its own vector was made before
the service kept such, or came along with it from elsewhere. One reading gives both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memsvc.app.append import keep_tokens
from memsvc.app.episodes import Episodes
from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.memory import Turn
from memsvc.domain.work import WORKER, Job
from memsvc.ingest.compose import embed_prepared, prepare
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.models import Embedder, Tokens
from memsvc.ports.records import Embedding, EntryDraft
from memsvc.ports.world import Clock

_Made = Mapping[TurnKey, tuple[Embedding, Tokens | None]]
"""Of each turn its vectors, and what the model says of its tokens."""


@dataclass(frozen=True, slots=True)
class Embed:
    """The step of enrichment, with what it needs.

    `episodes` are None for a model beside the one that spaces are recalled by: its vectors cut no
    events, and a turn that has only these is not embedded yet.
    """

    keeping: Keeping
    embedder: Embedder
    episodes: Episodes | None
    clock: Clock

    def __call__(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Make and keep the vectors of turns of one space."""
        with self.keeping.read() as reading:
            turns = reading.turns.by_keys(space, [job.turn for job in jobs])
        made = self.made(turns)

        def work(unit: Unit) -> None:
            unit.outbox.finish(space, jobs)
            self.keep(unit, space, made)

        self.keeping.write(work)

    def made(self, turns: Sequence[Turn]) -> _Made:
        """Read turns with the model."""
        prepared = [prepare(turn, self.embedder) for turn in turns]
        read = embed_prepared(prepared, self.embedder)
        return {
            turn.key: (Embedding(turn.key, ready.spans, own.vectors), own.tokens)
            for turn, ready, own in zip(turns, prepared, read, strict=True)
        }

    def keep(self, unit: Unit, space: SpaceKey, made: _Made) -> None:
        """Keep what was read of turns that still stand, as far as it is not there already.

        Looked at again: a turn may have been deleted, or embedded by an expired lease's second
        holder, while its vector was made.
        """
        fingerprint = self.embedder.fingerprint
        held = unit.turns.by_keys(space, list(made))
        told = {turn.key: made[turn.key][1] for turn in held}
        keep_tokens(unit, space, told, embedder=self.embedder)
        lacking = set(
            unit.embeddings.without(space, [turn.key for turn in held], fingerprint=fingerprint)
        )
        owed = [turn for turn in held if turn.key in lacking]
        inside, now = unit.spaces.of(space), self.clock.now()
        if owed:
            found = [made[turn.key][0] for turn in owed]
            unit.embeddings.add(space, found, fingerprint=fingerprint)
            digest = digest_of({"fingerprint": fingerprint.text}, secret=inside.secret)
            entries = [EntryDraft(Change.TURN_EMBEDDED, turn.id, digest) for turn in owed]
            unit.ledger.append(space, entries, actor=WORKER, at=now)
        # Those as well whose vectors were made while another model was present.
        new = [turn.key for turn in held if turn.key in lacking or not turn.embedded]
        if self.episodes is not None and new:
            unit.turns.mark_embedded(space, new)
            streams = unit.streams.keys_of(space, new)
            self.episodes.close(unit, inside, streams, actor=WORKER, at=now)

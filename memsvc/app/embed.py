"""Embed: make the vectors that writes have left for later, and close the events they settle.

A turn may also be owed what the model says of its tokens: because its own vector was made before
the service kept such, or came along with it from elsewhere. One reading gives both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from memsvc.app.append import keep_tokens
from memsvc.app.episodes import Episodes
from memsvc.domain.ids import SpaceKey
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.work import WORKER, Job
from memsvc.ingest.compose import embed_prepared, prepare
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.models import Embedder
from memsvc.ports.records import Embedding, EntryDraft
from memsvc.ports.world import Clock


@dataclass(frozen=True, slots=True)
class Embed:
    """The step of enrichment, with what it needs."""

    keeping: Keeping
    embedder: Embedder
    episodes: Episodes
    clock: Clock

    def __call__(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Make and keep the vectors of turns of one space."""
        with self.keeping.read() as reading:
            turns = reading.turns.by_keys(space, [job.turn for job in jobs])
        prepared = [prepare(turn, self.embedder) for turn in turns]
        read = embed_prepared(prepared, self.embedder)
        found = {
            turn.key: Embedding(turn.key, ready.spans, own.vectors)
            for turn, ready, own in zip(turns, prepared, read, strict=True)
        }
        tokens = {turn.key: own.tokens for turn, own in zip(turns, read, strict=True)}

        def work(unit: Unit) -> None:
            # Looked at again: a turn may have been deleted, or embedded by an expired lease's
            # second holder, while its vector was made.
            held = unit.turns.by_keys(space, [turn.key for turn in turns])
            owed = [turn for turn in held if not turn.embedded]
            unit.outbox.finish(space, jobs)
            told = {turn.key: tokens[turn.key] for turn in held}
            keep_tokens(unit, space, told, embedder=self.embedder)
            if not owed:
                return
            unit.embeddings.add(
                space,
                [found[turn.key] for turn in owed],
                fingerprint=self.embedder.fingerprint,
            )
            unit.turns.mark_embedded(space, [turn.key for turn in owed])
            model = {"fingerprint": self.embedder.fingerprint.text}
            inside = unit.spaces.of(space)
            now = self.clock.now()
            entries = [
                EntryDraft(Change.TURN_EMBEDDED, turn.id, digest_of(model, secret=inside.secret))
                for turn in owed
            ]
            unit.ledger.append(space, entries, actor=WORKER, at=now)
            streams = unit.streams.keys_of(space, [turn.key for turn in owed])
            self.episodes.close(unit, inside, streams, actor=WORKER, at=now)

        self.keeping.write(work)

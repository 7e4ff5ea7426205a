"""Embed facts: make the vectors by which facts are found, of those that their turns owe."""

from collections.abc import Sequence
from dataclasses import dataclass

from memsvc.domain.ids import SpaceKey
from memsvc.domain.knowledge import Fact
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.work import WORKER, Job, Step
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.models import Embedder
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock


@dataclass(frozen=True, slots=True)
class EmbedFacts:
    """The step of enrichment, with what it needs."""

    keeping: Keeping
    embedder: Embedder
    clock: Clock
    step: Step = Step.FACTS

    def __call__(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Make and keep the vectors of what these turns say."""
        turns = [job.turn for job in jobs]
        fingerprint = self.embedder.fingerprint
        with self.keeping.read() as reading:
            facts = reading.facts.without_vector(space, turns, fingerprint=fingerprint)
        vectors = self.embedder.embed([told(fact) for fact in facts])
        found = {fact.key: vectors[place : place + 1] for place, fact in enumerate(facts)}

        def work(unit: Unit) -> None:
            # Looked at again: meanwhile facts may have been deleted, embedded by an expired lease's
            # second holder, or stated, which owed nothing more while the job was still there.
            missing = unit.facts.without_vector(space, turns, fingerprint=fingerprint)
            owed = [fact for fact in missing if fact.key in found]
            unit.outbox.finish(space, jobs)
            now = self.clock.now()
            if len(owed) < len(missing):
                still = [turn.key for turn in unit.turns.by_keys(space, turns)]
                unit.outbox.put(space, self.step, still, now=now)
            if not owed:
                return
            unit.facts.embed(
                space, {fact.key: found[fact.key] for fact in owed}, fingerprint=fingerprint
            )
            digest = digest_of(
                {"fingerprint": fingerprint.text}, secret=unit.spaces.of(space).secret
            )
            entries = [EntryDraft(Change.FACT_EMBEDDED, fact.id, digest) for fact in owed]
            unit.ledger.append(space, entries, actor=WORKER, at=now)

        self.keeping.write(work)


def told(fact: Fact) -> str:
    """Return what a fact says as one text."""
    return f"{fact.subject} {fact.predicate} {fact.object}"

"""Compare: make the vectors of names that are new in a space, and find their synonyms.

Only spaces that ask for it pay for it, and only after the write. Each new name asks once for its
nearest among the names that were there before it, those that came with it included; so a pair is
found when the later of both comes, whatever the order, and nothing is ever compared with all.
What is kept goes with the name when the last turn that names it is forgotten.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice

from graph.alike import told_apart
from graph.weights import MOST_SYNONYMS
from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.domain.knowledge import SynonymSearch
from memsvc.domain.ledger import Change, digest_of
from memsvc.domain.memory import Fingerprint, Space
from memsvc.domain.work import WORKER, Job, Step
from memsvc.ingest.extract.named import can_be_name
from memsvc.ports.indexes import Shelf
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.knowledge import Synonym
from memsvc.ports.mentions import Mentioned
from memsvc.ports.models import Embedder, Matrix
from memsvc.ports.records import EntryDraft
from memsvc.ports.world import Clock

NEAREST = 256
"""Names looked at for each new one. Many more are near than are synonyms: dates above all."""


def owe_names(
    unit: Unit, space: Space, mentioned: Mapping[TurnKey, Mentioned], *, now: datetime
) -> None:
    """Owe the step to turns that name something, in a space that asks for synonyms."""
    if space.settings.synonyms is not None:
        naming = [turn for turn, one in mentioned.items() if one.names or one.subjects]
        unit.outbox.put(space.key, Step.NAMES, naming, now=now)


def owe_missing_names(
    unit: Unit,
    space: Space,
    *,
    fingerprint: Fingerprint,
    now: datetime,
    step: Step = Step.NAMES,
) -> int:
    """Owe the step to turns that together name all that has no vector; return to how many.

    None in a space that does not ask for synonyms.
    """
    if space.settings.synonyms is None:
        return 0
    owed = unit.names.owe_missing(space.key, fingerprint=fingerprint)
    unit.outbox.put(space.key, step, owed, now=now)
    return len(owed)


@dataclass(frozen=True, slots=True)
class Compare:
    """The step of enrichment, with what it needs."""

    keeping: Keeping
    shelf: Shelf
    embedder: Embedder
    clock: Clock
    step: Step = Step.NAMES

    def __call__(self, space: SpaceKey, jobs: Sequence[Job]) -> None:
        """Embed and compare what turns of one space name that has no vector yet.

        Nothing where the space does not ask for synonyms any more; what it has, it keeps.
        """
        turns = [job.turn for job in jobs]
        with self.keeping.read() as reading:
            new = reading.names.without_vector(
                space, reading.names.of_turns(space, turns), fingerprint=self.embedder.fingerprint
            )
            search = reading.spaces.of(space).settings.synonyms if new else None
        found: _Found = {}
        if search is not None:
            found = self._compared(space, new, search)
        self.keeping.write(partial(self._keep, space, jobs, found))

    def _compared(self, space: SpaceKey, new: Sequence[str], search: SynonymSearch) -> "_Found":
        """Return the vector of each of these names, and its synonyms among those before it."""
        vectors = self.embedder.embed(new)
        with self.shelf.open(space) as indexes:
            there = indexes.knowledge.nearest_names(vectors, limit=NEAREST)
        found: _Found = {}
        for place, name in enumerate(new):
            beside = vectors[:place] @ vectors[place]
            close = (beside >= search.least_cosine).nonzero()[0].tolist()
            near = [*there[place], *(Synonym(new[at], float(beside[at])) for at in close)]
            alike = _synonyms(name, near, search) if can_be_name(name) else iter(())
            found[name] = (vectors[place : place + 1], tuple(islice(alike, MOST_SYNONYMS)))
        return found

    def _keep(self, space: SpaceKey, jobs: Sequence[Job], found: "_Found", unit: Unit) -> None:
        """Keep what is still named and still new, and strike the jobs off.

        Turns may have been forgotten meanwhile, here and where the other names were: a forgotten
        name is written nowhere. And they may have got names, such as another title, for which
        nobody could owe the step again while it was under way.
        """
        unit.outbox.finish(space, jobs)
        turns = unit.turns.by_keys(space, [job.turn for job in jobs])
        if not turns:
            return
        held, now = unit.spaces.of(space), self.clock.now()
        named = unit.names.of_turns(space, [turn.key for turn in turns])
        missing = unit.names.without_vector(space, named, fingerprint=self.embedder.fingerprint)
        fresh = [name for name in missing if name in found]
        if fresh:
            self._embed(unit, space, {name: found[name] for name in fresh})
            model = {"fingerprint": self.embedder.fingerprint.text}
            digest = digest_of(model, secret=held.secret)
            entries = [EntryDraft(Change.NAMES_COMPARED, turn.id, digest) for turn in turns]
            unit.ledger.append(space, entries, actor=WORKER, at=now)
        if held.settings.synonyms is not None and len(missing) > len(fresh):
            unit.outbox.put(space, self.step, [turn.key for turn in turns], now=now)

    def _embed(self, unit: Unit, space: SpaceKey, fresh: "_Found") -> None:
        """Keep vectors and synonyms of new names, without those that are named no more."""
        fingerprint = self.embedder.fingerprint
        others = {near.name for _, synonyms in fresh.values() for near in synonyms}
        gone = unit.names.without_vector(
            space, sorted(others.difference(fresh)), fingerprint=fingerprint
        )
        unit.names.embed(
            space,
            {name: vector for name, (vector, _) in fresh.items()},
            {
                name: [near for near in synonyms if near.name not in gone]
                for name, (_, synonyms) in fresh.items()
            },
            fingerprint=fingerprint,
        )


_Found = dict[str, tuple[Matrix, tuple[Synonym, ...]]]


def _synonyms(name: str, near: Sequence[Synonym], search: SynonymSearch) -> Iterator[Synonym]:
    """Yield those of these names that mean the same, best first, ties by name."""
    for other, cosine in sorted(near, key=lambda one: (-one.cosine, one.name)):
        if cosine < search.least_cosine:
            return
        if other != name and can_be_name(other) and not told_apart(name, other):
            yield Synonym(other, min(cosine, 1.0))

"""What is known in a space beyond its turns, in memory: facts, merges, names, and notes.

Beside them what actors say of turns.

Few things beside turns and names, and read whole when a space is loaded. The space's graph is made
from all of it together (`store.drawn`), when it is first asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection, select

from memsvc.domain.feedback import Opinion
from memsvc.domain.ids import SpaceKey
from memsvc.domain.memory import Fingerprint
from memsvc.ports.knowledge import Synonym
from memsvc.ports.models import Matrix
from store.canaries import planted_in
from store.delta import Delta, StatedFact
from store.feedback import opinions
from store.history import stands
from store.knowledge import stated
from store.named import synonyms_of
from store.noted import matrix_from
from store.remembered import Remembered, empty_notes, read_notes_known
from store.tables import fact_vectors, merges, name_vectors, synonyms
from store.vectors.faiss_flat import FlatIndex

_BYTES_A_FACT = 600
_BYTES_A_MERGE = 300
_BYTES_A_SYNONYM = 300
_BYTES_AN_OPINION = 200
"""What Python keeps for each, about."""


@dataclass(slots=True)
class Knowing:
    """Facts by key; merges by what is merged; for each name the names that it found near to it.

    `fact_vectors` has them by the facts' keys, `name_vectors` by the places of names in `named`;
    `said_by` has for each turn that says any the keys of the facts it says.
    `opinions` has what actors say of turns, by their keys, `canaries` the turns that are such.
    """

    facts: dict[int, StatedFact]
    merges: dict[str, str]
    synonyms: dict[str, Sequence[Synonym]]
    fact_vectors: FlatIndex
    name_vectors: FlatIndex
    notes: Remembered
    opinions: dict[int, Opinion]
    canaries: frozenset[int]
    named: list[str] = field(default_factory=list)
    place_of: dict[str, int] = field(default_factory=dict)
    said_by: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def empty(cls, dimension: int) -> "Knowing":
        """Return what is known in an empty space."""
        facts, names, notes = FlatIndex(dimension), FlatIndex(dimension), empty_notes(dimension)
        return cls({}, {}, {}, facts, names, notes, {}, frozenset())

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it takes, about."""
        return (
            _BYTES_A_FACT * len(self.facts)
            + _BYTES_A_MERGE * len(self.merges)
            + _BYTES_A_SYNONYM * sum(map(len, self.synonyms.values()))
            + self.fact_vectors.nbytes
            + self.name_vectors.nbytes
            + self.notes.nbytes
            + 150 * len(self.place_of)
            + _BYTES_AN_OPINION * len(self.opinions)
        )

    def apply(self, delta: Delta) -> None:
        """Take over what has changed."""
        for fact, stated_now in delta.facts.items():
            self._unsay(fact)
            if stated_now is not None:
                self.facts[fact] = stated_now
                for turn in stated_now.turns:
                    self.said_by.setdefault(turn, []).append(fact)
        gone = [fact for fact, held in delta.facts.items() if held is None]
        self.fact_vectors.remove(np.array(gone, dtype=np.int64))
        self.embed_facts(delta.fact_vectors)
        for name, into in delta.merges.items():
            if into is None:
                self.merges.pop(name, None)
            else:
                self.merges[name] = into
        for name, near in delta.synonyms.items():
            if near:
                self.synonyms[name] = near
            else:
                self.synonyms.pop(name, None)
        self.notes.apply(delta)
        self._forget_names([name for name, held in delta.name_vectors.items() if held is None])
        self.embed_names({n: held for n, held in delta.name_vectors.items() if held is not None})
        self._heed(delta)

    def _unsay(self, fact: int) -> None:
        before = self.facts.pop(fact, None)
        for turn in () if before is None else before.turns:
            left = self.said_by[turn]
            left.remove(fact)
            if not left:
                del self.said_by[turn]

    def embed_facts(self, vectors: Mapping[int, Matrix]) -> None:
        """Add vectors of facts, each of shape (1, d)."""
        if vectors:
            keys = np.array(list(vectors), dtype=np.int64)
            self.fact_vectors.add(keys, np.concatenate(list(vectors.values())))

    def embed_names(self, vectors: Mapping[str, Matrix]) -> None:
        """Add vectors of names, each of shape (1, d)."""
        if not vectors:
            return
        first = len(self.named)
        self.named.extend(vectors)
        self.place_of.update((name, first + i) for i, name in enumerate(vectors))
        places = np.arange(first, len(self.named), dtype=np.int64)
        self.name_vectors.add(places, np.concatenate(list(vectors.values())))

    def _heed(self, delta: Delta) -> None:
        """Take over what is said of turns, and which are canaries; of those gone, nothing."""
        if delta.canaries or self.canaries:
            self.canaries = (self.canaries | delta.canaries).difference(delta.removed)
        self.opinions.update({t: said for t, said in delta.opinions.items() if said is not None})
        if self.opinions:
            unsaid = [turn for turn, said in delta.opinions.items() if said is None]
            for turn in (*unsaid, *delta.removed):
                self.opinions.pop(turn, None)

    def _forget_names(self, names: Sequence[str]) -> None:
        places = [self.place_of.pop(name) for name in names if name in self.place_of]
        for place in places:
            self.named[place] = ""
        self.name_vectors.remove(np.array(places, dtype=np.int64))


def read_known(
    connection: Connection, space: SpaceKey, fingerprint: Fingerprint, *, into: Delta
) -> None:
    """Read all that is known in a space from its rows."""
    into.known_anew = True
    into.facts.update(stated(connection, space))
    for row in connection.execute(select(merges).where(merges.c.space == space, stands(merges))):
        into.merges[row.name] = row.into
    into.canaries.update(planted_in(connection, space))
    into.opinions.update(opinions(connection, space))
    of_model = synonyms.c.fingerprint == fingerprint.text
    into.synonyms.update(synonyms_of(connection, space, of_model))
    for row in connection.execute(
        select(fact_vectors.c.fact, fact_vectors.c.vector)
        .where(fact_vectors.c.space == space, fact_vectors.c.fingerprint == fingerprint.text)
        .order_by(fact_vectors.c.fact)
    ):
        if row.fact in into.facts:  # a hidden one is not found
            into.fact_vectors[row.fact] = matrix_from(row.vector)
    for row in connection.execute(
        select(name_vectors.c.name, name_vectors.c.vector)
        .where(name_vectors.c.space == space, name_vectors.c.fingerprint == fingerprint.text)
        .order_by(name_vectors.c.name)
    ):
        into.name_vectors[row.name] = matrix_from(row.vector)
    read_notes_known(connection, space, fingerprint.text, into=into)

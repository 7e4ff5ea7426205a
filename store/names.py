"""Rows of `name_vectors` and `synonyms`: what names mean, and which are near to each other."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, exists, func, insert, select

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.domain.memory import Fingerprint
from memsvc.ports.knowledge import Synonym
from memsvc.ports.models import Matrix
from store.batches import batched
from store.delta import Deltas
from store.either import insert_or
from store.history import stands
from store.linked import is_linked
from store.named import names_of, these_turns
from store.tables import fact_turns, facts, mentions, name_vectors, synonyms

_NEAR = insert(synonyms)
_EMBED = insert_or(name_vectors).on_conflict_do_nothing()


class NameRows:
    """Reads and keeps what is known of names, through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

    def of_turns(self, space: SpaceKey, turns: Sequence[TurnKey]) -> list[str]:
        """Return what any of these turns names or is about, or its facts name; each once."""
        found: set[str] = set()
        for part in batched(turns):
            found.update(names_of(self._connection, space, these_turns(space, part)))
        return sorted(found)

    def without_vector(
        self, space: SpaceKey, names: Sequence[str], *, fingerprint: Fingerprint
    ) -> list[str]:
        """Return those of these names that have no vector of this fingerprint, in their order."""
        kept: set[str] = set()
        for part in batched(names):
            kept.update(
                self._connection.execute(
                    select(name_vectors.c.name).where(
                        name_vectors.c.space == space,
                        name_vectors.c.fingerprint == fingerprint.text,
                        name_vectors.c.name.in_(part),
                    )
                ).scalars()
            )
        return [name for name in names if name not in kept]

    def embed(
        self,
        space: SpaceKey,
        vectors: Mapping[str, Matrix],
        synonyms: Mapping[str, Sequence[Synonym]],
        *,
        fingerprint: Fingerprint,
    ) -> None:
        """Keep a vector, shape (1, d), of new names, and what each was found to be near to.

        One-sided: a name brings its neighbours once, when it comes.
        """
        if not vectors:
            return
        self._connection.execute(
            _EMBED,
            [
                {
                    "space": space,
                    "name": name,
                    "fingerprint": fingerprint.text,
                    "vector": vector.tobytes(),
                }
                for name, vector in vectors.items()
            ],
        )
        rows = [
            {
                "space": space,
                "name": name,
                "fingerprint": fingerprint.text,
                "other": other,
                "cosine": cosine,
            }
            for name, found in synonyms.items()
            for other, cosine in found
        ]
        if rows:
            self._connection.execute(_NEAR, rows)
        made = self._deltas.of(space).made_by(fingerprint.text)
        made.names.update(vectors)
        made.synonyms.update((name, tuple(found)) for name, found in synonyms.items() if found)

    def owe_missing(self, space: SpaceKey, *, fingerprint: Fingerprint) -> list[TurnKey]:
        """Return turns that together name everything that has no vector of this fingerprint."""
        first = (
            select(mentions.c.name, func.min(mentions.c.turn).label("turn"))
            .where(mentions.c.space == space, is_linked())
            .group_by(mentions.c.name)
        )
        by_facts = (
            select(column, func.min(fact_turns.c.turn))
            .join(
                fact_turns,
                (fact_turns.c.space == facts.c.space) & (fact_turns.c.fact == facts.c.key),
            )
            .where(facts.c.space == space, stands(fact_turns))
            .group_by(column)
            for column in (facts.c.subject_name, facts.c.object_name)
        )
        every = first.union_all(*by_facts).subquery()
        has_one = exists().where(
            name_vectors.c.space == space,
            name_vectors.c.name == every.c.name,
            name_vectors.c.fingerprint == fingerprint.text,
        )
        found = self._connection.execute(
            select(every.c.turn).where(~has_one).distinct().order_by(every.c.turn)
        )
        return [TurnKey(turn) for turn in found.scalars()]

"""Rows of `facts` as they change, with the turns that say them and their vectors."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    exists,
    insert,
    select,
    update,
)

from memsvc.domain.ids import FactKey, Position, SpaceKey
from memsvc.domain.knowledge import Fact
from memsvc.domain.memory import Fingerprint
from memsvc.domain.relation import predicate_name
from memsvc.domain.work import Step
from memsvc.ports.knowledge import FactDraft, SayingDraft
from memsvc.ports.mentions import Mentioned
from memsvc.ports.models import Matrix
from store.batches import batched
from store.delta import Deltas, StatedFact
from store.either import insert_or
from store.fact_reading import FactReading, said_by
from store.history import stands
from store.named import let_go, mentioned_by, these_turns
from store.outbox import owe
from store.tables import fact_rulings, fact_turns, fact_vectors, facts

_ADD = insert(facts).returning(facts.c.key, facts.c.position)

_SAY = insert(fact_turns)

_EMBED = insert_or(fact_vectors).on_conflict_do_nothing()


class FactRows(FactReading):
    """Reads and changes facts through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        super().__init__(connection)
        self._deltas = deltas

    def add(
        self, space: SpaceKey, drafts: Sequence[FactDraft], *, first_position: Position
    ) -> list[Fact]:
        """Keep new facts; fact i is entered in the ledger at `first_position + i`."""
        rows = [
            {
                "space": space,
                "id": draft.id,
                "subject": draft.subject,
                "predicate": draft.predicate,
                "object": draft.object,
                "subject_name": draft.subject_name,
                "object_name": draft.object_name,
                "predicate_name": predicate_name(draft.predicate),
                "position": first_position + place,
                "version": first_position + place,
            }
            for place, draft in enumerate(drafts)
        ]
        if not rows:
            return []
        keys = {row.position: row.key for row in self._connection.execute(_ADD, rows)}
        made = [keys[row["position"]] for row in rows]
        self._say(
            space,
            {
                key: (Position(first_position + place), draft.sayings)
                for place, (key, draft) in enumerate(zip(made, drafts, strict=True))
            },
        )
        found = {fact.key: fact for fact in self.by_keys(space, [FactKey(key) for key in made])}
        return [found[key] for key in made]

    def say(
        self, space: SpaceKey, said: Mapping[FactKey, Sequence[SayingDraft]], *, version: Position
    ) -> None:
        """Have turns say facts that are there."""
        self.revise(space, list(said), version=version)
        if len(stated(self._connection, space, list(said))) < len(said):
            self._deltas.of(space).dropped = True  # of a hidden one the vector is known no more
        self._say(space, {int(fact): (version, by) for fact, by in said.items()})

    def unsay(
        self, space: SpaceKey, said: Mapping[FactKey, Sequence[SayingDraft]], *, version: Position
    ) -> None:
        """Have turns say facts no longer, as of a position; one that none says is hidden."""
        self.revise(space, list(said), version=version)
        for fact, by in said.items():
            for saying in by:
                same = [fact_turns.c[name] == part for name, part in saying._asdict().items()]
                self._connection.execute(
                    update(fact_turns)
                    .where(
                        fact_turns.c.space == space,
                        fact_turns.c.fact == fact,
                        stands(fact_turns),
                        *same,
                    )
                    .values(until=version)
                )
        self._deltas.of(space).dropped = True

    def revise(self, space: SpaceKey, keys: Sequence[FactKey], *, version: Position) -> None:
        """Enter that what is known about facts has changed."""
        for part in batched(keys):
            self._connection.execute(
                update(facts)
                .where(facts.c.space == space, facts.c.key.in_(part))
                .values(version=version)
            )

    def embed(
        self, space: SpaceKey, vectors: Mapping[FactKey, Matrix], *, fingerprint: Fingerprint
    ) -> None:
        """Keep a vector, shape (1, d), of facts that have none of this fingerprint."""
        if not vectors:
            return
        self._connection.execute(
            _EMBED,
            [
                {
                    "space": space,
                    "fact": fact,
                    "fingerprint": fingerprint.text,
                    "vector": vector.tobytes(),
                }
                for fact, vector in vectors.items()
            ],
        )
        made = self._deltas.of(space).made_by(fingerprint.text)
        made.facts.update((int(k), v) for k, v in vectors.items())

    def owe_missing(
        self, fingerprint: Fingerprint, *, now: datetime, step: Step = Step.FACTS
    ) -> int:
        """Owe a step to every turn, of every space, whose facts lack a vector of this kind.

        Returns how many turns that are.
        """
        has_one = exists().where(
            fact_vectors.c.space == fact_turns.c.space,
            fact_vectors.c.fact == fact_turns.c.fact,
            fact_vectors.c.fingerprint == fingerprint.text,
        )
        lacking = select(fact_turns.c.space, fact_turns.c.turn).where(~has_one)
        return owe(self._connection, step, lacking, now=now)

    def delete(self, space: SpaceKey, facts: Sequence[FactKey]) -> None:
        """Delete facts with their vectors. What only they named is named no more."""
        delta = self._deltas.of(space)
        for part in batched(facts):
            saying = select(fact_turns.c.turn).where(
                fact_turns.c.space == space, fact_turns.c.fact.in_(part)
            )
            were = self._connection.execute(saying.distinct()).scalars().all()
            names = _drop(self._connection, space, part)
            let_go(self._connection, self._deltas, space, names)
            delta.facts.update(dict.fromkeys(part))
            self._rename(space, were)

    def _say(
        self, space: SpaceKey, said: Mapping[int, tuple[Position, Sequence[SayingDraft]]]
    ) -> None:
        self._connection.execute(
            _SAY,
            [
                {
                    "space": space,
                    "fact": fact,
                    "position": position,
                    "number": number,
                    **saying._asdict(),
                }
                for fact, (position, by) in said.items()
                for number, saying in enumerate(by)
            ],
        )
        self._deltas.of(space).facts.update(stated(self._connection, space, list(said)))
        self._rename(space, sorted({one.turn for _, by in said.values() for one in by}))

    def _rename(self, space: SpaceKey, changed: Sequence[int]) -> None:
        """Have the indexes know what turns name whose facts have changed."""
        mentioned = self._deltas.of(space).mentions
        for part in batched(changed):
            mentioned.update(dict.fromkeys(part, Mentioned()))
            mentioned.update(mentioned_by(self._connection, space, these_turns(space, part)))


def stated(
    connection: Connection, space: SpaceKey, keys: Sequence[int] | None = None
) -> dict[int, StatedFact]:
    """Return facts, these or all, as the indexes know them."""
    if keys is not None:
        found: dict[int, StatedFact] = {}
        for part in batched(keys):
            found |= _stated(connection, space, fact_turns.c.fact.in_(part))
        return found
    return _stated(connection, space)


def leave(connection: Connection, deltas: Deltas, space: SpaceKey, gone: Sequence[int]) -> set[str]:
    """Have turns say nothing any more, and drop the facts that no other turn says.

    To be called before anything else of the turns is deleted. Returns the names of those facts,
    of which the caller lets go when the turns are gone.
    """
    said = list(connection.execute(said_by(space, gone, or_once=True).distinct()).scalars())
    if not said:
        return set()
    connection.execute(
        delete(fact_turns).where(fact_turns.c.space == space, fact_turns.c.turn.in_(gone))
    )
    known = deltas.of(space).facts
    known.update(dict.fromkeys(said))
    known.update(stated(connection, space, said))
    gone_too = [fact for fact in said if known[fact] is None]
    # What only turns say that took it back is hidden, not gone: a rollback may want it.
    kept = {
        fact
        for part in batched(gone_too)
        for fact in connection.execute(
            select(fact_turns.c.fact).where(
                fact_turns.c.space == space, fact_turns.c.fact.in_(part)
            )
        ).scalars()
    }
    return _drop(connection, space, [fact for fact in gone_too if fact not in kept])


def _stated(
    connection: Connection, space: SpaceKey, *which: ColumnElement[bool]
) -> dict[int, StatedFact]:
    saying: dict[int, list[int]] = defaultdict(list)
    ends: dict[int, tuple[str, str]] = {}
    for row in connection.execute(
        select(fact_turns.c.fact, fact_turns.c.turn, facts.c.subject_name, facts.c.object_name)
        .join(facts, facts.c.key == fact_turns.c.fact)
        .where(fact_turns.c.space == space, stands(fact_turns), *which)
        .distinct()
        .order_by(fact_turns.c.fact, fact_turns.c.turn)
    ):
        saying[row.fact].append(row.turn)
        ends[row.fact] = row.subject_name, row.object_name
    return {fact: StatedFact(*ends[fact], tuple(turns)) for fact, turns in saying.items()}


def _drop(connection: Connection, space: SpaceKey, gone: Sequence[int]) -> set[str]:
    """Delete facts with their vectors; return what they named."""
    names: set[str] = set()
    for part in batched(gone):
        these = (facts.c.space == space) & facts.c.key.in_(part)
        for row in connection.execute(
            select(facts.c.subject_name, facts.c.object_name).where(these)
        ):
            names.update(row)
        connection.execute(delete(facts).where(these))
        for table in (fact_turns, fact_vectors, fact_rulings):
            connection.execute(delete(table).where(table.c.space == space, table.c.fact.in_(part)))
        connection.execute(
            delete(fact_rulings).where(fact_rulings.c.space == space, fact_rulings.c.by.in_(part))
        )
    return names

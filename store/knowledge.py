"""Rows of `facts`, with the turns that say them and their vectors."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    delete,
    exists,
    insert,
    literal,
    select,
    tuple_,
    union,
    update,
)
from sqlalchemy.dialects import sqlite

from memsvc.domain.ids import FactId, FactKey, Position, SpaceKey, TurnId, TurnKey
from memsvc.domain.knowledge import Fact
from memsvc.domain.memory import Fingerprint, Page, Source, Standing
from memsvc.domain.relation import predicate_name
from memsvc.domain.validity import Saying
from memsvc.domain.work import Step
from memsvc.ports.knowledge import FactDraft, SayingDraft
from memsvc.ports.mentions import Mentioned
from memsvc.ports.models import Matrix
from store.batches import batched
from store.cursors import number_from
from store.delta import Deltas, StatedFact
from store.filters import standing_conditions
from store.history import stands
from store.named import let_go, mentioned_by, these_turns
from store.rows import AnyRow
from store.tables import Instant, fact_rulings, fact_turns, fact_vectors, facts, outbox, turns

_ADD = insert(facts).returning(facts.c.key, facts.c.position)
_SAY = insert(fact_turns)
_SAYING = (
    fact_turns.c.fact,
    fact_turns.c.valid_from,
    fact_turns.c.valid_to,
    fact_turns.c.replaces,
    turns.c.id,
    turns.c.at,
    turns.c.source,
)
_EMBED = sqlite.insert(fact_vectors).on_conflict_do_nothing()


class FactRows:
    """Reads and changes facts through one connection."""

    def __init__(self, connection: Connection, deltas: Deltas) -> None:
        self._connection = connection
        self._deltas = deltas

    def get(
        self, space: SpaceKey, fact: FactId, *, standing: Standing | None = None
    ) -> Fact | None:
        """Return the fact of that id with the turns that stand; None when none of them does.

        Without `standing`, with every turn that has a row.
        """
        return self.of_ids(space, [fact], standing=standing).get(fact)

    def of_ids(
        self, space: SpaceKey, ids: Sequence[FactId], *, standing: Standing | None = None
    ) -> Mapping[FactId, Fact]:
        """Return those of these facts that there are, as `get` does."""
        return {
            fact.id: fact
            for part in batched(ids)
            for fact in self._facts(
                space, facts.c.space == space, facts.c.id.in_(part), standing=standing
            )
        }

    def by_keys(
        self, space: SpaceKey, keys: Sequence[FactKey], *, standing: Standing | None = None
    ) -> list[Fact]:
        """Return those of these facts that the space holds, in the order of writing."""
        return [
            fact
            for part in batched(sorted(keys))
            for fact in self._facts(space, facts.c.key.in_(part), standing=standing)
        ]

    def page(
        self,
        space: SpaceKey,
        *,
        names: Sequence[str] | None,
        turn: TurnKey | None,
        after: str | None,
        limit: int,
        standing: Standing | None = None,
    ) -> Page[Fact]:
        """List facts in the order of writing, each as `get` returns it.

        Those that begin or end in one of these names and that this turn says, as far as asked. The
        cursor is a ledger position.
        """
        which: list[ColumnElement[bool]] = []
        if after is not None:
            which.append(facts.c.position > number_from(after))
        if names is not None:
            which.append(facts.c.key.in_(_between(space, names)))
        if turn is not None:
            which.append(facts.c.key.in_(_said_by(space, [turn])))
        if names is None and turn is None:
            which.append(facts.c.space == space)
        found = self._facts(space, *which, limit=limit + 1, standing=standing)
        is_more = len(found) > limit
        return Page(tuple(found[:limit]), str(found[limit - 1].position) if is_more else None)

    def of_ends(
        self, space: SpaceKey, ends: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Sequence[Fact]]:
        """Return the facts between these pairs of subject and object, by their names."""
        found: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        pair = tuple_(facts.c.subject_name, facts.c.object_name)
        for part in batched(sorted(set(ends))):
            # By pairs alone SQLite would look at every fact of the space.
            subjects = facts.c.subject_name.in_(sorted({subject for subject, _ in part}))
            for fact in self._facts(space, facts.c.space == space, subjects, pair.in_(part)):
                found[fact.subject_name, fact.object_name].append(fact)
        return found

    def of_subjects(
        self,
        space: SpaceKey,
        subjects: Sequence[str],
        predicates: Sequence[str],
        *,
        replacing: bool,
        standing: Standing | None = None,
    ) -> list[Fact]:
        """Return the facts about any of these subjects by any of these predicates, by their names.

        With `replacing`, those alone that a turn says in the place of others. As `get` does.
        """
        which: list[ColumnElement[bool]] = [facts.c.space == space]
        if replacing:
            said = (fact_turns.c.space == space, fact_turns.c.fact == facts.c.key)
            which.append(exists().where(*said, fact_turns.c.replaces, stands(fact_turns)))
        # Empty text added keeps SQLite from trying each subject with each predicate; they are
        # compared inside the index all the same.
        predicate = facts.c.predicate_name.concat("")
        return [
            fact
            for some in batched(sorted(set(subjects)))
            for others in batched(sorted(set(predicates)))
            for fact in self._facts(
                space,
                *which,
                facts.c.subject_name.in_(some),
                predicate.in_(others),
                standing=standing,
            )
        ]

    def without_vector(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> list[Fact]:
        """Return the facts that any of these turns say and that have no vector of this kind."""
        has_one = exists().where(
            fact_vectors.c.space == space,
            fact_vectors.c.fact == facts.c.key,
            fact_vectors.c.fingerprint == fingerprint.text,
        )
        return self._facts(space, facts.c.key.in_(_said_by(space, turns)), ~has_one)

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
        self._deltas.of(space).fact_vectors.update((int(k), v) for k, v in vectors.items())

    def owe_missing(self, fingerprint: Fingerprint, *, now: datetime) -> int:
        """Owe `Step.FACTS` to every turn, of every space, whose facts lack a vector of this kind.

        Returns how many turns that are.
        """
        has_one = exists().where(
            fact_vectors.c.space == fact_turns.c.space,
            fact_vectors.c.fact == fact_turns.c.fact,
            fact_vectors.c.fingerprint == fingerprint.text,
        )
        is_owed = exists().where(
            outbox.c.space == fact_turns.c.space,
            outbox.c.turn == fact_turns.c.turn,
            outbox.c.step == Step.FACTS.value,
        )
        missing = (
            select(
                fact_turns.c.space,
                literal(Step.FACTS.value),
                fact_turns.c.turn,
                literal(now, Instant),
                literal(now, Instant),
                literal(0),
            )
            .where(~has_one, ~is_owed)
            .distinct()
        )
        columns = ["space", "step", "turn", "created_at", "due_at", "attempts"]
        return self._connection.execute(insert(outbox).from_select(columns, missing)).rowcount

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

    def _facts(
        self,
        space: SpaceKey,
        *which: ColumnElement[bool],
        limit: int | None = None,
        standing: Standing | None = None,
    ) -> list[Fact]:
        live = () if standing is None else tuple(standing_conditions(space, standing))
        # The sum keeps SQLite from looking through an index of the whole space for some twenty
        # keys; where an index that begins with the space is meant, `which` names it as well.
        query = select(facts).where(facts.c.space + 0 == space, *which)
        if live:
            saying_it = (fact_turns.c.space == space, fact_turns.c.fact == facts.c.key)
            query = query.where(
                exists().where(
                    *saying_it, stands(fact_turns), turns.c.key == fact_turns.c.turn, *live
                )
            )
        # All of a space are read along an index; of few, the order must not tempt to read all.
        order = facts.c.position if limit is not None else facts.c.position + 0
        rows = self._connection.execute(query.order_by(order).limit(limit)).all()
        saying: dict[int, list[Saying]] = defaultdict(list)
        for part in batched([row.key for row in rows]):
            for said in self._connection.execute(
                select(*_SAYING)
                .join(turns, turns.c.key == fact_turns.c.turn)
                .where(
                    fact_turns.c.space == space,
                    fact_turns.c.fact.in_(part),
                    stands(fact_turns),
                    *live,
                )
                .order_by(
                    fact_turns.c.fact,
                    fact_turns.c.turn,
                    fact_turns.c.position,
                    fact_turns.c.number,
                )
            ):
                saying[said.fact].append(
                    Saying(
                        TurnId(said.id),
                        said.at,
                        Source(said.source),
                        said.valid_from,
                        said.valid_to,
                        said.replaces,
                    )
                )
        return [_fact(row, saying[row.key]) for row in rows]


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
    said = list(connection.execute(_said_by(space, gone, or_once=True).distinct()).scalars())
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


def _said_by(space: SpaceKey, by: Sequence[int], *, or_once: bool = False) -> Select[Any]:
    """Select the facts that turns say; or once said, which was taken back."""
    said = (fact_turns.c.space == space, fact_turns.c.turn.in_(by))
    return select(fact_turns.c.fact).where(*said, *(() if or_once else (stands(fact_turns),)))


def _between(space: SpaceKey, names: Sequence[str]) -> CompoundSelect[Any]:
    """Select the facts that begin or end in one of these names: each end has its own index."""
    return union(
        *(
            select(facts.c.key).where(facts.c.space == space, column.in_(names))
            for column in (facts.c.subject_name, facts.c.object_name)
        )
    )


def _fact(row: AnyRow, by: Sequence[Saying]) -> Fact:
    return Fact(
        key=FactKey(row.key),
        id=FactId(row.id),
        subject=row.subject,
        predicate=row.predicate,
        object=row.object,
        subject_name=row.subject_name,
        object_name=row.object_name,
        sayings=tuple(by),
        position=Position(row.position),
        version=Position(row.version),
    )

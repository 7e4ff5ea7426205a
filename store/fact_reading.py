"""Rows of `facts` as they are asked for, with the turns that say them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    exists,
    select,
    tuple_,
    union,
)

from memsvc.domain.ids import FactId, FactKey, Position, RunId, SpaceKey, TurnId, TurnKey
from memsvc.domain.knowledge import Fact
from memsvc.domain.memory import Fingerprint, Page, Source, Standing
from memsvc.domain.validity import Saying
from store.batches import batched
from store.cursors import number_from, page_of
from store.filters import standing_conditions
from store.history import stands
from store.rows import AnyRow
from store.tables import fact_turns, fact_vectors, facts, turns

_SAYING = (
    fact_turns.c.fact,
    fact_turns.c.valid_from,
    fact_turns.c.valid_to,
    fact_turns.c.replaces,
    fact_turns.c.run,
    turns.c.id,
    turns.c.at,
    turns.c.source,
)


class FactReading:
    """Reads facts through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
        predicates: Sequence[str] | None = None,
        after: str | None,
        limit: int,
        standing: Standing | None = None,
    ) -> Page[Fact]:
        """List facts in the order of writing, each as `get` returns it.

        Those that begin or end in one of these names, that this turn says, and by one of these
        predicates, by their names, as far as asked. The cursor is a ledger position.
        """
        which: list[ColumnElement[bool]] = []
        if after is not None:
            which.append(facts.c.position > number_from(after))
        if names is not None:
            which.append(facts.c.key.in_(_between(space, names)))
        if turn is not None:
            which.append(facts.c.key.in_(said_by(space, [turn])))
        is_of_few = names is not None or turn is not None
        if predicates is not None and (is_of_few or len(predicates) == 1):
            which.append(facts.c.predicate_name.in_(predicates))
        elif predicates is not None:
            which.append(facts.c.key.in_(_by(space, predicates)))
            is_of_few = True
        if not is_of_few:
            which.append(facts.c.space == space)
        found = self._facts(space, *which, limit=limit + 1, standing=standing)
        return page_of(found, limit, lambda one: one.position)

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
            which.append(
                exists(fact_turns.c.fact).where(*said, fact_turns.c.replaces, stands(fact_turns))
            )
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

    def said_in(self, space: SpaceKey, run: RunId) -> list[Fact]:
        """Return the facts that turns say as a run of enrichment read them, in their order."""
        said = select(fact_turns.c.fact).where(
            fact_turns.c.space == space, fact_turns.c.run == run, stands(fact_turns)
        )
        return self._facts(space, facts.c.key.in_(said))

    def without_vector(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> list[Fact]:
        """Return the facts that any of these turns say and that have no vector of this kind."""
        has_one = exists().where(
            fact_vectors.c.space == space,
            fact_vectors.c.fact == facts.c.key,
            fact_vectors.c.fingerprint == fingerprint.text,
        )
        return self._facts(space, facts.c.key.in_(said_by(space, turns)), ~has_one)

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
            # Not all columns: then an index that has `until` is all that is looked at.
            query = query.where(
                exists(fact_turns.c.fact).where(
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
                        None if said.run is None else RunId(said.run),
                    )
                )
        return [_fact(row, saying[row.key]) for row in rows]


def said_by(space: SpaceKey, by: Sequence[int], *, or_once: bool = False) -> Select[Any]:
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


def _by(space: SpaceKey, predicates: Sequence[str]) -> Select[Any]:
    """Select the facts by any of these predicates: of several, no index has them in order."""
    return select(facts.c.key).where(facts.c.space == space, facts.c.predicate_name.in_(predicates))


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

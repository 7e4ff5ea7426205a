"""Rows of `receipts` and `tombstones`, and the searches that forgetting on request needs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    insert,
    or_,
    select,
    union,
    update,
)

from memsvc.domain.ids import (
    LinkId,
    NoteId,
    NoteKey,
    Position,
    ReceiptId,
    SpaceKey,
    StreamKey,
    TurnId,
    TurnKey,
)
from memsvc.domain.memory import Page
from memsvc.domain.receipt import Means, Receipt, Sought, Tally, Tombstone, folded
from memsvc.ports.receipts import LinkedWords, NotedWords
from store.batches import batched
from store.cursors import number_from, page_of
from store.filters import conditions
from store.history import stands
from store.indexing import derived
from store.linked import is_linked
from store.tables import (
    OF_A_TURN,
    document_parts,
    embeddings,
    fact_rulings,
    fact_turns,
    fact_vectors,
    facts,
    links,
    mentions,
    merges,
    name_vectors,
    note_turns,
    note_vectors,
    note_versions,
    notes,
    streams,
    synonyms,
    tombstones,
    turns,
    unlinkings,
)
from store.tables import receipts as rows
from store.worded import left_of, words_of_links, words_of_notes

_NAMED = (mentions.c.name, facts.c.subject_name, facts.c.object_name)
_HELD_NAMES = (
    name_vectors.c.name,
    synonyms.c.name,
    synonyms.c.other,
    merges.c.name,
    merges.c.into,
    unlinkings.c.name,
)


class ReceiptRows:
    """Reads and keeps receipts through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, space: SpaceKey, receipt: ReceiptId) -> Receipt | None:
        """Return the receipt of that id."""
        found = self._receipts(select(rows).where(rows.c.space == space, rows.c.id == receipt))
        return found[0] if found else None

    def page(self, space: SpaceKey, *, after: str | None, limit: int) -> Page[Receipt]:
        """List receipts in the order in which they were made; the cursor is a ledger position."""
        query = select(rows).where(rows.c.space == space).order_by(rows.c.position)
        if after is not None:
            query = query.where(rows.c.position > number_from(after))
        found = self._receipts(query.limit(limit + 1))
        return page_of(found, limit, lambda one: one.position)

    def tombstones(self, space: SpaceKey, receipt: ReceiptId) -> list[Tombstone]:
        """Return what is left of the turns that went, in the order of writing."""
        found = self._connection.execute(
            select(tombstones)
            .where(tombstones.c.space == space, tombstones.c.receipt == receipt)
            .order_by(tombstones.c.forgotten)
        )
        return [Tombstone(TurnKey(row.forgotten), TurnId(row.id), row.digest) for row in found]

    def forgotten(self, space: SpaceKey, digests: Sequence[bytes]) -> set[bytes]:
        """Return those of these digests that a tombstone has."""
        return {
            digest
            for part in batched(digests)
            for digest in self._connection.execute(
                select(tombstones.c.digest).where(
                    tombstones.c.space == space, tombstones.c.digest.in_(part)
                )
            ).scalars()
        }

    def left(self, space: SpaceKey, gone: Sequence[Tombstone]) -> Mapping[str, int]:
        """Count by table what is still there of these turns, and what hangs on nothing."""
        of_turns = (*OF_A_TURN, *derived(self._connection))
        found = dict.fromkeys(["turns", *(table.name for table in of_turns)], 0)
        for part in batched([each.key for each in gone]):
            found["turns"] += self._count(turns.c.space == space, turns.c.key.in_(part))
            for table in of_turns:
                found[table.name] += self._count(table.c.space == space, table.c.turn.in_(part))
        for ids in batched([each.id for each in gone]):
            found["turns"] += self._count(turns.c.space == space, turns.c.id.in_(ids))
        said = exists().where(fact_turns.c.space == space, fact_turns.c.fact == facts.c.key)
        found["facts"] = self._count(facts.c.space == space, ~said)
        held = exists().where(facts.c.space == space, facts.c.key == fact_vectors.c.fact)
        found["fact_vectors"] = self._count(fact_vectors.c.space == space, ~held)
        found |= self._left_of_notes(space)
        ruled = or_(
            *(
                column.is_not(None) & ~exists().where(facts.c.space == space, facts.c.key == column)
                for column in (fact_rulings.c.fact, fact_rulings.c.by)
            )
        )
        found["fact_rulings"] = self._count(fact_rulings.c.space == space, ruled)
        for column in _HELD_NAMES:
            named = or_(
                *(
                    exists()
                    .where(one.table.c.space == space, one == column)
                    .correlate(column.table)
                    for one in _NAMED
                )
            )
            name = column.table.name
            hangs = (merges.c.spelled.is_(None),) if column is merges.c.into else ()
            left = self._count(column.table.c.space == space, ~named, *hangs)
            found[name] = max(found.get(name, 0), left)
        return found

    def _left_of_notes(self, space: SpaceKey) -> Mapping[str, int]:
        """Count notes without a turn, and what is a note's or because of one that is gone."""
        hung = exists().where(note_turns.c.space == space, note_turns.c.note == notes.c.key)
        found = {"notes": self._count(notes.c.space == space, ~hung)}
        for column in (note_versions.c.note, note_vectors.c.note, links.c.start, links.c.end):
            held = exists().where(notes.c.space == space, notes.c.key == column)
            name = column.table.name
            found[name] = found.get(name, 0) + self._count(column.table.c.space == space, ~held)
        for table in (note_versions, links):
            cause = exists().where(notes.c.space == space, notes.c.id == table.c.because)
            because = (table.c.space == space, table.c.because.is_not(None))
            found[table.name] += self._count(*because, ~cause)
        return found

    def seek(self, space: SpaceKey, sought: Sought, *, after: TurnKey) -> list[TurnKey]:
        """Return the turns written after one that all parts hold of, ascending."""
        which = [*conditions(space, sought.where), turns.c.key > after]
        if sought.names is not None:
            which.append(turns.c.key.in_(naming(space, sought.names)))
        if sought.turns is not None:
            which.append(turns.c.id.in_(sought.turns))
        column = turns.c.key if sought.text is None else turns.c.content
        query = select(turns.c.key, column.label("text")).where(*which).order_by(turns.c.key)
        found = self._connection.execute(query)
        if sought.text is None:
            return [TurnKey(row.key) for row in found]
        return [TurnKey(row.key) for row in found if sought.text in folded(row.text)]

    def noted(
        self, space: SpaceKey, *, after: Position, notes: Sequence[NoteKey] | None = None
    ) -> list[NotedWords]:
        """Return the words of every version of a note that was made after a ledger position."""
        return words_of_notes(self._connection, space, after=after, among=notes)

    def linked(self, space: SpaceKey, *, after: Position) -> list[LinkedWords]:
        """Return the reasons of all links that were made after a ledger position."""
        return words_of_links(self._connection, space, after=after)

    def notes_left(
        self, space: SpaceKey, notes: Sequence[NoteId], links: Sequence[LinkId], *, until: Position
    ) -> Mapping[str, int]:
        """Count by table what is there of these notes and links from up to a position."""
        return left_of(self._connection, space, notes, links, until=until)

    def standing(self, space: SpaceKey) -> Tally:
        """Count what there is of everything that hangs on turns."""
        every = union(
            *(select(column).where(column.table.c.space == space) for column in _NAMED)
        ).subquery()
        names = self._connection.execute(select(func.count()).select_from(every)).scalar_one()
        return Tally(
            turns=self._count(turns.c.space == space),
            facts=self._count(facts.c.space == space),
            merges=self._count(merges.c.space == space, stands(merges)),
            names=names,
            vectors=sum(
                self._count(table.c.space == space)
                for table in (embeddings, fact_vectors, name_vectors, note_vectors)
            ),
            notes=self._count(notes.c.space == space),
            versions=self._count(note_versions.c.space == space),
            links=self._count(links.c.space == space),
        )

    def emptied(self, space: SpaceKey, streams: Sequence[StreamKey]) -> int:
        """Count those of these streams that hold no turn."""
        held = select(turns.c.stream).where(turns.c.space == space).distinct()
        left: set[int] = set()
        for part in batched(streams):
            left.update(self._connection.execute(held.where(turns.c.stream.in_(part))).scalars())
        return len(set(streams) - left)

    def titles(self, space: SpaceKey) -> Mapping[StreamKey, str]:
        """Return the titles of streams that are no part of a document."""
        part = exists().where(
            document_parts.c.space == space, document_parts.c.stream == streams.c.key
        )
        found = self._connection.execute(
            select(streams.c.key, streams.c.title).where(
                streams.c.space == space, streams.c.title.is_not(None), ~part
            )
        )
        return {StreamKey(row.key): row.title for row in found}

    def untitle(self, space: SpaceKey, streams: Sequence[StreamKey]) -> None:
        """Take the titles of streams away; what turns are about is retitled by the caller."""
        for part in batched(streams):
            self._connection.execute(_UNTITLE.where(_streams(space, part)))

    def add(self, space: SpaceKey, receipt: Receipt, gone: Sequence[Tombstone]) -> None:
        """Keep a receipt with what is left of the turns that went."""
        self._connection.execute(
            insert(rows).values(
                space=space,
                id=receipt.id,
                at=receipt.at,
                actor=receipt.actor,
                means=[means.value for means in receipt.means],
                counts=asdict(receipt.tally),
                first=receipt.first,
                position=receipt.position,
            )
        )
        if gone:
            self._connection.execute(
                insert(tombstones),
                [
                    {
                        "space": space,
                        "receipt": receipt.id,
                        "forgotten": each.key,
                        "id": each.id,
                        "digest": each.digest,
                    }
                    for each in gone
                ],
            )

    def _receipts(self, query: Select[tuple[object, ...]]) -> list[Receipt]:
        return [
            Receipt(
                ReceiptId(row.id),
                row.at,
                row.actor,
                tuple(Means(means) for means in row.means),
                Tally(**row.counts),
                Position(row.first),
                Position(row.position),
            )
            for row in self._connection.execute(query)
        ]

    def _count(self, *which: ColumnElement[bool]) -> int:
        return self._connection.execute(select(func.count()).where(and_(*which))).scalar_one()


_UNTITLE = update(streams).values(title=None)


def _streams(space: SpaceKey, keys: Sequence[StreamKey]) -> ColumnElement[bool]:
    return (streams.c.space == space) & streams.c.key.in_(keys)


def naming(space: SpaceKey, names: Sequence[str]) -> Select[tuple[int]]:
    """Select the turns that have any of these names: by text, by title or by a fact they say.

    Not those that people say do not name it, unless a fact of theirs does.
    """
    by_text = select(mentions.c.turn).where(
        mentions.c.space == space, mentions.c.name.in_(names), is_linked()
    )
    by_facts = (
        select(fact_turns.c.turn)
        .join(facts, facts.c.key == fact_turns.c.fact)
        .where(fact_turns.c.space == space, facts.c.space == space, stands(fact_turns))
        .where(facts.c.subject_name.in_(names) | facts.c.object_name.in_(names))
    )
    every = union(by_text, by_facts).subquery()
    return select(every.c.turn)

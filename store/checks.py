"""Counting what belongs together, for the doctor: rows here, and what was derived from them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, FromClause, exists, func, select, text

from memsvc.domain.ids import SpaceName
from memsvc.domain.work import Step
from store.database import is_postgres
from store.indexing import derived
from store.opening import open_database
from store.schema import current
from store.tables import (
    document_parts,
    documents,
    embeddings,
    events,
    fact_rulings,
    fact_turns,
    fact_vectors,
    facts,
    links,
    mentions,
    note_turns,
    note_vectors,
    note_versions,
    notes,
    open_tails,
    outbox,
    spaces,
    streams,
    surprisals,
    terms,
    token_vectors,
    turns,
    unlinkings,
)
from store.uow import SqlKeeping, one_view
from store.vacuuming import dead_rows

_OF_TURNS = (
    terms,
    mentions,
    unlinkings,
    fact_turns,
    note_turns,
    embeddings,
    token_vectors,
    surprisals,
)
_STRAYS = tuple(
    select(func.count()).select_from(column.table).where(column.not_in(select(holder)))
    for column, holder in (
        (fact_turns.c.fact, facts.c.key),
        (fact_vectors.c.fact, facts.c.key),
        (fact_rulings.c.fact, facts.c.key),
        (fact_rulings.c.by, facts.c.key),
        (facts.c.key, fact_turns.c.fact),
        (note_turns.c.note, notes.c.key),
        (note_versions.c.note, notes.c.key),
        (note_vectors.c.note, notes.c.key),
        (links.c.start, notes.c.key),
        (links.c.end, notes.c.key),
        (notes.c.key, note_turns.c.note),
        (notes.c.key, note_versions.c.note),
    )
)
"""Who says a fact, its vector, what is ruled about it and by it, and the fact itself: none is there
without the others' rows. Nor is a note without a turn and a version, nor what is a note's without
it."""
_BECAUSE_OF_NONE = tuple(
    select(func.count())
    .select_from(table)
    .where(
        table.c.because.is_not(None),
        ~exists().where(notes.c.space == table.c.space, notes.c.id == table.c.because),
    )
    for table in (note_versions, links)
)
"""What is known because of a note that is gone should be gone with it."""
_UNFOUND = (
    select(func.count())
    .select_from(unlinkings)
    .where(
        ~exists().where(
            mentions.c.space == unlinkings.c.space,
            mentions.c.turn == unlinkings.c.turn,
            mentions.c.name == unlinkings.c.name,
        )
    )
)
"""What people say that a turn does not name was found in it, or is forgotten with it."""
_TORN_PARTS = (
    select(func.count())
    .select_from(document_parts)
    .where(
        document_parts.c.document.not_in(select(documents.c.key))
        | document_parts.c.stream.not_in(select(streams.c.key))
    )
)
_NEXT = events.alias("next_events")
_TORN_EVENTS = (
    select(func.count())
    .select_from(
        events.outerjoin(
            _NEXT,
            (_NEXT.c.space == events.c.space)
            & (_NEXT.c.stream == events.c.stream)
            & (_NEXT.c.number == events.c.number + 1),
        ).outerjoin(
            open_tails,
            (open_tails.c.space == events.c.space)
            & (open_tails.c.stream == events.c.stream)
            & (open_tails.c.number == events.c.number + 1),
        )
    )
    .where(
        (func.coalesce(_NEXT.c.start_seq, open_tails.c.start_seq, -1) != events.c.end_seq)
        | (func.coalesce(_NEXT.c.start_piece, open_tails.c.start_piece, -1) != events.c.end_piece)
        | events.c.stream.not_in(select(streams.c.key))
    )
)
_EMPTY_DOCUMENTS = (
    select(func.count())
    .select_from(documents)
    .where(documents.c.key.not_in(select(document_parts.c.document)))
)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many turns of a space stand in each place; `owed` ones wait for their vector."""

    space: SpaceName
    turns: int
    with_terms: int
    with_vectors: int
    owed: int

    @property
    def is_whole(self) -> bool:
        """True when every turn has its terms, and its vector or a job that will make it."""
        return self.turns == self.with_terms == self.with_vectors + self.owed


@dataclass(frozen=True, slots=True)
class Examined:
    """A database that is looked at and not changed."""

    engine: Engine

    @property
    def revision(self) -> str | None:
        """The migration that it stands at; None when it is empty."""
        with one_view(self.engine) as connection:
            return current(connection)

    def damage(self) -> str | None:
        """Return what SQLite finds wrong with the file's pages; None when they are whole.

        None of PostgreSQL, which looks after its own.
        """
        if is_postgres(self.engine):
            return None
        with one_view(self.engine) as connection:
            found: str = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        return None if found == "ok" else found

    def dead_rows(self) -> int:
        """Return how many rows that are gone wait in a server's files for a vacuum, about.

        None do in a file: SQLite overwrites them at once.
        """
        if not is_postgres(self.engine):
            return 0
        with one_view(self.engine) as connection:
            return dead_rows(connection)

    @property
    def keeping(self) -> SqlKeeping:
        """Its rows, to be read only: the writer never starts."""
        return SqlKeeping(self.engine, apply=lambda _delta: None, waiting_limit=1)

    def tallies(self, *, fingerprint: str | None) -> list[Tally]:
        """Count each space's turns; vectors count when they are of this fingerprint."""
        with one_view(self.engine) as connection:
            return list(_tallies(connection, fingerprint))

    def torn_documents(self) -> int:
        """Count parts of documents whose document or stream has no row, and documents of none."""
        with one_view(self.engine) as connection:
            parts: int = connection.execute(_TORN_PARTS).scalar_one()
            empty: int = connection.execute(_EMPTY_DOCUMENTS).scalar_one()
        return parts + empty

    def torn_events(self) -> int:
        """Count events after whose end neither the next one begins nor the open tail."""
        with one_view(self.engine) as connection:
            return int(connection.execute(_TORN_EVENTS).scalar_one())

    def strays(self) -> int:
        """Count terms, mentions, vectors and surprisals whose turn has no row, and torn facts.

        Of facts: those that no turn says; who says them, vectors and rulings without them. Of
        notes the same, and what is known because of one that is gone. And what is unlinked from
        a turn in which it is not found.
        """
        with one_view(self.engine) as connection:
            tables = (*_OF_TURNS, *derived(connection))
            of_turns = sum(_strays(connection, table) for table in tables)
            others = (*_STRAYS, *_BECAUSE_OF_NONE, _UNFOUND)
            return of_turns + sum(connection.execute(each).scalar_one() for each in others)


@contextmanager
def examined(database: Path | str) -> Iterator[Examined]:
    """Lend a database for a look."""
    engine = open_database(database, readers=2)
    try:
        yield Examined(engine)
    finally:
        engine.dispose()


def _tallies(connection: Connection, fingerprint: str | None) -> Iterator[Tally]:
    for space in connection.execute(select(spaces.c.key, spaces.c.name).order_by(spaces.c.name)):
        of_space = turns.c.space == space.key
        yield Tally(
            space=SpaceName(space.name),
            turns=connection.execute(select(func.count()).where(of_space)).scalar_one(),
            with_terms=connection.execute(
                select(func.count())
                .select_from(terms)
                .join(turns, turns.c.key == terms.c.turn)
                .where(terms.c.space == space.key)
            ).scalar_one(),
            with_vectors=connection.execute(
                select(func.count(embeddings.c.turn.distinct()))
                .join(turns, turns.c.key == embeddings.c.turn)
                .where(embeddings.c.space == space.key, embeddings.c.fingerprint == fingerprint)
            ).scalar_one(),
            owed=connection.execute(
                select(func.count()).where(
                    outbox.c.space == space.key, outbox.c.step == Step.EMBED.value
                )
            ).scalar_one(),
        )


def _strays(connection: Connection, table: FromClause) -> int:
    return connection.execute(
        select(func.count()).select_from(table).where(table.c.turn.not_in(select(turns.c.key)))
    ).scalar_one()

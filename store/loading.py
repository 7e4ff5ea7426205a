"""Indexes from rows: loading a space whole, and catching one up from its ledger.

Both ways lead to the same indexes; a test holds them to it.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, RowMapping, case, select, union

from memsvc.domain.ids import SpaceKey
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Fingerprint, SpaceSettings
from memsvc.ports.indexes import NOBODY
from memsvc.ports.mentions import Mentioned
from memsvc.ports.models import Matrix
from memsvc.ports.vectors import Keys
from store.asking import Asking
from store.batches import batched
from store.delta import AddedTurn, ClosedEvent, Delta
from store.knowing import read_known
from store.loaded import LoadedSpace
from store.named import mentioned_by, these_turns
from store.rows import settings_from, traits_from
from store.tables import (
    document_parts,
    documents,
    embeddings,
    events,
    fact_turns,
    facts,
    ledger,
    spaces,
    terms,
    turns,
    unlinkings,
)
from store.timeline import ArrayTimeline
from store.traits import Traits
from store.vectors.layered import LayeredIndex
from store.vectors.pgvector import DatabaseVectors

ROWS_AT_ONCE = 4_096

_KNOWN = (
    Change.FACT_ADDED,
    Change.FACT_REVISED,
    Change.FACT_EMBEDDED,
    Change.ENTITIES_MERGED,
    Change.ENTITIES_UNMERGED,
    Change.ENTITY_UNLINKED,  # and with it goes what was known of a name that nobody has then
    Change.NAMES_COMPARED,
    Change.FEEDBACK_GIVEN,
    Change.FEEDBACK_TAKEN_BACK,
    Change.CANARIES_PLANTED,
    Change.NOTE_ADDED,
    Change.NOTE_REVISED,
    Change.NOTE_EMBEDDED,
    Change.NOTE_RETIRED,
    Change.NOTE_RESTORED,
    Change.NOTE_DELETED,
    Change.LINK_ADDED,
    Change.LINK_RETIRED,
)

_OTHERWISE = (Change.SPACE_REVISED, Change.FACT_DELETED, Change.FACT_UNSAID)

"""After these, the ledger does not tell which turns are held otherwise than they stand."""

_TRAITS = tuple(turns.c[name] for name in Traits._fields)


def load(
    connection: Connection,
    space: SpaceKey,
    fingerprint: Fingerprint,
    *,
    asking: Asking | None = None,
) -> LoadedSpace:
    """Read a space's indexes from its rows, inside one consistent view.

    Only vectors of this fingerprint are read: those of another model would not compare. With
    `asking` vectors and words stay where they are, and are asked for there.
    """
    if asking is None:
        loaded = LoadedSpace.empty(fingerprint.dimension)
    else:
        loaded = LoadedSpace.asking(asking, space)
    loaded.position, settings = _state(connection, space) or (0, SpaceSettings())
    for turn in _added(connection, space, settings, after=0):
        loaded.timeline.append(turn.key, stream=turn.stream, length=turn.length, until=turn.until)
        loaded.traits.append(turn.traits)
        loaded.episodes.append()
    for event in _closed(connection, space, after=0):
        places = loaded.timeline.places(np.array(event.turns, dtype=np.int64))
        loaded.episodes.close(event.key, places)
    _read_mentions(connection, space, loaded)
    know(connection, space, fingerprint, loaded)
    if isinstance(loaded.vectors, DatabaseVectors):
        loaded.vectors.owners.append(_embedded(connection, space, fingerprint))
        return loaded
    _read_terms(connection, space, loaded)
    stored = connection.execute(
        select(embeddings.c.turn, embeddings.c.vector)
        .where(embeddings.c.space == space, embeddings.c.fingerprint == fingerprint.text)
        .order_by(embeddings.c.turn, embeddings.c.piece),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    for part in stored.partitions():
        keys = np.array([row.turn for row in part], dtype=np.int64)
        loaded.vectors.add(keys, _matrix([row.vector for row in part], fingerprint.dimension))
    return loaded


def _embedded(connection: Connection, space: SpaceKey, fingerprint: Fingerprint) -> Keys:
    """Return the turns that have vectors, ascending, each as often as it has some."""
    found = connection.execute(
        select(embeddings.c.turn)
        .where(embeddings.c.space == space, embeddings.c.fingerprint == fingerprint.text)
        .order_by(embeddings.c.turn),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    return np.fromiter(found.scalars(), dtype=np.int64)


def know(
    connection: Connection, space: SpaceKey, fingerprint: Fingerprint, loaded: LoadedSpace
) -> None:
    """Read what is known in a space into indexes that know nothing."""
    known = Delta(space=space, before=loaded.position, after=loaded.position)
    read_known(connection, space, fingerprint, into=known)
    loaded.knowing.apply(known)


def missed(
    connection: Connection, space: SpaceKey, fingerprint: Fingerprint, *, held: LoadedSpace
) -> Delta | None:
    """Read from the ledger what these indexes have missed; None if they must be read anew.

    That is so when the space is gone, or has other settings. A turn that was added and deleted
    since then has no row any more and is never added.
    """
    state = _state(connection, space)
    if state is None or has(connection, space, *_OTHERWISE, after=held.position):
        return None
    head, settings = state
    delta = Delta(space=space, before=held.position, after=head)
    if head == held.position:  # as after a start from a snapshot of the last stop
        return delta
    delta.added.extend(_added(connection, space, settings, after=held.position))
    delta.terms.update(_terms_of_added(connection, delta))
    delta.mentions.update(_mentions_since(connection, delta))
    delta.moved.extend(_moved(connection, delta))
    _read_vectors(connection, delta, fingerprint, held.vectors)
    delta.closed.extend(_closed(connection, space, after=held.position))
    _read_removed(connection, delta, held.timeline)
    if delta.removed or has(connection, space, *_KNOWN, after=held.position):
        read_known(connection, space, fingerprint, into=delta)
    return delta


def head_at(connection: Connection, space: SpaceKey, position: int) -> str | None:
    """Return the hash of the ledger at a position, in hexadecimal; None if there is none."""
    found = connection.execute(
        select(ledger.c.hash).where(ledger.c.space == space, ledger.c.position == position)
    ).scalar()
    return None if found is None else found.hex()


def has_deletions(connection: Connection, space: SpaceKey, *, after: int) -> bool:
    """Tell whether any turn was deleted since a ledger position, or the space is gone."""
    there = connection.execute(select(spaces.c.key).where(spaces.c.key == space)).first()
    return there is None or has(connection, space, Change.TURN_DELETED, after=after)


def has(connection: Connection, space: SpaceKey, *changes: Change, after: int) -> bool:
    """Tell whether the ledger has such a change after a position."""
    query = select(ledger.c.position).where(
        ledger.c.space == space,
        ledger.c.position > after,
        ledger.c.change.in_([change.value for change in changes]),
    )
    return connection.execute(query.limit(1)).first() is not None


def _state(connection: Connection, space: SpaceKey) -> tuple[int, SpaceSettings] | None:
    """Return where a space's ledger stands, and its settings."""
    row = connection.execute(
        select(spaces.c.position, spaces.c.settings).where(spaces.c.key == space)
    ).first()
    return None if row is None else (row.position, settings_from(row.settings))


def _added(
    connection: Connection, space: SpaceKey, settings: SpaceSettings, *, after: int
) -> Iterator[AddedTurn]:
    """Read the turns that were added after a ledger position, in the order of keys."""
    query = (
        select(turns.c.key, turns.c.stream, turns.c.length, turns.c.expires_at, *_TRAITS)
        .where(turns.c.space == space, turns.c.position > after)
        .order_by(turns.c.key)
    )
    streamed = {"yield_per": ROWS_AT_ONCE}
    if settings.retention_days is None:
        for row in connection.execute(query, execution_options=streamed).mappings():
            yield _added_turn(row, until=row["expires_at"])
        return
    written = query.add_columns(ledger.c.at.label("written_at")).join(
        ledger, (ledger.c.space == space) & (ledger.c.position == turns.c.position)
    )
    for row in connection.execute(written, execution_options=streamed).mappings():
        until = settings.stands_until(row["expires_at"], written_at=row["written_at"])
        yield _added_turn(row, until=until)


def _closed(connection: Connection, space: SpaceKey, *, after: int) -> Iterator[ClosedEvent]:
    """Read the events that were closed or redrawn after a ledger position, as they closed.

    A turn that an event has only later pieces of begins in an earlier one.
    """
    rows = connection.execute(
        select(events.c.key, turns.c.key.label("turn"))
        .outerjoin(
            turns,
            (turns.c.space == events.c.space)
            & (turns.c.stream == events.c.stream)
            & (turns.c.seq >= events.c.start_seq + case((events.c.start_piece > 0, 1), else_=0))
            & (turns.c.seq < events.c.end_seq + case((events.c.end_piece > 0, 1), else_=0)),
        )
        .where(events.c.space == space, events.c.version > after)
        .order_by(events.c.key, turns.c.key)
    )
    for key, of_event in groupby(rows, key=lambda row: row.key):
        yield ClosedEvent(key, tuple(row.turn for row in of_event if row.turn is not None))


def _added_turn(row: RowMapping, *, until: datetime | None) -> AddedTurn:
    return AddedTurn(row["key"], row["stream"], row["length"], traits_from(row), until)


def _read_terms(connection: Connection, space: SpaceKey, loaded: LoadedSpace) -> None:
    """Enter the terms of every turn of the timeline, whose places count up with the keys."""
    rows = connection.execute(
        select(terms.c.turn, terms.c.terms).where(terms.c.space == space).order_by(terms.c.turn),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    for part in rows.partitions():
        places = loaded.timeline.places(np.array([row.turn for row in part], dtype=np.int64))
        for place, row in zip(places.tolist(), part, strict=True):
            if place != NOBODY:  # a stray row, which the doctor reports
                loaded.lexicon.append(place, row.terms.split())


def _terms_of_added(connection: Connection, delta: Delta) -> Iterator[tuple[int, list[str]]]:
    rows = connection.execute(
        select(terms.c.turn, terms.c.terms)
        .join(turns, turns.c.key == terms.c.turn)
        .where(terms.c.space == delta.space, turns.c.position > delta.before)
    )
    return ((row.turn, row.terms.split()) for row in rows)


def _read_mentions(connection: Connection, space: SpaceKey, loaded: LoadedSpace) -> None:
    """Enter what every turn of the timeline names, whose places count up with the keys."""
    found = dict(mentioned_by(connection, space))
    places = loaded.timeline.places(np.array(list(found), dtype=np.int64))
    for place, mentioned in zip(places.tolist(), found.values(), strict=True):
        if place != NOBODY:  # a stray row, which the doctor reports
            loaded.mentions.append(place, mentioned)


def _mentions_since(connection: Connection, delta: Delta) -> Iterator[tuple[int, Mentioned]]:
    """Read what turns name that were added, or may name something else since.

    Those of documents, which may have another title, those that say facts new or said anew, and
    those of which people said since what they do not name, or took that back. Which turns these are
    is asked first: PostgreSQL, which plans a table that is new as if it were empty, would look
    through all facts for every name.
    """
    written = select(ledger.c.subject).where(
        ledger.c.space == delta.space,
        ledger.c.position > delta.before,
        ledger.c.change == Change.DOCUMENT_WRITTEN.value,
    )
    parts = (
        select(document_parts.c.stream)
        .join(documents, documents.c.key == document_parts.c.document)
        .where(documents.c.space == delta.space, documents.c.name.in_(written))
    )
    stated = (
        select(fact_turns.c.turn)
        .join(facts, facts.c.key == fact_turns.c.fact)
        .where(
            facts.c.space == delta.space,
            facts.c.version > delta.before,
            fact_turns.c.space == delta.space,
        )
    )
    unlinked = select(unlinkings.c.turn).where(
        unlinkings.c.space == delta.space,
        (unlinkings.c.position > delta.before) | (unlinkings.c.until > delta.before),
    )
    of_space = select(turns.c.key).where(turns.c.space == delta.space)
    for which in (
        of_space.where(turns.c.position > delta.before),
        of_space.where(turns.c.stream.in_(parts)),
        union(stated, unlinked),
    ):
        for keys in batched(sorted(connection.execute(which).scalars())):
            yield from mentioned_by(connection, delta.space, these_turns(delta.space, keys))


def _moved(connection: Connection, delta: Delta) -> Iterator[tuple[int, str | None]]:
    """Return the turns that were edited, with their places as they are now."""
    edited = select(ledger.c.subject).where(
        ledger.c.space == delta.space,
        ledger.c.position > delta.before,
        ledger.c.change == Change.TURN_REVISED.value,
    )
    query = select(turns.c.key, turns.c.place).where(
        turns.c.space == delta.space, turns.c.id.in_(edited)
    )
    return ((row.key, row.place) for row in connection.execute(query))


def _read_vectors(
    connection: Connection,
    delta: Delta,
    fingerprint: Fingerprint,
    held: LayeredIndex | DatabaseVectors,
) -> None:
    """Read the vectors of turns that were added or embedded since, but for those that are held.

    Of a turn that another model has embedded since, the vectors of this one may be here already.
    """
    new_subjects = select(ledger.c.subject).where(
        ledger.c.space == delta.space,
        ledger.c.position > delta.before,
        ledger.c.change.in_([Change.TURN_ADDED.value, Change.TURN_EMBEDDED.value]),
    )
    rows = connection.execute(
        select(embeddings.c.turn, embeddings.c.vector)
        .join(turns, turns.c.key == embeddings.c.turn)
        .where(
            embeddings.c.space == delta.space,
            embeddings.c.fingerprint == fingerprint.text,
            turns.c.id.in_(new_subjects),
        )
        .order_by(embeddings.c.turn, embeddings.c.piece)
    )
    found = [(row.turn, _matrix([row.vector], fingerprint.dimension)) for row in rows]
    keys = np.array([turn for turn, _ in found], dtype=np.int64)
    here = _held(held, keys).tolist()
    delta.vectors.extend(one for one, is_here in zip(found, here, strict=True) if not is_here)


def _held(held: LayeredIndex | DatabaseVectors, keys: Keys) -> NDArray[np.bool_]:
    """Tell of each turn whether these vectors have any of it."""
    if isinstance(held, LayeredIndex):
        return ~np.isnan(held.cosines(np.zeros(held.dimension, dtype=np.float32), keys))
    return np.isin(keys, held.owners.keys)


def _read_removed(connection: Connection, delta: Delta, timeline: ArrayTimeline) -> None:
    """Find the turns that are held and have no row. The ledger names them by id only."""
    if has_deletions(connection, delta.space, after=delta.before):
        standing = connection.execute(select(turns.c.key).where(turns.c.space == delta.space))
        delta.removed.extend(set(timeline.keys().tolist()).difference(standing.scalars()))


def _matrix(vectors: list[bytes], dimension: int) -> Matrix:
    return np.frombuffer(b"".join(vectors), dtype=np.float32).reshape(-1, dimension)

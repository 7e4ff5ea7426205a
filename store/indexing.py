"""What PostgreSQL itself finds vectors and words by: two tables beside the rows, made and filled.

`half_vectors` has each vector of the model in use with 16 bits a number, for searching alone: what
is found is scored by the vector as it stands in `embeddings`. `postings` has for each term the
turns that hold it. Both are derived, so neither is among `store.tables`: no copy, no backup and no
view of the past has them, and dropping them loses nothing. Who writes an embedding writes its half
in the same transaction (`put_halves`); everything else is done by triggers, so that whatever adds
or takes away rows, by whatever way, adds and takes away what is derived of them, at once or not at
all.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from struct import pack
from typing import Any, NamedTuple

import numpy as np
import structlog
from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    TableClause,
    column,
    inspect,
    table,
    text,
)
from sqlalchemy.exc import DBAPIError

from memsvc.domain.ids import SpaceKey
from memsvc.domain.memory import Fingerprint
from memsvc.ports.models import Vector
from store.database import is_postgres, to_write

log = structlog.get_logger(__name__)

HALVES = "halves"
"""The option of connections whose new embeddings are searched for in the database: it has the
fingerprint of the model whose vectors are."""

LEAST_VERSION = (0, 8)
"""Of pgvector: the first that goes on looking when a filter has left too few."""

AT_ONCE = 4_096
"""Vectors that are read and written at a time when the table is filled."""

half_vectors, postings = (
    table(name, column("space", BigInteger), column("turn", BigInteger))
    for name in ("half_vectors", "postings")
)

_TABLES = (
    """
    CREATE TABLE half_vectors (
        space BIGINT NOT NULL, turn BIGINT NOT NULL, piece INTEGER NOT NULL,
        fingerprint VARCHAR(160) COLLATE "C" NOT NULL, half halfvec NOT NULL,
        PRIMARY KEY (space, turn, fingerprint, piece))
    """,
    """
    CREATE TABLE postings (
        space BIGINT NOT NULL, turn BIGINT NOT NULL, count INTEGER NOT NULL,
        term TEXT COLLATE "C" NOT NULL, PRIMARY KEY (space, term, turn) INCLUDE (count))
    """,
    """
    INSERT INTO postings (space, turn, count, term)
    SELECT space, turn, least(count(*), 65535), term
    FROM terms, unnest(string_to_array(terms, ' ')) AS term GROUP BY space, turn, term
    """,
    """
    CREATE FUNCTION memsvc_terms_added() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO postings (space, turn, count, term)
        SELECT space, turn, least(count(*), 65535), term
        FROM added, unnest(string_to_array(terms, ' ')) AS term GROUP BY space, turn, term;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION memsvc_terms_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM postings USING (
            SELECT DISTINCT space, turn, term
            FROM removed, unnest(string_to_array(terms, ' ')) AS term
        ) AS gone
        WHERE postings.space = gone.space AND postings.term = gone.term
            AND postings.turn = gone.turn;
        RETURN NULL;
    END $$
    """,
    """
    CREATE FUNCTION memsvc_embeddings_removed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        DELETE FROM half_vectors USING removed
        WHERE half_vectors.space = removed.space AND half_vectors.turn = removed.turn
            AND half_vectors.fingerprint = removed.fingerprint
            AND half_vectors.piece = removed.piece;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER memsvc_added AFTER INSERT ON terms REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION memsvc_terms_added()
    """,
    """
    CREATE TRIGGER memsvc_removed AFTER DELETE ON terms REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION memsvc_terms_removed()
    """,
    """
    CREATE TRIGGER memsvc_removed AFTER DELETE ON embeddings REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION memsvc_embeddings_removed()
    """,
)

_LACKING = text(
    "SELECT space, turn, piece, vector FROM embeddings AS whole "
    "WHERE fingerprint = :fingerprint AND NOT EXISTS (SELECT 1 FROM half_vectors AS half "
    "WHERE half.space = whole.space AND half.turn = whole.turn "
    "AND half.fingerprint = whole.fingerprint AND half.piece = whole.piece)"
)

_OF_NO_SPACE = text(
    "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() "
    "AND tablename = 'half_vectors' AND indexname LIKE 'half\\_vectors\\_of\\_%' "
    "AND NOT EXISTS (SELECT 1 FROM spaces WHERE spaces.key = "
    "CAST(substring(indexname FROM 'half_vectors_of_([0-9]+)') AS BIGINT))"
)

_COPY = "COPY half_vectors (space, turn, piece, fingerprint, half) FROM STDIN (FORMAT BINARY)"
_BEGIN = b"PGCOPY\n\xff\r\n\0" + pack("!ii", 0, 0)
_END = pack("!h", -1)


class Half(NamedTuple):
    """A vector to search for: `piece` says which of its turn's it is."""

    space: int
    turn: int
    piece: int
    vector: Vector


def lacks(connection: Connection) -> str | None:
    """Make pgvector's types known in the database; return what is in the way, None if nothing."""
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
            version = connection.execute(
                text("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
            ).scalar_one()
    except DBAPIError as error:
        return f"pgvector is not there ({str(error.orig).splitlines()[0]})"
    if tuple(int(part) for part in version.split(".")[:2]) < LEAST_VERSION:
        return f"pgvector is {version}, which is older than 0.8"
    return None


def derived(connection: Connection) -> tuple[TableClause, ...]:
    """Return the tables that are derived, where there are any; rows of both name their turn."""
    there = is_postgres(connection) and inspect(connection).has_table(half_vectors.name)
    return (half_vectors, postings) if there else ()


def prepare(engine: Engine, fingerprint: Fingerprint) -> str | None:
    """Make the tables if need be, and fill them; return what is in the way, None if nothing is."""
    with to_write(engine).connect() as connection, connection.begin():
        reason = lacks(connection)
        if reason is not None:
            return reason
        if not derived(connection):
            for statement in _TABLES:
                connection.exec_driver_sql(statement)
        for name in connection.execute(_OF_NO_SPACE).scalars().all():
            connection.exec_driver_sql(f'DROP INDEX "{name}"')
        count = _fill(connection, fingerprint)
    if count:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE half_vectors, postings")
        log.info("vectors.put_in_database", vectors=count)
    return None


def put_halves(connection: Connection, fingerprint: Fingerprint, halves: Iterable[Half]) -> None:
    """Write vectors to search for, in the transaction in which their embeddings are."""
    lent: Any = connection.connection.driver_connection
    model = fingerprint.text.encode()
    with lent.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write(_BEGIN)
        for half in halves:
            copy.write(_row(half, model))
        copy.write(_END)


def index_of(space: SpaceKey, fingerprint: Fingerprint) -> str:
    """Return the name of the graph of a space's vectors of a model."""
    return f"half_vectors_of_{space}_{sha256(fingerprint.text.encode()).hexdigest()[:12]}"


def _fill(connection: Connection, fingerprint: Fingerprint) -> int:
    """Write the halves that are not there: of what came from elsewhere, or of another model."""
    count = 0
    found = connection.execute(
        _LACKING, {"fingerprint": fingerprint.text}, execution_options={"yield_per": AT_ONCE}
    )
    for rows in found.partitions():
        put_halves(connection, fingerprint, _halves(rows))
        count += len(rows)
    return count


def _halves(rows: Iterable[Any]) -> Iterator[Half]:
    for row in rows:
        yield Half(row.space, row.turn, row.piece, np.frombuffer(row.vector, dtype=np.float32))


def _row(half: Half, model: bytes) -> bytes:
    """Return a row as PostgreSQL's binary copy has it; a `halfvec` is sent as `recv` reads it."""
    numbers = half.vector.astype(">f2").tobytes()
    return b"".join(
        (
            pack("!hiqiqii", 5, 8, half.space, 8, half.turn, 4, half.piece),
            pack("!i", len(model)),
            model,
            pack("!ihh", len(numbers) + 4, len(half.vector), 0),
            numbers,
        )
    )

"""Asking PostgreSQL for vectors and words of a space, in statements of their own.

Each statement sees what is committed by then, so an answer may be ahead of the indexes in memory
by what was written a moment ago; whoever asks passes over turns that those do not know. No
connection is held between two statements: nobody who has one waits for another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
import structlog
from numpy.typing import NDArray
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool
from typing_extensions import override

from memsvc.domain.errors import DataDirectoryUnusable
from memsvc.domain.ids import SpaceKey
from memsvc.domain.memory import Fingerprint
from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Keys, Scores
from store.database import failed, is_postgres
from store.indexing import HALVES, index_of, prepare
from store.stopping import stopped_unless

log = structlog.get_logger(__name__)

Where: TypeAlias = Literal["auto", "memory", "database"]
"""Where vectors and words are searched; `auto` is the database where that can be."""

CONNECTIONS = 8
"""For asking: each is held for one statement, so that few serve many requests."""

SEARCH_WIDTH = 400
"""Candidates of a graph that are looked at in one go (ef); it goes on for as many as are wanted."""

_SETTINGS = (
    f"SET hnsw.ef_search = {SEARCH_WIDTH}",
    "SET hnsw.iterative_scan = 'relaxed_order'",
    "SET hnsw.scan_mem_multiplier = 8",
    # A graph is of one space, and is used only where the plan is made for that very space.
    "SET plan_cache_mode = 'force_custom_plan'",
)

LINKS = 24
BUILD_WIDTH = 100
"""Neighbours of a vector in the graph, and candidates looked at when one is added."""

BUILDING = 0x6D656D77
"""The first half of the advisory lock of who builds a graph; the space is the other."""

_ARRAYS = (1007, 1016)
"""The kinds of arrays of integers of 4 and of 8 bytes."""

_HEADER = 20
_FOUR = np.dtype([("size", ">i4"), ("value", ">i4")])
_EIGHT = np.dtype([("size", ">i4"), ("value", ">i8")])
"""Arrays are sent with so many bytes before their elements, and with its size before each."""

_VECTORS = (
    "SELECT turn, vector FROM embeddings "
    "WHERE space = %s AND fingerprint = %s AND turn = ANY(%s) ORDER BY turn, piece"
)
_POSTINGS = (
    "SELECT term, array_agg(turn), array_agg(count) FROM postings "
    "WHERE space = %s AND term = ANY(%s) GROUP BY term"
)
_ALL_POSTINGS = (
    "SELECT term, array_agg(turn), array_agg(count) FROM postings WHERE space = %s GROUP BY term"
)

_GRAPH = (
    "SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
    "WHERE relname = %s AND indisvalid AND relnamespace = current_schema()::regnamespace"
)
_MAY_BUILD = "SELECT pg_try_advisory_lock(%s, %s::int)"
_HAS_BUILT = "SELECT pg_advisory_unlock(%s, %s::int)"
_TO_BUILD = ("SET maintenance_work_mem = '512MB'", "SET max_parallel_maintenance_workers = 1")


class Near(NamedTuple):
    """Turns by one of their vectors each, with the cosine of its half; a turn may come again."""

    turns: Keys
    cosines: Scores


class Held(NamedTuple):
    """Vectors, one a row, and the turn that each is of; turns ascend."""

    turns: Keys
    vectors: Matrix


class Holders(NamedTuple):
    """The turns that hold a term, ascending, and how often each does."""

    turns: Keys
    counts: NDArray[np.int32]


class Asking:
    """Asks about spaces through a few connections of its own."""

    def __init__(self, engine: Engine, fingerprint: Fingerprint, *, connections: int) -> None:
        self.fingerprint = fingerprint
        self._rows = engine
        self._engine = create_engine(
            engine.url,
            isolation_level="AUTOCOMMIT",
            poolclass=QueuePool,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=30,
            pool_pre_ping=True,
        )
        event.listen(self._engine, "connect", _set_up)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def to_keep(self) -> Engine:
        """Return the engine over which what is written can be searched for."""
        return self._rows.execution_options(**{HALVES: self.fingerprint})

    def near(
        self,
        space: SpaceKey,
        query: Vector,
        *,
        limit: int,
        among: Keys | None = None,
        every: bool = False,
    ) -> Near:
        """Find the vectors nearest to a query, of these turns if given; best first, about.

        With `every` each of them is compared, and what is left out is no nearer but for the
        precision of halves; else a graph may be asked, which misses a few.
        """
        distance = f"half::halfvec({self.fingerprint.dimension}) <#> %(query)s::halfvec"
        held = (
            f"SELECT turn, {distance} AS distance FROM half_vectors "  # noqa: S608  a number
            "WHERE space = %(space)s AND fingerprint = %(model)s"
        )
        if among is not None:
            held += " AND turn = ANY(%(among)s)"
        if every:
            held = f"WITH held AS MATERIALIZED ({held}) SELECT turn, distance FROM held"  # noqa: S608
        values = {
            "space": space,
            "model": self.fingerprint.text,
            "query": f"[{','.join(f'{number:.6g}' for number in query.tolist())}]",
            "limit": limit,
            "among": None if among is None else among.tolist(),
        }
        rows = self._all(f"{held} ORDER BY distance LIMIT %(limit)s", values)
        return Near(
            np.array([turn for turn, _ in rows], dtype=np.int64),
            np.array([-distance for _, distance in rows], dtype=np.float32),
        )

    def vectors(self, space: SpaceKey, turns: Keys) -> Held:
        """Return every vector of these turns as it was made."""
        rows = self._all(_VECTORS, (space, self.fingerprint.text, turns.tolist()))
        stored = np.frombuffer(b"".join(vector for _, vector in rows), dtype=np.float32)
        return Held(
            np.array([turn for turn, _ in rows], dtype=np.int64),
            stored.reshape(len(rows), self.fingerprint.dimension),
        )

    def holders(self, space: SpaceKey, terms: Sequence[str] | None) -> Mapping[str, Holders]:
        """Return who holds each of these terms that anybody holds; of all terms for None."""
        rows = (
            self._all(_ALL_POSTINGS, (space,))
            if terms is None
            else self._all(_POSTINGS, (space, list(terms)))
        )
        return {term: _ascending(*arrays) for term, *arrays in rows}

    def has_graph(self, space: SpaceKey) -> bool:
        """Tell whether there is a graph of the space's vectors, and it is whole."""
        return bool(self._all(_GRAPH, (index_of(space, self.fingerprint),)))

    def build_graph(self, space: SpaceKey, go_on: Callable[[], bool]) -> bool:
        """Build a graph of the space's vectors while they are read and written; tell if it is.

        May take minutes. One process at a time builds one; another's is left to it.
        """
        with self._cursor() as cursor:
            if not cursor.execute(_MAY_BUILD, (BUILDING, space)).fetchone()[0]:
                return False
            try:
                return self._built(cursor, space, go_on)
            finally:
                cursor.execute(_HAS_BUILT, (BUILDING, space))

    def _built(self, cursor: Any, space: SpaceKey, go_on: Callable[[], bool]) -> bool:
        name = index_of(space, self.fingerprint)
        if not cursor.execute(_GRAPH, (name,)).fetchone():
            cursor.execute(f'DROP INDEX IF EXISTS "{name}"')  # one that was given up half-way
            for setting in _TO_BUILD:
                cursor.execute(setting)
            model = self.fingerprint.text.replace("'", "''")
            with stopped_unless(go_on, cursor.connection, what="graph"):
                cursor.execute(
                    f'CREATE INDEX CONCURRENTLY "{name}" ON half_vectors USING hnsw '
                    f"((half::halfvec({self.fingerprint.dimension})) halfvec_ip_ops) "
                    f"WITH (m = {LINKS}, ef_construction = {BUILD_WIDTH}) "
                    f"WHERE space = {int(space)} AND fingerprint = '{model}'"
                )
        return bool(cursor.execute(_GRAPH, (name,)).fetchone())

    def _all(self, statement: str, values: Any) -> list[Any]:
        with self._cursor() as cursor:
            found: list[Any] = cursor.execute(statement, values).fetchall()
        return found

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        """Lend a cursor whose answers come in PostgreSQL's own form. Raises `StoreUnavailable`."""
        broken = self._engine.dialect.loaded_dbapi.OperationalError
        try:
            with closing(self._engine.raw_connection()) as lent:
                connection: Any = lent.driver_connection
                with connection.cursor(binary=True) as cursor:
                    yield cursor
        except (OperationalError, PoolTimeout, broken) as error:
            raise failed(error) from error


def asking_of(engine: Engine, fingerprint: Fingerprint, where: Where) -> Asking | None:
    """Return what asks the database, made ready for that; None to search in memory.

    Memory it is with SQLite, where that is wished, and, unless the database is, where the server
    lacks pgvector. Raises `DataDirectoryUnusable`.
    """
    reason: str | None = "rows are in a file, not in PostgreSQL"
    if is_postgres(engine) and where != "memory":
        reason = prepare(engine, fingerprint)
        if reason is None:
            return Asking(engine, fingerprint, connections=CONNECTIONS)
        log.warning("search.in_memory", reason=reason)
    if where == "database":
        raise DataDirectoryUnusable(
            f"The database cannot be searched in: {reason}; set MEMSVC_SEARCH to auto or memory, "
            "or install pgvector 0.8 or newer on the server."
        )
    return None


def _set_up(connection: Any, _record: object) -> None:
    """Have graphs searched as we want it, and arrays left as they are sent."""
    from psycopg.adapt import Loader  # noqa: PLC0415  only who has PostgreSQL has it
    from psycopg.pq import Format  # noqa: PLC0415

    class AsSent(Loader):
        format = Format.BINARY

        @override
        def load(self, data: Any) -> bytes:
            return bytes(data)

    for kind in _ARRAYS:
        connection.adapters.register_loader(kind, AsSent)
    with connection.cursor() as cursor:
        for setting in _SETTINGS:
            cursor.execute(setting)


def _ascending(turns: bytes, counts: bytes) -> Holders:
    """Read two arrays as PostgreSQL sends them, and put them in the order of the first."""
    keys = np.frombuffer(turns, dtype=_EIGHT, offset=_HEADER)["value"].astype(np.int64)
    often = np.frombuffer(counts, dtype=_FOUR, offset=_HEADER)["value"].astype(np.int32)
    if np.all(keys[1:] > keys[:-1]):
        return Holders(keys, often)
    order = keys.argsort()
    return Holders(keys[order], often[order])

"""What is deleted on a server leaves its files soon: read as bytes, past the server."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import enumerate as threads

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from memsvc.config import Settings
from memsvc.domain.ids import SpaceName
from memsvc.server.opening import Opening
from memsvc.wiring import open_service
from store.checks import examined
from store.opening import open_database
from store.postgres import url_of
from store.vacuuming import RESTS, Vacuuming, vacuuming
from tests.worlds import World, open_world

pytestmark = pytest.mark.postgres

ALICE = SpaceName("alice")
PATIENCE_S = 30.0
COUNTED_AFTER_S = 1.2
"""The server counts what a connection did at most once a second; then it waits for ten."""

RELATIONS = (
    "SELECT relname, pg_relation_filepath(oid) FROM pg_class "
    "WHERE relkind IN ('r', 'i', 't') AND relpersistence = 'p' AND relfilenode <> 0"
)


class Watch:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    with open_world(tmp_path, database=database_url) as world:
        yield world


@pytest.fixture
def clock() -> Watch:
    return Watch()


@pytest.fixture
def vacuum(world: World, database_url: str, clock: Watch) -> Vacuuming:
    """One that has cleared away what was there before."""
    engine = open_database(database_url, readers=1)
    found = Vacuuming(engine, clock=clock)
    engine.dispose()
    world.write(ALICE, "before", "It rains.")
    for _ in range(3):
        clock.now += 1_000
        found()
    return found


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url_of(url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def cleared(vacuum: Vacuuming, clock: Watch) -> int:
    """Look until something was vacuumed; return how many tables."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        clock.now += 1_000
        if tables := vacuum():
            return tables
        time.sleep(0.1)
    raise AssertionError


def files_with(url: str, text: str) -> set[str]:
    """Return the relations of whose files one has these bytes."""
    with connected(url) as connection:
        connection.exec_driver_sql("CHECKPOINT")
        home = Path(connection.exec_driver_sql("SHOW data_directory").scalar_one())
        rows = connection.exec_driver_sql(RELATIONS).all()
    return {name for name, path in rows if text.encode() in (home / path).read_bytes()}


def said(number: int) -> str:
    return f"On day {number} Zebulon{number}x rowed to lighthouse{number}x. " + "It rained. " * 20


def test_what_is_forgotten_leaves_every_file_of_rows_and_indexes(
    world: World, vacuum: Vacuuming, clock: Watch, database_url: str
) -> None:
    written = [world.write(ALICE, "chat", said(n)).turns[0].id for n in range(60)]
    assert {"turns", "terms"} <= files_with(database_url, "lighthouse20x")
    time.sleep(COUNTED_AFTER_S)
    world.service.forget.turn(world.admin, ALICE, written[20])

    assert cleared(vacuum, clock) > 3
    for word in ("lighthouse20x", "Zebulon20x", "zebulon20x"):
        assert files_with(database_url, word) == set()
    assert "turns" in files_with(database_url, "lighthouse21x")


def test_it_waits_until_nobody_reads_from_before(
    world: World, vacuum: Vacuuming, clock: Watch, database_url: str
) -> None:
    written = world.write(ALICE, "chat", said(1))
    engine = open_database(database_url, readers=1)
    with engine.connect() as reader, reader.begin():
        reader.exec_driver_sql("SELECT count(*) FROM turns").all()
        time.sleep(COUNTED_AFTER_S)
        world.service.forget.turn(world.admin, ALICE, written.turns[0].id)
        for _ in range(20):
            clock.now += 1_000
            assert vacuum() == 0
            time.sleep(0.05)
    engine.dispose()
    assert cleared(vacuum, clock) > 0


def test_what_changes_without_a_deletion_is_left_to_the_server(
    world: World, vacuum: Vacuuming, clock: Watch
) -> None:
    for number in range(5):
        world.write(ALICE, "chat", said(number), embed_later=True)
    while world.service.enrich.work_once():
        pass
    time.sleep(COUNTED_AFTER_S)
    world.write(ALICE, "chat", said(9))
    for _ in range(5):
        clock.now += 1_000
        assert vacuum() == 0


def test_it_rests_for_longer_than_it_works(world: World, database_url: str, clock: Watch) -> None:
    def slow() -> float:
        clock.now += 1
        return clock.now

    engine = open_database(database_url, readers=1)
    vacuum = Vacuuming(engine, clock=slow)
    engine.dispose()
    written = world.write(ALICE, "chat", said(1))
    time.sleep(COUNTED_AFTER_S)
    world.service.forget.turn(world.admin, ALICE, written.turns[0].id)
    cleared(vacuum, clock)
    before = clock.now
    time.sleep(COUNTED_AFTER_S)
    world.service.forget.turn(world.admin, ALICE, world.write(ALICE, "b", "x").turns[0].id)
    looks = [vacuum() for _ in range(RESTS)]
    assert (sum(looks), clock.now - before) == (0, RESTS)


def test_the_doctor_counts_what_waits(
    world: World, vacuum: Vacuuming, clock: Watch, database_url: str
) -> None:
    written = world.write(ALICE, "chat", said(1))
    time.sleep(COUNTED_AFTER_S)
    world.service.forget.turn(world.admin, ALICE, written.turns[0].id)
    with examined(database_url) as found:
        assert eventually(lambda: found.dead_rows() > 0)
        cleared(vacuum, clock)


def eventually(holds: Callable[[], bool]) -> bool:
    """Tell whether something comes to hold."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_a_service_with_a_worker_does_so_by_itself(tmp_path: Path, database_url: str) -> None:
    settings = Settings(data=tmp_path, database=database_url, embedder="hashing")
    for with_worker in (True, False):
        opening = Opening(
            lambda: open_service(settings), with_worker=with_worker, make_way=lambda _s: None
        )
        opening.start()
        opening.wait()
        assert ("memsvc-vacuuming" in {each.name for each in threads()}) == with_worker
        opening.close()


def test_a_file_needs_none(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "memsvc.db", readers=1)
    assert vacuuming(engine) is None
    engine.dispose()

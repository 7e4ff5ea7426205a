"""A write that was answered outlives the process, however it ends."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

from sqlalchemy import Connection

from memsvc.domain.ids import SpaceName
from memsvc.domain.recall import Filter
from memsvc.llm.fakes import HashingEmbedder
from memsvc.world import RandomIds
from store.directory import DATABASE
from store.engine import open_engine
from store.loading import load
from store.uow import one_view
from tests.store.shelves import assert_same
from tests.worlds import World, open_world

ROUNDS = 5
ALICE = SpaceName("alice")


def killed_after(folder: Path, acknowledged: int) -> list[str]:
    """Let the writer acknowledge so many turns, kill it, and return all it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.killed", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        first = [writer.stdout.readline() for _ in range(acknowledged)]
        writer.kill()
        rest = writer.stdout.read()
    # A last line without its end was not said in full.
    whole = "".join([*first, rest]).split("\n")[:-1]
    assert len(whole) >= acknowledged
    return whole


def held_ids(world: World) -> Counter[str]:
    held: Counter[str] = Counter()
    cursor: str | None = None
    while True:
        page = world.service.inspect.turns(world.admin, ALICE, Filter(), after=cursor, limit=500)
        held.update(turn.id for turn in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return held


def without_vectors(world: World) -> int:
    page = world.service.inspect.turns(world.admin, ALICE, Filter(), after=None, limit=10_000)
    return sum(not turn.embedded for turn in page.items)


def assert_indexes_equal_rows(world: World, connection: Connection) -> None:
    space = world.service.inspect.space(world.admin, ALICE).space
    anew = load(connection, space.key, HashingEmbedder().fingerprint)
    with world.service.shelf.open(space.key) as indexes:
        assert_same(indexes, anew)


def test_every_acknowledged_turn_is_there_once_after_kill_9(tmp_path: Path) -> None:
    """Killed again and again over one directory, each time at another moment."""
    chance = Random(2026)  # a seed, so that a failure can be repeated
    acknowledged: list[str] = []
    for _ in range(ROUNDS):
        acknowledged += killed_after(tmp_path, chance.randint(1, 100))
        with open_world(tmp_path, ids=RandomIds()) as world:
            held = held_ids(world)
            assert set(acknowledged) <= set(held)
            assert set(held.values()) == {1}
            assert world.service.verify(world.admin, ALICE).is_whole
            engine = open_engine(tmp_path / DATABASE, readers=1)
            with one_view(engine) as connection:
                assert_indexes_equal_rows(world, connection)
            engine.dispose()


def test_what_was_owed_when_the_process_was_killed_is_still_owed(tmp_path: Path) -> None:
    killed_after(tmp_path, 30)
    with open_world(tmp_path, ids=RandomIds()) as world:
        backlog = world.service.inspect.enrichment(world.admin, ALICE)
        assert sum(backlog.waiting.values()) == without_vectors(world) > 0
        while world.service.enrich.work_once():
            pass
        assert without_vectors(world) == 0

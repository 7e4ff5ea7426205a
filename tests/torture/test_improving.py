"""The short form: a few events, and a worker with a model that is killed while it reads them."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from memsvc.app.enrich import LEASE_S
from store.directory import DATABASE
from tests.torture.improving import opening, owe, shared, tortured, work
from tests.torture.victim import forked


def test_each_step_has_its_effect_once_however_often_the_worker_dies(tmp_path: Path) -> None:
    found = tortured(
        tmp_path / "data", events=40, kills=3, delay_s=0.02, seed=4, notes=True, hurried=True
    )

    assert found.events == 40
    assert found.is_clean, found


@pytest.mark.postgres
@pytest.mark.parametrize("hurried", [False, True], ids=["leases that last", "leases too short"])
def test_each_step_has_its_effect_once_however_many_workers_share_the_work(
    database_url: str,
    tmp_path: Path,
    hurried: bool,  # noqa: FBT001
) -> None:
    """On a hurried clock leases run out while their holders are at work."""
    found = shared(
        tmp_path,
        database_url,
        events=40,
        workers=3,
        kills=2,
        delay_s=0.05,
        seed=5,
        notes=True,
        hurried=hurried,
    )

    assert found.events == 40
    assert found.is_clean, found


def test_what_a_killed_worker_was_at_is_done_right_after_the_next_start(tmp_path: Path) -> None:
    """Its lease lasts for more than a minute; who opens the directory knows that it is dead."""
    data = tmp_path / "data"
    owe(data, 4, notes=False, hurried=False)
    victim = forked(work, data, LEASE_S, False)
    while not leased(data):
        time.sleep(0.01)
    victim.kill()
    victim.join()
    assert leased(data)

    with opening(data, 0, hurried=False) as service:
        assert not leased(data)
        while service.improve.work_once() + service.enrich.work_once():
            pass
        assert service.inspect.waiting_jobs().jobs == 0


def leased(data: Path) -> int:
    """Return how many jobs somebody has leased."""
    with closing(sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True)) as database:
        (jobs,) = database.execute("SELECT count(holder) FROM outbox").fetchone()
    return int(jobs)

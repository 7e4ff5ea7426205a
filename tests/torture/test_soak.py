"""A soak of seconds: it kills, looks, and would find what is missing."""

from pathlib import Path

import pytest

from tests.torture.soak import soaked, table
from tests.torture.topologies import replicas


@pytest.mark.sqlite
def test_what_is_acknowledged_under_mixed_load_outlives_kills(tmp_path: Path) -> None:
    found = soaked(tmp_path, seconds=5, seed=3)

    assert found.is_clean, table([found])
    assert found.kills >= 1
    assert found.acknowledged > 0
    assert "wrong: nothing" in table([found])


@pytest.mark.postgres
def test_and_the_loss_of_every_connection_to_a_server(tmp_path: Path, database_url: str) -> None:
    found = soaked(tmp_path, seconds=6, seed=4, database=database_url)

    assert found.is_clean, table([found])
    assert found.cuts > 0


@pytest.mark.postgres
def test_and_the_kill_of_each_of_several_processes_over_it(
    tmp_path: Path, database_url: str
) -> None:
    """The two replicas and the worker that docker-compose.yml starts, one after the other."""
    found = soaked(
        tmp_path, seconds=6, seed=5, database=database_url, topology=replicas, least_kills=3
    )

    assert found.is_clean, table([found])
    assert found.cuts > 0

"""The short form: a few events, and a worker with a model that is killed while it reads them."""

from pathlib import Path

from tests.torture.improving import tortured


def test_each_step_has_its_effect_once_however_often_the_worker_dies(tmp_path: Path) -> None:
    found = tortured(
        tmp_path / "data", events=40, kills=3, delay_s=0.02, seed=4, notes=True, hurried=True
    )

    assert found.events == 40
    assert found.is_clean, found

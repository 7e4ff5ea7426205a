"""A start in the middle of a change of the embedding model, and after it."""

from pathlib import Path
from typing import Any

import pytest

from memsvc.app.remember import Batch
from memsvc.config import Settings
from memsvc.domain.errors import ModelMissing, ReembeddingConflict
from memsvc.domain.ids import StreamName
from memsvc.domain.memory import NewTurn
from memsvc.domain.reembedding import AskedOfBoth, Stage
from memsvc.llm.fakes import HashingEmbedder
from memsvc.wiring import open_service
from memsvc.world import RandomIds, StandingClock
from store.directory import SNAPSHOTS
from tests.app.test_reembed import (
    ALICE,
    DOG,
    NEXT,
    QUESTION,
    SAID,
    asked,
    begin,
    dimension,
    kept,
    left,
    work,
)
from tests.worlds import World, admin_of, open_world


def started(folder: Path, **how: Any) -> Any:
    return open_world(folder, ids=RandomIds(), **how)


def test_a_start_in_the_middle_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        world.write(ALICE, "chat", *(f"Turn number {n}." for n in range(40)))
        begin(world)
        world.service.enrich.work_once()
    with started(tmp_path) as world:
        assert dimension(world) == 64
        assert left(world) == 40 - 16 or left(world) == 40
        work(world)
        assert left(world) == 0
        world.service.reembed.switch(world.admin)
    with started(tmp_path) as world:
        assert dimension(world) == 128
        assert asked(world.service, world, "Turn number 7")[0] == "Turn number 7."
        world.service.reembed.undo(world.admin)
        assert dimension(world) == 64


@pytest.mark.parametrize("setting", ["hashing", NEXT])
def test_after_a_switch_a_start_comes_up_with_the_new_model_whatever_is_set(
    tmp_path: Path, setting: str
) -> None:
    with open_world(tmp_path) as world:
        world.write(ALICE, "chat", *SAID)
        begin(world)
        world.service.reembed.switch(world.admin)
    for _ in range(2):  # before the old vectors are dropped, and after it
        chosen = Settings(data=tmp_path, embedder=setting, readers=4)
        with open_service(chosen, clock=StandingClock()) as service:
            world = World(service, StandingClock(), admin_of(StandingClock()))
            assert dimension(world) == 128
            assert asked(world.service, world)[0] == DOG
            assert world.service.inspect.enrichment(world.admin, ALICE).waiting == {}
            progress = world.service.reembed.progress(world.admin)
            assert progress is not None
            if progress.change.stage is Stage.SWITCHED:
                world.service.reembed.drop(world.admin)


def test_a_third_model_is_refused_while_two_are_there(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        begin(world)
    with (
        pytest.raises(ModelMissing, match="set MEMSVC_EMBEDDER to one of the two"),
        started(tmp_path, embedder=HashingEmbedder(16)),
    ):
        pass


def _gone(name: str) -> HashingEmbedder:
    message = f"{name} is gone."
    raise ModelMissing(message)


def test_without_the_next_model_recalls_go_on_and_the_change_rests(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        world.write(ALICE, "chat", *SAID)
        begin(world)
    with started(tmp_path, open_model=_gone) as world:
        assert asked(world.service, world)[0] == DOG
        progress = world.service.reembed.progress(world.admin)
        assert progress is not None
        assert progress.missing == "hashing-128 is gone."
        with pytest.raises(ReembeddingConflict, match="is not open"):
            world.service.reembed.switch(world.admin)
        assert not world.service.enrich.work_once()  # nobody tries in vain
    with started(tmp_path) as world:
        work(world)
        world.service.reembed.switch(world.admin)
    with pytest.raises(ModelMissing, match="Spaces are recalled by 'hashing-128'"):
        started(tmp_path, open_model=_gone).__enter__()


def test_dropping_that_was_cut_short_goes_on_by_itself(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        world.write(ALICE, "chat", *SAID)
        begin(world)
        world.service.reembed.switch(world.admin)
        change = world.service.reembed._under_way()
        reembed = world.service.reembed
        reembed.keeping.write(lambda unit: reembed._leave(unit, change))
    with started(tmp_path) as world:
        progress = world.service.reembed.progress(world.admin)
        assert progress is not None
        assert progress.change.stage is Stage.DROPPING
        assert asked(world.service, world)[0] == DOG
        world.service.reembed.resume()
        assert kept(tmp_path)["embeddings"].keys() == {"hashing/fp32/128"}
        assert dimension(world) == 128


def test_what_was_forgotten_stands_in_no_file_of_a_second_model(tmp_path: Path) -> None:
    with open_world(tmp_path) as world:
        begin(world)
        turns = tuple(NewTurn(role="user", content=f"{DOG} {n}") for n in range(2_100))
        for first in range(0, 2_100, 700):
            batch = Batch(StreamName("chat"), turns[first : first + 700])
            world.service.remember(world.admin, ALICE, batch)
        work(world)
        world.service.reembed.compare(world.admin, [AskedOfBoth(ALICE, QUESTION)])
    assert {file.suffix for file in (tmp_path / SNAPSHOTS).iterdir()} == {".indexes", ".beside"}
    with started(tmp_path, open_model=_gone) as world:
        assert not list((tmp_path / SNAPSHOTS).glob("*.beside"))

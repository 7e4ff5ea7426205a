"""Snapshots: a start from one is a start from rows, and what is forgotten is in none."""

from collections.abc import Callable, Iterator, MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from memsvc.domain.ids import SpaceKey
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Space, SpaceSettings
from memsvc.domain.recall import Filter
from memsvc.ports.keeping import Unit
from store import shelf as shelf_module
from store.directory import SNAPSHOTS
from store.snapshots import Snapshots
from store.vectors import layered
from store.vectors.faiss_hnsw import HnswSegment
from tests.store.opened import EAST, NORTH, NOW, Store, enter, open_store, say
from tests.store.shelves import assert_shelf_equals_rows
from tests.store.test_shelf import delete, standing


@pytest.fixture(autouse=True)
def _small_spaces_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_module, "WORTH_KEEPING", 1)
    monkeypatch.setattr(shelf_module, "KEEP_EVERY_S", 0.0)
    monkeypatch.setattr(layered, "SEAL_AT", 4)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path) as opened:
        yield opened


@pytest.fixture
def alice(store: Store) -> Space:
    """A space in use, of two streams, a deleted turn and a graph of sealed vectors."""
    space = store.space("alice")
    store.say(space, "one", "two", "three four", vector=NORTH)
    store.say(space, "four five", "six", stream="other")
    store.keeping.write(lambda unit: delete(unit, space, standing(unit, space)[1:2]))
    with store.shelf.open(space.key):
        pass
    return space


def file_of(tmp_path: Path, space: Space) -> Path:
    return tmp_path / SNAPSHOTS / f"{space.key}.indexes"


def loaded_from(store: Store, space: Space) -> int:
    """Load the space anew and return the ledger position of the snapshot that was used."""
    position: int = logged_loading(store, space)[-1]["from_snapshot"]
    return position


def logged_loading(store: Store, space: Space) -> list[MutableMapping[str, Any]]:
    """Load the space anew and return what was logged, that it was loaded last of all."""
    store.shelf.drop(space.key)
    with capture_logs() as seen, store.shelf.open(space.key):
        pass
    assert_shelf_equals_rows(store, space)
    # Other services of this process, left by other tests, may be tending their indexes meanwhile.
    about_loading = [
        line for line in seen if line["event"] not in {"snapshot.kept", "vectors.sealed"}
    ]
    assert about_loading[-1]["event"] == "indexes.loaded"
    return about_loading


def test_a_space_loaded_from_its_snapshot_equals_its_rows(store: Store, alice: Space) -> None:
    assert store.shelf.tend() == 1
    assert loaded_from(store, alice) > 0


def test_what_came_after_the_snapshot_is_read_from_the_ledger(store: Store, alice: Space) -> None:
    store.shelf.tend()
    store.shelf.drop(alice.key)
    store.say(alice, "seven", "one more", vector=EAST)
    assert loaded_from(store, alice) > 0


def test_a_small_space_is_sealed_and_kept_once_and_then_left_alone(
    store: Store, alice: Space
) -> None:
    assert [store.shelf.tend(), store.shelf.tend()] == [1, 0]
    with store.shelf.open(alice.key) as indexes:
        assert isinstance(indexes.vectors, layered.LayeredIndex)
        assert (len(indexes.vectors.fresh), len(indexes.vectors)) == (0, 4)
    assert_shelf_equals_rows(store, alice)


def test_a_sealing_that_is_told_to_stop_leaves_everything_as_it_was(
    store: Store, alice: Space
) -> None:
    store.shelf.tend(lambda: False)
    assert_shelf_equals_rows(store, alice)
    store.shelf.tend()
    assert_shelf_equals_rows(store, alice)


@pytest.mark.parametrize("moment", ["before it is loaded", "while it is loaded"])
def test_a_deletion_takes_the_snapshot_with_it(
    store: Store, alice: Space, tmp_path: Path, moment: str
) -> None:
    store.shelf.tend()
    assert file_of(tmp_path, alice).exists()
    if moment == "before it is loaded":
        store.shelf.drop(alice.key)
    store.keeping.write(lambda unit: delete(unit, alice, standing(unit, alice)[:1]))
    assert not file_of(tmp_path, alice).exists()
    assert_shelf_equals_rows(store, alice)


def test_a_deletion_while_the_snapshot_is_written_takes_it_too(
    store: Store, alice: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Snapshots.keep

    def slowly(self: Snapshots, *args: object) -> int:
        store.keeping.write(lambda unit: delete(unit, alice, standing(unit, alice)[:1]))
        return keep(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Snapshots, "keep", slowly)
    store.shelf.tend()
    assert not file_of(tmp_path, alice).exists()
    assert loaded_from(store, alice) == 0


def test_a_snapshot_outlived_by_a_deletion_is_dropped_at_the_next_start(
    store: Store, alice: Space, tmp_path: Path
) -> None:
    """As after a kill between the commit of the deletion and the end of the file."""
    store.shelf.tend()
    kept = file_of(tmp_path, alice).read_bytes()
    store.keeping.write(lambda unit: delete(unit, alice, standing(unit, alice)[:1]))
    file_of(tmp_path, alice).write_bytes(kept)
    store.shelf.drop_outdated_snapshots()
    assert not file_of(tmp_path, alice).exists()


def test_a_deleted_space_leaves_no_snapshot(store: Store, alice: Space, tmp_path: Path) -> None:
    store.shelf.tend()
    store.keeping.write(lambda unit: unit.spaces.delete(alice.key))
    assert not file_of(tmp_path, alice).exists()


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda content: content[: len(content) // 2],
    "empty": lambda _content: b"",
    "a byte short": lambda content: content[:-1],
    "a hole in the middle": lambda content: content[:900] + content[1_000:],
    "one bit turned": lambda content: content[:900] + bytes([content[900] ^ 1]) + content[901:],
    "one bit of its end turned": lambda content: (
        content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]
    ),
    "longer by another snapshot": lambda content: content + content,
    "of another format": lambda content: b"memsvc indexes 0\n" + content.split(b"\n", 1)[1],
    "no snapshot at all": lambda _content: b"hello",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_snapshot_costs_one_line_in_the_log(
    store: Store, alice: Space, tmp_path: Path, damage: str
) -> None:
    store.shelf.tend()
    path = file_of(tmp_path, alice)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    store.shelf.drop_outdated_snapshots()
    assert [line["event"] for line in logged_loading(store, alice)] == [
        "snapshot.damaged",
        "indexes.loaded",
    ]
    assert not path.exists()


def mapped_files() -> str:
    """Return what this process has mapped; Linux tells."""
    return Path("/proc/self/maps").read_text()


def graph_of(store: Store, space: Space) -> HnswSegment:
    with store.shelf.open(space.key) as indexes:
        assert isinstance(indexes.vectors, layered.LayeredIndex)
        assert indexes.vectors.settled is not None
        return indexes.vectors.settled


def test_a_graph_that_was_kept_lies_in_its_file_from_then_on(
    store: Store, alice: Space, tmp_path: Path
) -> None:
    """The memory that it was made in is free; a start maps it and copies nothing."""
    store.shelf.tend()
    assert graph_of(store, alice).is_mapped
    assert str(file_of(tmp_path, alice)) in mapped_files()
    assert_shelf_equals_rows(store, alice)

    assert loaded_from(store, alice) > 0
    assert graph_of(store, alice).is_mapped


def test_a_graph_leaves_a_file_that_was_dropped(store: Store, alice: Space, tmp_path: Path) -> None:
    """Unlinked bytes stay on the disk for as long as anybody maps them."""
    store.shelf.tend()
    store.keeping.write(lambda unit: delete(unit, alice, standing(unit, alice)[:1]))
    store.shelf.tend()  # which keeps what is left in a new file, and goes over to that

    lines = [line for line in mapped_files().splitlines() if str(tmp_path) in line]
    assert lines
    assert not [line for line in lines if line.endswith("(deleted)")]
    assert_shelf_equals_rows(store, alice)


def test_a_graph_comes_home_when_no_new_snapshot_is_due(
    store: Store, alice: Space, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.shelf.tend()
    store.keeping.write(lambda unit: delete(unit, alice, standing(unit, alice)[:1]))
    assert "(deleted)" in mapped_files()
    monkeypatch.setattr(shelf_module, "KEEP_EVERY_S", 300.0)
    assert store.shelf.tend() == 1

    assert not graph_of(store, alice).is_mapped
    assert str(file_of(tmp_path, alice)) not in mapped_files()
    assert_shelf_equals_rows(store, alice)


def test_a_graph_in_a_file_is_added_to_like_any_other(store: Store, alice: Space) -> None:
    store.shelf.tend()
    assert loaded_from(store, alice) > 0
    store.say(alice, "eight", "nine", "ten", "eleven", vector=EAST)
    store.shelf.tend()
    assert len(graph_of(store, alice)) == 8
    assert_shelf_equals_rows(store, alice)


def test_what_is_deleted_in_a_graph_that_was_kept_is_not_found(store: Store, alice: Space) -> None:
    store.shelf.tend()
    assert loaded_from(store, alice) > 0
    store.keeping.write(lambda unit: delete(unit, alice, standing(unit, alice)[:2]))
    assert len(graph_of(store, alice)) == 2
    assert_shelf_equals_rows(store, alice)


def test_a_snapshot_of_another_history_is_passed_over(
    store: Store, alice: Space, tmp_path: Path
) -> None:
    """As when a backup was restored beside snapshots of what came after it."""
    store.shelf.tend()
    bob = store.space("bob")
    store.say(bob, *["other words"] * 9)
    content = file_of(tmp_path, alice).read_bytes()
    other = Snapshots(tmp_path / SNAPSHOTS)
    found = other.find(alice.key, "test/fp32/4")
    assert found is not None
    standing_for, arrays = found
    other.keep(
        type(standing_for)(bob.key, standing_for.position, standing_for.head, "test/fp32/4"), arrays
    )
    assert loaded_from(store, bob) == 0
    assert file_of(tmp_path, alice).read_bytes() == content


def test_a_snapshot_of_another_model_is_passed_over(
    store: Store, alice: Space, tmp_path: Path
) -> None:
    store.shelf.tend()
    assert Snapshots(tmp_path / SNAPSHOTS).find(SpaceKey(alice.key), "other/fp32/4") is None


def test_a_disk_that_takes_no_snapshot_costs_nothing_else(
    store: Store, alice: Space, tmp_path: Path
) -> None:
    (tmp_path / SNAPSHOTS).write_text("a file where the folder should be")
    store.shelf.tend()
    assert_shelf_equals_rows(store, alice)


def test_closing_keeps_what_the_next_start_would_have_to_make(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        space = store.space("alice")
        store.say(space, "one", "two")
        with store.shelf.open(space.key):
            pass
        store.shelf.close()
    with open_store(tmp_path) as store:
        assert loaded_from(store, space) > 0
        with store.keeping.read() as reading:
            page = reading.turns.page(space.key, Filter(), after=None, limit=9)
        assert len(page.items) == 2


def test_when_turns_expire_is_kept_too(store: Store, alice: Space) -> None:
    soon = NOW + timedelta(hours=1)
    store.keeping.write(lambda unit: say(unit, alice, ["passing"], ids=store.ids, until=soon))
    store.shelf.tend()

    assert loaded_from(store, alice) > 0
    with store.shelf.open(alice.key) as indexes:
        assert len(indexes.timeline.expired(soon)) == 1


def retain(unit: Unit, space: Space) -> None:
    position = enter(unit, space, Change.SPACE_REVISED, [space.name])
    unit.spaces.revise(space.key, SpaceSettings(retention_days=1), version=position)


def test_new_settings_take_the_snapshot_with_them(
    store: Store, alice: Space, tmp_path: Path
) -> None:
    store.shelf.tend()
    store.keeping.write(lambda unit: retain(unit, alice))

    assert not file_of(tmp_path, alice).exists()
    assert_shelf_equals_rows(store, alice)


def test_a_snapshot_from_before_new_settings_is_not_used(tmp_path: Path) -> None:
    """The process may end between the commit and the moment at which the snapshot is dropped."""
    with open_store(tmp_path) as store:
        space = store.space("alice")
        store.say(space, "one", "two", "three")
        with store.shelf.open(space.key):
            pass
        store.shelf.tend()
    with open_store(tmp_path, apply_with=lambda _shelf, _delta: None) as store:
        store.keeping.write(lambda unit: retain(unit, space))
        assert file_of(tmp_path, space).exists()

        assert loaded_from(store, space) == 0
        with store.shelf.open(space.key) as indexes:
            assert len(indexes.timeline.expired(NOW + timedelta(days=1))) == 3

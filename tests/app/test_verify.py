"""Verify: whoever changes the file behind the service's back is found out."""

from pathlib import Path

import pytest

from memsvc.domain.ids import DocumentName, SpaceName
from memsvc.domain.ledger import Verdict
from tests.app.small import ALICE, BOB, CHAT, remember, said, tamper
from tests.worlds import World, open_world

# The ledger of the world below: 1 space made, 2 stream made, 3 to 5 turns added, 6 the second
# turn revised, 7 the third deleted.
FIRST, SECOND, THIRD = "before", "between", "after"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write_and_change(world: World) -> None:
    written = remember(world, said(FIRST, place="home"), said(SECOND), said(THIRD)).turns
    world.service.revise(
        world.admin, ALICE, written[1].id, version=4, metadata={"mood": "calm"}, place="garden"
    )
    world.service.forget.turn(world.admin, ALICE, written[2].id)


def verdict_after(folder: Path, statement: str, space: SpaceName = ALICE) -> Verdict:
    with open_world(folder) as world:
        write_and_change(world)
        tamper(folder, statement)
        return world.service.verify(world.admin, space)


def test_an_untouched_space_is_whole(world: World) -> None:
    write_and_change(world)

    verdict = world.service.verify(world.admin, ALICE)

    assert (verdict.is_whole, verdict.entries, verdict.broken_at) == (True, 7, None)


def test_an_empty_space_is_whole(world: World) -> None:
    world.service.found(world.admin, ALICE)

    assert world.service.verify(world.admin, ALICE).is_whole


def test_looking_changes_nothing(world: World) -> None:
    write_and_change(world)

    assert world.service.verify(world.admin, ALICE) == world.service.verify(world.admin, ALICE)


@pytest.mark.parametrize(
    "change",
    [
        "content = 'forged'",
        "speaker = 'somebody'",
        "role = 'system'",
        "source = 'agent'",
        "at = at + 1",
        "place = 'elsewhere'",
        "metadata = '{\"forged\": true}'",
        "client_id = 'm-1'",
        "user_id = 'u-1'",
        "agent_id = 'a-1'",
        "seq = 9",
    ],
)
def test_a_tampered_turn_is_found_where_it_was_added(folder: Path, change: str) -> None:
    verdict = verdict_after(folder, f"UPDATE turns SET {change} WHERE position = 3")  # noqa: S608

    assert (verdict.is_whole, verdict.broken_at) == (False, 3)
    assert verdict.reason is not None
    assert "other content" in verdict.reason


@pytest.mark.parametrize(
    "change",
    [
        "metadata = '7'",
        pytest.param("metadata = 'no JSON'", marks=pytest.mark.sqlite),  # PostgreSQL takes none
        "source = 'nobody'",
    ],
)
def test_a_row_that_cannot_be_read_is_a_finding_and_no_failure(folder: Path, change: str) -> None:
    verdict = verdict_after(folder, f"UPDATE turns SET {change} WHERE position = 3")  # noqa: S608

    assert not verdict.is_whole
    assert verdict.reason is not None
    assert "cannot be read" in verdict.reason


@pytest.mark.parametrize("change", ["place = 'elsewhere'", "metadata = '{}'"])
def test_a_tampered_edit_is_found_where_it_was_made(folder: Path, change: str) -> None:
    verdict = verdict_after(folder, f"UPDATE turns SET {change} WHERE position = 4")  # noqa: S608

    assert (verdict.is_whole, verdict.broken_at) == (False, 6)


def test_a_tampered_earlier_version_is_found(folder: Path) -> None:
    verdict = verdict_after(folder, "UPDATE turn_versions SET place = 'elsewhere'")

    assert (verdict.is_whole, verdict.broken_at) == (False, 4)


def test_a_missing_earlier_version_is_found(folder: Path) -> None:
    verdict = verdict_after(folder, "DELETE FROM turn_versions")

    assert (verdict.is_whole, verdict.broken_at) == (False, 4)


@pytest.mark.parametrize(
    "change",
    [
        "digest = x'00'",
        "subject = 'forged'",
        "actor = 'forged'",
        "at = at + 1",
        "hash = x'00'",
        "change = 'space.made'",
    ],
)
def test_a_tampered_entry_is_found(folder: Path, change: str) -> None:
    verdict = verdict_after(folder, f"UPDATE ledger SET {change} WHERE position = 5")  # noqa: S608

    assert (verdict.is_whole, verdict.broken_at) == (False, 5)


def test_a_missing_entry_is_found(folder: Path) -> None:
    verdict = verdict_after(folder, "DELETE FROM ledger WHERE position = 4")

    assert (verdict.is_whole, verdict.reason) == (False, "position 4 is missing")


def test_a_missing_end_is_found(folder: Path) -> None:
    with open_world(folder) as world:
        write_and_change(world)
        world.service.forget.stream(world.admin, ALICE, CHAT)
        tamper(folder, "DELETE FROM ledger WHERE position = 10")

        verdict = world.service.verify(world.admin, ALICE)

    assert (verdict.is_whole, verdict.broken_at) == (False, 10)


def test_an_undone_deletion_leaves_a_turn_without_a_row(folder: Path) -> None:
    """Entry 7 says that the third turn was deleted; without it the row is missed."""
    verdict = verdict_after(folder, "DELETE FROM ledger WHERE position = 7")

    assert (verdict.is_whole, verdict.broken_at) == (False, 5)


def test_an_emptied_ledger_is_found(folder: Path) -> None:
    verdict = verdict_after(folder, "DELETE FROM ledger")

    assert (verdict.is_whole, verdict.broken_at, verdict.entries) == (False, 1, 0)


def test_a_missing_turn_is_found(folder: Path) -> None:
    verdict = verdict_after(folder, "DELETE FROM turns WHERE position = 3")

    assert (verdict.is_whole, verdict.broken_at) == (False, 3)


def test_another_secret_fits_no_digest(folder: Path) -> None:
    verdict = verdict_after(folder, "UPDATE spaces SET secret = x'00'")

    assert not verdict.is_whole


def test_what_is_broken_in_one_space_is_whole_in_another(folder: Path) -> None:
    with open_world(folder) as world:
        write_and_change(world)
        remember(world, said("one"), space=BOB)
        tamper(folder, "UPDATE turns SET content = 'forged' WHERE content = ?", FIRST)

        assert not world.service.verify(world.admin, ALICE).is_whole
        assert world.service.verify(world.admin, BOB).is_whole


def written_twice(world: World) -> None:
    """Leave a document that was replaced and one that was deleted and written again."""
    world.document("alice", "guide", "One.", "Two.")
    world.document("alice", "guide", "One.", "Three.")
    for _ in range(2):
        world.document("alice", "gone", "Tea.")
        world.service.forget.document(world.admin, ALICE, DocumentName("gone"))
    world.document("alice", "gone", "Tea.")


def test_documents_that_were_replaced_deleted_and_written_again_are_whole(folder: Path) -> None:
    with open_world(folder) as world:
        written_twice(world)

        assert world.service.verify(world.admin, ALICE).is_whole


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE documents SET title = 'forged'",
        "UPDATE documents SET metadata = '{\"a\": 1}'",
        "UPDATE documents SET version = version - 1",
        "UPDATE document_parts SET name = 'forged' WHERE ordinal = 1",
        "UPDATE document_parts SET digest = x'00'",
        "DELETE FROM document_parts WHERE ordinal = 1",
        "DELETE FROM documents WHERE name = 'guide'",
    ],
)
def test_a_tampered_document_is_found(folder: Path, damage: str) -> None:
    with open_world(folder) as world:
        written_twice(world)
        tamper(folder, damage)

        verdict = world.service.verify(world.admin, ALICE)

    assert not verdict.is_whole
    assert "document" in (verdict.reason or "")

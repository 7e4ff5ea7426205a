"""Forgetting over HTTP and the SDK: receipts, their check, and imports of what was forgotten."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memsvc.domain.errors import InvalidField, ReceiptNotFound
from memsvc.local import open as memsvc_open
from store.directory import SNAPSHOTS
from store.snapshots import Snapshots, Standing
from tests.server.front import Front, open_front

LISBON = "We moved to Lisbon in May."
YES = "Yes."


def forget(front: Front, space: str, **body: Any) -> Any:
    answer = front.ask("POST", f"/v1/spaces/{space}/forget", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def get(front: Front, space: str, path: str) -> Any:
    return front.ask("GET", f"/v1/spaces/{space}/{path}").json()


def exported(front: Front, space: str) -> bytes:
    return front.ask("GET", f"/v1/spaces/{space}/export").content


def bring_in(front: Front, space: str, lines: bytes, **query: Any) -> Mapping[str, Any]:
    headers = {"Content-Type": "application/x-ndjson"}
    path = f"/v1/spaces/{space}/import"
    answer = front.ask("POST", path, params=query, content=lines, headers=headers)
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()
    return found


def test_a_dry_run_shows_what_would_go_and_the_receipt_outlives_what_went(front: Front) -> None:
    space = front.space()
    (turn, _) = front.write(space, LISBON, "It rains.")

    dry = forget(front, space, subject="lisbon", dry_run=True)
    done = forget(front, space, subject="lisbon")

    assert (dry["id"], dry["dry_run"], done["dry_run"]) == (None, True, False)
    assert [(each["id"], each["text"]) for each in dry["first_turns"]] == [(turn, LISBON)]
    assert dry["counts"] == done["counts"]
    assert (done["counts"]["turns"], done["first_turns"], done["by"]) == (1, [], ["subject"])
    assert front.ask("GET", f"/v1/spaces/{space}/turns/{turn}").status_code == 404
    receipt = get(front, space, f"receipts/{done['id']}")
    assert get(front, space, "receipts")["items"] == [receipt]
    assert receipt["counts"] == done["counts"]
    assert receipt["position"] == done["position"] > receipt["first_position"] == dry["position"]
    assert "isbon" not in str(receipt)
    check = front.ask("POST", f"/v1/spaces/{space}/receipts/{done['id']}/verify").json()
    assert check["is_gone"]
    assert set(check["left"].values()) == {0}
    assert {"turns", "terms", "embeddings", "facts", "mentions", "name_vectors"} <= set(
        check["left"]
    )
    assert {"timeline", "vector_index", "mention_index", "snapshot"} <= set(check["left"])


def test_an_export_from_before_brings_nothing_back_unless_it_says_so(front: Front) -> None:
    space = front.space()
    (turn, _) = front.write(space, LISBON, "It rains.")
    front.fact(space, turn, "we", "live in", "Lisbon")
    before = exported(front, space)
    done = forget(front, space, text="Lisbon")

    again = bring_in(front, space, before)

    assert (again["turns"], again["forgotten"], again["facts"]) == (0, 1, 0)
    assert get(front, space, "facts")["items"] == []
    assert front.ask("POST", f"/v1/spaces/{space}/receipts/{done['id']}/verify").json()["is_gone"]
    back = bring_in(front, space, before, restore_forgotten=True)
    assert (back["turns"], back["facts"]) == (1, 1)
    check = front.ask("POST", f"/v1/spaces/{space}/receipts/{done['id']}/verify").json()
    assert not check["is_gone"]
    assert check["left"]["turns"] == 1


def test_forgotten_words_do_not_come_back_under_another_id(front: Front) -> None:
    """Another space heard the same, so its turns have other ids, times and speakers."""
    space, elsewhere = front.space(), front.space()
    front.write(space, LISBON)
    front.write(elsewhere, "we moved  to LISBON in May.", "It rains.", speaker="Ann")
    forget(front, space, subject="Lisbon")

    done = bring_in(front, space, exported(front, elsewhere))

    assert (done["turns"], done["forgotten"]) == (1, 1)
    assert [each["content"] for each in get(front, space, "turns")["items"]] == ["It rains."]


def test_what_was_forgotten_by_a_filter_does_not_keep_the_same_words_of_others_out(
    front: Front,
) -> None:
    space, elsewhere = front.space(), front.space()
    at = "2026-01-01T10:00:00Z"
    front.write(space, YES, stream="one", speaker="Ann", at=at)
    front.write(elsewhere, YES, stream="same", speaker="Ann", at=at)
    front.write(elsewhere, YES, stream="another", speaker="Bob", at=at)
    forget(front, space, where={"streams": ["one"]})

    done = bring_in(front, space, exported(front, elsewhere))

    assert (done["turns"], done["forgotten"]) == (1, 1)
    assert [each["speaker"] for each in get(front, space, "turns")["items"]] == ["Bob"]


def test_nothing_of_another_space_is_forgotten(front: Front) -> None:
    here, there = front.space(), front.space()
    front.write(here, LISBON)
    (turn,) = front.write(there, LISBON)

    assert forget(front, here, turns=[turn])["counts"]["turns"] == 0
    receipt = forget(front, here, subject="Lisbon")["id"]

    assert len(get(front, there, "turns")["items"]) == 1
    answer = front.ask("GET", f"/v1/spaces/{there}/receipts/{receipt}")
    assert (answer.status_code, answer.json()["type"]) == (404, "receipt_not_found")
    assert bring_in(front, there, exported(front, there))["forgotten"] == 0


def test_the_client_says_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMSVC_EMBEDDER", "hashing")
    with memsvc_open(tmp_path) as client:
        memory = client.space("sea")
        memory.write("log", [{"content": LISBON}, {"content": YES}])

        assert memory.forget(subject="Lisbon", dry_run=True).counts.turns == 1
        done = memory.forget(where={"streams": ["log"]}, text="lisbon")

        assert done.id is not None
        assert [each.id for each in memory.receipts.list()] == [done.id]
        assert memory.receipts.get(done.id).counts == done.counts
        assert memory.receipts.verify(done.id).is_gone
        with pytest.raises(ReceiptNotFound):
            memory.receipts.get("r_none")
        with pytest.raises(InvalidField):
            memory.forget()


def test_a_document_comes_without_the_paragraph_whose_words_were_forgotten(front: Front) -> None:
    space, elsewhere = front.space(), front.space()
    front.write(space, LISBON)
    parts = [{"name": "one", "text": LISBON}, {"name": "two", "text": "It rains there."}]
    document = {"id": "guide", "parts": parts, "title": "Places"}
    assert front.ask("POST", f"/v1/spaces/{elsewhere}/documents", json=document).is_success
    forget(front, space, text="Lisbon")

    done = bring_in(front, space, exported(front, elsewhere))

    assert done["forgotten"] == 1
    assert [each["content"] for each in get(front, space, "turns")["items"]] == ["It rains there."]
    assert front.ask("POST", f"/v1/spaces/{space}/ledger/verify").json()["is_whole"]


def test_a_check_sees_a_copy_of_the_indexes_that_is_older(tmp_path: Path) -> None:
    with open_front(tmp_path, enrich=False) as front:
        front.write("sea", LISBON, "It rains.")
        receipt = forget(front, "sea", text="Lisbon")["id"]
        path = f"/v1/spaces/sea/receipts/{receipt}/verify"
        assert front.ask("POST", path).json()["is_gone"]
        standing = Standing(1, 2, "00", "hashing/fp32/64")
        Snapshots(tmp_path / SNAPSHOTS).keep(standing, {"one": np.zeros(1)})
        check = front.ask("POST", path).json()
    assert (check["is_gone"], check["left"]["snapshot"]) == (False, 1)

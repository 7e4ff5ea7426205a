"""Expiry and a space's settings over HTTP."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from memsvc.world import StandingClock
from tests.server.front import Front, open_front
from tests.waiting import eventually

UNSET = {
    "retention_days": None,
    "segmentation": None,
    "forgetting": None,
    "synonyms": None,
    "single_valued": None,
    "admission": None,
    "notes": None,
    "recipe": None,
    "improving": None,
    "clues": None,
    "sift_facts": None,
}


@pytest.fixture
def space(front: Front) -> str:
    """A space with one turn that stays."""
    name = front.space()
    front.write(name, "Tea at four.")
    return name


def test_a_turn_says_when_it_expires_and_is_gone_from_then_on(tmp_path: Path) -> None:
    clock = StandingClock()
    until = clock.now() + timedelta(hours=1)
    with open_front(tmp_path, clock=clock) as front:
        front.write("alice", "Tea at four.")
        (turn,) = front.write("alice", "Tea at noon.", expires_at=until.isoformat())
        path = f"/v1/spaces/alice/turns/{turn}"
        assert datetime.fromisoformat(front.ask("GET", path).json()["expires_at"]) == until

        clock.advance(timedelta(hours=1))

        assert front.ask("GET", path).json()["type"] == "turn_not_found"
        listed = front.ask("GET", "/v1/spaces/alice/turns").json()
        asked = front.ask("POST", "/v1/spaces/alice/recall", json={"question": "tea at noon"})
    assert [one["content"] for one in listed["items"]] == ["Tea at four."]
    assert [one["text"] for one in asked.json()["hits"]] == ["Tea at four."]


def test_the_worker_deletes_what_has_expired(tmp_path: Path) -> None:
    clock = StandingClock()
    until = clock.now() + timedelta(hours=1)
    with open_front(tmp_path, clock=clock, enrich=False) as front:
        front.write("alice", "Tea at noon.", expires_at=until.isoformat())
    clock.advance(timedelta(hours=1))

    with open_front(tmp_path, clock=clock) as front:  # chores are done at the start
        assert eventually(lambda: front.ask("GET", "/v1/spaces/alice").json()["turns"] == 0)
        entries = front.ask("GET", "/v1/spaces/alice/ledger").json()["items"]

    assert (entries[-1]["change"], entries[-1]["actor"]) == ("turn.deleted", "expiry")


def test_a_time_without_an_offset_is_utc(front: Front, space: str) -> None:
    (turn,) = front.write(space, "tea", expires_at="2100-01-01T00:00:00")

    read = front.ask("GET", f"/v1/spaces/{space}/turns/{turn}").json()

    assert read["expires_at"] == "2100-01-01T00:00:00Z"


def test_settings_are_read_with_their_etag_and_changed_under_it(front: Front, space: str) -> None:
    path = f"/v1/spaces/{space}"
    read = front.ask("GET", path)
    assert (read.headers["ETag"], read.json()["settings"]) == ('"0"', UNSET)

    changed = front.ask("PATCH", path, json={"retention_days": 30}, headers={"If-Match": '"0"'})

    assert changed.status_code == 200
    assert changed.json()["settings"] == {**UNSET, "retention_days": 30}
    again = front.ask("GET", path)
    assert again.headers["ETag"] == changed.headers["ETag"] == f'"{again.json()["version"]}"'

    back = front.ask(
        "PATCH", path, json={"retention_days": None}, headers={"If-Match": again.headers["ETag"]}
    )
    assert back.json()["settings"] == UNSET


def test_a_change_needs_the_version_that_is_current(front: Front, space: str) -> None:
    path, body = f"/v1/spaces/{space}", {"retention_days": 30}

    missing = front.ask("PATCH", path, json=body)
    stale = front.ask("PATCH", path, json=body, headers={"If-Match": '"7"'})
    malformed = front.ask("PATCH", path, json=body, headers={"If-Match": "*"})

    assert (missing.status_code, stale.status_code, malformed.status_code) == (428, 412, 422)
    assert stale.json()["current"] == 0


def test_a_write_whose_vectors_follow_says_how_far_the_outbox_is_behind(
    front: Front, space: str
) -> None:
    path = f"/v1/spaces/{space}/streams/later/turns"
    now = front.ask("POST", path, json={"turns": [{"content": "tea"}]}).json()
    later = front.ask("POST", path, json={"turns": [{"content": "tea"}], "embed": "later"}).json()

    assert (now["embedded"], now["lag_s"]) == (True, 0.0)
    assert later["embedded"] is False
    assert later["lag_s"] >= 0.0


def test_the_numbers_tell_the_age_of_the_oldest_waiting_job(front: Front) -> None:
    assert "memsvc_outbox_oldest_seconds" in front.ask("GET", "/metrics").text

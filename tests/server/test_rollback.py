"""Rolling back and digests over HTTP."""

from typing import Any

import pytest

from tests.server.front import Front


def digest(front: Front, space: str, **how: Any) -> dict[str, Any]:
    answer = front.ask("GET", f"/v1/spaces/{space}/digest", params=how)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_space_stands_as_it_stood_and_the_rollback_is_undone(front: Front) -> None:
    space = front.space()
    (turn,) = front.write(space, "Tea at four.")
    note = front.note(space, "Tea is at four.", tags=["tea"])
    path = f"/v1/spaces/{space}"
    stood = digest(front, space)
    version = front.ask("GET", f"{path}/turns/{turn}").headers["ETag"]
    edited = front.ask(
        "PATCH", f"{path}/turns/{turn}", json={"place": "home"}, headers={"If-Match": version}
    )
    assert edited.status_code == 200, edited.text
    link = front.link(space, note, front.note(space, "Milk at five."))
    later = digest(front, space)

    asked = {"to": stood["position"], "reason": "it was wrong"}
    dry = front.ask("POST", f"{path}/rollback", json=asked | {"dry_run": True}).json()
    assert digest(front, space) == later
    done = front.ask("POST", f"{path}/rollback", json=asked).json()
    assert done["changes"] == dry["changes"]
    assert (done["to"], done["before"]) == (stood["position"], later["position"])
    assert dry["dry_run"] is True
    what = [(one["thing"], one["undoing"]) for one in done["changes"]]
    assert what == [("turn", "revised"), ("link", "retired"), ("note", "retired")]
    listed = front.ask("GET", f"{path}/links").json()["items"]
    assert link not in [one["id"] for one in listed]

    now, then = digest(front, space), digest(front, space, as_of=stood["position"])
    for part in ("settings", "merge", "fact", "note", "link", "event"):
        assert now["parts"][part] == then["parts"][part] == stood["parts"][part]
    assert then["digest"] == stood["digest"]
    assert then["position"] == stood["position"]
    assert now["parts"]["turn"]["count"] == 3  # the turn that the second note is stays

    front.ask("POST", f"{path}/rollback", json={"to": done["before"]})
    assert digest(front, space)["digest"] == later["digest"]


def test_digests_of_two_spaces_have_nothing_in_common(front: Front) -> None:
    spaces = (front.space(), front.space())
    for space in spaces:
        front.write(space, "Tea at four.")
    one, other = (digest(front, space) for space in spaces)
    assert one["digest"] != other["digest"]
    assert one["parts"]["note"]["count"] == other["parts"]["note"]["count"] == 0
    assert one["parts"]["note"]["digest"] != other["parts"]["note"]["digest"]


@pytest.mark.parametrize(("role", "status"), [("reader", 403), ("writer", 403), ("admin", 200)])
def test_a_position_needs_an_admin(front: Front, role: str, status: int) -> None:
    space = front.space()
    front.write(space, "Tea at four.")
    key = front.key(role, space)
    asked = {"to": 1, "dry_run": True}
    answer = front.ask("POST", f"/v1/spaces/{space}/rollback", json=asked, key=key)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize(("role", "status"), [("reader", 403), ("writer", 404)])
def test_a_run_needs_a_writer(front: Front, role: str, status: int) -> None:
    space = front.space()
    front.write(space, "Tea at four.")
    key = front.key(role, space)
    asked = {"run": "u_none", "dry_run": True}
    answer = front.ask("POST", f"/v1/spaces/{space}/rollback", json=asked, key=key)
    assert answer.status_code == status, answer.text

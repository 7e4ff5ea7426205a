"""Runs of enrichment over HTTP: found, told of, and taken back by their ids."""

from tests.server.front import Front


def test_a_run_is_found_and_rolled_back_by_its_id(front: Front) -> None:
    space = front.space()
    run = front.run(space)
    path = f"/v1/spaces/{space}"

    (listed,) = front.ask("GET", f"{path}/runs").json()["items"]
    assert listed == front.ask("GET", f"{path}/runs/{run}").json()
    assert (listed["id"], listed["step"]) == (run, "notes")
    assert listed["made"] == {"note": 1}
    assert listed["changes"] == 1
    assert listed["rolled_back"] is None

    done = front.ask("POST", f"{path}/rollback", json={"run": run}).json()

    after = front.ask("GET", f"{path}/runs/{run}").json()
    assert after["rolled_back"] == done["position"]
    assert after["made"] == {}
    assert after["ended_at"] is not None


def test_what_a_rule_made_and_somebody_took_back_is_not_made_again(front: Front) -> None:
    """A rule would make the same of it; rolling back to `before` brings it again."""
    space = front.space()
    run = front.run(space)
    path = f"/v1/spaces/{space}"
    done = front.ask("POST", f"{path}/rollback", json={"run": run}).json()

    assert front.ask("POST", f"{path}/enrichment/retry").json() == {"jobs": 0}
    front.ask("POST", f"{path}/rollback", json={"to": done["before"]})

    again = front.ask("GET", f"{path}/runs/{run}").json()
    assert (again["rolled_back"], again["changes"]) == (None, 1)


def test_a_run_that_is_none_is_not_found(front: Front) -> None:
    space = front.space()
    front.write(space, "tea")

    answer = front.ask("GET", f"/v1/spaces/{space}/runs/run_none")

    assert (answer.status_code, answer.json()["type"]) == (404, "run_not_found")
    assert front.ask("GET", f"/v1/spaces/{space}/runs").json()["items"] == []


def test_runs_are_not_listed_as_of_a_position(front: Front) -> None:
    """How far a run had come then is not kept."""
    space = front.space()
    front.write(space, "tea")

    answer = front.ask("GET", f"/v1/spaces/{space}/runs", params={"as_of": 1})

    assert (answer.status_code, answer.json()["field"]) == (422, "as_of")


def test_an_event_without_a_title_says_so(front: Front) -> None:
    space = front.space()
    event = front.event(space, "Tea at four.")

    told = front.ask("GET", f"/v1/spaces/{space}/events/{event}").json()

    assert (told["title"], told["title_run"]) == (None, None)

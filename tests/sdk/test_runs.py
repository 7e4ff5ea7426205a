"""Runs of enrichment through the SDK."""

import pytest

from memsvc.domain.errors import RunNotFound
from memsvc.domain.rollback import Thing
from memsvc.domain.work import Step
from tests.sdk.service import AT, Service, answer, refusal

RUN = {
    "id": "run_1",
    "step": "title_events",
    "maker": "a model/title-1@1a2b3c4d",
    "started_at": AT,
    "ended_at": AT,
    "first": 7,
    "last": 9,
    "changes": 3,
    "made": {"title": 3},
    "rolled_back": None,
}


def test_runs_are_walked() -> None:
    pages = answer({"items": [RUN], "next_cursor": "7"}), answer({"items": [RUN | {"id": "run_0"}]})
    service = Service(*pages)

    found = list(service.client().space("alice").runs())

    assert [run.id for run in found] == ["run_1", "run_0"]
    assert found[0].step is Step.TITLE_EVENTS
    assert found[0].made == {Thing.TITLE: 3}
    assert service.requests[1].url.path == "/v1/spaces/alice/runs"
    assert dict(service.requests[1].url.params) == {"limit": "100", "cursor": "7"}


def test_a_run_is_read() -> None:
    service = Service(answer(RUN | {"rolled_back": 12, "made": {}}))

    run = service.client().space("alice").run("run_1")

    assert run.rolled_back == 12
    assert service.requests[0].url.path == "/v1/spaces/alice/runs/run_1"


def test_a_run_that_is_none_is_named() -> None:
    service = Service(refusal("run_not_found", 404))

    with pytest.raises(RunNotFound) as missing:
        service.client().space("alice").run("run_2")

    assert missing.value.run == "run_2"

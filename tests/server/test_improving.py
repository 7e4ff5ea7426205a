"""What a language model is to make of a space, as it is set over HTTP."""

from dataclasses import asdict

from memsvc.domain.improving import Improving
from memsvc.sdk.wire import ImprovingInfo, ImprovingSaid
from tests.server.front import Front


def test_a_service_without_a_model_promises_nothing(front: Front) -> None:
    space = front.space()
    front.write(space, "tea")
    path = f"/v1/spaces/{space}"
    tag = front.ask("GET", path).headers["ETag"]

    refused = front.ask("PATCH", path, json={"improving": {}}, headers={"If-Match": tag})
    unset = front.ask("PATCH", path, json={"improving": None}, headers={"If-Match": tag})

    assert refused.status_code == 409
    assert refused.json()["field"] == "improving"
    assert "MEMSVC_LLM" in refused.json()["detail"]
    assert unset.status_code == 200, unset.text


def test_nothing_was_spent_where_no_model_is(front: Front) -> None:
    space = front.space()
    front.write(space, "tea")

    told = front.ask("GET", f"/v1/spaces/{space}/enrichment").json()

    assert told["spent"] == {}
    assert told["resting_until"] is None


def test_the_defaults_on_the_wire_are_those_of_the_domain() -> None:
    for shape in (ImprovingSaid(), ImprovingInfo()):
        assert shape.model_dump() == asdict(Improving())

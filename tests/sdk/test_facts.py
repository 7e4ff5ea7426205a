"""Facts through the SDK: what is asked, and what is made of the answers."""

import asyncio
import json
from datetime import UTC, datetime
from typing import cast

import pytest

from memsvc.domain.errors import FactNotFound, InvalidField
from memsvc.domain.knowledge import Outcome
from memsvc.domain.validity import FactState
from tests.sdk.service import Service, answer, refusal

FACT = {
    "id": "f_1",
    "subject": "Jaws",
    "predicate": "is",
    "object": "a film",
    "subject_name": "jaws",
    "object_name": "film",
    "turns": ["t_1"],
    "position": 3,
    "version": 3,
}
SAID = {"subject": "Jaws", "predicate": "is", "object": "a film", "turns": ["t_1"]}
STATED = {"facts": [FACT | {"outcome": "added"}], "position": 3}


def test_facts_are_stated_as_they_are_given_and_again_when_no_answer_came() -> None:
    service = Service(refusal("store_unavailable", 503), answer(STATED, 201))

    stated = service.client().space("films").facts.state([SAID])

    assert stated.facts[0].outcome is Outcome.ADDED
    assert [request.method for request in service.requests] == ["POST", "POST"]
    assert service.requests[1].url.path == "/v1/spaces/films/facts"
    assert json.loads(service.requests[1].content) == {"facts": [SAID]}


def test_facts_are_walked_by_entity_and_turn() -> None:
    service = Service(
        answer({"items": [FACT], "next_cursor": "1"}), answer({"items": [FACT | {"id": "f_2"}]})
    )

    found = list(service.client().space("films").facts.list(entity="Jaws", turn="t_1", page=1))

    assert [fact.id for fact in found] == ["f_1", "f_2"]
    assert dict(service.requests[1].url.params) == {
        "limit": "1",
        "cursor": "1",
        "entity": "Jaws",
        "turn": "t_1",
    }


def test_a_fact_is_read_and_deleted_by_its_id() -> None:
    service = Service(answer(FACT), answer({"id": "f_1", "position": 4}))
    facts = service.client().space("films").facts

    assert facts.get("f_1").object_name == "film"
    assert facts.delete("f_1").position == 4
    assert [request.url.path for request in service.requests] == ["/v1/spaces/films/facts/f_1"] * 2


def test_what_is_missing_is_raised_with_its_name() -> None:
    service = Service(refusal("fact_not_found", 404, fact="f_9"))

    with pytest.raises(FactNotFound) as missing:
        service.client().space("films").facts.get("f_9")

    assert missing.value.fact == "f_9"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ([], "facts"),
        ([SAID | {"turns": []}], "facts.0.turns"),
        ([SAID | {"turns": ["t_1", "t_1"]}], "facts.0.turns"),
        ([SAID | {"subject": "x" * 201}], "facts.0.subject"),
    ],
)
def test_what_cannot_be_stated_is_refused_before_it_is_sent(
    facts: list[dict[str, object]], field: str
) -> None:
    with pytest.raises(InvalidField) as refused:
        Service().client().space("films").facts.state(facts)

    assert refused.value.field == field


def test_whoever_awaits_has_the_same_verbs() -> None:
    service = Service(answer(STATED, 201), answer({"items": [FACT]}))

    async def ask() -> list[str]:
        async with service.async_client() as client:
            facts = client.space("films").facts
            stated = await facts.state([SAID])
            return [stated.facts[0].id, *[fact.id async for fact in facts.list()]]

    assert asyncio.run(ask()) == ["f_1", "f_1"]


def test_facts_are_asked_for_by_how_they_stand() -> None:
    service = Service(answer({"items": []}), answer({"items": []}))
    facts = service.client().space("films").facts

    list(
        facts.list(
            state=[FactState.CURRENT, FactState.DISPUTED],
            valid_at=datetime(2020, 1, 1, tzinfo=UTC),
            include_superseded=True,
            predicate="lives in",
        )
    )
    list(facts.conflicts(entity="Ada", predicate="lives in", state="disputed"))

    listed, conflicts = (request.url for request in service.requests)
    assert listed.params.get_list("state") == ["current", "disputed"]
    assert listed.params["valid_at"] == "2020-01-01T00:00:00+00:00"
    assert listed.params["include_superseded"] == "true"
    assert conflicts.path == "/v1/spaces/films/conflicts"
    assert (conflicts.params["entity"], conflicts.params["state"]) == ("Ada", "disputed")
    assert listed.params["predicate"] == conflicts.params["predicate"] == "lives in"


def test_a_state_that_is_none_is_refused_as_every_other_field_is() -> None:
    service = Service(refusal("invalid_field", 422, field="state.0"))
    unknown = cast("FactState", "gone")

    with pytest.raises(InvalidField) as refused:
        list(service.client().space("films").facts.list(state=[unknown]))

    assert refused.value.field == "state.0"


def test_facts_are_ruled_about_at_a_version() -> None:
    service = Service(answer(FACT), answer(FACT), answer(FACT), answer(FACT))
    facts = service.client().space("films").facts

    facts.supersede("f_1", version=3, by="f_2")
    facts.supersede("f_1", version=3, by=SAID, reason="seen")
    facts.decide("f_1", version=4, winner="f_2", reason="seen")
    facts.take_back("f_1", "u_1")

    asked = [(request.method, request.url.path) for request in service.requests]
    assert asked == [
        ("POST", "/v1/spaces/films/facts/f_1/supersede"),
        ("POST", "/v1/spaces/films/facts/f_1/supersede"),
        ("POST", "/v1/spaces/films/facts/f_1/decide"),
        ("DELETE", "/v1/spaces/films/facts/f_1/rulings/u_1"),
    ]
    tags = [request.headers.get("If-Match") for request in service.requests]
    assert tags == ['"3"', '"3"', '"4"', None]
    assert service.sent(0) == {"by": "f_2", "at": None}
    assert service.sent(1) == {"by": SAID, "at": None, "reason": "seen"}
    assert service.sent(2) == {"state": None, "winner": "f_2", "reason": "seen"}


def test_what_cannot_be_asked_is_refused_before_it_is_sent() -> None:
    service = Service()
    facts = service.client().space("films").facts

    with pytest.raises(InvalidField):
        facts.decide("f_1", version=3, state="current", reason=" ")
    with pytest.raises(InvalidField):
        facts.supersede("f_1", version=3, by={"subject": "a"})
    assert service.requests == []

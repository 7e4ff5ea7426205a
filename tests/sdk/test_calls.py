import json
from datetime import UTC, datetime
from typing import Any

import pytest

from memsvc.domain.access import Role
from memsvc.domain.errors import InvalidField, NotReady, ServiceUnreachable
from memsvc.sdk import calls, event_calls
from memsvc.sdk.calls import Call
from memsvc.sdk.novelty import AskNovelty
from memsvc.sdk.wire import (
    Ask,
    AskOrder,
    AskTogether,
    AskWhereabouts,
    NewKey,
    NewTurn,
    ReviseSpace,
    ReviseTurn,
    WriteTurns,
)
from tests.sdk.service import SPACE, problem

TURNS = WriteTurns(turns=[NewTurn(content="I moved.")])
ASK = Ask(question="Where?")

ENDPOINTS: list[tuple[Call[Any], str]] = [
    (calls.make_space("a"), "PUT /v1/spaces/a"),
    (calls.read_space("a"), "GET /v1/spaces/a"),
    (calls.revise_space("a", ReviseSpace(), version=1), "PATCH /v1/spaces/a"),
    (calls.delete_space("a"), "DELETE /v1/spaces/a"),
    (calls.list_spaces(), "GET /v1/spaces"),
    (
        calls.write_turns("a", "s", TURNS, idempotency_key="k"),
        "POST /v1/spaces/a/streams/s/turns",
    ),
    (calls.export_space("a"), "GET /v1/spaces/a/export"),
    (calls.import_space("a"), "POST /v1/spaces/a/import"),
    (calls.list_streams("a"), "GET /v1/spaces/a/streams"),
    (calls.read_stream("a", "s"), "GET /v1/spaces/a/streams/s"),
    (calls.delete_stream("a", "s"), "DELETE /v1/spaces/a/streams/s"),
    (calls.list_turns("a"), "GET /v1/spaces/a/turns"),
    (calls.read_turn("a", "t"), "GET /v1/spaces/a/turns/t"),
    (calls.revise_turn("a", "t", ReviseTurn(), version=1), "PATCH /v1/spaces/a/turns/t"),
    (calls.delete_turn("a", "t"), "DELETE /v1/spaces/a/turns/t"),
    (calls.list_versions("a", "t"), "GET /v1/spaces/a/turns/t/versions"),
    (event_calls.list_events("a"), "GET /v1/spaces/a/events"),
    (event_calls.read_event("a", "e"), "GET /v1/spaces/a/events/e"),
    (event_calls.read_tail("a", "s"), "GET /v1/spaces/a/streams/s/tail"),
    (event_calls.read_curve("a", "s", points=9), "GET /v1/spaces/a/streams/s/curve"),
    (calls.recall("a", ASK), "POST /v1/spaces/a/recall"),
    (calls.recall_together(AskTogether(question="Where?", spaces=["a"])), "POST /v1/recall"),
    (calls.order("a", AskOrder(a="soup", b="pot")), "POST /v1/spaces/a/order"),
    (calls.novelty("a", AskNovelty(text="tea")), "POST /v1/spaces/a/novelty"),
    (calls.list_timeline("a"), "GET /v1/spaces/a/timeline"),
    (calls.list_places("a"), "GET /v1/spaces/a/places"),
    (calls.whereabouts("a", AskWhereabouts(of="bag")), "POST /v1/spaces/a/whereabouts"),
    (calls.list_ledger("a"), "GET /v1/spaces/a/ledger"),
    (calls.verify_ledger("a"), "POST /v1/spaces/a/ledger/verify"),
    (calls.read_enrichment("a"), "GET /v1/spaces/a/enrichment"),
    (calls.retry_enrichment("a"), "POST /v1/spaces/a/enrichment/retry"),
    (calls.list_recipes(), "GET /v1/recipes"),
    (calls.list_keys(), "GET /v1/keys"),
    (calls.read_own_key(), "GET /v1/keys/mine"),
    (calls.make_key(NewKey(name="n", role=Role.READER, spaces=["a"])), "POST /v1/keys"),
    (calls.revoke_key("key_1"), "DELETE /v1/keys/key_1"),
    (calls.back_up(), "GET /v1/backup"),
    (calls.health(), "GET /healthz"),
    (calls.read_service(), "GET /v1/service"),
    (calls.readiness(), "GET /readyz"),
]


@pytest.mark.parametrize(("call", "endpoint"), ENDPOINTS, ids=[text for _, text in ENDPOINTS])
def test_every_call_goes_to_its_endpoint(call: Call[Any], endpoint: str) -> None:
    assert f"{call.method} {call.path}" == endpoint


def test_only_making_a_key_may_not_be_repeated() -> None:
    once = [f"{call.method} {call.path}" for call, _ in ENDPOINTS if not call.is_repeatable]

    assert once == ["POST /v1/keys"]


def test_names_are_quoted_in_the_path() -> None:
    assert calls.read_stream("team a", "ü:1@x").path == "/v1/spaces/team%20a/streams/%C3%BC%3A1%40x"


def test_a_slash_in_a_name_stays_inside_its_segment() -> None:
    assert calls.read_space("a/../b").path == "/v1/spaces/a%2F..%2Fb"


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_name_that_would_climb_or_vanish_is_refused(name: str) -> None:
    """Deleting the stream with an empty name must not become deleting something else."""
    with pytest.raises(InvalidField):
        calls.delete_stream("alice", name)


def test_a_body_holds_only_what_was_set() -> None:
    call = calls.revise_turn("a", "t", ReviseTurn(place="Lisbon"), version=4)

    assert json.loads(call.body or b"") == {"place": "Lisbon"}


def test_an_edit_names_the_version_it_was_made_on() -> None:
    assert calls.revise_turn("a", "t", ReviseTurn(), version=4).headers == {"If-Match": '"4"'}


def test_filters_that_are_not_given_are_not_sent() -> None:
    call = calls.list_turns(
        "a",
        limit=5,
        speaker="Ada",
        since=datetime(2024, 5, 1, tzinfo=UTC),
        metadata={"room": 4},
    )

    assert call.params == {
        "limit": "5",
        "speaker": "Ada",
        "since": "2024-05-01T00:00:00+00:00",
        "metadata": '{"room": 4}',
    }


def test_a_metadata_filter_that_is_not_json_is_refused() -> None:
    with pytest.raises(InvalidField, match="not JSON"):
        calls.list_turns("a", metadata={"room": object()})


def test_metadata_that_is_not_json_is_refused() -> None:
    turns = WriteTurns(turns=[NewTurn(content="x", metadata={"room": object()})])

    with pytest.raises(InvalidField, match="not JSON"):
        calls.write_turns("a", "s", turns, idempotency_key="k")


def test_fields_of_a_newer_service_are_passed_over() -> None:
    body = json.dumps({**SPACE, "mood": "sunny"}).encode()

    assert calls.read(calls.read_space("alice"), 200, {}, body).name == "alice"


def test_an_answer_that_cannot_be_read_says_where_to_look() -> None:
    with pytest.raises(ServiceUnreachable, match="MEMSVC_URL"):
        calls.read(calls.read_space("alice"), 200, {}, b"<html>Welcome</html>")


def test_an_answer_that_says_nothing_is_read_as_nothing() -> None:
    call = calls.revoke_key("key_1")

    assert [calls.read(call, 204, {}, b""), calls.read(call, 200, {}, b"{}")] == [None, None]


def test_not_being_ready_is_an_answer() -> None:
    body = json.dumps({"ready": False, "parts": {"model": "loading"}}).encode()

    assert calls.read(calls.readiness(), 503, {}, body).parts == {"model": "loading"}


def test_a_problem_is_an_error_also_where_its_status_could_be_an_answer() -> None:
    headers = {"content-type": "application/problem+json"}
    body = json.dumps(problem("not_ready", 503)).encode()

    with pytest.raises(NotReady):
        calls.read(calls.readiness(), 503, headers, body)

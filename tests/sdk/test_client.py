from datetime import UTC, datetime
from itertools import islice

import httpx
import pytest

import memsvc
from memsvc.domain.errors import (
    Busy,
    InvalidField,
    ModelUnavailable,
    ServerFault,
    ServiceUnreachable,
    TurnNotFound,
)
from memsvc.sdk.client import Client, Space
from memsvc.sdk.wire import Filters, NewTurn
from tests.sdk.service import (
    DELETED,
    ENTRY,
    KEY,
    RECALLED,
    SPACE,
    STREAM,
    TURN,
    WRITTEN,
    Service,
    answer,
    refusal,
)

HELLO = [{"role": "user", "content": "I moved to Lisbon in May."}]


def page(*items: object, after: str | None = None) -> httpx.Response:
    return answer({"items": list(items), "next_cursor": after})


def client_with(reply: httpx.Response) -> Client:
    return Service(reply).client()


def space_with(reply: httpx.Response) -> Space:
    return client_with(reply).space("alice")


# Sending -----------------------------------------------------------------------------------------


def test_the_package_hands_out_the_client() -> None:
    assert memsvc.Client is Client


def test_a_request_shows_the_key() -> None:
    service = Service(answer(SPACE))

    service.client().space("alice").info()

    assert service.requests[0].headers["Authorization"] == "Bearer a-key"


def test_a_request_goes_below_the_path_of_the_address() -> None:
    service = Service(answer(SPACE))

    service.client(url="http://memory.test/behind/").space("team a").info()

    assert str(service.requests[0].url) == "http://memory.test/behind/v1/spaces/team%20a"


def test_a_write_is_answered_with_what_was_written() -> None:
    service = Service(answer(WRITTEN, 201))

    written = service.client().space("alice").write("chat", HELLO, user_id="u1")

    assert [turn.id for turn in written.turns] == ["turn_1"]
    assert service.sent()["turns"] == HELLO
    assert service.sent()["user_id"] == "u1"


def test_turns_may_be_given_as_values() -> None:
    service = Service(answer(WRITTEN, 201))
    turn = NewTurn(content="I moved.", at=datetime(2024, 5, 1, tzinfo=UTC))

    service.client().space("alice").write("chat", [turn])

    assert service.sent()["turns"] == [{"content": "I moved.", "at": "2024-05-01T00:00:00Z"}]


def test_a_recall_sends_its_filters() -> None:
    service = Service(answer(RECALLED), answer(RECALLED))
    space = service.client().space("alice")

    space.recall("Where?", filters={"speakers": ["Ada"]}, between={"since": "2024-05-01T00:00:00"})
    space.recall("Where?", filters=Filters(speakers=["Ada"]))

    assert service.sent(0)["filters"] == service.sent(1)["filters"] == {"speakers": ["Ada"]}
    assert service.sent(0)["between"] == {"since": "2024-05-01T00:00:00Z"}


def test_an_edit_sends_what_was_given_and_the_version() -> None:
    service = Service(answer(TURN))

    service.client().space("alice").revise("turn_1", version=3, place="Lisbon")

    assert service.sent() == {"place": "Lisbon"}
    assert service.requests[0].headers["If-Match"] == '"3"'


def test_a_closed_client_sends_nothing_more() -> None:
    service = Service(answer(SPACE))
    with service.client() as client:
        space = client.space("alice")

    with pytest.raises(RuntimeError):
        space.info()


# Refusing before sending -------------------------------------------------------------------------


def test_a_wrong_field_is_named_before_anything_is_sent() -> None:
    service = Service()

    with pytest.raises(InvalidField) as caught:
        service.client().space("alice").write("chat", [*HELLO, {"content": "x", "plaec": "home"}])

    assert caught.value.field == "turns.1.plaec"
    assert not service.requests


def test_more_turns_than_a_batch_holds_are_refused_with_the_limit() -> None:
    with pytest.raises(InvalidField) as caught:
        Service().client().space("alice").write("chat", HELLO * 1_001)

    assert (caught.value.field, caught.value.limit) == ("turns", 1_000)


def test_a_k_out_of_bounds_is_refused_with_the_limit() -> None:
    with pytest.raises(InvalidField) as caught:
        Service().client().space("alice").recall("Where?", k=101)

    assert (caught.value.field, caught.value.limit) == ("k", 100)


def test_an_empty_text_is_refused_in_our_own_words() -> None:
    with pytest.raises(InvalidField, match=r"^turns\.0\.content: text must hold more than white"):
        Service().client().space("alice").write("chat", [{"content": " "}])


# Trying again ------------------------------------------------------------------------------------


def test_a_busy_service_is_asked_again_after_the_time_it_names() -> None:
    busy = refusal("busy", 429)
    busy.headers["Retry-After"] = "2"
    service = Service(busy, answer(SPACE))

    service.client(chance=lambda: 0.0).space("alice").info()

    assert service.waits == [2.0]


def test_waits_are_drawn_below_a_bound_that_doubles() -> None:
    lost = httpx.ReadError("reset")
    service = Service(lost, lost, lost, answer(SPACE))

    service.client(chance=lambda: 0.5).space("alice").info()

    assert service.waits == [0.125, 0.25, 0.5]


def test_the_last_error_is_raised_when_the_tries_are_used_up() -> None:
    service = Service(*(refusal("busy", 429) for _ in range(3)))

    with pytest.raises(Busy):
        service.client(retries=2).space("alice").info()

    assert len(service.requests) == 3


def test_a_wait_that_is_too_long_is_reported_instead() -> None:
    patience = refusal("model_unavailable", 503)
    patience.headers["Retry-After"] = "600"
    service = Service(patience)

    with pytest.raises(ModelUnavailable) as caught:
        service.client().space("alice").info()

    assert caught.value.retry_after_s == 600.0
    assert not service.waits


def test_a_write_is_repeated_under_the_same_key() -> None:
    """The first may have arrived: only the key keeps the second from writing again."""
    service = Service(httpx.ReadTimeout("slow"), answer(WRITTEN))

    service.client().space("alice").write("chat", HELLO)

    first, second = (request.headers["Idempotency-Key"] for request in service.requests)
    assert first == second


def test_two_writes_have_two_keys() -> None:
    service = Service(answer(WRITTEN), answer(WRITTEN))
    space = service.client().space("alice")

    space.write("chat", HELLO)
    space.write("chat", HELLO)

    assert len({request.headers["Idempotency-Key"] for request in service.requests}) == 2


def test_a_key_of_the_callers_own_is_used() -> None:
    service = Service(answer(WRITTEN))

    service.client().space("alice").write("chat", HELLO, idempotency_key="import-7")

    assert service.requests[0].headers["Idempotency-Key"] == "import-7"


def test_making_a_key_is_not_repeated_when_it_may_have_been_made() -> None:
    service = Service(httpx.ReadTimeout("slow"), answer({**KEY, "secret": "s"}))

    with pytest.raises(ServiceUnreachable) as caught:
        service.client().keys.create("phone", role="reader", spaces=["alice"])

    assert caught.value.may_have_arrived
    assert len(service.requests) == 1


def test_making_a_key_is_repeated_when_it_never_left() -> None:
    service = Service(httpx.ConnectError("refused"), answer({**KEY, "secret": "s"}))

    made = service.client().keys.create("phone", role="reader", spaces=["alice"])

    assert made.secret == "s"


def test_a_deletion_whose_answer_was_lost_is_repeated() -> None:
    service = Service(httpx.ReadError("reset"), refusal("turn_not_found", 404))

    with pytest.raises(TurnNotFound):
        service.client().space("alice").delete_turn("turn_1")

    assert len(service.requests) == 2


def test_a_fault_of_the_server_is_not_repeated() -> None:
    service = Service(refusal("server_fault", 500))

    with pytest.raises(ServerFault):
        service.client().space("alice").info()

    assert len(service.requests) == 1


def test_a_service_that_is_not_there_is_named_with_what_to_do() -> None:
    service = Service(httpx.ConnectError("Connection refused"))

    with pytest.raises(ServiceUnreachable, match=r"http://memory.test.*memsvc serve.*MEMSVC_URL"):
        service.client(retries=0).space("alice").info()


def test_not_being_ready_is_answered_at_once() -> None:
    service = Service(answer({"ready": False, "parts": {"model": "loading"}}, 503))

    readiness = service.client().ready()

    assert not readiness.ready
    assert not service.waits


# Walking pages -----------------------------------------------------------------------------------


def test_a_walk_asks_for_page_after_page() -> None:
    service = Service(
        page({**TURN, "id": "t1"}, {**TURN, "id": "t2"}, after="c2"), page({**TURN, "id": "t3"})
    )

    turns = list(service.client().space("alice").turns(speaker="Ada", page=2))

    assert [turn.id for turn in turns] == ["t1", "t2", "t3"]
    assert [dict(request.url.params) for request in service.requests] == [
        {"limit": "2", "speaker": "Ada"},
        {"limit": "2", "cursor": "c2", "speaker": "Ada"},
    ]


def test_a_walk_asks_only_for_what_is_used() -> None:
    service = Service(page(STREAM, after="c2"))

    list(islice(service.client().space("alice").streams(), 1))

    assert len(service.requests) == 1


def test_an_empty_page_in_between_does_not_end_a_walk() -> None:
    """Filters may leave nothing of a page while later ones still hold something."""
    service = Service(page(after="c2"), page(SPACE))

    assert [space.name for space in service.client().spaces()] == ["alice"]


def test_the_ledger_is_walked_by_position() -> None:
    service = Service(page(ENTRY, after="1"), page({**ENTRY, "position": 2}))

    entries = list(service.client().space("alice").ledger())

    assert [entry.position for entry in entries] == [1, 2]
    assert [request.url.params["after"] for request in service.requests] == ["0", "1"]


def test_a_walk_of_the_ledger_keeps_its_filters_from_page_to_page() -> None:
    service = Service(page(ENTRY, after="1"), page())

    list(service.client().space("alice").ledger(actor="k_1", change="turn.added"))

    for request in service.requests:
        assert request.url.params["actor"] == "k_1"
        assert request.url.params["change"] == "turn.added"


# The other verbs ---------------------------------------------------------------------------------


def test_every_other_verb_of_a_space_reads_its_answer() -> None:
    verdict = {"is_whole": True, "entries": 3, "head": "00"}
    backlog: dict[str, object] = {"waiting": {"embed": 2}, "parked": [], "done": 1, "lag_s": 0.5}

    assert space_with(answer(SPACE)).make().turns == 1
    assert space_with(answer(SPACE)).configure(version=0, retention_days=9).version == 0
    assert space_with(answer(TURN)).turn("turn_1").version == 3
    assert space_with(answer([])).versions("turn_1") == []
    assert space_with(answer(STREAM)).stream("chat").turns == 1
    assert space_with(answer(DELETED)).delete_stream("chat").turns == 1
    assert space_with(answer({**DELETED, "position": None})).delete().position is None
    assert space_with(answer(verdict)).verify_ledger().is_whole
    assert space_with(answer(backlog)).enrichment().lag_s == 0.5
    assert space_with(answer({"jobs": 2})).retry_enrichment().jobs == 2


def test_every_other_verb_of_a_client_reads_its_answer() -> None:
    assert client_with(answer({"status": "ok", "version": "1"})).health().version == "1"
    store = {"kind": "sqlite", "search": "memory", "is_shared": False}
    told = client_with(answer({"version": "1", "store": store, "settings": []})).service()
    assert (told.store.kind, told.store.search) == ("sqlite", "memory")
    recipes = client_with(page({"name": "default", "stages": ["gather"]})).recipes()
    assert [recipe.name for recipe in recipes] == ["default"]
    assert [key.id for key in client_with(page(KEY)).keys.list()] == ["key_1"]
    assert client_with(answer(KEY)).keys.mine().spaces == ["alice"]
    client_with(httpx.Response(204)).keys.revoke("key_1")


def test_when_a_model_helps_is_sent_as_it_is_asked_for() -> None:
    service = Service(answer(RECALLED), answer(SPACE))
    space = service.client().space("alice")

    space.recall("Where is she?", clues="unsure", sift_facts="always")
    asked = service.sent()
    space.configure(version=0, clues="never")

    assert (asked["clues"], asked["sift_facts"]) == ("unsure", "always")
    assert service.sent() == {"clues": "never"}
    with pytest.raises(InvalidField):
        space.recall("Where is she?", clues="sometimes")  # type: ignore[arg-type] # as callers may

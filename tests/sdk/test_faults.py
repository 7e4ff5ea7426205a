import inspect
import json

import pytest

from memsvc.domain import errors
from memsvc.domain.errors import (
    Busy,
    IdempotencyConflict,
    InvalidField,
    InvalidRequest,
    MemsvcError,
    NotFound,
    ServerFault,
    ServiceUnreachable,
    SpaceNotFound,
    TurnNotFound,
    Unavailable,
    VersionMismatch,
)
from memsvc.sdk import calls
from memsvc.sdk.faults import rebuilt
from tests.sdk.service import problem

EVERY_CLASS = [
    thing
    for _, thing in inspect.getmembers(errors, inspect.isclass)
    if issubclass(thing, MemsvcError)
]


def example(error_class: type[MemsvcError]) -> MemsvcError:
    """An error as the service raises it, whatever its constructor wants."""
    wanted = inspect.signature(error_class).parameters.values()
    needed = [p for p in wanted if p.default is p.empty]
    values = {p.name: 7 if p.annotation is int else "x" for p in needed}
    positional = [values[p.name] for p in needed if p.kind is not p.KEYWORD_ONLY]
    named = {p.name: values[p.name] for p in needed if p.kind is p.KEYWORD_ONLY}
    return error_class(*positional, **named)  # type: ignore[arg-type]  # made to fit just above


def answered(
    code: str, status: int, *, about: dict[str, str] | None = None, **members: object
) -> MemsvcError:
    body = json.dumps(problem(code, status, **members)).encode()
    return rebuilt(status, {}, body, about=about or {})


@pytest.mark.parametrize("error_class", EVERY_CLASS)
def test_every_error_finds_its_class_again(error_class: type[MemsvcError]) -> None:
    error = answered(error_class.code, 418)

    assert type(error) is error_class


@pytest.mark.parametrize("error_class", EVERY_CLASS)
def test_every_error_comes_back_with_all_that_it_carries(error_class: type[MemsvcError]) -> None:
    """Whoever catches it may read its facts, also those that the answer left out."""
    raised = example(error_class)

    error = answered(error_class.code, 418)

    assert vars(error).keys() == vars(raised).keys()


@pytest.mark.parametrize("error_class", EVERY_CLASS)
def test_facts_that_the_answer_holds_come_back_as_they_were(
    error_class: type[MemsvcError],
) -> None:
    raised = example(error_class)
    facts = {name: value for name, value in vars(raised).items() if name != "detail"}

    error = answered(error_class.code, 418, **facts)

    assert vars(error) == {**facts, "detail": "Do this next."}


def test_codes_are_used_once() -> None:
    assert len({error_class.code for error_class in EVERY_CLASS}) == len(EVERY_CLASS)


def test_the_sentence_of_the_service_is_the_sentence_of_the_error() -> None:
    error = answered("turn_not_found", 404)

    assert str(error) == error.detail == "Do this next."


def test_the_request_id_is_noted_for_whoever_reads_the_log() -> None:
    assert answered("busy", 429, request_id="req_9").__notes__ == ["request id: req_9"]


def test_an_error_names_what_the_request_named_when_the_answer_does_not() -> None:
    error = answered("space_not_found", 404, about={"space": "alice"})

    assert isinstance(error, SpaceNotFound)
    assert error.space == "alice"


def test_an_unknown_code_falls_back_on_its_status() -> None:
    """A newer service may know errors that this client does not."""
    assert type(answered("moon_not_found", 404)) is NotFound
    assert type(answered("moon_full", 503)) is Unavailable
    assert type(answered("moon_odd", 418)) is InvalidRequest
    assert type(answered("moon_fell", 500)) is ServerFault


def test_an_error_page_of_a_proxy_falls_back_on_its_status() -> None:
    error = rebuilt(502, {}, b"<html>Bad gateway</html>", about={})

    assert type(error) is Unavailable
    assert "502" in error.detail


def test_a_redirect_is_no_answer_of_a_service() -> None:
    assert isinstance(rebuilt(301, {}, b"", about={}), ServiceUnreachable)


def test_retry_after_travels_with_the_error() -> None:
    body = json.dumps(problem("busy", 429)).encode()

    error = rebuilt(429, {"retry-after": "7"}, body, about={})

    assert isinstance(error, Busy)
    assert error.retry_after_s == 7.0


def test_a_date_in_retry_after_counts_as_none() -> None:
    body = json.dumps(problem("busy", 429)).encode()

    error = rebuilt(429, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, body, about={})

    assert isinstance(error, Busy)
    assert error.retry_after_s == 1.0


def test_a_field_and_its_limit_travel_with_the_error() -> None:
    error = answered("invalid_field", 422, field="k", limit=100)

    assert isinstance(error, InvalidField)
    assert (error.field, error.limit) == ("k", 100)


def test_a_call_hands_its_names_to_the_error() -> None:
    call = calls.read_turn("alice", "turn_1")

    with pytest.raises(TurnNotFound) as caught:
        calls.read(call, 404, {}, json.dumps(problem("turn_not_found", 404)).encode())

    assert caught.value.turn == "turn_1"


def test_a_conflicting_key_is_named() -> None:
    error = answered("idempotency_conflict", 409, about={"idempotency_key": "k1"})

    assert isinstance(error, IdempotencyConflict)
    assert error.idempotency_key == "k1"


def test_a_mismatch_names_the_version_that_is_current() -> None:
    error = answered("version_mismatch", 412, current=12)

    assert isinstance(error, VersionMismatch)
    assert error.current == 12

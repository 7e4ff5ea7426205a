"""One table from error class to status, one form of answer."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import Response

from memsvc.domain import errors
from memsvc.domain.errors import InvalidField, MemsvcError, NotReady, TurnNotFound
from memsvc.server.problems import STATUS, fault, first_of, problem


def classes(root: type[MemsvcError] = MemsvcError) -> Iterator[type[MemsvcError]]:
    yield root
    for below in root.__subclasses__():
        yield from classes(below)


def said(answer: Response) -> Any:
    return json.loads(bytes(answer.body))


def test_every_error_class_has_its_line_in_the_table() -> None:
    assert set(STATUS) == {
        each for each in classes() if each.__module__.startswith(errors.__name__)
    }


def test_only_a_fault_of_the_server_is_a_500() -> None:
    assert {each for each, status in STATUS.items() if status == 500} == {
        errors.MemsvcError,
        errors.ServerFault,
    }


def test_what_may_succeed_later_says_when() -> None:
    answer = problem(NotReady("soon", retry_after_s=2.1), request_id="r")

    assert answer.headers["Retry-After"] == "3"


def test_the_facts_of_an_error_travel_with_it() -> None:
    body = said(problem(TurnNotFound("t_1"), request_id="r"))

    assert body["turn"] == "t_1"
    assert (body["type"], body["status"], body["request_id"]) == ("turn_not_found", 404, "r")


def test_a_lone_surrogate_in_a_field_s_name_does_not_break_the_answer() -> None:
    answer = problem(InvalidField("\ud800: no.", field="\ud800"), request_id="r")

    assert said(answer)["field"] == "?"


def test_a_fault_says_nothing_of_the_inside() -> None:
    body = said(fault("r-1"))

    assert (body["status"], body["type"]) == (500, "server_fault")
    assert "r-1" in body["detail"]


@pytest.mark.parametrize(
    ("found", "field", "limit"),
    [
        (
            {"loc": ("body", "turns", 0, "content"), "type": "missing", "msg": "Field required"},
            "turns.0.content",
            None,
        ),
        (
            {
                "loc": ("query", "limit"),
                "type": "less_than_equal",
                "msg": "too much",
                "ctx": {"le": 500},
            },
            "limit",
            500,
        ),
    ],
)
def test_a_complaint_names_field_and_limit(
    found: dict[str, object], field: str, limit: int | None
) -> None:
    error = first_of([found])

    assert isinstance(error, InvalidField)
    assert (error.field, error.limit) == (field, limit)

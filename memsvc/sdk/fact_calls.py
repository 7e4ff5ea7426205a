"""Requests about facts, as `memsvc.sdk.calls` has them about everything else."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from memsvc.sdk.calls import PAGE, Call, given, json_body, space_path
from memsvc.sdk.facts import DeletedFact, FactInfo, NewFact, StatedFacts, StateFacts
from memsvc.sdk.faults import invalid_field
from memsvc.sdk.wire import Page


def state_facts(space: str, facts: Sequence[NewFact | Mapping[str, Any]]) -> Call[StatedFacts]:
    """State facts. Repeatable: what is known already is answered as it is."""
    try:
        body = StateFacts.model_validate({"facts": list(facts)})
    except ValidationError as error:
        raise invalid_field(error) from error
    path = space_path(space, "facts")
    return Call("POST", path, StatedFacts, body=json_body(body), about={"space": space})


def list_facts(
    space: str,
    *,
    entity: str | None = None,
    turn: str | None = None,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Call[Page[FactInfo]]:
    """List facts in the order of writing."""
    return Call(
        "GET",
        space_path(space, "facts"),
        Page[FactInfo],
        params=given(limit=limit, cursor=cursor, entity=entity, turn=turn),
        about={"space": space} if turn is None else {"space": space, "turn": turn},
    )


def read_fact(space: str, fact: str) -> Call[FactInfo]:
    """Read a fact."""
    about = {"space": space, "fact": fact}
    return Call("GET", space_path(space, "facts", fact), FactInfo, about=about)


def delete_fact(space: str, fact: str) -> Call[DeletedFact]:
    """Delete a fact."""
    about = {"space": space, "fact": fact}
    return Call("DELETE", space_path(space, "facts", fact), DeletedFact, about=about)

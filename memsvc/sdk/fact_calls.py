"""Requests about facts, as `memsvc.sdk.calls` has them about everything else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from memsvc.domain.validity import FactState
from memsvc.sdk.calls import PAGE, Call, given, json_body, space_path
from memsvc.sdk.facts import (
    ConflictInfo,
    DecideFact,
    DeletedFact,
    FactInfo,
    NewFact,
    StatedFacts,
    StateFacts,
    SupersedeFact,
)
from memsvc.sdk.faults import valid
from memsvc.sdk.wire import Page, Request


def state_facts(space: str, facts: Sequence[NewFact | Mapping[str, Any]]) -> Call[StatedFacts]:
    """State facts. Repeatable: what is known already is answered as it is."""
    body = valid(StateFacts, facts=list(facts))
    path = space_path(space, "facts")
    return Call("POST", path, StatedFacts, body=json_body(body), about={"space": space})


def list_facts(
    space: str,
    *,
    entity: str | None = None,
    turn: str | None = None,
    predicate: str | None = None,
    state: Sequence[FactState] = (),
    valid_at: datetime | None = None,
    include_superseded: bool = False,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Call[Page[FactInfo]]:
    """List facts in the order of writing."""
    return Call(
        "GET",
        space_path(space, "facts"),
        Page[FactInfo],
        params={
            **given(
                limit=limit,
                cursor=cursor,
                entity=entity,
                turn=turn,
                predicate=predicate,
                valid_at=None if valid_at is None else valid_at.isoformat(),
                include_superseded="true" if include_superseded else None,
            ),
            **({"state": [str(each) for each in state]} if state else {}),
        },
        about={"space": space} if turn is None else {"space": space, "turn": turn},
    )


def read_fact(space: str, fact: str) -> Call[FactInfo]:
    """Read a fact."""
    about = {"space": space, "fact": fact}
    return Call("GET", space_path(space, "facts", fact), FactInfo, about=about)


def supersede_fact(
    space: str,
    fact: str,
    *,
    by: str | NewFact | Mapping[str, Any] | None,
    at: datetime | None,
    reason: str | None,
    version: int,
) -> Call[FactInfo]:
    """Say what took the place of a fact that still stands at `version`."""
    said = {"by": by, "at": at} | ({} if reason is None else {"reason": reason})
    return _ruled(space, fact, "supersede", valid(SupersedeFact, **said), version=version)


def decide_fact(
    space: str,
    fact: str,
    *,
    state: str | None,
    winner: str | None,
    reason: str,
    version: int,
) -> Call[FactInfo]:
    """Decide whether a fact holds that still stands at `version`."""
    said = {"state": state, "winner": winner, "reason": reason}
    return _ruled(space, fact, "decide", valid(DecideFact, **said), version=version)


def take_ruling_back(space: str, fact: str, ruling: str) -> Call[FactInfo]:
    """Take back a ruling about a fact."""
    about = {"space": space, "fact": fact, "ruling": ruling}
    path = space_path(space, "facts", fact, "rulings", ruling)
    return Call("DELETE", path, FactInfo, about=about)


def list_conflicts(
    space: str,
    *,
    entity: str | None = None,
    predicate: str | None = None,
    state: str | None = None,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Call[Page[ConflictInfo]]:
    """List what cannot all hold."""
    return Call(
        "GET",
        space_path(space, "conflicts"),
        Page[ConflictInfo],
        params=given(limit=limit, cursor=cursor, entity=entity, predicate=predicate, state=state),
        about={"space": space},
    )


def _ruled(space: str, fact: str, verb: str, body: Request, *, version: int) -> Call[FactInfo]:
    return Call(
        "POST",
        space_path(space, "facts", fact, verb),
        FactInfo,
        body=json_body(body),
        headers={"If-Match": f'"{version}"'},
        about={"space": space, "fact": fact},
    )


def delete_fact(space: str, fact: str) -> Call[DeletedFact]:
    """Delete a fact."""
    about = {"space": space, "fact": fact}
    return Call("DELETE", space_path(space, "facts", fact), DeletedFact, about=about)

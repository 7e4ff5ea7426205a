"""The verbs of `space.facts`: each shapes a call and hands it to the client."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from memsvc.domain.validity import FactState
from memsvc.sdk import fact_calls
from memsvc.sdk.calls import PAGE
from memsvc.sdk.facts import ConflictInfo, DeletedFact, FactInfo, NewFact, StatedFacts

if TYPE_CHECKING:
    from memsvc.sdk.client import Client


class Facts:
    """The facts of a space."""

    def __init__(self, client: "Client", space: str) -> None:
        self._client = client
        self._space = space

    def state(self, facts: Sequence[NewFact | Mapping[str, Any]]) -> StatedFacts:
        """Have turns say facts, all or none; the same again changes nothing."""
        return self._client.send(fact_calls.state_facts(self._space, facts))

    def get(self, fact: str) -> FactInfo:
        """Return a fact with the turns that say it."""
        return self._client.send(fact_calls.read_fact(self._space, fact))

    def list(
        self,
        *,
        entity: str | None = None,
        turn: str | None = None,
        predicate: str | None = None,
        state: Sequence[FactState] = (),
        valid_at: datetime | None = None,
        include_superseded: bool = False,
        page: int = PAGE,
    ) -> Iterator[FactInfo]:
        """Walk the facts of the space: those about `entity` and those that `turn` says, if given.

        An entity may be named in any spelling, and by any name that was merged with its own, a
        `predicate` in any case, and by any other that means the same, such as "resides in". Facts
        that were superseded are left out, unless they are wanted by their `state`, by a moment
        `valid_at` which they held, or by `include_superseded`.
        """
        return self._client.walk(
            lambda cursor: fact_calls.list_facts(
                self._space,
                entity=entity,
                turn=turn,
                predicate=predicate,
                state=state,
                valid_at=valid_at,
                include_superseded=include_superseded,
                limit=page,
                cursor=cursor,
            )
        )

    def conflicts(
        self,
        *,
        entity: str | None = None,
        predicate: str | None = None,
        state: Literal["superseded", "disputed"] | None = None,
        page: int = PAGE,
    ) -> Iterator[ConflictInfo]:
        """Walk what is said of one subject and relation and cannot all hold."""
        return self._client.walk(
            lambda cursor: fact_calls.list_conflicts(
                self._space,
                entity=entity,
                predicate=predicate,
                state=state,
                limit=page,
                cursor=cursor,
            )
        )

    def supersede(
        self,
        fact: str,
        *,
        version: int,
        by: str | NewFact | Mapping[str, Any] | None = None,
        at: datetime | None = None,
        reason: str | None = None,
    ) -> FactInfo:
        """Say that a fact held no longer from `at` on, and what took its place, if anything did.

        `by` is a fact's id, or a fact to be stated. Without `at` it is when `by` began, or now.
        Raises `VersionMismatch` when the fact is no longer at `version`, which `get` tells.
        """
        return self._client.send(
            fact_calls.supersede_fact(
                self._space, fact, by=by, at=at, reason=reason, version=version
            )
        )

    def decide(
        self,
        fact: str,
        *,
        version: int,
        reason: str,
        state: Literal["current", "superseded"] | None = None,
        winner: str | None = None,
    ) -> FactInfo:
        """Decide whether a fact holds, or which one does in its place; until that is taken back.

        Raises `VersionMismatch` when the fact is no longer at `version`, which `get` tells.
        """
        return self._client.send(
            fact_calls.decide_fact(
                self._space, fact, state=state, winner=winner, reason=reason, version=version
            )
        )

    def take_back(self, fact: str, ruling: str) -> FactInfo:
        """Take back a ruling about a fact; a fact tells its rulings. Raises `RulingNotFound`."""
        return self._client.send(fact_calls.take_ruling_back(self._space, fact, ruling))

    def delete(self, fact: str) -> DeletedFact:
        """Delete a fact with what was derived from it; the turns that said it stay."""
        return self._client.send(fact_calls.delete_fact(self._space, fact))

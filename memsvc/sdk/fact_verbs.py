"""The verbs of `space.facts`: each shapes a call and hands it to the client."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from memsvc.sdk import fact_calls
from memsvc.sdk.calls import PAGE
from memsvc.sdk.facts import DeletedFact, FactInfo, NewFact, StatedFacts

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
        self, *, entity: str | None = None, turn: str | None = None, page: int = PAGE
    ) -> Iterator[FactInfo]:
        """Walk the facts of the space: those about `entity` and those that `turn` says, if given.

        An entity may be named in any spelling, and by any name that was merged with its own.
        """
        return self._client.walk(
            lambda cursor: fact_calls.list_facts(
                self._space, entity=entity, turn=turn, limit=page, cursor=cursor
            )
        )

    def delete(self, fact: str) -> DeletedFact:
        """Delete a fact with what was derived from it; the turns that said it stay."""
        return self._client.send(fact_calls.delete_fact(self._space, fact))

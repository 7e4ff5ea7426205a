"""Facts: what turns say, as triples between entities."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from memsvc.domain.ids import FactId, SpaceName, TurnId
from memsvc.domain.knowledge import Outcome
from memsvc.sdk.facts import DeletedFact, FactInfo, StatedFacts, StateFacts
from memsvc.sdk.wire import Page
from memsvc.server.deps import Asking, problems
from memsvc.server.fact_shapes import deleted_fact_shape, fact_shape, facts_from, stated_shape
from memsvc.server.queries import FactPath, FactsAsked, PastAsked, SpacePath
from memsvc.server.shapes import page_shape

router = APIRouter(prefix="/v1/spaces/{space}/facts", tags=["facts"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {
            "model": StatedFacts,
            "description": "All of it was known already; nothing has changed.",
        },
        **problems(400, 403, 404, 413, 429),
    },
    summary="State facts",
)
def state_facts(
    asking: Asking, space: SpacePath, body: StateFacts, response: Response
) -> StatedFacts:
    """Needs a writer. The same triple is one fact, however many turns say it; all or nothing."""
    stated, position = asking.service.facts.state(asking.access, SpaceName(space), facts_from(body))
    if all(each.outcome is Outcome.KNOWN for each in stated):
        response.status_code = HTTPStatus.OK
    return stated_shape(stated, position)


@router.get("", responses=problems(404), summary="List facts")
def list_facts(asking: Asking, space: SpacePath, query: FactsAsked) -> Page[FactInfo]:
    """In the order in which they were stated first."""
    found = asking.at(space, query.as_of).facts.page(
        asking.access,
        SpaceName(space),
        entity=query.entity,
        turn=None if query.turn is None else TurnId(query.turn),
        after=query.cursor,
        limit=query.limit,
    )
    return page_shape(found, fact_shape)


@router.get("/{fact}", responses=problems(404), summary="Read a fact")
def read_fact(asking: Asking, space: SpacePath, fact: FactPath, query: PastAsked) -> FactInfo:
    """With the turns that say so."""
    facts = asking.at(space, query.as_of).facts
    return fact_shape(facts.get(asking.access, SpaceName(space), FactId(fact)))


@router.delete("/{fact}", responses=problems(403, 404, 429), summary="Delete a fact")
def delete_fact(asking: Asking, space: SpacePath, fact: FactPath) -> DeletedFact:
    """Needs a writer. The turns that say it stay; stated again, it is another fact."""
    position = asking.service.facts.delete(asking.access, SpaceName(space), FactId(fact))
    return deleted_fact_shape(FactId(fact), position)

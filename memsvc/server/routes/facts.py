"""Facts: what turns say, as triples between entities."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from memsvc.app.facts import Wanted
from memsvc.domain.errors import InvalidField
from memsvc.domain.ids import FactId, RulingId, SpaceName, TurnId
from memsvc.domain.knowledge import Outcome
from memsvc.domain.validity import Verdict
from memsvc.sdk.facts import (
    DecideFact,
    DeletedFact,
    FactInfo,
    NewFact,
    StatedFacts,
    StateFacts,
    SupersedeFact,
)
from memsvc.sdk.wire import Page
from memsvc.server.deps import Asking, problems
from memsvc.server.fact_shapes import (
    deleted_fact_shape,
    fact_from,
    fact_shape,
    facts_from,
    stated_shape,
)
from memsvc.server.queries import (
    FactPath,
    FactsAsked,
    IfMatch,
    PastAsked,
    RulingPath,
    SpacePath,
)
from memsvc.server.shapes import page_shape
from memsvc.server.versions import ETAG, tagged, version_from

router = APIRouter(prefix="/v1/spaces/{space}/facts", tags=["facts"])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses={
        200: {
            "model": StatedFacts,
            "description": "All of it was known already; nothing has changed.",
        },
        **problems(400, 403, 404, 409, 413, 429),
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
    """In the order in which they were stated first; what was superseded only where asked for.

    A page may hold fewer than there are; `next_cursor` tells whether more are to come.
    """
    found = asking.at(space, query.as_of).facts.page(
        asking.access,
        SpaceName(space),
        entity=query.entity,
        turn=None if query.turn is None else TurnId(query.turn),
        predicate=query.predicate,
        wanted=Wanted(tuple(query.state), query.valid_at, superseded=query.include_superseded),
        after=query.cursor,
        limit=query.limit,
    )
    return page_shape(found, fact_shape)


@router.get("/{fact}", responses={200: {"headers": ETAG}, **problems(404)}, summary="Read a fact")
def read_fact(
    asking: Asking, space: SpacePath, fact: FactPath, query: PastAsked, response: Response
) -> FactInfo:
    """With the turns that say so, and when it held of all that is said of its subject."""
    facts = asking.at(space, query.as_of).facts
    found = facts.get(asking.access, SpaceName(space), FactId(fact))
    return tagged(fact_shape(found), response)


@router.post(
    "/{fact}/supersede",
    responses={200: {"headers": ETAG}, **problems(400, 403, 404, 409, 412, 413, 428, 429)},
    summary="Say what took a fact's place",
)
def supersede_fact(  # noqa: PLR0917  a route is called by name
    asking: Asking,
    space: SpacePath,
    fact: FactPath,
    body: SupersedeFact,
    response: Response,
    if_match: IfMatch = None,
) -> FactInfo:
    """Needs a writer. Its interval ends; nothing is deleted. What was decided before gives way."""
    by = FactId(body.by) if isinstance(body.by, str) else body.by
    superseded = asking.service.decide_facts.supersede(
        asking.access,
        SpaceName(space),
        FactId(fact),
        by=fact_from(by) if isinstance(by, NewFact) else by,
        at=body.at,
        reason=body.reason,
        version=version_from(if_match),
    )
    return tagged(fact_shape(superseded), response)


@router.post(
    "/{fact}/decide",
    responses={200: {"headers": ETAG}, **problems(400, 403, 404, 409, 412, 413, 428, 429)},
    summary="Decide whether a fact holds",
)
def decide_fact(  # noqa: PLR0917  a route is called by name
    asking: Asking,
    space: SpacePath,
    fact: FactPath,
    body: DecideFact,
    response: Response,
    if_match: IfMatch = None,
) -> FactInfo:
    """Needs a writer. Final: no statement changes it, until its ruling is taken back."""
    if (body.state is None) == (body.winner is None):
        raise InvalidField("Say the state of this fact, or the winner over it.", field="state")
    decided = asking.service.decide_facts.decide(
        asking.access,
        SpaceName(space),
        FactId(fact),
        verdict=Verdict.REJECTED if body.state == "superseded" else Verdict.UPHELD,
        winner=None if body.winner is None else FactId(body.winner),
        reason=body.reason,
        version=version_from(if_match),
    )
    return tagged(fact_shape(decided), response)


@router.delete(
    "/{fact}/rulings/{ruling}",
    responses={200: {"headers": ETAG}, **problems(403, 404, 429)},
    summary="Take back a ruling about a fact",
)
def take_ruling_back(
    asking: Asking, space: SpacePath, fact: FactPath, ruling: RulingPath, response: Response
) -> FactInfo:
    """Needs a writer. The fact stands again as it would without it."""
    found = asking.service.decide_facts.undo(
        asking.access, SpaceName(space), FactId(fact), RulingId(ruling)
    )
    return tagged(fact_shape(found), response)


@router.delete("/{fact}", responses=problems(403, 404, 429), summary="Delete a fact")
def delete_fact(asking: Asking, space: SpacePath, fact: FactPath) -> DeletedFact:
    """Needs a writer. The turns that say it stay; stated again, it is another fact."""
    position = asking.service.facts.delete(asking.access, SpaceName(space), FactId(fact))
    return deleted_fact_shape(FactId(fact), position)

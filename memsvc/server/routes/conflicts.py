"""Conflicts: what is said of one subject and relation and cannot all hold."""

from fastapi import APIRouter

from memsvc.domain.ids import SpaceName
from memsvc.domain.validity import FactState
from memsvc.sdk.facts import ConflictInfo
from memsvc.sdk.wire import Page
from memsvc.server.deps import Asking, problems
from memsvc.server.fact_shapes import conflict_shape
from memsvc.server.queries import ConflictsAsked, SpacePath
from memsvc.server.shapes import page_shape

router = APIRouter(prefix="/v1/spaces/{space}/conflicts", tags=["facts"])


@router.get("", responses=problems(404), summary="List conflicts")
def list_conflicts(asking: Asking, space: SpacePath, query: ConflictsAsked) -> Page[ConflictInfo]:
    """Tell what is said of one subject and relation and cannot all hold, its sides labelled.

    In the order in which the first superseded or disputed fact of each was stated. A page may hold
    fewer than there are; `next_cursor` tells whether more are to come.
    """
    found = asking.at(space, query.as_of).decide_facts.conflicts(
        asking.access,
        SpaceName(space),
        entity=query.entity,
        predicate=query.predicate,
        state=None if query.state is None else FactState(query.state),
        after=query.cursor,
        limit=query.limit,
    )
    return page_shape(found, conflict_shape)

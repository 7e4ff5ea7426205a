"""Entities: what turns name, which of them people say are one, and what turns do not name."""

from http import HTTPStatus

from fastapi import APIRouter

from memsvc.domain.errors import InvalidField
from memsvc.domain.ids import MergeId, Position, SpaceName, TurnId, UnlinkingId
from memsvc.sdk.checked import LARGEST_EXACT_INT
from memsvc.sdk.entities import (
    EntityDetail,
    EntityInfo,
    MergeEntities,
    MergeInfo,
    RenamedInfo,
    RenameEntity,
    Unlinked,
    UnlinkEntity,
    UnlinkingInfo,
)
from memsvc.sdk.wire import Page
from memsvc.server.deps import Asking, problems
from memsvc.server.entity_shapes import (
    entity_detail_shape,
    entity_shape,
    merge_shape,
    renamed_shape,
    unlinking_shape,
)
from memsvc.server.queries import (
    EntitiesAsked,
    EntityPath,
    MergePath,
    PastAsked,
    PastPageAsked,
    SpacePath,
    UnlinkingPath,
    UnlinkingsAsked,
)
from memsvc.server.shapes import page_shape

router = APIRouter(prefix="/v1/spaces/{space}", tags=["entities"])


@router.get("/entities", responses=problems(404), summary="List entities")
def list_entities(asking: Asking, space: SpacePath, query: EntitiesAsked) -> Page[EntityInfo]:
    """By name, so that pages hold while turns are written. A merged one stands under its other.

    A page may be shorter than its limit; only where `next_cursor` is null does the list end.
    """
    found = asking.at(space, query.as_of).entities.page(
        asking.access,
        SpaceName(space),
        prefix=query.prefix or "",
        after=query.cursor,
        limit=query.limit,
    )
    return page_shape(found, entity_shape)


@router.get("/entities/{entity:path}", responses=problems(404), summary="Read an entity")
def read_entity(
    asking: Asking, space: SpacePath, entity: EntityPath, query: PastAsked
) -> EntityDetail:
    """By any spelling, or that of one merged into it, with turns that name it and its facts."""
    entities = asking.at(space, query.as_of).entities
    return entity_detail_shape(entities.get(asking.access, SpaceName(space), entity))


@router.post(
    "/entities/{entity:path}/merge",
    status_code=HTTPStatus.CREATED,
    responses=problems(400, 403, 404, 409, 413, 429),
    summary="Merge an entity into another",
)
def merge_entities(
    asking: Asking, space: SpacePath, entity: EntityPath, body: MergeEntities
) -> MergeInfo:
    """Needs a writer. Recalls take both for one from now on, until the merge is taken back."""
    return merge_shape(
        asking.service.merging.merge(asking.access, SpaceName(space), entity, body.into)
    )


@router.post(
    "/entities/{entity:path}/rename",
    responses=problems(400, 403, 404, 409, 413, 429),
    summary="Rename an entity",
)
def rename_entity(
    asking: Asking, space: SpacePath, entity: EntityPath, body: RenameEntity
) -> RenamedInfo:
    """Needs a writer. It is called so from now on, and found by all its names; no turn changes.

    A rename is a merge into the new name, which no turn need write: it is listed and taken back
    among the merges. A name that was given before gives way, and stands again when this one is
    taken back.
    """
    merging = asking.service.merging
    return renamed_shape(merging.rename(asking.access, SpaceName(space), entity, body.to))


@router.get("/merges", responses=problems(404), summary="List merges")
def list_merges(asking: Asking, space: SpacePath, page: PastPageAsked) -> Page[MergeInfo]:
    """In the order in which they were made."""
    found = asking.at(space, page.as_of).merging.merges(
        asking.access, SpaceName(space), after=_position(page.cursor), limit=page.limit
    )
    return page_shape(found, merge_shape)


@router.delete(
    "/merges/{merge}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(403, 404, 429),
    summary="Take a merge back",
)
def undo_merge(asking: Asking, space: SpacePath, merge: MergePath) -> None:
    """Needs a writer. Everything is as it was before the merge or rename."""
    asking.service.merging.undo(asking.access, SpaceName(space), MergeId(merge))


@router.post(
    "/entities/{entity:path}/unlink",
    status_code=HTTPStatus.CREATED,
    responses=problems(400, 403, 404, 409, 413, 429),
    summary="Unlink an entity from turns",
)
def unlink_entity(
    asking: Asking, space: SpacePath, entity: EntityPath, body: UnlinkEntity
) -> Unlinked:
    """Needs a writer. These turns do not name it, though it was found in their texts.

    So it is from now on, until the unlinking is taken back: all of them or none. What facts say of
    it stays; delete those, or rule on them.
    """
    made = asking.service.unlinking.unlink(
        asking.access, SpaceName(space), entity, [TurnId(turn) for turn in body.turns]
    )
    return Unlinked(unlinked=[unlinking_shape(one) for one in made])


@router.get("/unlinked", responses=problems(404), summary="List unlinkings")
def list_unlinkings(
    asking: Asking, space: SpacePath, query: UnlinkingsAsked
) -> Page[UnlinkingInfo]:
    """In the order in which they were made: which turns do not name what was found in them."""
    found = asking.at(space, query.as_of).unlinking.page(
        asking.access,
        SpaceName(space),
        turn=None if query.turn is None else TurnId(query.turn),
        after=query.cursor,
        limit=query.limit,
    )
    return page_shape(found, unlinking_shape)


@router.delete(
    "/unlinked/{unlinking}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(403, 404, 429),
    summary="Take an unlinking back",
)
def undo_unlinking(asking: Asking, space: SpacePath, unlinking: UnlinkingPath) -> None:
    """Needs a writer. The turn names that again."""
    asking.service.unlinking.undo(asking.access, SpaceName(space), UnlinkingId(unlinking))


def _position(cursor: str | None) -> Position:
    """Return the ledger position that a cursor is. Raises `InvalidField`."""
    if cursor is None:
        return Position(0)
    is_ours = cursor.isascii() and cursor.isdigit() and len(cursor) <= len(str(LARGEST_EXACT_INT))
    if not is_ours:
        raise InvalidField(
            "The cursor is not one of ours; start from the first page.", field="cursor"
        )
    return Position(int(cursor))

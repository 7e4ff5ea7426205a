"""Requests about entities, merges and unlinkings, as `memsvc.sdk.calls` has them of the rest."""

from collections.abc import Sequence
from types import NoneType

from memsvc.sdk.calls import PAGE, Call, given, json_body, space_path
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
from memsvc.sdk.faults import valid
from memsvc.sdk.wire import Page


def list_entities(
    space: str, *, prefix: str = "", limit: int = PAGE, cursor: str | None = None
) -> Call[Page[EntityInfo]]:
    """List entities by name."""
    return Call(
        "GET",
        space_path(space, "entities"),
        Page[EntityInfo],
        params=given(prefix=prefix or None, limit=limit, cursor=cursor),
        about={"space": space},
    )


def read_entity(space: str, entity: str) -> Call[EntityDetail]:
    """Read an entity, by any spelling."""
    about = {"space": space, "entity": entity}
    return Call("GET", space_path(space, "entities", entity), EntityDetail, about=about)


def merge_entities(space: str, entity: str, into: str) -> Call[MergeInfo]:
    """Merge an entity into another. Not repeatable: its repeat would be told of a conflict."""
    return Call(
        "POST",
        space_path(space, "entities", entity, "merge"),
        MergeInfo,
        body=json_body(valid(MergeEntities, into=into)),
        about={"space": space, "entity": entity},
        is_repeatable=False,
    )


def rename_entity(space: str, entity: str, to: str) -> Call[RenamedInfo]:
    """Call an entity otherwise. Not repeatable: its repeat would be told of a conflict."""
    return Call(
        "POST",
        space_path(space, "entities", entity, "rename"),
        RenamedInfo,
        body=json_body(valid(RenameEntity, to=to)),
        about={"space": space, "entity": entity},
        is_repeatable=False,
    )


def list_merges(
    space: str, *, limit: int = PAGE, cursor: str | None = None
) -> Call[Page[MergeInfo]]:
    """List merges in the order in which they were made."""
    return Call(
        "GET",
        space_path(space, "merges"),
        Page[MergeInfo],
        params=given(limit=limit, cursor=cursor),
        about={"space": space},
    )


def undo_merge(space: str, merge: str) -> Call[None]:
    """Take a merge back."""
    about = {"space": space, "merge": merge}
    return Call("DELETE", space_path(space, "merges", merge), NoneType, about=about)


def unlink_entity(space: str, entity: str, turns: Sequence[str]) -> Call[Unlinked]:
    """Unlink an entity from turns. Not repeatable: its repeat would be told of a conflict."""
    return Call(
        "POST",
        space_path(space, "entities", entity, "unlink"),
        Unlinked,
        body=json_body(valid(UnlinkEntity, turns=list(turns))),
        about={"space": space, "entity": entity},
        is_repeatable=False,
    )


def list_unlinkings(
    space: str, *, turn: str | None = None, limit: int = PAGE, cursor: str | None = None
) -> Call[Page[UnlinkingInfo]]:
    """List unlinkings in the order in which they were made."""
    return Call(
        "GET",
        space_path(space, "unlinked"),
        Page[UnlinkingInfo],
        params=given(turn=turn, limit=limit, cursor=cursor),
        about={"space": space},
    )


def undo_unlinking(space: str, unlinking: str) -> Call[None]:
    """Take an unlinking back."""
    about = {"space": space, "unlinking": unlinking}
    return Call("DELETE", space_path(space, "unlinked", unlinking), NoneType, about=about)

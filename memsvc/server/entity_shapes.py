"""Between the shapes of entities, merges and unlinkings and what the use cases speak."""

from memsvc.app.entities import EntityDetail as Detail
from memsvc.domain import knowledge as domain
from memsvc.sdk.entities import EntityDetail, EntityInfo, MergeInfo, RenamedInfo, UnlinkingInfo
from memsvc.server.fact_shapes import fact_shape
from memsvc.server.shapes import turn_shape


def entity_shape(entity: domain.Entity) -> EntityInfo:
    """Return an entity."""
    return EntityInfo(
        name=entity.name,
        spelled=entity.spelled,
        merged=list(entity.merged),
        turns=entity.turns,
        about=entity.about,
        facts=entity.facts,
    )


def entity_detail_shape(detail: Detail) -> EntityDetail:
    """Return an entity with turns that name it and facts about it."""
    return EntityDetail(
        **dict(entity_shape(detail.entity)),
        newest=[turn_shape(turn) for turn in detail.turns],
        stated=[fact_shape(fact) for fact in detail.facts],
    )


def merge_shape(merge: domain.Merge) -> MergeInfo:
    """Return a merge."""
    return MergeInfo(
        id=merge.id,
        name=merge.name,
        into=merge.into,
        position=merge.position,
        spelled=merge.spelled,
    )


def renamed_shape(renamed: domain.Renamed) -> RenamedInfo:
    """Return what an entity is called now."""
    merge = None if renamed.merge is None else merge_shape(renamed.merge)
    return RenamedInfo(name=renamed.name, merge=merge)


def unlinking_shape(unlinking: domain.Unlinking) -> UnlinkingInfo:
    """Return an unlinking."""
    return UnlinkingInfo(
        id=unlinking.id,
        turn=unlinking.turn,
        name=unlinking.name,
        position=unlinking.position,
    )

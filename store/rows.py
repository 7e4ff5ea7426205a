"""Rows into domain values, in one place."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, select

from memsvc.domain.access import Access, Role
from memsvc.domain.admission import Admission, Duplicates, Instructions, OnInstruction, OnSecret
from memsvc.domain.document import About, Document, Part
from memsvc.domain.episode import Refinement, Segmentation, SurpriseSource
from memsvc.domain.forgetting import Decay, Forgetting
from memsvc.domain.helping import When
from memsvc.domain.ids import (
    DocumentKey,
    DocumentName,
    KeyId,
    Position,
    SpaceKey,
    SpaceName,
    StreamKey,
    StreamName,
)
from memsvc.domain.improving import Improving
from memsvc.domain.knowledge import SynonymSearch
from memsvc.domain.ledger import Change, Entry
from memsvc.domain.memory import Source, Space, SpaceSettings, Stream, Turn
from memsvc.domain.note_making import NoteMaking
from store.tables import streams, turns
from store.traits import Traits

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

TURN_COLUMNS = (
    turns.c.key,
    turns.c.id,
    streams.c.name.label("stream_name"),
    turns.c.seq,
    turns.c.role,
    turns.c.content,
    turns.c.speaker,
    turns.c.client_id,
    turns.c.at,
    turns.c.place,
    turns.c.source,
    turns.c.metadata,
    turns.c.user_id,
    turns.c.agent_id,
    turns.c.tokens,
    turns.c.position,
    turns.c.version,
    turns.c.embedded,
    turns.c.expires_at,
    turns.c.echo_of,
)
_SOURCE = TURN_COLUMNS.index(turns.c.source)


def select_turns() -> Select[Any]:
    """Select whole turns, of whichever space the caller names."""
    return select(*TURN_COLUMNS).join(streams, streams.c.key == turns.c.stream)


def turn_from(row: AnyRow) -> Turn:
    """Read a row of `select_turns`, whose columns come in the order of a turn's fields."""
    before, source, after = row[:_SOURCE], row[_SOURCE], row[_SOURCE + 1 : len(TURN_COLUMNS)]
    return Turn(*(*before, Source(source), *after))


def traits_from(row: Mapping[Any, Any]) -> Traits:
    """Read what indexes keep of a row of `turns`, written or read."""
    return Traits(*(row[name] for name in Traits._fields))


def space_from(row: AnyRow) -> Space:
    """Read a row of `spaces`."""
    return Space(
        key=SpaceKey(row.key),
        name=SpaceName(row.name),
        position=Position(row.position),
        created_at=row.created_at,
        secret=row.secret,
        settings=settings_from(row.settings),
        version=Position(row.version),
        rejections=row.rejections,
    )


def settings_from(kept: Mapping[str, Any]) -> SpaceSettings:
    """Read the settings of a space from their column; what is not there is as it is by default."""
    cut, fades, seeks, notes = map(kept.get, ("segmentation", "forgetting", "synonyms", "notes"))
    ones = kept.get("single_valued")
    admits, improves = kept.get("admission"), kept.get("improving")
    return SpaceSettings(
        retention_days=kept.get("retention_days"),
        segmentation=None if cut is None else segmentation_from(cut),
        forgetting=None if fades is None else forgetting_from(fades),
        synonyms=None if seeks is None else SynonymSearch(**seeks),
        single_valued=None if ones is None else tuple(ones),
        admission=None if admits is None else admission_from(admits),
        notes=None if notes is None else NoteMaking(**notes),
        recipe=kept.get("recipe"),
        improving=None if improves is None else Improving(**improves),
        clues=when_from(kept.get("clues")),
        sift_facts=when_from(kept.get("sift_facts")),
    )


def when_from(kept: str | None) -> When | None:
    """Read when a language model helps with questions."""
    return None if kept is None else When(kept)


def admission_from(kept: Mapping[str, Any]) -> Admission:
    """Read what a space lets in; enumerations are kept as their words."""
    held = {source: OnInstruction(what) for source, what in kept["instructions"].items()}
    words = {
        "duplicates": Duplicates(kept["duplicates"]),
        "secrets": OnSecret(kept["secrets"]),
        "instructions": Instructions(**held),
    }
    return Admission(**{**kept, **words})


def segmentation_from(kept: Mapping[str, Any]) -> Segmentation:
    """Read how streams are cut; enumerations are kept as their words."""
    words = {
        "source": SurpriseSource(kept["source"]),
        "refinement": Refinement(kept["refinement"]),
    }
    return Segmentation(**{**kept, **words})


def forgetting_from(kept: Mapping[str, Any]) -> Forgetting:
    """Read how turns fade."""
    streams = kept["streams"]
    named = {
        "decay": Decay(**kept["decay"]),
        "streams": None if streams is None else tuple(map(StreamName, streams)),
    }
    return Forgetting(**{**kept, **named})


def stream_from(row: AnyRow, *, document: str | None = None) -> Stream:
    """Read a row of `streams`; `document` is the one that it is a part of."""
    return Stream(
        key=StreamKey(row.key),
        name=StreamName(row.name),
        title=row.title,
        created_at=row.created_at,
        document=None if document is None else DocumentName(document),
    )


def part_from(row: AnyRow) -> Part:
    """Read a row of `document_parts` with its stream's and its document's name."""
    return Part(
        name=row.name,
        title=row.title,
        stream=Stream(
            StreamKey(row.stream),
            StreamName(row.stream_name),
            row.stream_title,
            row.stream_made_at,
            DocumentName(row.document_name),
        ),
        digest=row.digest,
    )


def document_from(row: AnyRow, parts: Iterable[AnyRow]) -> Document:
    """Read a row of `documents` and those of its parts, in order."""
    return Document(
        key=DocumentKey(row.key),
        name=DocumentName(row.name),
        about=About(
            title=row.title,
            media_type=row.media_type,
            metadata=row.metadata,
            at=row.at,
            user_id=row.user_id,
            agent_id=row.agent_id,
        ),
        version=Position(row.version),
        created_at=row.created_at,
        updated_at=row.updated_at,
        parts=tuple(part_from(part) for part in parts),
    )


def entry_from(row: AnyRow) -> Entry:
    """Read a row of `ledger`."""
    return Entry(
        position=Position(row.position),
        change=Change(row.change),
        subject=row.subject,
        digest=row.digest,
        actor=row.actor,
        at=row.at,
        hash=row.hash,
    )


def access_from(row: AnyRow) -> Access:
    """Read a row of `keys`."""
    return Access(
        id=KeyId(row.id),
        name=row.name,
        role=Role(row.role),
        spaces=tuple(row.spaces),
        created_at=row.created_at,
    )

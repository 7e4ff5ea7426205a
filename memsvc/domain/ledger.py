"""The ledger: an append-only, hash-chained list of every change in a space.

An entry names what changed and carries a digest of the new content, never the content itself, so
that forgetting can be real. Digests are HMACs under a secret of the space: without the secret,
which dies with the space, they prove nothing about anybody's words.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from memsvc.domain.ids import Position

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

GENESIS = bytes(32)
"""The hash before the first entry."""


class Change(StrEnum):
    """What an entry says happened to its subject."""

    SPACE_MADE = "space.made"
    SPACE_REVISED = "space.revised"
    SPACE_ROLLED_BACK = "space.rolled_back"
    """The entries before it are what the rollback changed."""
    STREAM_MADE = "stream.made"
    STREAM_DELETED = "stream.deleted"
    TURN_ADDED = "turn.added"
    TURN_EMBEDDED = "turn.embedded"
    TURN_REVISED = "turn.revised"
    TURN_DELETED = "turn.deleted"
    EVENT_CLOSED = "event.closed"
    EVENT_DELETED = "event.deleted"
    EVENT_TITLED = "event.titled"
    EVENT_UNTITLED = "event.untitled"
    """Its title was taken back; one that goes with a turn has no entry."""
    FACT_ADDED = "fact.added"
    FACT_REVISED = "fact.revised"
    """Other turns say it."""
    FACT_UNSAID = "fact.unsaid"
    """Some turns say it no longer, as they did not before what was rolled back."""
    FACT_RULED = "fact.ruled"
    """Somebody said what holds, or what took its place."""
    FACT_UNRULED = "fact.unruled"
    """That was taken back."""
    FACT_EMBEDDED = "fact.embedded"
    FACT_DELETED = "fact.deleted"
    ENTITIES_MERGED = "entities.merged"
    ENTITIES_UNMERGED = "entities.unmerged"
    ENTITY_UNLINKED = "entity.unlinked"
    """Somebody said that a turn does not name it."""
    ENTITY_LINKED = "entity.linked"
    """That was taken back."""
    NAMES_COMPARED = "names.compared"
    """Synonyms were sought for what a turn names."""
    TURNS_FORGOTTEN = "turns.forgotten"
    """On request, by the receipt of this id; the turns have entries of their own before it."""
    NOTE_ADDED = "note.added"
    NOTE_REVISED = "note.revised"
    """It has other facets."""
    NOTE_EMBEDDED = "note.embedded"
    NOTE_RETIRED = "note.retired"
    """Taken back; nobody sees it any more."""
    NOTE_RESTORED = "note.restored"
    NOTE_DELETED = "note.deleted"
    """Purged on its own; one that goes with its turns has no entry."""
    LINK_ADDED = "link.added"
    LINK_RETIRED = "link.retired"
    TURN_HELD = "turn.held"
    """In quarantine: it is no turn yet."""
    TURN_RELEASED = "turn.released"
    """Out of quarantine; the turn that it became has an entry of its own before it."""
    TURN_REJECTED = "turn.rejected"
    HELD_DELETED = "held.deleted"
    """It was forgotten while it was held, or expired."""
    FEEDBACK_GIVEN = "feedback.given"
    FEEDBACK_TAKEN_BACK = "feedback.taken_back"
    QUESTION_PINNED = "question.pinned"
    """As a check: it is no memory."""
    QUESTION_UNPINNED = "question.unpinned"
    CANARIES_PLANTED = "canaries.planted"
    DOCUMENT_WRITTEN = "document.written"
    DOCUMENT_DELETED = "document.deleted"


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `subject` is a public id or name; `actor` is the id of the key that asked."""

    position: Position
    change: Change
    subject: str
    digest: bytes
    actor: str
    at: datetime
    hash: bytes


MOST_LOOKED_THROUGH = 20_000
"""Positions that are looked through for a page of what no index has in order: 25 ms in SQLite."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries are sought: all parts must hold, and an empty part lets all through."""

    after: Position | None = None
    before: Position | None = None
    actors: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    """Up to, not including, this time."""
    newest_first: bool = False

    @property
    def is_in_order(self) -> bool:
        """True when at most one actor or one kind is asked for, which an index has in order."""
        has_times = self.since is not None or self.until is not None
        return not has_times and len(self.actors) + len(self.changes) <= 1


def digest_of(content: Mapping[str, Any], *, secret: bytes) -> bytes:
    """HMAC-SHA256 over the canonical JSON of `content`; 32 bytes."""
    return hmac.digest(secret, canonical(content), "sha256")


def canonical(content: object) -> bytes:
    """Render JSON with sorted keys and no spaces, so equal content gives equal bytes.

    A dataclass is rendered as its fields; what JSON has no form for, as its text.
    """
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_as_json
    ).encode()


def _as_json(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return fields_of(value)
    return str(value)


def fields_of(value: "DataclassInstance") -> dict[str, Any]:
    """Return a dataclass's values by their names. Unlike `asdict`, it copies none of them."""
    return {name: getattr(value, name) for name in _names(type(value))}


@cache
def _names(kind: "type[DataclassInstance]") -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def chain(
    previous: bytes,
    *,
    position: int,
    change: str,
    subject: str,
    digest: bytes,
    actor: str,
    at: datetime,
) -> bytes:
    """Hash an entry onto the one before it; 32 bytes.

    Fields are length-prefixed, so that no two different entries share their bytes.
    """
    running = hashlib.sha256(previous)
    for part in (str(position), change, subject, digest.hex(), actor, at.isoformat()):
        encoded = part.encode()
        running.update(len(encoded).to_bytes(4, "big"))
        running.update(encoded)
    return running.digest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a ledger found. `broken_at` is the first position that does not fit."""

    is_whole: bool
    entries: int
    head: bytes
    broken_at: Position | None
    reason: str | None

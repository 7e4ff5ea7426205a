"""Rolling back: taking a space, or what one run of enrichment made, back to how it stood before.

What is derived or edited goes back, each by the change that is ordinary for it, so the ledger only
grows and a rollback can itself be rolled back. What was forgotten never comes back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memsvc.domain.ids import Position, RunId


class Thing(StrEnum):
    """What a rollback changes, and what the digest of a space covers, kind by kind."""

    TURN = "turn"
    DOCUMENT = "document"
    SETTINGS = "settings"
    MERGE = "merge"
    UNLINKING = "unlinking"
    FACT = "fact"
    RULING = "ruling"
    FEEDBACK = "feedback"
    NOTE = "note"
    LINK = "link"
    TITLE = "title"
    EVENT = "event"


class Undoing(StrEnum):
    """What a rollback does to a thing."""

    REVISED = "revised"
    """It says again what it said."""
    RETIRED = "retired"
    """It was not there, and is taken back."""
    RESTORED = "restored"
    """It was taken back since, and stands again."""
    DELETED = "deleted"
    """It came since, and is purged: turns, where they are included, and their documents."""
    KEPT = "kept"
    """It stays as it is: somebody changed it later, or what it stood on is gone."""


@dataclass(frozen=True, slots=True)
class Undone:
    """One thing that was changed, or kept though it was made since.

    `before` and `after` are keyed digests of what it says before and after the rollback; None
    where it does not stand.
    """

    thing: Thing
    id: str
    undoing: Undoing
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True)
class Goal:
    """Where to roll back to: a ledger position or a time, or before one run of enrichment.

    Exactly one is given. `with_turns` says that turns that came since are deleted as well.
    """

    to: int | datetime | None = None
    run: RunId | None = None
    with_turns: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback did, or in a dry run would do.

    `to` is the position whose state is back, None for a run. `before` is the ledger position
    before it, which undoes the rollback when it is rolled back to in turn; `position` is the one
    after it, the same when there was nothing to do.
    """

    undone: Sequence[Undone]
    to: Position | None
    run: RunId | None
    before: Position
    position: Position
    is_dry: bool


@dataclass(frozen=True, slots=True)
class Part:
    """How many things of a kind stand, and the keyed digest of all of them."""

    count: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class StateDigest:
    """What stands in a space at a ledger position, as one keyed digest and one for each kind.

    Two states of one space are equal if and only if their digests are. How streams are cut into
    events is no part of a state: it has a digest of its own among the `parts`.
    """

    digest: bytes
    position: Position
    parts: Mapping[Thing, Part]

"""Corrections: a turn's text never changes, so what is true instead is another turn.

That one names in its metadata what it corrects, and is named in the metadata of what it corrects;
both are ordinary edits, which the ledger holds and a rollback undoes. Nothing is withheld for it:
a recall shows the old words with the mark that they were corrected, and the new ones beside them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from memsvc.domain.errors import Conflict, TurnNotFound, VersionMismatch
from memsvc.sdk.aio import AsyncSpace
from memsvc.sdk.wire import Hit, TurnInfo

CORRECTS = "corrects"
CORRECTED_BY = "corrected_by"
WHY = "correction_reason"

LONGEST_CHAIN = 5
"""How many corrections of corrections are followed."""

TRIES = 3
"""How often a turn is marked as corrected that somebody else edits meanwhile."""

ID = re.compile(r"[A-Za-z0-9_]{1,64}")


async def refuse_second(space: AsyncSpace, old: TurnInfo, own_id: str) -> None:
    """Raise `Conflict` for what was corrected already, unless by this very correction."""
    by = id_in(old.metadata, CORRECTED_BY)
    if by is None:
        return
    try:
        before = await space.turn(by)
    except TurnNotFound:
        return  # it was forgotten since, and corrects nothing any more
    if before.client_id != own_id:
        raise Conflict(f"This memory was corrected before; correct {by!r}, which took its place.")


async def mark(space: AsyncSpace, old: TurnInfo, new: str) -> None:
    """Have a turn say what corrects it, whatever else is edited about it meanwhile."""
    for left in reversed(range(TRIES)):
        if old.metadata.get(CORRECTED_BY) == new:
            return
        metadata = {**old.metadata, CORRECTED_BY: new}
        try:
            await space.revise(old.id, version=old.version, metadata=metadata)
        except VersionMismatch:
            if not left:
                raise
            old = await space.turn(old.id)
        else:
            return


async def newest_of(space: AsyncSpace, hits: Sequence[Hit]) -> dict[str, TurnInfo]:
    """Return what stands now in the place of those hits that were corrected, by their ids."""
    found = {}
    for hit in hits:
        by = id_in(hit.metadata, CORRECTED_BY)
        newest = None if by is None else await _end_of_chain(space, by)
        if newest is not None:
            found[hit.id] = newest
    return found


def corrected_beside(hits: Sequence[Hit]) -> dict[str, str]:
    """Return what hits say they correct, with their ids: it may stand beside a hit."""
    by_new = {hit.id: id_in(hit.metadata, CORRECTS) for hit in hits}
    return {old: new for new, old in by_new.items() if old is not None}


def id_in(metadata: Mapping[str, Any], name: str) -> str | None:
    """Return an id that metadata holds; whatever else may stand there is none."""
    value = metadata.get(name)
    return value if isinstance(value, str) and ID.fullmatch(value) else None


async def _end_of_chain(space: AsyncSpace, by: str) -> TurnInfo | None:
    """Return the last correction that stands; None when the first was forgotten since."""
    newest = None
    for _ in range(LONGEST_CHAIN):
        try:
            newest = await space.turn(by)
        except TurnNotFound:
            break
        following = id_in(newest.metadata, CORRECTED_BY)
        if following is None:
            break
        by = following
    return newest

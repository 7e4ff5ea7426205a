"""Correcting a turn by the verbs of a space, written once for both clients.

What is true instead becomes a turn of its own that names what it corrects and why; the old one says
what corrects it and is called wrong or outdated (`memsvc.domain.correction`). Recalls then have the
new one in the place of the old.

The steps are a generator over whichever space it is given. Of one that waits a verb is answered
where it stands, of one that awaits it is handed out, to be awaited; an error comes to the same line
both ways.
"""

import hashlib
import json
from collections.abc import Generator, Mapping
from typing import Any, Literal, TypeAlias, TypeVar

from memsvc.domain.correction import CORRECTED_BY, CORRECTS, WHY, corrected_by
from memsvc.domain.errors import (
    Conflict,
    MemsvcError,
    StreamOwned,
    TurnNotFound,
    VersionMismatch,
)
from memsvc.domain.memory import Source
from memsvc.sdk.aio import AsyncSpace
from memsvc.sdk.client import Space
from memsvc.sdk.wire import NewTurn, TurnInfo, Written

T = TypeVar("T")
Steps: TypeAlias = Generator[Any, Any, T]

STREAM = "remembered"
"""Where goes what belongs to no stream that one may write to."""

ROLES: Mapping[Source, str] = {
    Source.USER: "user",
    Source.AGENT: "assistant",
    Source.TOOL: "tool",
    Source.DOCUMENT: "document",
    Source.UNTRUSTED: "document",
}
"""The role of what is kept, by where its words come from."""

TRIES = 3
"""How often a turn is marked as corrected that somebody else edits meanwhile."""


def correcting(
    space: Space | AsyncSpace,
    turn: str,
    content: str,
    *,
    source: Source,
    verdict: Literal["wrong", "outdated"] = "outdated",
    reason: str | None = None,
    user_id: str | None = None,
    agent_id: str | None = None,
) -> Steps[Written]:
    """Keep what is true instead of a turn, in its stream, and say so of that turn.

    The same again changes nothing. Nothing is said of the old turn where the new one is held in
    quarantine. Raises `TurnNotFound`, and `Conflict` for what something else corrected before.
    """
    old: TurnInfo = yield space.turn(turn)
    own_id = _own_id(turn, content, source)
    yield from _refuse_second(space, old, own_id)
    new = NewTurn(
        content=content,
        role=ROLES[source],
        source=source,
        speaker=old.speaker if source == old.source else None,
        id=own_id,
        metadata={CORRECTS: old.id, **({} if reason is None else {WHY: reason})},
    )
    by: Mapping[str, Any] = {"user_id": user_id, "agent_id": agent_id}
    try:
        written: Written = yield space.write(old.stream, [new], **by)
    except StreamOwned:  # a document's own words are its own; the correction stands beside
        written = yield space.write(STREAM, [new], **by)
    if written.turns:
        yield from _mark(space, old, written.turns[0].id)
        yield space.feedback.give(old.id, verdict)
    return written


def at_once(steps: Steps[T]) -> T:
    """Take steps of a space that waits."""
    try:
        answer = next(steps)
        while True:
            answer = steps.send(answer)
    except StopIteration as end:
        done: T = end.value
        return done


async def awaited(steps: Steps[T]) -> T:
    """Take steps of a space that awaits."""
    try:
        step = next(steps)
        while True:
            try:
                answer = await step
            except MemsvcError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        done: T = end.value
        return done


def _refuse_second(space: Space | AsyncSpace, old: TurnInfo, own_id: str) -> Steps[None]:
    """Raise `Conflict` for what was corrected already, unless by this very correction."""
    by = corrected_by(old.metadata)
    if by is None:
        return
    try:
        before: TurnInfo = yield space.turn(by)
    except TurnNotFound:
        return  # it was forgotten since, and corrects nothing any more
    if before.client_id != own_id:
        raise Conflict(f"This memory was corrected before; correct {by!r}, which took its place.")


def _mark(space: Space | AsyncSpace, old: TurnInfo, new: str) -> Steps[None]:
    """Have a turn say what corrects it, whatever else is edited about it meanwhile."""
    for left in reversed(range(TRIES)):
        if old.metadata.get(CORRECTED_BY) == new:
            return
        metadata = {**old.metadata, CORRECTED_BY: new}
        try:
            yield space.revise(old.id, version=old.version, metadata=metadata)
        except VersionMismatch:
            if not left:
                raise
            old = yield space.turn(old.id)
        else:
            return


def _own_id(turn: str, content: str, source: Source) -> str:
    """Return an id of what is said of a turn, the same for the same."""
    told = json.dumps([turn, content, source], ensure_ascii=False)
    return "corrects-" + hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]

"""The tools: what an agent may do with a memory, each a few calls of the SDK.

One toolset for every transport: it asks an `AsyncClient`, which leads to a service over the
network or to the app in the same process, and raises the errors of the tree. What a key may not
do, the service refuses; nothing is decided here about access.

A memory is a turn; what becomes of one that is wrong, `memsvc.sdk.corrections` says. Writing is
repeatable: a turn's own id is made of what it says and of the day, so the same words on the same
day are kept once, however often an agent tries again.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memsvc.domain.correction import CORRECTED_BY, CORRECTS, id_in
from memsvc.domain.errors import InvalidField, SpaceNotFound
from memsvc.domain.memory import Source
from memsvc.domain.recall import Certainty
from memsvc.mcp import marks
from memsvc.mcp.answers import (
    Fetched,
    ForgetOutcome,
    Found,
    Kept,
    Memory,
    Recollection,
    SearchResults,
    SpaceListed,
    SpacesListed,
)
from memsvc.mcp.asks import (
    AskCorrect,
    AskFetch,
    AskForget,
    AskRecall,
    AskRemember,
    AskSearch,
    AskSpaces,
    InSpace,
)
from memsvc.sdk.aio import AsyncClient, AsyncSpace
from memsvc.sdk.calls import space_path
from memsvc.sdk.corrections import ROLES, STREAM, awaited, correcting
from memsvc.sdk.events import EventTurn
from memsvc.sdk.wire import Hit, NewTurn, TurnInfo, Written

SEARCHED = 10
MOST_SPACES = 100
BESIDE = 3
"""Turns before and after a fetched one that are shown with it."""

WHICH = ("ids", "subject", "text", "since", "until")
"""The arguments of `forget` that say which memories are meant."""


@dataclass(frozen=True, slots=True)
class Tools:
    """A memory's tools over one client.

    `default` is the space of a tool that is told none; None makes it say which. `address` begins
    the addresses of memories. `now` is a clock: the day of a memory is part of its id.
    """

    client: AsyncClient
    default: str | None
    address: str
    now: Callable[[], datetime]

    async def recall(self, asked: AskRecall) -> Recollection:
        """Return what the memory holds on a question, with what corrects it."""
        space = self._space(asked)
        between = {"since": asked.since, "until": asked.until}
        try:
            found = await space.recall(
                asked.question,
                k=asked.k,
                budget_tokens=asked.budget_tokens,
                between=between if any(between.values()) else None,
                include_profile=asked.profile,
            )
        except SpaceNotFound:
            if space.name != self.default:
                raise
            # Nobody has written to it yet: a default is a space that the key may see.
            return Recollection(space=space.name, context="", memories=[], abstain=True)
        corrected = _corrected(found.hits)
        memories = [_memory(hit, corrected.get(hit.id)) for hit in found.hits]
        return Recollection(
            space=space.name,
            context=marks.with_ids(
                found.context,
                [turn.id for turn in found.context_turns],
                notes={old: f"instead: {new}" for old, new in corrected.items()},
            ),
            memories=sorted(memories, key=lambda memory: memory.corrected_by is not None),
            probability=None if found.holds is None else found.holds.probability,
            abstain=found.abstain,
        )

    async def remember(self, asked: AskRemember) -> Kept:
        """Keep one thing, once a day however often it is said; it is durable on return."""
        space = self._space(asked)
        stream = asked.stream or STREAM
        when = f"{self.now():%Y-%m-%d}" if asked.at is None else asked.at.isoformat()
        turn = NewTurn(
            content=asked.content,
            role=ROLES[Source(asked.source)],
            source=Source(asked.source),
            speaker=asked.speaker,
            at=asked.at,
            id=_own_id("remember", stream, asked.content, asked.source, asked.speaker, when),
        )
        return _kept(await space.write(stream, [turn]))

    async def correct(self, asked: AskCorrect) -> Kept:
        """Keep what is true instead, and say so of what was kept before; nothing is lost."""
        space = self._space(asked)
        written = await awaited(
            correcting(
                space,
                asked.id,
                asked.content,
                source=Source(asked.source),
                verdict=asked.verdict,
                reason=asked.reason,
            )
        )
        return _kept(written).model_copy(update={"corrects": asked.id})

    async def forget(self, asked: AskForget) -> ForgetOutcome:
        """Say what would go or, once that is confirmed, forget it."""
        if all(getattr(asked, name) is None for name in WHICH):
            raise InvalidField(
                f"Say what to forget: {', '.join(WHICH)}, or several of them.", field="ids"
            )
        space = self._space(asked)
        gone = await space.forget(
            turns=asked.ids,
            subject=asked.subject,
            text=asked.text,
            since=asked.since,
            until=asked.until,
            dry_run=not asked.confirm,
        )
        shown = [
            marks.item(turn.text, at=turn.at, of=[turn.stream], id_=turn.id)
            for turn in gone.first_turns
        ]
        return ForgetOutcome(
            space=space.name,
            forgotten=not gone.dry_run,
            memories=gone.counts.turns,
            counts={
                what: count
                for what, count in gone.counts.model_dump(exclude={"turns"}).items()
                if count
            },
            by=gone.by,
            receipt=gone.id,
            shown=marks.as_data(shown),
        )

    async def search(self, asked: AskSearch) -> SearchResults:
        """Return the memories that answer best, to be fetched."""
        space = self._space(asked)
        try:
            found = await space.recall(asked.query, k=SEARCHED, budget_tokens=1)
        except SpaceNotFound:
            if space.name != self.default:
                raise
            return SearchResults(results=[])  # nobody has written to it yet
        return SearchResults(
            results=[
                Found(
                    id=hit.id,
                    title=marks.title(hit.text, at=hit.at, who=hit.speaker or hit.role),
                    url=self._url(space, hit.id),
                )
                for hit in found.hits
            ]
        )

    async def fetch(self, asked: AskFetch) -> Fetched:
        """Return a memory whole, with what stands right beside it."""
        space = self._space(asked)
        turn = await space.turn(asked.id)
        return Fetched(
            id=turn.id,
            title=marks.title(turn.content, at=turn.at, who=turn.speaker or turn.role),
            text=marks.as_data(await self._around(space, turn)),
            url=self._url(space, turn.id),
            metadata=_about(space.name, turn),
        )

    async def list_spaces(self, _asked: AskSpaces) -> SpacesListed:
        """Return the memories that the key may see, the first hundred."""
        spaces = []
        async for space in self.client.spaces(page=MOST_SPACES):
            spaces.append(SpaceListed(name=space.name, memories=space.turns))
            if len(spaces) == MOST_SPACES:
                break
        return SpacesListed(spaces=spaces, default=self.default)

    def _space(self, asked: InSpace) -> AsyncSpace:
        name = asked.space or self.default
        if name is None:
            raise InvalidField(
                "space: this connection was set up for no space of its own; name one, which "
                "list_spaces tells, or ask the user which.",
                field="space",
            )
        return self.client.space(name)

    def _url(self, space: AsyncSpace, turn: str) -> str:
        return self.address + space_path(space.name, "turns", turn)

    async def _around(self, space: AsyncSpace, turn: TurnInfo) -> list[str]:
        """Return the turn as an item among those before and after it in its event."""
        if not turn.events:
            return [_whole(turn)]
        event = await space.event(turn.events[0])
        ids = [one.id for one in event.turns]
        if turn.id not in ids:
            return [_whole(turn)]
        place = ids.index(turn.id)
        before = [_beside(one, event.stream) for one in event.turns[:place]]
        after = [_beside(one, event.stream) for one in event.turns[place + 1 :]]
        return [*before[-BESIDE:], _whole(turn), *after[:BESIDE]]


def _whole(turn: TurnInfo) -> str:
    of = [turn.stream, f"{turn.speaker or turn.role} ({turn.source})"]
    return marks.item(turn.content, at=turn.at, of=of, id_=turn.id)


def _beside(turn: EventTurn, stream: str) -> str:
    of = [stream, turn.speaker or turn.role]
    return marks.item(turn.text or "", at=turn.at, of=of, id_=turn.id)


def _corrected(hits: Sequence[Hit]) -> dict[str, str]:
    """Return by the ids of hits that were corrected what corrects each."""
    marked = [(hit.id, hit.superseded_by) for hit in hits if hit.superseded_by is not None]
    return {id_: by.id for id_, by in marked if by.certainty is Certainty.CORRECTED}


def _memory(hit: Hit, corrected_by: str | None) -> Memory:
    return Memory(
        id=hit.id,
        at=hit.at,
        stream=marks.label(hit.stream),
        source=hit.source,
        trust=hit.trust,
        score=round(hit.score, 4),
        superseded_by=None if hit.superseded_by is None else hit.superseded_by.id,
        corrected_by=corrected_by,
    )


def _kept(written: Written) -> Kept:
    held = [reason for one in written.held for reason in one.reasons]
    (one,) = written.turns or written.held
    return Kept(
        space=written.space,
        id=one.id,
        stream=written.stream,
        known=written.replayed or one.replayed,
        held=held,
    )


def _about(space: str, turn: TurnInfo) -> dict[str, str]:
    about = {
        "space": space,
        "stream": marks.label(turn.stream),
        "at": turn.at.isoformat(),
        "role": marks.label(turn.role),
        "source": turn.source.value,
    }
    if turn.speaker is not None:
        about["speaker"] = marks.label(turn.speaker)
    for name in (CORRECTS, CORRECTED_BY):
        named = id_in(turn.metadata, name)
        if named is not None:
            about[name] = named
    return about


def _own_id(*parts: Any) -> str:
    """Return an id of what is said, the same for the same."""
    told = json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return "mcp-" + hashlib.sha256(told).hexdigest()[:32]

"""Between what travels and what the use cases speak: the only place where the two meet.

`*_from` makes a domain value of a request, `*_shape` a wire shape of a domain value.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from memsvc.app.admit import MadeKey
from memsvc.app.forget import Forgotten
from memsvc.app.inspect import SpaceSummary
from memsvc.app.moving import Imported
from memsvc.app.remember import Batch, Written
from memsvc.domain.access import Access
from memsvc.domain.ids import DocumentName, EventId, SpaceName, StreamName
from memsvc.domain.ledger import Entry, Verdict
from memsvc.domain.memory import NewTurn, Page, Source, Turn, TurnVersion, least_trusted
from memsvc.domain.recall import (
    ArmScore,
    ContextOrder,
    Episode,
    Filter,
    Hit,
    HitNote,
    Kind,
    NamePath,
    Question,
    Recalled,
    RecalledTogether,
    StageTrace,
)
from memsvc.domain.work import Backlog
from memsvc.ports.records import StreamSummary
from memsvc.sdk import wire
from memsvc.server.quarantine_shapes import held_turn_shape
from memsvc.server.queries import TurnQuery
from memsvc.server.setting_shapes import settings_shape

T = TypeVar("T")
S = TypeVar("S")

SOURCE_OF_ROLE = {
    "assistant": Source.AGENT,
    "agent": Source.AGENT,
    "ai": Source.AGENT,
    "tool": Source.TOOL,
    "function": Source.TOOL,
    "document": Source.DOCUMENT,
}
"""Where words come from when the writer does not say; every other role is a user."""


# Requests ----------------------------------------------------------------------------------------


def batch_from(stream: str, body: wire.WriteTurns) -> Batch:
    """Return what a write asks to keep."""
    return Batch(
        stream=StreamName(stream),
        turns=tuple(_turn_from(turn) for turn in body.turns),
        user_id=body.user_id,
        agent_id=body.agent_id,
        title=body.title,
        embed_later=body.embed == "later",
    )


def _turn_from(turn: wire.NewTurn) -> NewTurn:
    return NewTurn(
        role=turn.role,
        content=turn.content,
        speaker=turn.speaker,
        client_id=turn.id,
        at=turn.at,
        place=turn.place,
        source=turn.source or SOURCE_OF_ROLE.get(turn.role.lower(), Source.USER),
        metadata=turn.metadata,
        expires_at=turn.expires_at,
    )


def question_from(ask: wire.AnyAsk) -> Question:
    """Return what a recall asks."""
    return Question(
        text=ask.question,
        k=ask.k,
        budget_tokens=ask.budget_tokens,
        kind=Kind.TURN if ask.kinds is None else Kind(ask.kinds[0]),
        contiguity=ask.contiguity,
        order=ContextOrder(ask.order),
        where=where_from(ask.filters, ask.between),
        include_archived=ask.include_archived,
        include_superseded=ask.include_superseded,
        include_profile=isinstance(ask, wire.Ask) and ask.include_profile,
    )


def where_from(filters: wire.Filters, between: wire.Between | None) -> Filter:
    """Return which turns may answer a question."""
    return Filter(
        streams=tuple(StreamName(stream) for stream in filters.streams),
        documents=tuple(DocumentName(document) for document in filters.documents),
        speakers=tuple(filters.speakers),
        places=tuple(filters.places),
        roles=tuple(filters.roles),
        sources=tuple(filters.sources),
        user_id=filters.user_id,
        agent_id=filters.agent_id,
        since=between.since if between else None,
        until=between.until if between else None,
        metadata=filters.metadata,
    )


def filter_from(query: TurnQuery) -> Filter:
    """Return which turns a list asks for."""
    return Filter(
        streams=tuple(StreamName(stream) for stream in query.stream),
        documents=tuple(DocumentName(document) for document in query.document),
        speakers=tuple(query.speaker),
        places=tuple(query.place),
        roles=tuple(query.role),
        sources=tuple(query.source),
        user_id=query.user_id,
        agent_id=query.agent_id,
        since=query.since,
        until=query.until,
        metadata=query.metadata or {},
    )


# Answers -----------------------------------------------------------------------------------------


def page_shape(page: Page[T], shape: Callable[[T], S]) -> wire.Page[S]:
    """Return a page with each item in its own shape."""
    return wire.Page(items=[shape(item) for item in page.items], next_cursor=page.next_cursor)


def space_shape(summary: SpaceSummary) -> wire.SpaceInfo:
    """Return a space with what it holds."""
    space, counts = summary.space, summary.counts
    return wire.SpaceInfo(
        name=space.name,
        created_at=space.created_at,
        position=space.position,
        streams=counts.streams,
        turns=counts.turns,
        events=counts.events,
        vectors=counts.vectors,
        text_bytes=counts.text_bytes,
        settings=settings_shape(space.settings),
        version=space.version,
    )


def stream_shape(summary: StreamSummary) -> wire.StreamInfo:
    """Return a stream with what it holds."""
    return wire.StreamInfo(
        name=summary.stream.name,
        title=summary.stream.title,
        document=summary.stream.document,
        created_at=summary.stream.created_at,
        turns=summary.turns,
        last_at=summary.last_at,
    )


def turn_shape(turn: Turn, *, events: Sequence[EventId] | None = None) -> wire.TurnInfo:
    """Return a turn as it is kept, with the events that it is in where they are known."""
    return wire.TurnInfo(
        id=turn.id,
        client_id=turn.client_id,
        stream=turn.stream,
        seq=turn.seq,
        role=turn.role,
        speaker=turn.speaker,
        content=turn.content,
        at=turn.at,
        place=turn.place,
        source=turn.source,
        user_id=turn.user_id,
        agent_id=turn.agent_id,
        metadata=dict(turn.metadata),
        tokens=turn.tokens,
        position=turn.position,
        version=turn.version,
        embedded=turn.embedded,
        expires_at=turn.expires_at,
        echo_of=turn.echo_of,
        events=None if events is None else list(events),
    )


def version_shape(version: TurnVersion) -> wire.TurnVersion:
    """Return a version of what may be edited."""
    return wire.TurnVersion(
        position=version.position, place=version.place, metadata=dict(version.metadata)
    )


def written_shape(space: SpaceName, stream: str, written: Written) -> wire.Written:
    """Return where each turn of a write went."""
    return wire.Written(
        space=space,
        stream=stream,
        turns=[
            wire.WrittenTurn(
                id=turn.id,
                client_id=turn.client_id,
                seq=turn.seq,
                position=turn.position,
                replayed=turn.replayed,
            )
            for turn in written.turns
        ],
        position=written.position,
        embedded=written.embedded,
        lag_s=written.lag_s,
        replayed=written.replayed,
        events=list(written.events),
        held=[held_turn_shape(held) for held in written.held],
    )


def recalled_shape(recalled: Recalled, *, explain: bool) -> wire.Recalled:
    """Return the answer to a question, with its trace when that was asked for."""
    return wire.Recalled(
        **_found(recalled),
        position=recalled.position,
        trace=_trace_shape(recalled.trace) if explain else None,
    )


def recalled_together_shape(recalled: RecalledTogether, *, explain: bool) -> wire.RecalledTogether:
    """Return the answer of several spaces, with their traces when that was asked for."""
    traces = {space: _trace_shape(trace) for space, trace in recalled.traces.items()}
    return wire.RecalledTogether(
        **_found(recalled),
        positions=dict(recalled.positions),
        traces=traces if explain else None,
    )


def _found(recalled: Recalled | RecalledTogether) -> dict[str, Any]:
    return {
        "hits": [_hit_shape(hit) for hit in recalled.hits],
        "context": recalled.context,
        "context_tokens": recalled.context_tokens,
        "context_turns": [
            wire.ContextTurn(space=turn.space, id=turn.id, hit=turn.is_hit)
            for turn in recalled.context_turns
        ],
        "recipe": recalled.recipe,
        "missing_arms": list(recalled.missing_arms),
    }


def _trace_shape(trace: Sequence[StageTrace]) -> list[wire.StageTrace]:
    return [
        wire.StageTrace(
            stage=stage.stage,
            candidates=stage.candidates,
            took_ms=stage.took_ms,
            facts=dict(stage.facts),
        )
        for stage in trace
    ]


def _hit_shape(hit: Hit) -> wire.Hit:
    turn = hit.turn
    event = hit.event
    return wire.Hit(
        id=_id_of(hit),
        space=hit.space,
        kind=_kind_of(hit),
        text=turn.content if event is None else event.text,
        score=hit.score,
        at=turn.at if event is None else event.first_at,
        stream=turn.stream,
        title=hit.title,
        seq=hit.shown[0].seq,
        turns=list(hit.turns),
        event=None if event is None else _event_shape(event, best=turn),
        note=None if hit.note is None else _hit_note_shape(hit.note, best=turn),
        client_id=turn.client_id,
        role=turn.role,
        speaker=turn.speaker,
        source=turn.source,
        trust=least_trusted(each.source for each in hit.shown),
        user_id=turn.user_id,
        agent_id=turn.agent_id,
        metadata=dict(turn.metadata),
        echo_of=hit.turn.echo_of,
        superseded_by=None
        if hit.superseded_by is None
        else wire.SupersededBy(
            id=hit.superseded_by.id,
            at=hit.superseded_by.at,
            certainty=hit.superseded_by.certainty,
        ),
        disputed_by=list(hit.disputed_by),
        why=why_shape(hit.why),
    )


def why_shape(why: Mapping[str, ArmScore]) -> dict[str, wire.ArmScore]:
    """Return what each arm said of a hit."""
    return {
        arm: wire.ArmScore(
            rank=said.rank, score=said.score, share=said.share, path=_path_shape(said.path)
        )
        for arm, said in why.items()
    }


def _id_of(hit: Hit) -> str:
    if hit.note is not None:
        return hit.note.note.id
    return hit.turn.id if hit.event is None else hit.event.id


def _kind_of(hit: Hit) -> Literal["turn", "event", "note"]:
    if hit.note is not None:
        return "note"
    return "turn" if hit.event is None else "event"


def _hit_note_shape(told: HitNote, *, best: Turn) -> wire.HitNote:
    note = told.note
    return wire.HitNote(
        best=best.id,
        event=note.event,
        keywords=list(note.facets.keywords),
        tags=list(note.facets.tags),
        context=note.facets.context,
        version=note.version,
        maker=note.making.maker,
        links=[
            wire.HitLink(
                id=link.id, start=link.start, end=link.end, kind=link.kind, score=link.score
            )
            for link in told.links
        ],
    )


def _event_shape(event: Episode, *, best: Turn) -> wire.HitEvent:
    return wire.HitEvent(
        boundary=event.boundary,
        best=best.id,
        shown=[turn.id for turn in event.turns],
        is_cut=event.is_cut,
    )


def _path_shape(path: NamePath | None) -> wire.NamePath | None:
    if path is None:
        return None
    return wire.NamePath(nodes=list(path.nodes), steps=list(path.steps), mass=list(path.mass))


def deleted_shape(forgotten: Forgotten) -> wire.Deleted:
    """Return what a deletion removed."""
    return wire.Deleted(
        turns=forgotten.turns, streams=forgotten.streams, position=forgotten.position
    )


def imported_shape(space: SpaceName, imported: Imported) -> wire.Imported:
    """Return what an import did."""
    return wire.Imported(
        space=space,
        documents=imported.documents,
        streams=imported.streams,
        turns=imported.turns,
        present=imported.present,
        forgotten=imported.forgotten,
        with_vectors=imported.with_vectors,
        facts=imported.facts,
        rulings=imported.rulings,
        merges=imported.merges,
        notes=imported.notes,
        links=imported.links,
        notes_left_out=imported.notes_left_out,
        feedback=imported.feedback,
        position=imported.position or 0,
    )


def entry_shape(entry: Entry) -> wire.LedgerEntry:
    """Return one change."""
    return wire.LedgerEntry(
        position=entry.position,
        change=entry.change,
        subject=entry.subject,
        digest=entry.digest.hex(),
        actor=entry.actor,
        at=entry.at,
        hash=entry.hash.hex(),
    )


def verdict_shape(verdict: Verdict) -> wire.LedgerVerdict:
    """Return what checking a ledger found."""
    return wire.LedgerVerdict(
        is_whole=verdict.is_whole,
        entries=verdict.entries,
        head=verdict.head.hex(),
        broken_at=verdict.broken_at,
        reason=verdict.reason,
    )


def backlog_shape(backlog: Backlog) -> wire.Enrichment:
    """Return how far enrichment is behind."""
    return wire.Enrichment(
        waiting=dict(backlog.waiting),
        parked=[
            wire.ParkedJob(
                turn=job.turn,
                step=job.step,
                attempts=job.attempts,
                reason=job.reason,
                since=job.since,
            )
            for job in backlog.parked
        ],
        done=backlog.done,
        lag_s=backlog.lag_s,
    )


def key_shape(access: Access) -> wire.KeyInfo:
    """Return a key without its secret."""
    return wire.KeyInfo(
        id=access.id,
        name=access.name,
        role=access.role,
        spaces=list(access.spaces),
        created_at=access.created_at,
    )


def made_key_shape(made: MadeKey) -> wire.MadeKey:
    """Return a new key with its secret."""
    return wire.MadeKey(**key_shape(made.access).model_dump(), secret=made.secret)

"""What is asked: a question with the turns that may answer it, and the filters of a list."""

from memsvc.domain.helping import When
from memsvc.domain.ids import DocumentName, StreamName
from memsvc.domain.memory import Stretch
from memsvc.domain.recall import ContextOrder, Filter, Kind, Question
from memsvc.sdk import wire
from memsvc.server.queries import TurnQuery


def question_from(ask: wire.AnyAsk) -> Question:
    """Return what a recall asks."""
    return Question(
        text=ask.question,
        k=None if ask.k == "auto" else ask.k,
        budget_tokens=ask.budget_tokens,
        kind=Kind.TURN if ask.kinds is None else Kind(ask.kinds[0]),
        contiguity=ask.contiguity,
        order=ContextOrder(ask.order),
        repeat=ask.repeat,
        where=where_from(ask.filters, ask.between),
        now=ask.now,
        include_archived=ask.include_archived,
        include_superseded=ask.include_superseded,
        rerank=ask.rerank,
        clues=None if ask.clues is None else When(ask.clues),
        sift_facts=None if ask.sift_facts is None else When(ask.sift_facts),
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
        stretch=Stretch(query.from_seq, query.to_seq),
    )

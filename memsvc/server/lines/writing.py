"""A space into lines, a page at a time."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np

from memsvc.app.export import Exported, ExportHead, Told
from memsvc.app.moving import (
    MovedDocument,
    MovedFact,
    MovedFeedback,
    MovedLink,
    MovedMerge,
    MovedRuling,
    MovedTitle,
    MovedUnlinking,
)
from memsvc.ports.models import Matrix
from memsvc.ports.notes import MovedNote
from memsvc.ports.records import MovedStream, MovedTurn
from memsvc.sdk.lines import (
    DocumentLine,
    FactLine,
    FeedbackLine,
    HeaderLine,
    LineTally,
    LinkLine,
    MergeLine,
    NoteLine,
    NoteVersionLine,
    PartLine,
    PieceLine,
    RulingLine,
    SayingLine,
    StreamLine,
    TitleLine,
    TurnLine,
    UnlinkingLine,
    VersionLine,
)
from memsvc.sdk.wire import Request
from memsvc.server.setting_shapes import settings_said

FLOAT32 = np.dtype("<f4")


def written(exported: Exported) -> Iterator[bytes]:
    """Render an export, a page at a time."""
    tally = LineTally()
    turns = 0
    yield _counted(tally, [_header(exported.head)])
    for page in exported.pages:
        lines = [_line(moved) for moved in page]
        turns += sum(isinstance(line, TurnLine) for line in lines)
        yield _counted(tally, lines)
    yield _rendered(tally.trailer(turns=turns)) + b"\n"


def _counted(tally: LineTally, lines: Sequence[Request]) -> bytes:
    raw = [_rendered(line) for line in lines]
    for each in raw:
        tally.add(each)
    return b"".join(each + b"\n" for each in raw)


def _rendered(line: Request) -> bytes:
    return line.model_dump_json().encode()


def _header(head: ExportHead) -> HeaderLine:
    return HeaderLine(
        space=head.space,
        created_at=head.created_at,
        settings=settings_said(head.settings),
        position=head.position,
        embedder=head.fingerprint,
        vectors=head.vectors,
        documents=head.documents,
        streams=head.streams,
        turns=head.turns,
    )


def _line(moved: Told) -> Request:
    if isinstance(moved, MovedTurn):
        return _turn(moved)
    if isinstance(moved, MovedNote):
        return _note(moved)
    if isinstance(moved, MovedLink):
        return _link(moved)
    if isinstance(moved, MovedFeedback | MovedTitle):
        return _said(moved)
    if isinstance(moved, MovedFact | MovedRuling | MovedMerge | MovedUnlinking):
        return _knowledge(moved)
    return _stream(moved) if isinstance(moved, MovedStream) else _document(moved)


def _knowledge(moved: MovedFact | MovedRuling | MovedMerge | MovedUnlinking) -> Request:
    if isinstance(moved, MovedFact):
        return _fact(moved)
    if isinstance(moved, MovedMerge):
        return MergeLine(id=moved.id, name=moved.name, into=moved.into, renames=moved.renames)
    if isinstance(moved, MovedUnlinking):
        return UnlinkingLine(id=moved.id, turn=moved.turn, name=moved.name)
    return RulingLine(
        id=moved.id,
        fact=moved.fact,
        verdict=moved.verdict,
        by=moved.by,
        at=moved.at,
        reason=moved.reason,
    )


def _document(document: MovedDocument) -> DocumentLine:
    about = document.about
    return DocumentLine(
        id=document.name,
        title=about.title,
        media_type=about.media_type,
        metadata=dict(about.metadata),
        at=about.at,
        user_id=about.user_id,
        agent_id=about.agent_id,
        parts=[
            PartLine(name=part.name, title=part.title, stream=part.stream, digest=part.digest.hex())
            for part in document.parts
        ],
    )


def _stream(stream: MovedStream) -> StreamLine:
    return StreamLine(name=stream.name, title=stream.title, created_at=stream.created_at)


# What is kept was checked when it came; `model_construct` does not check it once more, which is
# most of what a line costs. A test reads every kind of line back with all its checks.


def _turn(turn: MovedTurn) -> TurnLine:
    *earlier, current = turn.versions
    return TurnLine.model_construct(
        kind="turn",
        id=turn.id,
        stream=turn.stream,
        seq=turn.seq,
        role=turn.role,
        content=turn.content,
        speaker=turn.speaker,
        client_id=turn.client_id,
        at=turn.at,
        source=turn.source,
        user_id=turn.user_id,
        agent_id=turn.agent_id,
        expires_at=turn.expires_at,
        place=current.place,
        metadata=dict(current.metadata),
        earlier=[
            VersionLine.model_construct(place=version.place, metadata=dict(version.metadata))
            for version in earlier
        ],
        digest=turn.content_digest.hex(),
        pieces=_pieces(turn),
        echo_of=turn.echo_of,
    )


def _fact(moved: MovedFact) -> FactLine:
    return FactLine.model_construct(
        kind="fact",
        id=moved.id,
        subject=moved.fact.subject,
        predicate=moved.fact.predicate,
        object=moved.fact.object,
        turns=list(moved.fact.turns),
        sayings=[
            SayingLine.model_construct(
                turn=said.turn,
                valid_from=said.valid_from,
                valid_to=said.valid_to,
                replaces=said.replaces,
            )
            for said in moved.sayings
        ],
    )


def _note(note: MovedNote) -> NoteLine:
    return NoteLine.model_construct(
        kind="note",
        id=note.id,
        content=note.content,
        turns=list(note.turns),
        event=note.event,
        source=note.source,
        at=note.at,
        versions=[
            NoteVersionLine.model_construct(
                **asdict(version.said.making),
                at=version.said.at,
                keywords=list(version.said.facets.keywords),
                tags=list(version.said.facets.tags),
                context=version.said.facets.context,
                vector=None if version.vector is None else _vector64(version.vector),
            )
            for version in note.versions
        ],
    )


def _link(link: MovedLink) -> LinkLine:
    return LinkLine.model_construct(
        **asdict(link.making),
        kind="link",
        id=link.id,
        start=link.start,
        end=link.end,
        type=link.kind,
        score=link.score,
    )


def _said(said: MovedFeedback | MovedTitle) -> Request:
    if isinstance(said, MovedTitle):
        return TitleLine.model_construct(
            kind="title",
            turns=list(said.turns),
            piece=said.piece,
            text=said.text,
            maker=said.maker,
            run=said.run,
        )
    return FeedbackLine.model_construct(
        kind="feedback",
        id=said.id,
        turn=said.turn,
        verdict=said.judgement,
        question=said.question,
        actor=said.actor,
        at=said.at,
    )


def _vector64(vector: Matrix) -> str:
    return b64encode(vector.astype(FLOAT32).tobytes()).decode()


def _pieces(turn: MovedTurn) -> list[PieceLine]:
    if turn.vectors is None:
        return []
    return [
        PieceLine.model_construct(
            start=span.start,
            end=span.end,
            vector=_vector64(vector),
        )
        for span, vector in zip(turn.pieces, turn.vectors, strict=True)
    ]

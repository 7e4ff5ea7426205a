"""What a line of an import brings in, as the use cases speak it."""

from base64 import b64decode
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from memsvc.app.moving import (
    Moved,
    MovedDocument,
    MovedFact,
    MovedFeedback,
    MovedHead,
    MovedLink,
    MovedMerge,
    MovedPart,
    MovedRuling,
    MovedSaying,
    MovedTitle,
    MovedUnlinking,
)
from memsvc.domain.document import About
from memsvc.domain.episode import titled
from memsvc.domain.ids import (
    DocumentName,
    EventId,
    FactId,
    FeedbackId,
    LinkId,
    MergeId,
    NoteId,
    Position,
    RulingId,
    RunId,
    StreamName,
    TurnId,
    UnlinkingId,
)
from memsvc.domain.knowledge import NewFact
from memsvc.domain.memory import Span, TurnVersion
from memsvc.domain.note import Facets, Making, NoteVersion, tidied
from memsvc.ports.models import Matrix
from memsvc.ports.notes import MovedNote, MovedVersion
from memsvc.ports.records import MovedStream, MovedTurn
from memsvc.sdk.lines import (
    DocumentLine,
    FactLine,
    FeedbackLine,
    HeaderLine,
    LinkLine,
    MakingSaid,
    MergeLine,
    NoteLine,
    PieceLine,
    RulingLine,
    StreamLine,
    TitleLine,
    TurnLine,
    UnlinkingLine,
)
from memsvc.server.lines.writing import FLOAT32
from memsvc.server.setting_shapes import settings_from

UNIT_TOLERANCE = 1e-3
"""How far from 1 the length of a vector may be; float32 of any model is a hundred times nearer."""

NOWHERE = Position(0)
"""Where a version stood in the ledger that it came from is of no meaning in another."""


Bringing: TypeAlias = (
    HeaderLine
    | DocumentLine
    | StreamLine
    | TurnLine
    | FactLine
    | RulingLine
    | MergeLine
    | UnlinkingLine
    | NoteLine
    | LinkLine
    | FeedbackLine
    | TitleLine
)
"""A line that brings something in: any but the trailer."""


class Unfit(Exception):
    """What a line says cannot be so; in which field."""

    def __init__(self, what: str, *, field: str) -> None:
        super().__init__(what)
        self.what = what
        self.field = field


def moved(line: Bringing) -> Moved:
    """Return what a line brings in. Raises `Unfit` for what its shape could not tell."""
    if isinstance(line, FactLine | RulingLine | MergeLine | UnlinkingLine):
        return _knowledge(line)
    if isinstance(line, NoteLine | LinkLine):
        return _note(line)
    if isinstance(line, DocumentLine):
        return _document(line)
    if isinstance(line, TurnLine):
        return _turn(line)
    return _as_it_is(line)


def _as_it_is(
    line: HeaderLine | StreamLine | FeedbackLine | TitleLine,
) -> MovedHead | MovedStream | MovedFeedback | MovedTitle:
    if isinstance(line, HeaderLine):
        return MovedHead(line.embedder, settings_from(line.settings))
    if isinstance(line, StreamLine):
        return MovedStream(StreamName(line.name), line.title, line.created_at)
    if isinstance(line, TitleLine):
        return _title(line)
    return MovedFeedback(
        FeedbackId(line.id), TurnId(line.turn), line.verdict, line.question, line.actor, line.at
    )


def _title(line: TitleLine) -> MovedTitle:
    text = titled(line.text)
    if not text:
        raise Unfit("it names nothing", field="text")
    return MovedTitle(
        turns=tuple(TurnId(turn) for turn in dict.fromkeys(line.turns)),
        piece=line.piece,
        text=text,
        maker=line.maker,
        run=None if line.run is None else RunId(line.run),
    )


def _note(line: NoteLine | LinkLine) -> MovedNote | MovedLink:
    if isinstance(line, LinkLine):
        start, end = NoteId(line.start), NoteId(line.end)
        return MovedLink(LinkId(line.id), start, end, line.type, line.score, _making(line))
    return MovedNote(
        id=NoteId(line.id),
        content=line.content,
        turns=tuple(TurnId(turn) for turn in dict.fromkeys(line.turns)),
        event=None if line.event is None else EventId(line.event),
        source=line.source,
        at=line.at,
        versions=tuple(
            MovedVersion(
                NoteVersion(
                    Position(number),
                    said.at,
                    tidied(Facets(tuple(said.keywords), tuple(said.tags), said.context)),
                    _making(said),
                ),
                None if said.vector is None else _matrix([said.vector], "versions"),
            )
            for number, said in enumerate(line.versions)
        ),
        position=NOWHERE,
    )


def _knowledge(
    line: FactLine | RulingLine | MergeLine | UnlinkingLine,
) -> MovedFact | MovedRuling | MovedMerge | MovedUnlinking:
    if isinstance(line, FactLine):
        return _fact(line)
    if isinstance(line, RulingLine):
        by = None if line.by is None else FactId(line.by)
        return MovedRuling(
            RulingId(line.id), FactId(line.fact), line.verdict, by, line.at, line.reason
        )
    if isinstance(line, UnlinkingLine):
        return MovedUnlinking(UnlinkingId(line.id), TurnId(line.turn), line.name)
    return MovedMerge(MergeId(line.id), line.name, line.into, renames=line.renames)


def _fact(line: FactLine) -> MovedFact:
    said_by = tuple(TurnId(turn) for turn in dict.fromkeys(line.turns))
    sayings = tuple(
        MovedSaying(TurnId(said.turn), said.valid_from, said.valid_to, said.replaces)
        for said in line.sayings
    )
    if not {said.turn for said in sayings} <= set(said_by):
        raise Unfit("a saying is of a turn that does not say it", field="sayings")
    if any(
        said.valid_from is not None
        and said.valid_to is not None
        and said.valid_to <= said.valid_from
        for said in sayings
    ):
        raise Unfit("valid_to must come after valid_from", field="sayings")
    fact = NewFact(line.subject, line.predicate, line.object, said_by)
    return MovedFact(FactId(line.id), fact, sayings)


def _document(line: DocumentLine) -> MovedDocument:
    return MovedDocument(
        DocumentName(line.id),
        About(
            title=line.title,
            media_type=line.media_type,
            metadata=line.metadata,
            at=line.at,
            user_id=line.user_id,
            agent_id=line.agent_id,
        ),
        tuple(
            MovedPart(part.name, part.title, StreamName(part.stream), bytes.fromhex(part.digest))
            for part in line.parts
        ),
    )


def _turn(line: TurnLine) -> MovedTurn:
    pieces = tuple(Span(piece.start, piece.end) for piece in line.pieces)
    if any(not 0 <= piece.start <= piece.end <= len(line.content) for piece in pieces):
        raise Unfit("a piece is not a part of the text", field="pieces")
    return MovedTurn(
        id=TurnId(line.id),
        stream=StreamName(line.stream),
        seq=line.seq,
        role=line.role,
        content=line.content,
        speaker=line.speaker,
        client_id=line.client_id,
        at=line.at,
        source=line.source,
        user_id=line.user_id,
        agent_id=line.agent_id,
        expires_at=line.expires_at,
        content_digest=bytes.fromhex(line.digest),
        versions=(
            *(TurnVersion(NOWHERE, was.place, was.metadata) for was in line.earlier),
            TurnVersion(NOWHERE, line.place, line.metadata),
        ),
        pieces=pieces,
        vectors=_vectors(line.pieces),
        echo_of=None if line.echo_of is None else TurnId(line.echo_of),
    )


def _vectors(pieces: Sequence[PieceLine]) -> Matrix | None:
    return _matrix([piece.vector for piece in pieces], "pieces") if pieces else None


def _matrix(vectors64: Sequence[str], field: str) -> Matrix:
    """Read vectors, at least one, into a matrix of shape (n, d)."""
    raw = [b64decode(each) for each in vectors64]
    size = len(raw[0])
    if size == 0 or size % FLOAT32.itemsize or any(len(each) != size for each in raw):
        raise Unfit("the vectors are not of one length", field=field)
    found = np.frombuffer(b"".join(raw), dtype=FLOAT32).reshape(len(raw), -1)
    vectors = found.astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=1)
    if not np.all(np.abs(lengths - 1) <= UNIT_TOLERANCE):  # also false for NaN
        raise Unfit("a vector is not of length 1", field=field)
    return vectors


def _making(said: MakingSaid) -> Making:
    return Making(
        maker=said.maker,
        reason=said.reason,
        run=None if said.run is None else RunId(said.run),
        because=None if said.because is None else NoteId(said.because),
    )

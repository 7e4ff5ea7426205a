"""Between the lines of an export and what the use cases speak: written here, read here.

`written` turns a space into lines, a page at a time. `Reader` turns bytes into batches of lines for
an import, checks that they come in the order that the format wants, and names the line that is
wrong. What the lines hold is `memsvc.sdk.lines`.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np
from pydantic import TypeAdapter, ValidationError

from memsvc.app.export import Exported, ExportHead, Told
from memsvc.app.moving import (
    Line,
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
)
from memsvc.domain.document import About
from memsvc.domain.errors import InvalidLine
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
)
from memsvc.domain.knowledge import NewFact
from memsvc.domain.memory import Span, TurnVersion
from memsvc.domain.note import Facets, Making, NoteVersion, tidied
from memsvc.ports.models import Matrix
from memsvc.ports.notes import MovedNote, MovedVersion
from memsvc.ports.records import MovedStream, MovedTurn
from memsvc.sdk.checked import complaint
from memsvc.sdk.lines import (
    AnyLine,
    DocumentLine,
    FactLine,
    FeedbackLine,
    HeaderLine,
    LineCutter,
    LineTally,
    LinkLine,
    MakingSaid,
    MergeLine,
    NoteLine,
    NoteVersionLine,
    PartLine,
    PieceLine,
    RulingLine,
    SayingLine,
    StreamLine,
    TrailerLine,
    TurnLine,
    VersionLine,
)
from memsvc.sdk.wire import Request
from memsvc.server.setting_shapes import settings_from, settings_said

BATCH_LINES = 500
BATCH_BYTES = 4 * 1024**2
"""A batch of an import ends with the line that reaches one of the two."""

UNIT_TOLERANCE = 1e-3
"""How far from 1 the length of a vector may be; float32 of any model is a hundred times nearer."""

NOWHERE = Position(0)
"""Where a version stood in the ledger that it came from is of no meaning in another."""

FLOAT32 = np.dtype("<f4")

ORDER: tuple[tuple[type[Request], str], ...] = (
    (HeaderLine, ""),
    (DocumentLine, "documents come before streams and turns"),
    (StreamLine, "streams come before turns"),
    (TurnLine, "turns come before facts and merges"),
    (FactLine, "facts come before rulings and merges"),
    (RulingLine, "rulings come before merges"),
    (MergeLine, "merges come before notes"),
    (NoteLine, "notes come before links"),
    (LinkLine, "links come before feedback"),
    (FeedbackLine, ""),
)
"""The kinds of lines in the order that they come in, and what is said of one that is late."""

_LINE: TypeAdapter[AnyLine] = TypeAdapter(AnyLine)


# Writing -----------------------------------------------------------------------------------------


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
    if isinstance(moved, MovedFeedback):
        return _feedback(moved)
    if isinstance(moved, MovedFact | MovedRuling | MovedMerge):
        return _knowledge(moved)
    return _stream(moved) if isinstance(moved, MovedStream) else _document(moved)


def _knowledge(moved: MovedFact | MovedRuling | MovedMerge) -> Request:
    if isinstance(moved, MovedFact):
        return _fact(moved)
    if isinstance(moved, MovedMerge):
        return MergeLine(id=moved.id, name=moved.name, into=moved.into)
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


def _feedback(said: MovedFeedback) -> FeedbackLine:
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


# Reading -----------------------------------------------------------------------------------------


class Reader:
    """Reads an import as it arrives: `feed` it bytes, deal with the batches that are full.

    A batch counts as kept once the next one is asked for; its errors say how far that was.
    """

    def __init__(self, *, longest_line: int) -> None:
        self._longest = longest_line
        self._cutter = LineCutter()
        self._tally = LineTally()
        self._batch: list[Line] = []
        self._batch_bytes = 0
        self._number = 0
        self._kept = 0
        self._stage = 0
        self._documents: set[str] = set()
        self._parts: set[str] = set()
        self._trailer: TrailerLine | None = None

    def feed(self, chunk: bytes) -> Iterator[list[Line]]:
        """Yield each batch that these bytes fill. Raises `InvalidLine`."""
        for raw in self._cutter.feed(chunk):
            self._number += 1
            self._take(raw)
            if len(self._batch) >= BATCH_LINES or self._batch_bytes >= BATCH_BYTES:
                yield self._full()
                self._kept = self._number
        if self._cutter.begun > self._longest:
            self._number += 1
            raise self._too_long()

    def end(self) -> list[Line]:
        """Return the last batch, perhaps empty. Raises `InvalidLine` when lines are missing."""
        if self._cutter.begun or self._trailer is None:
            self._number += 1
            raise self._wrong("the import ends before its trailer, so something is missing")
        return self._full()

    def _full(self) -> list[Line]:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        return batch

    def _take(self, raw: bytes) -> None:
        if len(raw) > self._longest:
            raise self._too_long()
        if self._trailer is not None:
            raise self._wrong("nothing may follow the trailer")
        line = self._parsed(raw)
        self._check_order(line)
        if isinstance(line, TrailerLine):
            self._close(line)
            return
        self._tally.add(raw)
        self._batch.append(Line(self._number, self._moved(line)))
        self._batch_bytes += len(raw)

    def _parsed(self, raw: bytes) -> AnyLine:
        try:
            return _LINE.validate_json(raw)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
        if first["type"].startswith("union_tag"):
            raise self._wrong("its kind is none that this memsvc knows", field="kind")
        if first["type"] == "json_invalid" or not first["loc"]:
            raise self._wrong("not a JSON object in UTF-8")
        _kind, *path = first["loc"]
        found = complaint(first, field=".".join(str(part) for part in path))
        raise self._wrong(found.detail.rstrip("."), field=found.field)

    def _check_order(self, line: AnyLine) -> None:
        if isinstance(line, HeaderLine) != (self._number == 1):
            raise self._wrong("the header is the first line, and only that", field="kind")
        stage = next((n for n, (kind, _) in enumerate(ORDER) if isinstance(line, kind)), len(ORDER))
        if stage < self._stage:
            raise self._wrong(ORDER[stage][1], field="kind")
        self._stage = stage

    def _close(self, trailer: TrailerLine) -> None:
        if not self._tally.fits(trailer):
            raise self._wrong(
                "the trailer does not fit the lines before it: some are missing or damaged"
            )
        self._trailer = trailer

    def _moved(
        self,
        line: HeaderLine
        | DocumentLine
        | StreamLine
        | TurnLine
        | FactLine
        | RulingLine
        | MergeLine
        | NoteLine
        | LinkLine
        | FeedbackLine,
    ) -> Moved:
        if isinstance(line, FactLine | RulingLine | MergeLine):
            return self._moved_knowledge(line)
        if isinstance(line, NoteLine | LinkLine):
            return self._moved_note(line)
        if isinstance(line, DocumentLine):
            return self._moved_document(line)
        if isinstance(line, TurnLine):
            return self._moved_turn(line)
        return _moved_as_it_is(line)

    def _moved_note(self, line: NoteLine | LinkLine) -> MovedNote | MovedLink:
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
                    None if said.vector is None else self._matrix([said.vector], "versions"),
                )
                for number, said in enumerate(line.versions)
            ),
            position=NOWHERE,
        )

    def _moved_knowledge(
        self, line: FactLine | RulingLine | MergeLine
    ) -> MovedFact | MovedRuling | MovedMerge:
        if isinstance(line, FactLine):
            return self._moved_fact(line)
        if isinstance(line, RulingLine):
            by = None if line.by is None else FactId(line.by)
            return MovedRuling(
                RulingId(line.id), FactId(line.fact), line.verdict, by, line.at, line.reason
            )
        return MovedMerge(MergeId(line.id), line.name, line.into)

    def _moved_fact(self, line: FactLine) -> MovedFact:
        said_by = tuple(TurnId(turn) for turn in dict.fromkeys(line.turns))
        sayings = tuple(
            MovedSaying(TurnId(said.turn), said.valid_from, said.valid_to, said.replaces)
            for said in line.sayings
        )
        if not {said.turn for said in sayings} <= set(said_by):
            raise self._wrong("a saying is of a turn that does not say it", field="sayings")
        if any(
            said.valid_from is not None
            and said.valid_to is not None
            and said.valid_to <= said.valid_from
            for said in sayings
        ):
            raise self._wrong("valid_to must come after valid_from", field="sayings")
        fact = NewFact(line.subject, line.predicate, line.object, said_by)
        return MovedFact(FactId(line.id), fact, sayings)

    def _moved_document(self, line: DocumentLine) -> MovedDocument:
        streams = {part.stream for part in line.parts}
        if line.id in self._documents:
            raise self._wrong("a document of that id came before", field="id")
        if len({part.name for part in line.parts}) < len(line.parts):
            raise self._wrong("two parts have one name", field="parts")
        if len(streams) < len(line.parts) or streams & self._parts:
            raise self._wrong("a stream is a part of one document, and once", field="parts")
        self._documents.add(line.id)
        self._parts |= streams
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
                MovedPart(
                    part.name, part.title, StreamName(part.stream), bytes.fromhex(part.digest)
                )
                for part in line.parts
            ),
        )

    def _moved_turn(self, line: TurnLine) -> MovedTurn:
        pieces = tuple(Span(piece.start, piece.end) for piece in line.pieces)
        if any(not 0 <= piece.start <= piece.end <= len(line.content) for piece in pieces):
            raise self._wrong("a piece is not a part of the text", field="pieces")
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
            vectors=self._vectors(line.pieces),
            echo_of=None if line.echo_of is None else TurnId(line.echo_of),
        )

    def _vectors(self, pieces: Sequence[PieceLine]) -> Matrix | None:
        return self._matrix([piece.vector for piece in pieces], "pieces") if pieces else None

    def _matrix(self, vectors64: Sequence[str], field: str) -> Matrix:
        """Read vectors, at least one, into a matrix of shape (n, d)."""
        raw = [b64decode(each) for each in vectors64]
        size = len(raw[0])
        if size == 0 or size % FLOAT32.itemsize or any(len(each) != size for each in raw):
            raise self._wrong("the vectors are not of one length", field=field)
        found = np.frombuffer(b"".join(raw), dtype=FLOAT32).reshape(len(raw), -1)
        vectors = found.astype(np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            lengths = np.linalg.norm(vectors, axis=1)
        if not np.all(np.abs(lengths - 1) <= UNIT_TOLERANCE):  # also false for NaN
            raise self._wrong("a vector is not of length 1", field=field)
        return vectors

    def _too_long(self) -> InvalidLine:
        return self._wrong(f"a line may have {self._longest} bytes")

    def _wrong(self, what: str, *, field: str = "") -> InvalidLine:
        return InvalidLine(
            f"Line {self._number}: {what}. Lines up to {self._kept} were dealt with; put it right "
            "and send all of it again.",
            line=self._number,
            kept=self._kept,
            field=field,
        )


def _moved_as_it_is(
    line: HeaderLine | StreamLine | FeedbackLine,
) -> MovedHead | MovedStream | MovedFeedback:
    if isinstance(line, HeaderLine):
        return MovedHead(line.embedder, settings_from(line.settings))
    if isinstance(line, StreamLine):
        return MovedStream(StreamName(line.name), line.title, line.created_at)
    return MovedFeedback(
        FeedbackId(line.id), TurnId(line.turn), line.verdict, line.question, line.actor, line.at
    )


def _making(said: MakingSaid) -> Making:
    return Making(
        maker=said.maker,
        reason=said.reason,
        run=None if said.run is None else RunId(said.run),
        because=None if said.because is None else NoteId(said.because),
    )

"""Lines into what an import takes in, in batches, with the number of the line that is wrong."""

from base64 import b64decode
from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import TypeAdapter, ValidationError

from memsvc.app.moving import (
    Line,
    Moved,
    MovedDocument,
    MovedFact,
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
    HeaderLine,
    LineCutter,
    LineTally,
    LinkLine,
    MakingSaid,
    MergeLine,
    NoteLine,
    PieceLine,
    RulingLine,
    StreamLine,
    TrailerLine,
    TurnLine,
)
from memsvc.sdk.wire import Request
from memsvc.server.lines.writing import FLOAT32
from memsvc.server.setting_shapes import settings_from

BATCH_LINES = 500


BATCH_BYTES = 4 * 1024**2
"""A batch of an import ends with the line that reaches one of the two."""


UNIT_TOLERANCE = 1e-3
"""How far from 1 the length of a vector may be; float32 of any model is a hundred times nearer."""


NOWHERE = Position(0)
"""Where a version stood in the ledger that it came from is of no meaning in another."""


ORDER: tuple[tuple[type[Request], str], ...] = (
    (HeaderLine, ""),
    (DocumentLine, "documents come before streams and turns"),
    (StreamLine, "streams come before turns"),
    (TurnLine, "turns come before facts and merges"),
    (FactLine, "facts come before rulings and merges"),
    (RulingLine, "rulings come before merges"),
    (MergeLine, "merges come before notes"),
    (NoteLine, "notes come before links"),
    (LinkLine, ""),
)
"""The kinds of lines in the order that they come in, and what is said of one that is late."""


_LINE: TypeAdapter[AnyLine] = TypeAdapter(AnyLine)


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
        | LinkLine,
    ) -> Moved:
        if isinstance(line, FactLine | RulingLine | MergeLine):
            return self._moved_knowledge(line)
        if isinstance(line, NoteLine | LinkLine):
            return self._moved_note(line)
        if isinstance(line, HeaderLine):
            return MovedHead(line.embedder, settings_from(line.settings))
        if isinstance(line, DocumentLine):
            return self._moved_document(line)
        if isinstance(line, StreamLine):
            return MovedStream(StreamName(line.name), line.title, line.created_at)
        return self._moved_turn(line)

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


def _making(said: MakingSaid) -> Making:
    return Making(
        maker=said.maker,
        reason=said.reason,
        run=None if said.run is None else RunId(said.run),
        because=None if said.because is None else NoteId(said.because),
    )

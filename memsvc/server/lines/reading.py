"""Lines into what an import takes in, in batches, with the number of the line that is wrong."""

from collections.abc import Iterator

from pydantic import TypeAdapter, ValidationError

from memsvc.app.moving import Line, Moved
from memsvc.domain.errors import InvalidLine
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
    MergeLine,
    NoteLine,
    RulingLine,
    StreamLine,
    TitleLine,
    TrailerLine,
    TurnLine,
    UnlinkingLine,
)
from memsvc.sdk.wire import Request
from memsvc.server.lines.moving import Bringing, Unfit, moved

BATCH_LINES = 500


BATCH_BYTES = 4 * 1024**2
"""A batch of an import ends with the line that reaches one of the two."""


ORDER: tuple[tuple[type[Request], str], ...] = (
    (HeaderLine, ""),
    (DocumentLine, "documents come before streams and turns"),
    (StreamLine, "streams come before turns"),
    (TurnLine, "turns come before facts and merges"),
    (FactLine, "facts come before rulings and merges"),
    (RulingLine, "rulings come before merges"),
    (MergeLine, "merges come before unlinkings and notes"),
    (UnlinkingLine, "unlinkings come before notes"),
    (NoteLine, "notes come before links"),
    (LinkLine, "links come before feedback"),
    (FeedbackLine, "feedback comes before titles"),
    (TitleLine, ""),
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

    def _moved(self, line: Bringing) -> Moved:
        if isinstance(line, DocumentLine):
            self._check_document(line)
        try:
            return moved(line)
        except Unfit as error:
            raise self._wrong(error.what, field=error.field) from error

    def _check_document(self, line: DocumentLine) -> None:
        streams = {part.stream for part in line.parts}
        if line.id in self._documents:
            raise self._wrong("a document of that id came before", field="id")
        if len({part.name for part in line.parts}) < len(line.parts):
            raise self._wrong("two parts have one name", field="parts")
        if len(streams) < len(line.parts) or streams & self._parts:
            raise self._wrong("a stream is a part of one document, and once", field="parts")
        self._documents.add(line.id)
        self._parts |= streams

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

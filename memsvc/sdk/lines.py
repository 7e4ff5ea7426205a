"""The lines of an export: newline-delimited JSON that holds a whole space.

    {"kind":"header", ...}     format, version, where it stood, the model of its vectors
    {"kind":"document", ...}   one a document, whose parts are streams
    {"kind":"stream", ...}     one a stream
    {"kind":"turn", ...}       one a turn, in the order of writing
    {"kind":"fact", ...}       one a fact, whose turns came before
    {"kind":"ruling", ...}     one a ruling about a fact, which came before
    {"kind":"merge", ...}      one a merge of two entities
    {"kind":"unlinking", ...}  one a word that a turn does not name something
    {"kind":"note", ...}       one a note that stands, with all its versions
    {"kind":"link", ...}       one a link that stands, whose notes came before
    {"kind":"feedback", ...}   one a word of somebody about a turn
    {"kind":"title", ...}      one a title of an event, by the turns that are in it
    {"kind":"trailer", ...}    how many lines came before it, and their SHA-256

A line ends with one newline and with nothing else: U+2028 and its like are text. The trailer is
how a download that was cut off is told from one that is whole. A line of a kind or with a field
that is not known is refused, so that nothing is lost in silence; what is added to the format raises
`VERSION`. Version 1, without documents, version 2, without segmentation and forgetting, version 3,
without synonyms, version 4, without facts and merges, version 5, without echoes and admission and
whose facts hold at no time in particular, version 6, without notes and links, version 7, without
feedback, version 8, without titles, and version 9, without renames and unlinkings, are still read.
"""

import hashlib
from base64 import b64decode
from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, StrictBool, StringConstraints

from memsvc.domain.episode import MAX_TITLE_CHARS
from memsvc.domain.errors import InvalidLine
from memsvc.domain.feedback import Judgement
from memsvc.domain.memory import Source
from memsvc.domain.note import LinkKind
from memsvc.domain.validity import Verdict
from memsvc.sdk.checked import (
    LARGEST_EXACT_INT,
    MAX_QUESTION_CHARS,
    NAME_PATTERN,
    Days,
    Label,
    Metadata,
    Moment,
    Name,
    Reason,
    Share,
    SingleValued,
    Text,
)
from memsvc.sdk.facts import EntityText, ObjectText
from memsvc.sdk.notes import ContextText, Keywords, NoteText, ReasonText, Tags
from memsvc.sdk.wire import (
    AdmissionSaid,
    ForgettingSaid,
    HelpTime,
    ImprovingSaid,
    NoteMakingSaid,
    Request,
    SegmentationSaid,
    SynonymsSaid,
)

FORMAT: Literal["memsvc-export"] = "memsvc-export"
VERSION: Literal[10] = 10
MEDIA_TYPE = "application/x-ndjson"
LONGEST_ID = 64
LONGEST_MEDIA_TYPE = 100

TRAILER_BEGINS = b'{"kind":"trailer"'
"""How memsvc itself writes a trailer; for telling it from other lines without parsing them all."""


def _is_base64(text: str) -> str:
    try:
        b64decode(text, validate=True)
    except ValueError as error:
        msg = "not base64"
        raise ValueError(msg) from error
    return text


Vector64 = Annotated[str, AfterValidator(_is_base64)]
"""32-bit floats, little end first, in base64."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
TurnId = Annotated[Name, StringConstraints(max_length=LONGEST_ID, pattern=NAME_PATTERN)]
Count = Annotated[int, Field(ge=0, le=LARGEST_EXACT_INT)]


class SettingsSaid(Request):
    """The settings of the space, for one that the import makes."""

    retention_days: Days | None = None
    segmentation: SegmentationSaid | None = None
    forgetting: ForgettingSaid | None = None
    synonyms: SynonymsSaid | None = None
    single_valued: SingleValued | None = None
    admission: AdmissionSaid | None = None
    notes: NoteMakingSaid | None = None
    recipe: Name | None = None
    improving: ImprovingSaid | None = None
    clues: HelpTime | None = None
    sift_facts: HelpTime | None = None


class HeaderLine(Request):
    """The first line. The counts are those at `position`; later deletions may leave fewer."""

    kind: Literal["header"] = "header"
    format: Literal["memsvc-export"] = FORMAT
    version: Literal[1, 2, 3, 4, 5, 6, 7, 8, 9, 10] = VERSION
    space: Name
    created_at: Moment
    settings: SettingsSaid = Field(default_factory=SettingsSaid)
    position: Count
    embedder: Label
    vectors: bool
    documents: Count = 0
    streams: Count
    turns: Count


class PartLine(Request):
    """A part of a document. `digest` is the SHA-256 of its name, title and paragraphs."""

    name: Name
    title: Label | None = None
    stream: Name
    digest: Digest


class DocumentLine(Request):
    """A document, its parts in order. Every document comes before the first stream."""

    kind: Literal["document"] = "document"
    id: Name
    title: Label | None = None
    media_type: Annotated[Label, StringConstraints(max_length=LONGEST_MEDIA_TYPE)]
    metadata: Metadata
    at: Moment | None = None
    user_id: Label | None = None
    agent_id: Label | None = None
    parts: Annotated[list[PartLine], Field(min_length=1)]


class StreamLine(Request):
    """A stream. Every stream comes before the first turn."""

    kind: Literal["stream"] = "stream"
    name: Name
    title: Label | None = None
    created_at: Moment


class VersionLine(Request):
    """What could be edited about a turn, as it once stood."""

    place: Label | None = None
    metadata: Metadata


class PieceLine(Request):
    """A run of a turn's characters, and its vector."""

    start: Count
    end: Count
    vector: Vector64


class TurnLine(Request):
    """A turn. `digest` is the SHA-256 of what cannot be edited about it; `earlier` what was.

    `echo_of` is the earlier turn whose words it repeats.
    """

    kind: Literal["turn"] = "turn"
    id: TurnId
    stream: Name
    seq: Count
    role: Label
    content: Text
    speaker: Label | None = None
    client_id: Name | None = None
    at: Moment
    source: Source
    user_id: Label | None = None
    agent_id: Label | None = None
    expires_at: Moment | None = None
    place: Label | None = None
    metadata: Metadata
    earlier: list[VersionLine] = Field(default_factory=list)
    digest: Digest
    pieces: list[PieceLine] = Field(default_factory=list)
    echo_of: TurnId | None = None


class SayingLine(Request):
    """That a turn says a fact of an interval, or in the place of what else holds."""

    turn: TurnId
    valid_from: Moment | None = None
    valid_to: Moment | None = None
    replaces: StrictBool = False


class FactLine(Request):
    """A fact. Every fact comes after the last turn; `turns` are those that say it.

    `sayings` are of those of them that say more of it than that it holds since it was said.
    """

    kind: Literal["fact"] = "fact"
    id: TurnId
    subject: EntityText
    predicate: EntityText
    object: ObjectText
    turns: Annotated[list[TurnId], Field(min_length=1)]
    sayings: list[SayingLine] = Field(default_factory=list)


class RulingLine(Request):
    """What somebody ruled about a fact. Every ruling comes after the last fact."""

    kind: Literal["ruling"] = "ruling"
    id: TurnId
    fact: TurnId
    verdict: Verdict
    by: TurnId | None = None
    at: Moment | None = None
    reason: Reason


class MergeLine(Request):
    """That an entity is another one, both by their names. Merges come after the last ruling.

    Where it `renames`, `into` is a name as somebody gave it, which no turn need write.
    """

    kind: Literal["merge"] = "merge"
    id: TurnId
    name: Text
    into: Text
    renames: StrictBool = False


class UnlinkingLine(Request):
    """That a turn does not name something, by the name that was found. They come after merges."""

    kind: Literal["unlinking"] = "unlinking"
    id: TurnId
    turn: TurnId
    name: Text


class MakingSaid(Request):
    """Who or what made a version or a link, and why; `because` is the note that caused it."""

    maker: Label
    reason: ReasonText = ""
    run: TurnId | None = None
    because: TurnId | None = None


class NoteVersionLine(MakingSaid):
    """What could be edited about a note, as it once stood, and its vector."""

    at: Moment
    keywords: Keywords = Field(default_factory=list)
    tags: Tags = Field(default_factory=list)
    context: ContextText = ""
    vector: Vector64 | None = None


class NoteLine(Request):
    """A note. Every note comes after the last unlinking; it hangs on all of its `turns`."""

    kind: Literal["note"] = "note"
    id: TurnId
    content: NoteText
    turns: Annotated[list[TurnId], Field(min_length=1)]
    event: TurnId | None = None
    source: Source
    at: Moment
    versions: Annotated[list[NoteVersionLine], Field(min_length=1)]


class LinkLine(MakingSaid):
    """A link from the note `start` to the note `end`. Every link comes after the last note."""

    kind: Literal["link"] = "link"
    id: TurnId
    start: TurnId
    end: TurnId
    type: LinkKind
    score: Share


class FeedbackLine(Request):
    """What an actor says of a turn, which came before. Feedback comes after the last link."""

    kind: Literal["feedback"] = "feedback"
    id: TurnId
    turn: TurnId
    verdict: Judgement
    question: Annotated[Text, StringConstraints(max_length=MAX_QUESTION_CHARS)] | None = None
    actor: TurnId
    at: Moment


class TitleLine(Request):
    """What an event is called. Every title comes after the last feedback.

    `turns` are all those in the event, in order; it begins with piece `piece` of the first.
    """

    kind: Literal["title"] = "title"
    turns: Annotated[list[TurnId], Field(min_length=1)]
    piece: Count = 0
    text: Annotated[Text, StringConstraints(max_length=MAX_TITLE_CHARS)]
    maker: Label
    run: TurnId | None = None


class TrailerLine(Request):
    """The last line: how many came before it, how many of them are turns, and their SHA-256."""

    kind: Literal["trailer"] = "trailer"
    lines: Count
    turns: Count
    sha256: Digest


AnyLine: TypeAlias = Annotated[
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
    | TrailerLine,
    Field(discriminator="kind"),
]


class LineTally:
    """Counts and hashes lines as they go by, so that the trailer can be written or checked."""

    def __init__(self) -> None:
        self.lines = 0
        self._sha256 = hashlib.sha256()

    def add(self, raw: bytes) -> None:
        """Count one line, given without its newline."""
        self.lines += 1
        self._sha256.update(raw)
        self._sha256.update(b"\n")

    def trailer(self, *, turns: int) -> TrailerLine:
        """Return the trailer of the lines so far."""
        return TrailerLine(lines=self.lines, turns=turns, sha256=self._sha256.hexdigest())

    def fits(self, trailer: TrailerLine) -> bool:
        """Tell whether the trailer speaks of the lines so far."""
        return (trailer.lines, trailer.sha256) == (self.lines, self._sha256.hexdigest())


class LineCutter:
    """Cuts bytes that come in chunks of any size into lines."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the lines that end in this chunk, without their newlines."""
        first, *others = chunk.split(b"\n")
        self._rest += first
        for part in others:
            yield bytes(self._rest)
            self._rest = bytearray(part)

    @property
    def begun(self) -> int:
        """How many bytes there are of a line that has not ended yet."""
        return len(self._rest)


class DownloadCheck:
    """Watches an export go by and says at its end whether it is whole."""

    def __init__(self) -> None:
        self._cutter = LineCutter()
        self._tally = LineTally()
        self._trailer: bytes | None = None
        self.lines = 0

    def feed(self, chunk: bytes) -> None:
        """Look at the next bytes."""
        for raw in self._cutter.feed(chunk):
            self.lines += 1
            if raw.startswith(TRAILER_BEGINS):
                self._trailer = raw
            else:
                self._tally.add(raw)

    def end(self) -> TrailerLine:
        """Return the trailer. Raises `InvalidLine` when lines are missing or damaged."""
        trailer = None
        if self._trailer is not None and not self._cutter.begun:
            trailer = TrailerLine.model_validate_json(self._trailer)
        if trailer is None or not self._tally.fits(trailer):
            raise InvalidLine(
                f"The export was cut off or damaged after line {self.lines}; ask for it again.",
                line=self.lines,
                kept=0,
            )
        return trailer

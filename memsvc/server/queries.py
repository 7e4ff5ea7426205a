"""What the address of a request may hold: names in its path, and what follows the question mark.

Like every request, a query with a parameter that the endpoint does not know is refused, so that a
misspelt filter cannot silently let everything through.
"""

from typing import Annotated, Literal

from fastapi import Header, Path, Query
from pydantic import Field, Json, StringConstraints

from memsvc.domain.ledger import Change
from memsvc.domain.memory import Source
from memsvc.domain.profile import PROFILE_TOKENS
from memsvc.domain.validity import FactState
from memsvc.sdk.checked import (
    LARGEST_EXACT_INT,
    MAX_BUDGET_TOKENS,
    MAX_CURVE_POINTS,
    MAX_DEPTH,
    MAX_FILTER_VALUES,
    MAX_GRAPH_QUESTION_CHARS,
    MAX_OVERVIEW_EDGES,
    MAX_OVERVIEW_NODES,
    MAX_PAGE,
    AsOfInAddress,
    Label,
    MetadataFilter,
    Moment,
    Name,
    NodeReference,
    Text,
)
from memsvc.sdk.entities import EntityName
from memsvc.sdk.facts import EntityText, ObjectText
from memsvc.sdk.graphs import EdgeKind
from memsvc.sdk.notes import NoteText, Word
from memsvc.sdk.wire import Request

DEFAULT_PAGE = 50

SpacePath = Annotated[Name, Path(description="The space's name.")]
StreamPath = Annotated[Name, Path(description="The stream's name.")]
TurnPath = Annotated[Name, Path(description="The turn's id, as the write answered it.")]
EventPath = Annotated[Name, Path(description="The event's id.")]
FactPath = Annotated[Name, Path(description="The fact's id.")]
NotePath = Annotated[Name, Path(description="The note's id.")]
LinkPath = Annotated[Name, Path(description="The link's id.")]
EntityPath = Annotated[EntityName, Path(description="What it is called, in any spelling.")]
MergePath = Annotated[Name, Path(description="The merge's id.")]
UnlinkingPath = Annotated[Name, Path(description="The unlinking's id.")]
RulingPath = Annotated[Name, Path(description="The ruling's id.")]
HeldPath = Annotated[Name, Path(description="The id of what is held, as the write answered it.")]
FeedbackPath = Annotated[Name, Path(description="The feedback's id.")]
PinPath = Annotated[Name, Path(description="The pinned question's id.")]
RunPath = Annotated[Name, Path(description="The run's id.")]
ReceiptPath = Annotated[Name, Path(description="The receipt's id.")]
DocumentPath = Annotated[Name, Path(description="The document's id.")]
PartPath = Annotated[Name, Path(description="The part's name.")]
KeyPath = Annotated[Name, Path(description="The key's id; not its secret.")]

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Visible ASCII of your choice. The same key with the same body is answered "
        "with the first result for 24 hours; with another body it is a conflict.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description='The version that you read, in quotes, as its ETag has it: `"12"`. '
        "Required; weak tags and `*` are refused.",
        json_schema_extra={"pattern": r'^ *"[0-9]{1,18}" *$'},
    ),
]


class PastQuery(Request):
    """As of when."""

    as_of: AsOfInAddress | None = Field(
        default=None,
        description="Answer as the space was: at this position of its ledger, or at this time. "
        "What was forgotten since stays forgotten. The answer says in Memsvc-As-Of at which "
        "position it stands.",
    )


class PageQuery(Request):
    """Which page of a list."""

    limit: int = Field(default=DEFAULT_PAGE, ge=1, le=MAX_PAGE, description="Items at most.")
    cursor: Label | None = Field(
        default=None, description="`next_cursor` of the page before; the first page without it."
    )


class PastPageQuery(PageQuery, PastQuery):
    """Which page of a list, as of when."""


class LedgerQuery(PastQuery):
    """Which part of a ledger."""

    after: int = Field(
        default=0, ge=0, le=LARGEST_EXACT_INT, description="Entries after this position."
    )
    before: int | None = Field(
        default=None, ge=0, le=LARGEST_EXACT_INT, description="Entries before this position."
    )
    limit: int = Field(default=DEFAULT_PAGE, ge=1, le=MAX_PAGE, description="Entries at most.")
    actor: list[Label] = Field(
        default_factory=list,
        max_length=MAX_FILTER_VALUES,
        description="Ids of keys, or `worker`; repeatable.",
    )
    change: list[Change] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Kinds; repeatable."
    )
    since: Moment | None = Field(default=None, description="From this time on.")
    until: Moment | None = Field(default=None, description="Up to, not including, this time.")
    newest_first: bool = Field(default=False, description="In descending order.")


class ExportQuery(Request):
    """How an export is to be."""

    vectors: bool = Field(
        default=False,
        description="Carry the vectors along, so that an import under the same model need not "
        "make them again.",
    )


class ImportQuery(Request):
    """How an import is to be."""

    restore_forgotten: bool = Field(
        default=False,
        description="Also bring back turns that were deleted in this space since the export.",
    )


class StretchQuery(PastPageQuery):
    """Which part of a stream."""

    from_seq: int = Field(
        default=0,
        ge=0,
        le=LARGEST_EXACT_INT,
        description="From the turn of this number on; turns are counted in each stream, from 0.",
    )
    to_seq: int | None = Field(
        default=None,
        ge=0,
        le=LARGEST_EXACT_INT,
        description="Up to, not including, the turn of this number.",
    )


class TurnQuery(StretchQuery):
    """Which turns; all parts must hold. A repeated parameter lets any of its values through."""

    stream: list[Name] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Streams; repeatable."
    )
    document: list[Name] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Documents; repeatable."
    )
    speaker: list[Label] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Speakers; repeatable."
    )
    place: list[Label] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Places; repeatable."
    )
    role: list[Label] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Roles; repeatable."
    )
    source: list[Source] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Sources; repeatable."
    )
    user_id: Label | None = Field(default=None, description="Whose memory it is about.")
    agent_id: Label | None = Field(default=None, description="Which agent wrote it.")
    since: Moment | None = Field(default=None, description="From this time on.")
    until: Moment | None = Field(default=None, description="Up to, not including, this time.")
    metadata: Json[MetadataFilter] | None = Field(
        default=None,
        description="A JSON object: top-level metadata fields and the value each must have.",
    )


class EventQuery(StretchQuery):
    """Which events; with a part of a stream, those that reach into it."""

    stream: Name | None = Field(default=None, description="Of this stream alone.")
    since: Moment | None = Field(
        default=None, description="Those with a turn that happened from this time on."
    )
    until: Moment | None = Field(
        default=None, description="Those with a turn that happened before this time."
    )
    texts: bool = Field(default=False, description="Carry the texts of their turns along.")


class CurveQuery(PastQuery):
    """How much of a curve."""

    points: int = Field(
        default=1_000,
        ge=1,
        le=MAX_CURVE_POINTS,
        description="Points at most. Of a longer stream, one for each run of neighbours.",
    )


class FactQuery(PastPageQuery):
    """Which facts."""

    entity: ObjectText | None = Field(
        default=None,
        description="Those that begin or end in what is called so, in any spelling and by any "
        "name that was merged with it.",
    )
    turn: Name | None = Field(default=None, description="Those that this turn says.")
    predicate: EntityText | None = Field(
        default=None,
        description="Those by this predicate, in any spelling, or by another that means the same.",
    )
    state: list[FactState] = Field(
        default_factory=list,
        max_length=MAX_FILTER_VALUES,
        description="Those that stand so now; repeatable.",
    )
    valid_at: Moment | None = Field(
        default=None, description="Those that held at this moment in the world."
    )
    include_superseded: bool = Field(
        default=False,
        description="Also those whose place another took; they come anyway where `state` or "
        "`valid_at` asks for them.",
    )


class ConflictQuery(PastPageQuery):
    """Which conflicts."""

    entity: ObjectText | None = Field(
        default=None, description="Those with a fact that begins or ends in what is called so."
    )
    predicate: EntityText | None = Field(
        default=None,
        description="Those of this predicate, in any spelling, or of another that means the same.",
    )
    state: Literal["superseded", "disputed"] | None = Field(
        default=None, description="Those in which a fact stands so."
    )


class UnlinkingQuery(PastPageQuery):
    """Which unlinkings."""

    turn: Name | None = Field(default=None, description="What this turn does not name.")


class NoteQuery(PastPageQuery):
    """Which notes; all parts must hold."""

    tag: Word | None = Field(default=None, description="Those with this tag, in any case.")
    keyword: Word | None = Field(default=None, description="Those with this keyword, in any case.")
    turn: Name | None = Field(default=None, description="Those that hang on this turn.")
    event: Name | None = Field(default=None, description="Those made of this event.")
    entity: ObjectText | None = Field(
        default=None,
        description="Those that hang on a turn which names this, in any spelling and by any name "
        "that was merged with it.",
    )
    text: NoteText | None = Field(
        default=None,
        description="Those whose content holds this; case and white space do not count.",
    )


class LinkQuery(PastPageQuery):
    """Which links."""

    note: Name | None = Field(default=None, description="Those that start or end at this note.")


class EntityQuery(PastPageQuery):
    """Which entities."""

    cursor: EntityName | None = Field(
        default=None, description="`next_cursor` of the page before; the first page without it."
    )
    prefix: Label | None = Field(
        default=None,
        description="Those whose name begins so; case, an article and punctuation do not count.",
    )


class FeedbackQuery(PastPageQuery):
    """Which feedback."""

    turn: Name | None = Field(default=None, description="Only what is said of this turn.")


class ProfileQuery(PastQuery):
    """Whose profile, and how long."""

    budget_tokens: int = Field(
        default=PROFILE_TOKENS,
        ge=1,
        le=MAX_BUDGET_TOKENS,
        description="How long the text may be, in tokens of the embedding model.",
    )
    user_id: Label | None = Field(default=None, description="Only what is kept about this user.")
    speaker: Label | None = Field(default=None, description="Only what this speaker says.")


class GraphQuery(PastQuery):
    """Which part of the graph: around a node, or what a question activates."""

    node: NodeReference | None = Field(
        default=None,
        description="The node to start from, as its kind and name: `entity:Jaws` (in any "
        "spelling), `turn:` and its id, `event:`, `fact:`. Not together with `question`.",
    )
    question: Annotated[Text, StringConstraints(max_length=MAX_GRAPH_QUESTION_CHARS)] | None = (
        Field(default=None, description="The question whose walks are followed.")
    )
    depth: int = Field(
        default=1, ge=1, le=MAX_DEPTH, description="Steps from the node; for `node` alone."
    )
    limit: int = Field(default=DEFAULT_PAGE, ge=1, le=MAX_PAGE, description="Nodes at most.")
    kinds: list[EdgeKind] = Field(
        default_factory=list,
        max_length=MAX_FILTER_VALUES,
        description="Kinds of edges to go over; repeatable. All when left out.",
    )


class GraphOverviewQuery(PastQuery):
    """How much of the graph is to be seen, or which community of it."""

    community: NodeReference | None = Field(
        default=None,
        description="A node, as its kind and name: the community that it is in, of the whole "
        "graph. The middle of the graph when left out.",
    )
    limit: int = Field(default=MAX_PAGE, ge=1, le=MAX_OVERVIEW_NODES, description="Nodes at most.")
    edges: int = Field(
        default=MAX_OVERVIEW_EDGES,
        ge=1,
        le=MAX_OVERVIEW_EDGES,
        description="Edges among them at most, the heaviest.",
    )
    kinds: list[EdgeKind] = Field(
        default_factory=list,
        max_length=MAX_FILTER_VALUES,
        description="Kinds of edges to show; repeatable. All when left out.",
    )


class GraphExportQuery(PastQuery):
    """How a graph is to be written."""

    format: Literal["graphml", "json"] = Field(
        default="graphml", description="graphml, or json in networkx's node-link form."
    )
    kinds: list[EdgeKind] = Field(
        default_factory=list,
        max_length=MAX_FILTER_VALUES,
        description="Kinds of edges to write; repeatable. All when left out.",
    )


PastAsked = Annotated[PastQuery, Query()]
PastPageAsked = Annotated[PastPageQuery, Query()]
PageAsked = Annotated[PageQuery, Query()]
LedgerAsked = Annotated[LedgerQuery, Query()]
ExportAsked = Annotated[ExportQuery, Query()]
ImportAsked = Annotated[ImportQuery, Query()]
TurnsAsked = Annotated[TurnQuery, Query()]
EventsAsked = Annotated[EventQuery, Query()]
CurveAsked = Annotated[CurveQuery, Query()]
ConflictsAsked = Annotated[ConflictQuery, Query()]
FactsAsked = Annotated[FactQuery, Query()]
NotesAsked = Annotated[NoteQuery, Query()]
LinksAsked = Annotated[LinkQuery, Query()]
FeedbackAsked = Annotated[FeedbackQuery, Query()]
ProfileAsked = Annotated[ProfileQuery, Query()]
EntitiesAsked = Annotated[EntityQuery, Query()]
UnlinkingsAsked = Annotated[UnlinkingQuery, Query()]
GraphAsked = Annotated[GraphQuery, Query()]
GraphOverviewAsked = Annotated[GraphOverviewQuery, Query()]
GraphExportAsked = Annotated[GraphExportQuery, Query()]

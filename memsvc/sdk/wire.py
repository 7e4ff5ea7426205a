"""The shapes that travel: what a request may hold and what an answer holds.

The server parses requests with these very classes, and the SDK parses answers with them, so the
two cannot drift. A request refuses fields it does not know; an answer passes over them, so that
an older client can talk to a newer server. All times are RFC 3339; one without an offset is UTC.
"""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from memsvc.domain.access import Role
from memsvc.domain.episode import Boundary
from memsvc.domain.ledger import Change
from memsvc.domain.memory import Source
from memsvc.domain.note import LinkKind
from memsvc.domain.order import DecidedBy, Match
from memsvc.domain.recall import CONTIGUITY, Certainty, PathStep
from memsvc.domain.whereabouts import Naming
from memsvc.domain.work import Step
from memsvc.sdk.admission import AdmissionFields, InstructionFields
from memsvc.sdk.checked import (
    MAX_BATCH,
    MAX_BUDGET_TOKENS,
    MAX_FILTER_VALUES,
    MAX_K,
    MAX_METADATA_BYTES,
    MAX_NAMED_CHARS,
    MAX_QUESTION_CHARS,
    MAX_SPACES_ASKED,
    AsOf,
    Contiguity,
    Days,
    Distinct,
    Label,
    LedgerPosition,
    Metadata,
    MetadataFilter,
    Moment,
    Name,
    NameOrAll,
    SingleValued,
    Text,
    Whole,
)
from memsvc.sdk.forgetting import DecayFields, ForgettingFields
from memsvc.sdk.note_making import NoteMakingFields
from memsvc.sdk.segmentation import SegmentationFields
from memsvc.sdk.synonyms import SynonymFields

T = TypeVar("T")


class Request(BaseModel):
    """Base of what is sent: unknown fields are refused, so a misspelt one cannot be lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """Base of what comes back."""

    model_config = ConfigDict(extra="ignore", frozen=True)


# Writing -----------------------------------------------------------------------------------------


class NewTurn(Request):
    """One message or paragraph to remember."""

    content: Text = Field(description="The text itself; immutable once written.")
    role: Label = Field(default="user", description="user, assistant, system, tool or any other.")
    id: Name | None = Field(
        default=None,
        description="Your own id, unique in the stream. The same id with the same content is "
        "answered with the first result; with other content it is a conflict.",
    )
    speaker: Label | None = Field(default=None, description="Who says it, by name.")
    at: Moment | None = Field(default=None, description="When it happened; now when left out.")
    place: Label | None = Field(default=None, description="Where: a room, repository, host.")
    source: Source | None = Field(
        default=None, description="Where the words come from; follows from the role if left out."
    )
    expires_at: Moment | None = Field(
        default=None, description="From when on it counts as deleted; must lie ahead."
    )
    metadata: Metadata = Field(
        default_factory=dict, description=f"Your own JSON, {MAX_METADATA_BYTES} bytes at most."
    )


class WriteTurns(Request):
    """Turns to append to a stream, in order, all or none."""

    turns: list[NewTurn] = Field(min_length=1, max_length=MAX_BATCH)
    user_id: Label | None = Field(default=None, description="Whose memory this is about.")
    agent_id: Label | None = Field(default=None, description="Which agent wrote it.")
    title: Label | None = Field(
        default=None, description="What the stream is called; kept when the stream is new."
    )
    embed: Literal["now", "later"] = Field(
        default="now",
        description="now: found by meaning when the answer comes. later: found by words at once, "
        "by meaning once the outbox is worked off; many times faster.",
    )


class WrittenTurn(Answer):
    """Where a turn went. `replayed` is true when the stream already held it."""

    id: str
    client_id: str | None = None
    seq: int = Field(description="Its number in the stream, from 0.")
    position: int = Field(description="Its place in the space's ledger.")
    replayed: bool = False


class HeldReason(Answer):
    """Why a turn is held: the rule that found something, and what that rule looks for."""

    rule: str
    explanation: str


class HeldTurn(Answer):
    """A turn of a write that is held in quarantine, and no turn until it is released."""

    index: int = Field(description="Which of the turns of the request it is, from 0.")
    id: str = Field(description="What it is decided on by; the turn's own id once it is released.")
    client_id: str | None = None
    reasons: list[HeldReason]
    position: int = Field(description="Its place in the space's ledger.")
    replayed: bool = False


class Written(Answer):
    """The answer to a write: every turn but those that are held is durable and can be found."""

    space: str
    stream: str
    turns: list[WrittenTurn]
    position: int = Field(description="The ledger position after this write.")
    embedded: bool = Field(description="False when vectors follow later.")
    lag_s: float = Field(
        default=0.0,
        description="Where vectors follow later: the age in seconds of the oldest job of the space "
        "that waits before them.",
    )
    replayed: bool = Field(
        default=False, description="True when earlier requests had written all of it."
    )
    events: list[str] = Field(
        default_factory=list, description="Ids of the events that this write closed, in order."
    )
    held: list[HeldTurn] = Field(
        default_factory=list,
        description="What the space's admission policy holds back; it is not among the turns.",
    )


# Reading -----------------------------------------------------------------------------------------


class Between(Request):
    """A span of time: from `since` up to, but not including, `until`."""

    since: Moment | None = None
    until: Moment | None = None


class Filters(Request):
    """Which turns may answer; all parts must hold."""

    streams: list[Name] = Field(default_factory=list, max_length=MAX_FILTER_VALUES)
    documents: list[Name] = Field(default_factory=list, max_length=MAX_FILTER_VALUES)
    speakers: list[Label] = Field(default_factory=list, max_length=MAX_FILTER_VALUES)
    places: list[Label] = Field(default_factory=list, max_length=MAX_FILTER_VALUES)
    roles: list[Label] = Field(default_factory=list, max_length=MAX_FILTER_VALUES)
    sources: list[Source] = Field(default_factory=list, max_length=MAX_FILTER_VALUES)
    user_id: Label | None = None
    agent_id: Label | None = None
    metadata: MetadataFilter = Field(
        default_factory=dict, description="Top-level metadata fields and the value each must have."
    )


AS_OF = (
    "Answer as the space was: at this position of its ledger, or at this time. What was forgotten "
    "since stays forgotten."
)


class AnyAsk(Request):
    """What a question holds, however many spaces it goes to."""

    question: Annotated[Text, StringConstraints(max_length=MAX_QUESTION_CHARS)]
    k: Whole = Field(default=10, ge=1, le=MAX_K, description="How many hits at most.")
    budget_tokens: Whole = Field(
        default=2_000,
        ge=1,
        le=MAX_BUDGET_TOKENS,
        description="How long the context may be, in tokens of the embedding model.",
    )
    contiguity: Contiguity = Field(
        default=CONTIGUITY,
        description="Which share of `budget_tokens` may go to what stands right after and right "
        "before the hits in their streams, as far as the hits leave it; 0 for none of it.",
    )
    order: Literal["time", "score"] = Field(
        default="time",
        description="How the context is ordered. time: as things happened. score: the best hit "
        "first, each followed by what stands beside it.",
    )
    kinds: list[Literal["turn", "event", "note"]] | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="What a hit is: a turn, also when left out, the event that turns begin in, or "
        "a note that hangs on turns.",
    )
    filters: Filters = Field(default_factory=Filters)
    between: Between | None = Field(default=None, description="When it must have happened.")
    recipe: Name = Field(default="default", description="Which recipe ranks; see /v1/recipes.")
    include_archived: StrictBool = Field(
        default=False,
        description="Let turns answer too that a space's forgetting has archived.",
    )
    include_superseded: StrictBool = Field(
        default=False,
        description="Let turns answer too all of whose facts were superseded by what others say.",
    )
    explain: StrictBool = Field(default=False, description="Also answer what each stage did.")


class Ask(AnyAsk):
    """A question to a space."""

    include_profile: StrictBool = Field(
        default=False,
        description="Have the context begin with the profile of the user: standing instructions, "
        "facts and preferences. It takes up to half of `budget_tokens`, and 300 at most.",
    )
    min_position: LedgerPosition | None = Field(
        default=None, description="Wait, a short while, until this position is applied."
    )
    as_of: AsOf | None = Field(default=None, description=AS_OF)

    @field_validator("as_of")
    @classmethod
    def _waits_for_no_past(
        cls, as_of: int | datetime | None, info: ValidationInfo
    ) -> int | datetime | None:
        if as_of is not None and info.data.get("min_position") is not None:
            msg = "it is not for a question that waits; leave min_position out"
            raise ValueError(msg)
        return as_of


class AskTogether(AnyAsk):
    """A question to several spaces, all of which the key must be allowed to read."""

    spaces: Annotated[list[Name], Distinct] = Field(
        min_length=1,
        max_length=MAX_SPACES_ASKED,
        description="Whom to ask; each named once.",
        json_schema_extra={"uniqueItems": True},
    )
    min_positions: dict[Name, LedgerPosition] = Field(
        default_factory=dict,
        description="Wait, a short while, until each of these spaces has applied its position.",
        json_schema_extra={"additionalProperties": False},
    )

    as_of: Moment | None = Field(
        default=None,
        description="Answer as the spaces were at this time. What was forgotten since stays "
        "forgotten.",
    )

    @field_validator("as_of")
    @classmethod
    def _waits_for_no_past(cls, as_of: datetime | None, info: ValidationInfo) -> datetime | None:
        if as_of is not None and info.data.get("min_positions"):
            msg = "it is not for a question that waits; leave min_positions out"
            raise ValueError(msg)
        return as_of

    @field_validator("min_positions")
    @classmethod
    def _waits_only_for_whom_it_asks(
        cls, positions: dict[str, int], info: ValidationInfo
    ) -> dict[str, int]:
        if not positions.keys() <= set(info.data.get("spaces", positions)):
            msg = "it may name only spaces that are asked"
            raise ValueError(msg)
        return positions


class NamePath(Answer):
    """By which name a turn was reached: `nodes`, with a step between every two of them."""

    nodes: list[str] = Field(
        description="The id of the turn that was set out from, the name, and the id of the turn "
        "reached; only the last two when the question holds the name. A walk over the graph may go "
        "over several of either."
    )
    steps: list[PathStep] = Field(
        description="What the turn beside the name does with it: it names it or is about it. "
        "Between two names: they may mean the same, or a fact relates them."
    )
    mass: list[float] = Field(
        default_factory=list,
        description="How much of the 1 that set out comes over each step, if it was a walk.",
    )


class ArmScore(Answer):
    """What one arm said of a hit: its rank among that arm's candidates, score and share."""

    rank: int
    score: float
    share: float = Field(description="What the arm added to the hit's score.")
    path: NamePath | None = Field(
        default=None, description="How the arm got there, if it went by names."
    )


class HitEvent(Answer):
    """What there is to say of an event that answers, beside what a hit says."""

    boundary: Boundary | None = Field(
        default=None, description="Why it ended; null for the open tail of a stream."
    )
    best: str = Field(
        description="Id of the turn that speaks for it: score, why, role, speaker, source, user, "
        "agent and metadata of the hit are those of this turn."
    )
    shown: list[str] = Field(description="Ids of the turns in `text`, in order.")
    is_cut: bool = Field(
        description="True when it is too long to be shown whole; then `text` has the turns around "
        "the best one."
    )


class HitLink(Answer):
    """A link that starts or ends at a note that answers."""

    id: str
    start: str
    end: str
    kind: LinkKind
    score: float


class HitNote(Answer):
    """What there is to say of a note that answers, beside what a hit says.

    The hit's stream, seq, user, agent and metadata are those of the turn `best`.
    """

    best: str = Field(description="Id of the turn that it was found by, or hangs on first.")
    event: str | None = Field(description="The event that it was made of; null if none.")
    keywords: list[str]
    tags: list[str]
    context: str
    version: int = Field(description="The ledger position at which its facets changed last.")
    maker: str = Field(description="Who or what made it as it is: a key, a rule or a model.")
    links: list[HitLink] = Field(description="Links of both directions, in the order of making.")


class SupersededBy(Answer):
    """The turn that holds, or may hold, in place of a hit."""

    id: str
    at: datetime = Field(description="When it happened; UTC.")
    certainty: Certainty = Field(
        description="How sure that is. stated: the facts that the hit says have been superseded by "
        "one that this turn says. maybe: by rule, from the words alone; nothing is withheld for it."
    )


class Hit(Answer):
    """One memory that answers: a turn or, where that was asked for, an event or a note.

    `turns` names every turn it stands for: of a turn those that say the very same, itself first; of
    an event those that begin in it; of a note those that it hangs on.
    """

    id: str = Field(
        description="Its id; of an event that is not closed yet, the open tail of its stream, "
        "`open:` and the stream's name."
    )
    space: str
    kind: Literal["turn", "event", "note"]
    text: str = Field(
        description="Its text; of an event the texts of its turns, each after who speaks; of a "
        "note its content."
    )
    score: float
    at: datetime = Field(description="When it happened, or began; UTC.")
    stream: str
    title: str | None = None
    seq: int
    turns: list[str]
    event: HitEvent | None = Field(default=None, description="Null unless the hit is an event.")
    note: HitNote | None = Field(default=None, description="Null unless the hit is a note.")
    client_id: str | None = None
    role: str
    speaker: str | None = None
    source: Source = Field(description="Where its words come from.")
    trust: Source = Field(
        default=Source.USER,
        description="The least trusted source that it stands on, of all its turns.",
    )
    user_id: str | None = None
    agent_id: str | None = None
    metadata: dict[str, Any]
    echo_of: str | None = Field(
        default=None, description="The earlier turn whose words it repeats, if that was marked."
    )
    superseded_by: SupersededBy | None = Field(
        default=None, description="A turn that holds, or may hold, in its place."
    )
    disputed_by: list[str] = Field(
        default_factory=list,
        description="Ids of turns that say otherwise, where nothing tells which holds.",
    )
    why: dict[str, ArmScore]


class StageTrace(Answer):
    """What one stage of the recipe did."""

    stage: str
    candidates: int
    took_ms: float
    facts: dict[str, Any]


class ContextTurn(Answer):
    """A turn in the context."""

    space: str
    id: str
    hit: bool = Field(description="False when it is there because it stands beside a hit.")


class AnyRecalled(Answer):
    """What every answer to a question holds."""

    hits: list[Hit]
    context: str = Field(description="Ready for a prompt: dated, attributed, marked as data.")
    context_tokens: int
    context_turns: list[ContextTurn] = Field(
        default_factory=list, description="The turns in the context, in its order."
    )
    recipe: str
    missing_arms: list[str] = Field(
        default_factory=list, description="Arms that could not be asked, for instance dense."
    )


class Recalled(AnyRecalled):
    """The answer to a question."""

    position: int = Field(description="The ledger position that the answer stands at.")
    trace: list[StageTrace] | None = None


class RecalledTogether(AnyRecalled):
    """The answer of several spaces: one list of hits, each with its space, and one context."""

    positions: dict[str, int] = Field(
        description="The ledger position that the answer stands at, by space."
    )
    traces: dict[str, list[StageTrace]] | None = Field(
        default=None, description="What each stage did, by space, when that was asked for."
    )


class AskOrder(Request):
    """Two passages, of which one came first."""

    a: Annotated[Text, StringConstraints(max_length=MAX_QUESTION_CHARS)] = Field(
        description="One passage, best as it was said; it may reach over several turns."
    )
    b: Annotated[Text, StringConstraints(max_length=MAX_QUESTION_CHARS)] = Field(
        description="The other one."
    )
    filters: Filters = Field(default_factory=Filters)
    between: Between | None = Field(default=None, description="When they must have happened.")
    as_of: AsOf | None = Field(default=None, description=AS_OF)


class Located(Answer):
    """Where a passage stands: from `start` in the first of `turns` to before `end` in the last."""

    id: str = Field(description="The turn in which it begins.")
    stream: str
    seq: int
    at: datetime
    turns: list[str] = Field(description="Ids of the turns that it reaches over, in order.")
    start: int = Field(description="The character of the first turn at which it begins, from 0.")
    end: int = Field(description="The character of the last turn before which it ends.")
    match: Match = Field(
        description="verbatim: as it stands, but for case, punctuation and white space. words: "
        "where most of its words stand together. meaning: the turn that comes nearest; where in it "
        "is not known."
    )
    score: float = Field(
        description="verbatim: 1. words: the share of its words, weighed by how rare they are. "
        "meaning: a cosine."
    )
    occurrences: int = Field(
        description="In how many places it stands verbatim; this is the first of them."
    )


class Ordered(Answer):
    """Which of two passages came first. `first` is null when that cannot be told."""

    first: Literal["a", "b", "same"] | None = Field(
        description="same: both begin at the same place. null: see `reason`."
    )
    a: Located | None = Field(description="Where a stands; null when it is not found.")
    b: Located | None = Field(description="Where b stands; null when it is not found.")
    decided_by: DecidedBy | None = Field(
        description="What told: offset in one turn, seq in one stream, part of one document, at "
        "(when it happened), or the ledger position of what happened at the same time."
    )
    reason: str = Field(description="One sentence: what told, or why it cannot be told.")


class AskWhereabouts(Request):
    """Where something was last."""

    of: Annotated[Text, StringConstraints(max_length=MAX_NAMED_CHARS)] = Field(
        description="What it is called: a name or a thing. Function words do not count."
    )
    filters: Filters = Field(default_factory=Filters)
    between: Between | None = Field(default=None, description="When it must have been there.")
    limit: Whole = Field(
        default=10, ge=0, le=MAX_K, description="How many places before the last at most."
    )
    as_of: AsOf | None = Field(default=None, description=AS_OF)


class Sighting(Answer):
    """A turn that names the thing, and where it happened."""

    place: str
    at: datetime
    id: str = Field(description="The turn's id.")
    stream: str
    seq: int
    speaker: str | None = None
    text: str
    naming: Naming = Field(
        description="phrase: it names the thing in one go, or is said by whoever is called so. "
        "words: it holds all the words of the name."
    )


class Whereabouts(Answer):
    """Where something was last, and before that."""

    of: str = Field(description="What was asked for.")
    last: Sighting | None = Field(description="Null when no turn with a place names it.")
    earlier: list[Sighting] = Field(
        description="Where it was before, latest first; one for every time that it was elsewhere."
    )


class PlaceInfo(Answer):
    """A place of turns."""

    name: str
    turns: int
    last_at: datetime


class Recipe(Answer):
    """A recipe as it is: its stages in order."""

    name: str
    stages: list[str]


# Inspecting --------------------------------------------------------------------------------------


class Page(Answer, Generic[T]):
    """Some items in order; `next_cursor` continues after them and is null at the end."""

    items: list[T]
    next_cursor: str | None = None


class SegmentationSaid(SegmentationFields, Request):
    """How to cut streams into events; what is left out is as it is by default."""


class SegmentationInfo(SegmentationFields, Answer):
    """How streams are cut into events."""


class DecaySaid(DecayFields, Request):
    """What is left of a turn's strength after a day, by its source; what is left out stays 1."""


class DecayInfo(DecayFields, Answer):
    """What is left of a turn's strength after a day, by its source."""


class ForgettingSaid(ForgettingFields, Request):
    """How turns fade in recalls; what is left out is as it is by default."""

    decay: DecaySaid = Field(default_factory=DecaySaid)


class ForgettingInfo(ForgettingFields, Answer):
    """How turns fade in recalls."""

    decay: DecayInfo = Field(default_factory=DecayInfo)


class SynonymsSaid(SynonymFields, Request):
    """How synonyms of names are sought; what is left out is as it is by default."""


class SynonymsInfo(SynonymFields, Answer):
    """How synonyms of names are sought."""


class InstructionsSaid(InstructionFields, Request):
    """From which sources instructions to a model are held; the rest as it is by default."""


class InstructionsInfo(InstructionFields, Answer):
    """From which sources instructions to a language model are held back."""


class AdmissionSaid(AdmissionFields, Request):
    """What is let in, and how far it is trusted; what is left out is as it is by default."""

    instructions: InstructionsSaid = Field(default_factory=InstructionsSaid)


class AdmissionInfo(AdmissionFields, Answer):
    """What is let in, and how far it is trusted."""

    instructions: InstructionsInfo = Field(default_factory=InstructionsInfo)


class NoteMakingSaid(NoteMakingFields, Request):
    """How notes are made of events; what is left out is as it is by default."""


class NoteMakingInfo(NoteMakingFields, Answer):
    """How notes are made of events."""


class SpaceSettings(Answer):
    """What may be set for a space."""

    retention_days: int | None = Field(
        default=None,
        description="For how long turns are kept from when they were written; null keeps them.",
    )
    segmentation: SegmentationInfo | None = Field(
        default=None,
        description="How streams are cut into events; null for how it is done by default.",
    )
    forgetting: ForgettingInfo | None = Field(
        default=None, description="How turns fade in recalls; null when they do not."
    )
    synonyms: SynonymsInfo | None = Field(
        default=None, description="How synonyms of names are sought; null when they are not."
    )
    single_valued: list[str] | None = Field(
        default=None,
        description="Predicates that hold one object at a time, beside the well-known ones.",
    )
    admission: AdmissionInfo | None = Field(
        default=None,
        description="What is let in and how far it is trusted; null as it is by default.",
    )
    notes: NoteMakingInfo | None = Field(
        default=None, description="How notes are made of events; null when they are not."
    )


class SpaceInfo(Answer):
    """A space with what it holds and how it is set. `version` is what If-Match wants."""

    name: str
    created_at: datetime
    position: int
    streams: int
    turns: int
    events: int = 0
    vectors: int
    text_bytes: int
    settings: SpaceSettings = Field(default_factory=SpaceSettings)
    version: int = Field(
        default=0,
        description="The ledger position of the last change of its settings, 0 before the first; "
        "what If-Match wants.",
    )


class ReviseSpace(Request):
    """New settings of a space; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    retention_days: Days | None = Field(
        default=None,
        description="Keep turns for so many days from when they were written, and delete them "
        "after that; null keeps them.",
    )
    segmentation: SegmentationSaid | None = Field(
        default=None,
        description="Cut streams into events like this from now on; null for how it is done by "
        "default. Events that are closed stay as they are.",
    )
    forgetting: ForgettingSaid | None = Field(
        default=None,
        description="Let turns fade in recalls like this; null for not at all. Nothing is deleted "
        "by it.",
    )
    synonyms: SynonymsSaid | None = Field(
        default=None,
        description="Embed the names in turns, those that are there and those to come, and join "
        "those that mean the same; null for no further ones. That is work for the outbox.",
    )
    single_valued: SingleValued | None = Field(
        default=None,
        description="Predicates that hold one object at a time, so that a later statement ends an "
        "earlier one; beside the well-known ones, and for what was stated before, too.",
    )
    admission: AdmissionSaid | None = Field(
        default=None,
        description="What to let in from now on, and how far to trust it in recalls; null as it "
        "is by default: instructions to a model are held when an untrusted source gives them.",
    )
    notes: NoteMakingSaid | None = Field(
        default=None,
        description="Make a note of every event that closes from now on, and link it; null for no "
        "further ones. That is work for the outbox.",
    )


class StreamInfo(Answer):
    """A stream with what it holds."""

    name: str
    title: str | None = None
    document: str | None = None
    created_at: datetime
    turns: int
    last_at: datetime | None = None


class TurnInfo(Answer):
    """A turn as it is kept. `version` is what If-Match wants."""

    id: str
    client_id: str | None = None
    stream: str
    seq: int
    role: str
    speaker: str | None = None
    content: str
    at: datetime
    place: str | None = None
    source: Source
    user_id: str | None = None
    agent_id: str | None = None
    metadata: dict[str, Any]
    tokens: int
    position: int
    version: int
    embedded: bool
    expires_at: datetime | None = Field(
        default=None, description="From when on it counts as deleted; null when it does not expire."
    )
    echo_of: str | None = Field(
        default=None,
        description="The earlier turn whose words it repeats, where an agent or a tool wrote back "
        "what was said before; recalls have that one in its place.",
    )
    events: list[str] | None = Field(
        default=None,
        description="Ids of the events that it is in, in order: several for a long turn, none "
        "while it is in the open tail. Told when one turn is read, else null.",
    )


class TimelineItem(Answer):
    """Something that happened. Its `kind` says which field holds it; more kinds may come."""

    kind: Literal["turn"]
    at: datetime
    stream: str
    place: str | None = None
    turn: TurnInfo | None = Field(default=None, description="The turn, where the kind is turn.")


class TurnVersion(Answer):
    """What could be edited about a turn, as it stood from `position` on."""

    position: int
    place: str | None = None
    metadata: dict[str, Any]


class ReviseTurn(Request):
    """An edit of a turn's metadata or place; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["metadata"], "properties": {"metadata": {"type": "object"}}},
                {"required": ["place"], "properties": {"place": {"type": "string"}}},
            ]
        }
    )

    metadata: Metadata | None = Field(default=None, description="Replaces the metadata whole.")
    place: Label | None = None


class Deleted(Answer):
    """What a deletion removed, from rows, terms and vectors."""

    turns: int
    streams: int
    position: int | None = Field(
        default=None, description="The ledger position after it; null when the space is gone."
    )


class Imported(Answer):
    """What an import did."""

    space: str
    documents: int = Field(description="Documents that were made.")
    streams: int = Field(description="Streams that were made.")
    turns: int = Field(description="Turns that were added.")
    present: int = Field(description="Turns that were here already, and stay as they are.")
    forgotten: int = Field(description="Turns that were deleted here, and stay so.")
    with_vectors: int = Field(description="Added turns whose vectors came along.")
    facts: int = Field(
        default=0, description="Facts that were added, or that further turns say now."
    )
    rulings: int = Field(default=0, description="Rulings about facts that were added.")
    merges: int = Field(default=0, description="Merges of entities that were added.")
    notes: int = Field(default=0, description="Notes that were added, with their versions.")
    links: int = Field(default=0, description="Links between notes that were added.")
    notes_left_out: int = Field(
        default=0,
        description="Notes that hang on turns that are not here, that were deleted here, or that "
        "were made because of one that was left out.",
    )
    feedback: int = Field(default=0, description="Feedback on turns that was added.")
    position: int


class LedgerEntry(Answer):
    """One change. Hashes and digests are hexadecimal."""

    position: int
    change: Change
    subject: str
    digest: str
    actor: str
    at: datetime
    hash: str


class LedgerVerdict(Answer):
    """What checking the chain, and the rows it speaks of, found."""

    is_whole: bool
    entries: int
    head: str
    broken_at: int | None = None
    reason: str | None = None


class ParkedJob(Answer):
    """Work that failed all its tries."""

    turn: str
    step: Step
    attempts: int
    reason: str
    since: datetime


class Enrichment(Answer):
    """How far the outbox is behind."""

    waiting: dict[Step, int]
    parked: list[ParkedJob]
    done: int
    lag_s: float = Field(description="Age of the oldest waiting job in seconds.")


class Retried(Answer):
    """How many parked jobs were made due again."""

    jobs: int


# Keys and health ---------------------------------------------------------------------------------


class NewKey(Request):
    """A key to make."""

    name: Label
    role: Role
    spaces: list[NameOrAll] = Field(
        min_length=1, max_length=MAX_BATCH, description='Names of spaces, or "*" for all of them.'
    )


class KeyInfo(Answer):
    """A key, without its secret."""

    id: str
    name: str
    role: Role
    spaces: list[str]
    created_at: datetime


class MadeKey(KeyInfo):
    """A new key with its secret, which is shown this once."""

    secret: str


class Health(Answer):
    """Liveness."""

    status: Literal["ok"] = "ok"
    version: str


class Readiness(Answer):
    """Readiness, with a reason for each part that is not ready."""

    ready: bool
    parts: dict[str, str] = Field(description="Each part's state: ok, or what is missing.")


class Problem(Answer):
    """An error, after RFC 9457. `detail` says what to do next."""

    type: str = Field(description="A stable code, for instance turn_not_found.")
    title: str
    status: int
    detail: str
    field: str | None = None
    limit: int | None = None
    request_id: str | None = None

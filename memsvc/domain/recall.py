"""Asking: the question with its filters, and the answer with its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Any

from memsvc.domain.asking import Understanding
from memsvc.domain.episode import Boundary
from memsvc.domain.helping import Helped, When
from memsvc.domain.holding import Holding
from memsvc.domain.ids import DocumentName, Position, SpaceName, StreamName, TurnId
from memsvc.domain.memory import WHOLE, Source, Stretch, Turn
from memsvc.domain.note import Link, Note

MOST_HITS = 30
"""Hits that are looked at where the question leaves their number to the service."""

CONTIGUITY = 0.3
"""The share of the budget that may go to what stands beside hits (EM-LLM, arXiv:2407.09450)."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which turns may answer. An empty tuple or None means no restriction; all parts must hold.

    `since` is inclusive, `until` exclusive; both are aware and UTC. `metadata` compares top-level
    scalars for equality. Of each stream the `stretch` alone.
    """

    streams: tuple[StreamName, ...] = ()
    documents: tuple[DocumentName, ...] = ()
    speakers: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    user_id: str | None = None
    agent_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    stretch: Stretch = WHOLE

    @property
    def is_open(self) -> bool:
        """True when every turn of the space may answer."""
        return self == Filter()

    def is_within(self, other: "Filter") -> bool:
        """Tell whether all that this lets through the other does, as far as their words tell."""
        lists = ("streams", "documents", "speakers", "places", "roles", "sources")
        one_of = all(
            not getattr(other, name)
            or (getattr(self, name) and set(getattr(self, name)) <= set(getattr(other, name)))
            for name in lists
        )
        about = other.user_id in {None, self.user_id} and other.agent_id in {None, self.agent_id}
        since = other.since is None or (self.since is not None and self.since >= other.since)
        until = other.until is None or (self.until is not None and self.until <= other.until)
        data = other.metadata.items() <= self.metadata.items()
        stretch = self.stretch.is_within(other.stretch)
        return one_of and about and since and until and data and stretch

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that it names."""
        words = (self.streams, self.documents, self.speakers, self.places, self.roles)
        one_each = (self.user_id, self.agent_id)
        data = (text for pair in self.metadata.items() for text in pair if isinstance(text, str))
        return (*chain(*words), *(each for each in one_each if each is not None), *data)

    @property
    def beyond_traits(self) -> "Filter":
        """What is asked beside who said it, where, for whom and when: stream, document, more."""
        return replace(
            self,
            speakers=(),
            places=(),
            roles=(),
            sources=(),
            user_id=None,
            agent_id=None,
            since=None,
            until=None,
        )


class Kind(StrEnum):
    """What the hits of a recall are: turns, the events that they begin in, notes on them."""

    TURN = "turn"
    EVENT = "event"
    NOTE = "note"


class ContextOrder(StrEnum):
    """How a context is ordered."""

    TIME = "time"
    """As things happened."""
    SCORE = "score"
    """The best hit first."""
    ENDS = "ends"
    """The best hits at both ends, and the weakest in the middle."""
    AUTO = "auto"
    """By time where the question is about time, else with the best at both ends."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a space. `budget_tokens` bounds the packed context, `k` the hits.

    Where `k` is None there are as many hits as are relevant. With `repeat` the context says all it
    has twice, within the budget.
    What is left of the budget goes to what stands beside hits, up to the share `contiguity` of it.
    With `include_profile` the context begins with the profile of the user, within the budget.
    `now` is the moment from which its words tell times ("last week"); the clock's where it is None.
    With `include_archived`, turns that a space's forgetting has archived may answer too; with
    `include_superseded`, turns all of whose facts others have superseded. `rerank` says whether the
    best candidates are read by a reranker; None where one is set up, and only there. `clues` and
    `sift_facts` say when a language model helps; None as the space or the recipe has it.
    """

    text: str
    k: int | None = 10
    budget_tokens: int = 2000
    where: Filter = field(default_factory=Filter)
    kind: Kind = Kind.TURN
    contiguity: float = CONTIGUITY
    order: ContextOrder = ContextOrder.TIME
    repeat: bool = False
    now: datetime | None = None
    include_archived: bool = False
    include_superseded: bool = False
    include_profile: bool = False
    rerank: bool | None = None
    clues: When | None = None
    sift_facts: When | None = None

    @property
    def most(self) -> int:
        """How many hits are looked for."""
        return MOST_HITS if self.k is None else self.k


class PathStep(StrEnum):
    """How a turn and a name hang together, or two names."""

    NAMES = "names"
    IS_ABOUT = "is_about"
    MEANS = "means"
    """Two names may mean the same."""
    RELATES = "relates"
    """A fact relates two names."""


@dataclass(frozen=True, slots=True)
class NamePath:
    """By which name a turn was reached: `nodes` with a step between every two of them.

    The nodes are the turn that was set out from, the name and the turn itself; or only the last
    two, when the question holds the name. A walk may go over several turns and names. A step says
    what the turn beside the name does with it. `mass` is how much of the 1 that set out comes over
    each step, if it was a walk.
    """

    nodes: tuple[str, ...]
    steps: tuple[PathStep, ...]
    mass: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class ArmScore:
    """What one arm said of a hit.

    `rank` counts from 1 among that arm's candidates, `score` is in the arm's own unit (a cosine, a
    BM25 sum), `share` is what the arm added to the hit's final score, `path` how it got there if it
    went by names.
    """

    rank: int
    score: float
    share: float
    path: NamePath | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """The event that a hit is, as far as the question lets it be seen.

    `turns` are those shown, in order: all that begin in it, or, when it `is_cut`, those nearest to
    the one that answers. A turn belongs to the event it begins in. The open tail of a stream is
    one too; it has no boundary yet, and its id is `open:` and the stream's name. `first_at` is
    when the first of all its turns that may be seen happened. `title` is None where it has none,
    and where the question may not see all of it, or all of it was not read.
    """

    id: str
    turns: tuple[Turn, ...]
    first_at: datetime
    boundary: Boundary | None
    is_cut: bool
    title: str | None = None

    @property
    def text(self) -> str:
        """The texts of the turns shown, each after its speaker."""
        return "\n".join(f"{turn.speaker or turn.role}: {turn.content}" for turn in self.turns)


class Certainty(StrEnum):
    """How sure it is that a turn supersedes another."""

    MAYBE = "maybe"
    """By rule, from the words alone; not known."""
    STATED = "stated"
    """What the other says has been superseded by what this one says, as facts have it."""
    CORRECTED = "corrected"
    """Somebody said this one in the other's place (`memsvc.domain.correction`)."""


@dataclass(frozen=True, slots=True)
class SupersededBy:
    """The turn that superseded a hit, or may have, and when that happened.

    `reason` is why, in the words of whoever corrected it, if they said so.
    """

    id: TurnId
    at: datetime
    certainty: Certainty = Certainty.MAYBE
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class HitNote:
    """The note that a hit is, and the links that start or end at it, as far as may be seen."""

    note: Note
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One turn that answers, with the reason. `score` is the fused score; higher is better.

    `turns` names the turns found that say the very same, the one shown first. `title` is what its
    stream is called, for people. Where an event was asked for, `event` is the one that `turn`
    speaks for as its best, and `turns` names what begins in it. `superseded_by` says what holds, or
    may hold, in place of a turn; `disputed_by` which turns say otherwise, and nothing tells which.
    Where a note was asked for, `turn` is its best turn as `note` tells it, and `turns` names all
    that it hangs on.
    """

    space: SpaceName
    turn: Turn
    score: float
    why: Mapping[str, ArmScore]
    turns: tuple[TurnId, ...]
    title: str | None = None
    event: Episode | None = None
    superseded_by: SupersededBy | None = None
    disputed_by: tuple[TurnId, ...] = ()
    note: HitNote | None = None

    @property
    def shown(self) -> tuple[Turn, ...]:
        """The turns that stand for it, in order."""
        return (self.turn,) if self.event is None else self.event.turns


@dataclass(frozen=True, slots=True)
class ContextTurn:
    """A turn in a context: part of a hit, or beside one. `tokens` is how long it is, with its head.

    In a context that says all it has twice, it takes so much in both places.
    """

    space: SpaceName
    id: TurnId
    is_hit: bool
    tokens: int


@dataclass(frozen=True, slots=True)
class StageTrace:
    """What one stage of a recipe did: candidates after it, time it took, facts worth showing."""

    stage: str
    candidates: int
    took_ms: float
    facts: Mapping[str, Any]


class FellBack(StrEnum):
    """Why a recall went on without its reranker."""

    TIME = "time"
    """It was not done within the limit."""
    BUSY = "busy"
    """It still ran for a question that had gone on without it."""
    MODEL = "model"
    """It could not be run."""


@dataclass(frozen=True, slots=True)
class Reranking:
    """What a reranker had to do with an answer: how many turns it was given, and what it took."""

    texts: int
    took_s: float
    fell_back: FellBack | None = None


class RecallPart(StrEnum):
    """What the time of a recall goes into, in the order in which it does."""

    EMBED = "embed"
    """The model reads the question."""
    HELP = "help"
    """A language model and the reranker, where they are asked."""
    UNDERSTAND = "understand"
    """The space is opened, and it is found out what the question asks of it."""
    STAGES = "stages"
    """The recipe, as the trace tells stage by stage, and whether the answer is there."""
    ROWS = "rows"
    """Hits are read, with the reasons, what was said since and what stands beside them."""
    PACK = "pack"
    """The context is packed."""
    ANSWER = "answer"
    """All of it is put into JSON."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """The answer: hits best first, the packed context, and the ledger position it stands at.

    `context_turns` says, in the order of the context, which turns stand in it, each once; `holds`
    how probable it is that the answer is among what may answer; `understood` what was read off the
    question; `took_s` what each part of the recall took, in seconds.
    """

    hits: tuple[Hit, ...]
    context: str
    context_tokens: int
    context_turns: tuple[ContextTurn, ...]
    position: Position
    recipe: str
    trace: tuple[StageTrace, ...]
    holds: Holding
    missing_arms: tuple[str, ...] = ()
    understood: Understanding = field(default_factory=Understanding)
    reranking: Reranking | None = None
    helping: tuple[Helped, ...] = ()
    took_s: Mapping[RecallPart, float] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class RecalledTogether:
    """The answer of several spaces: their hits as one list, and what each space says of itself.

    `holds` is that of the space that most probably holds the answer. What a question means may hang
    on the space: `understood` says it for each.
    """

    hits: tuple[Hit, ...]
    context: str
    context_tokens: int
    context_turns: tuple[ContextTurn, ...]
    positions: Mapping[SpaceName, Position]
    recipe: str
    traces: Mapping[SpaceName, tuple[StageTrace, ...]]
    holds: Holding
    missing_arms: tuple[str, ...] = ()
    understood: Mapping[SpaceName, Understanding] = field(default_factory=dict)
    reranking: Reranking | None = None
    helping: tuple[Helped, ...] = ()
    took_s: Mapping[RecallPart, float] = field(default_factory=dict, compare=False)

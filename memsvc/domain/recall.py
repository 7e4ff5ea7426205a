"""Asking: the question with its filters, and the answer with its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from memsvc.domain.ids import DocumentName, Position, SpaceName, StreamName, TurnId
from memsvc.domain.memory import Source, Turn


@dataclass(frozen=True, slots=True)
class Filter:
    """Which turns may answer. An empty tuple or None means no restriction; all parts must hold.

    `since` is inclusive, `until` exclusive; both are aware and UTC. `metadata` compares top-level
    scalars for equality.
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

    @property
    def is_open(self) -> bool:
        """True when every turn of the space may answer."""
        return self == Filter()

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


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a space. `budget_tokens` bounds the packed context, `k` the hits."""

    text: str
    k: int = 10
    budget_tokens: int = 2000
    where: Filter = field(default_factory=Filter)


@dataclass(frozen=True, slots=True)
class ArmScore:
    """What one arm said of a hit.

    `rank` counts from 1 among that arm's candidates, `score` is in the arm's own unit (a cosine, a
    BM25 sum), `share` is what the arm added to the hit's final score.
    """

    rank: int
    score: float
    share: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One turn that answers, with the reason. `score` is the fused score; higher is better.

    `turns` names the turns found that say the very same, the one shown first. `title` is what its
    stream is called, for people.
    """

    space: SpaceName
    turn: Turn
    score: float
    why: Mapping[str, ArmScore]
    turns: tuple[TurnId, ...]
    title: str | None = None


@dataclass(frozen=True, slots=True)
class StageTrace:
    """What one stage of a recipe did: candidates after it, time it took, facts worth showing."""

    stage: str
    candidates: int
    took_ms: float
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recalled:
    """The answer: hits best first, the packed context, and the ledger position it stands at."""

    hits: tuple[Hit, ...]
    context: str
    context_tokens: int
    position: Position
    recipe: str
    trace: tuple[StageTrace, ...]
    missing_arms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecalledTogether:
    """The answer of several spaces: their hits as one list, and what each space says of itself."""

    hits: tuple[Hit, ...]
    context: str
    context_tokens: int
    positions: Mapping[SpaceName, Position]
    recipe: str
    traces: Mapping[SpaceName, tuple[StageTrace, ...]]
    missing_arms: tuple[str, ...] = ()

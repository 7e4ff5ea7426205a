"""What answers a question: the hits, why each of them came, and the context."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from memsvc.domain.episode import Boundary
from memsvc.domain.memory import Source
from memsvc.domain.note import LinkKind
from memsvc.domain.recall import Certainty, PathStep
from memsvc.sdk.wire.base import Answer


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
    title: str | None = Field(
        default=None,
        description="What a language model calls it; null where none did, and where the question "
        "does not see all of its turns.",
    )
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
        "one that this turn says. corrected: somebody said this turn in its place. maybe: by rule, "
        "from the words alone. Nothing is withheld for the last two."
    )
    reason: str | None = Field(
        default=None, description="Why, in the words of whoever corrected it, if they said so."
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


class TimeUnderstood(Answer):
    """A time that a question speaks of, as it was read."""

    words: str = Field(description="The words of the question that say so.")
    since: datetime | None = Field(description="When it begins; UTC. Null where it is open.")
    until: datetime | None = Field(
        description="When it is over: it ends before this. Null where it is open."
    )


class Understood(Answer):
    """What was read off the question. It raises what fits, and leaves out nothing."""

    times: list[TimeUnderstood] = Field(
        description="The times that it speaks of, told from its `now`."
    )


class ContextTurn(Answer):
    """A turn in the context."""

    space: str
    id: str
    hit: bool = Field(description="False when it is there because it stands beside a hit.")
    tokens: int = Field(
        default=0,
        description="How long it is in the context, with its head; in a context that says all it "
        "has twice, it takes so much twice.",
    )


class Holds(Answer):
    """How probable it is that the memory holds the answer, with the reasons.

    They are those of the turn that stands first.
    """

    probability: float = Field(
        description="From 0 to 1; right for questions of which half have their answer in memory."
    )
    words: float = Field(
        description="The share of the question's words that it holds, weighed by how rare they are."
    )
    nearness: float | None = Field(
        default=None,
        description="Its cosine with the question, less what chance adds to a long one; null "
        "without a model.",
    )
    tokens: float | None = Field(
        default=None,
        description="How much of the question it holds by the meaning of single words, those of "
        "the turns beside it included; null where the recipe did not compare words.",
    )
    lead: float = Field(
        description="How far the sum of words and nearness is above that of the tenth hit: where "
        "nothing answers, many turns are alike. Below 0 where the tenth has more of both."
    )


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
        default_factory=list,
        description="Arms that could not be asked, for instance dense; reranker where that was not "
        "done in time, clues or facts where a language model was wanted in vain.",
    )
    abstain: bool = Field(
        default=False,
        description="True where the memory may not hold the answer: the probability in `holds` is "
        "below .3. Hits and context are what they would be.",
    )
    holds: Holds | None = Field(
        default=None, description="How probable it is that the memory holds the answer."
    )


class Recalled(AnyRecalled):
    """The answer to a question."""

    position: int = Field(description="The ledger position that the answer stands at.")
    trace: list[StageTrace] | None = None
    understood: Understood | None = Field(
        default=None, description="What was read off the question, when that was asked for."
    )


class RecalledTogether(AnyRecalled):
    """The answer of several spaces: one list of hits, each with its space, and one context."""

    positions: dict[str, int] = Field(
        description="The ledger position that the answer stands at, by space."
    )
    traces: dict[str, list[StageTrace]] | None = Field(
        default=None, description="What each stage did, by space, when that was asked for."
    )
    understood: dict[str, Understood] | None = Field(
        default=None,
        description="What was read off the question, by space, when that was asked for: a time "
        "such as `in June` hangs on how far a space's memory reaches.",
    )


class Recipe(Answer):
    """A recipe as it is: its stages in order."""

    name: str
    about: str = Field(default="", description="What it is for, in a sentence.")
    stages: list[str]
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="How much each arm counts beside the others, and each later stage beside them.",
    )

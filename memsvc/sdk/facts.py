"""The shapes of facts, as they travel. `memsvc.sdk.wire` says what holds for all shapes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool, StringConstraints

from memsvc.domain.knowledge import (
    MAX_FACT_TURNS,
    MAX_OBJECT_CHARS,
    MAX_SUBJECT_CHARS,
    MAX_SUPERSEDED,
    Outcome,
)
from memsvc.domain.memory import Source
from memsvc.domain.validity import FactState, Verdict
from memsvc.sdk.checked import MAX_BATCH, DistinctNames, Moment, Name, Reason, Text
from memsvc.sdk.wire import Answer, Request

EntityText = Annotated[Text, StringConstraints(max_length=MAX_SUBJECT_CHARS)]
ObjectText = Annotated[Text, StringConstraints(max_length=MAX_OBJECT_CHARS)]


class NewFact(Request):
    """A triple that turns say."""

    subject: EntityText = Field(
        description="What it is about, by name; its case, article and punctuation do not count."
    )
    predicate: EntityText = Field(
        description="What it says of it; case and white space do not count."
    )
    object: ObjectText = Field(description="What it says it is, or is related to; as the subject.")
    turns: DistinctNames = Field(
        min_length=1,
        max_length=MAX_FACT_TURNS,
        description="Ids of the turns that say so; each must be there.",
    )
    valid_from: Moment | None = Field(
        default=None,
        description="From when on it holds in the world; when each turn was said if left out, and "
        "since ever if it ended before that.",
    )
    valid_to: Moment | None = Field(
        default=None, description="Up to when it holds; open if left out. After valid_from."
    )
    replaces: StrictBool = Field(
        default=False,
        description="It takes the place of all else that holds of this subject and predicate. "
        "Where one object holds at a time, it does so anyway.",
    )
    supersedes: DistinctNames = Field(
        default_factory=list,
        max_length=MAX_SUPERSEDED,
        description="Ids of facts whose place it takes from when it holds on.",
    )


class StateFacts(Request):
    """Facts to state, all or none."""

    facts: list[NewFact] = Field(
        min_length=1, max_length=MAX_BATCH, description="The facts in order."
    )


class SupersedeFact(Request):
    """What took a fact's place, and when: a fact, one that turns say, or neither."""

    by: Name | NewFact | None = Field(
        default=None,
        description="Id of the fact that took its place, or a fact to be stated with it. Without "
        "either it is over, and nothing took its place.",
    )
    at: Moment | None = Field(
        default=None,
        description="From when on it held no longer; when `by` began if left out, or else now.",
    )
    reason: Reason = Field(default="superseded", description="Why, for those who ask later.")


class DecideFact(Request):
    """What holds, by a person's word: `state` of this fact, or the `winner` over it."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {
                    "required": [one],
                    "properties": {one: {"type": "string"}, other: {"type": "null"}},
                }
                for one, other in (("state", "winner"), ("winner", "state"))
            ]
        }
    )

    state: Literal["current", "superseded"] | None = Field(
        default=None,
        description="current: it holds, whatever else is said. superseded: it does not, and never "
        "did.",
    )
    winner: Name | None = Field(
        default=None,
        description="Id of another fact of this subject and predicate that holds in its place.",
    )
    reason: Reason = Field(description="Why, for those who ask later.")


class IntervalInfo(Answer):
    """World time from `valid_from` up to, not including, `valid_to`; null is open."""

    valid_from: datetime | None = None
    valid_to: datetime | None = None


class RulingInfo(Answer):
    """What somebody said about a fact, until it is taken back."""

    id: str
    verdict: Verdict = Field(
        description="superseded: it held no longer from `at` on. upheld: it holds, whatever else "
        "is said. rejected: it does not, and never did."
    )
    by: str | None = Field(default=None, description="The fact that took its place.")
    at: datetime | None = Field(default=None, description="From when on; null is since ever.")
    reason: str
    maker: str = Field(description="Id of the key that said so.")
    position: int = Field(description="The ledger position at which it was said.")


class FactInfo(Answer):
    """A triple as it was written first, the turns that say so, and when it held."""

    id: str
    subject: str = Field(description="What it is about, as it is written.")
    predicate: str = Field(description="What it says of it, as it is written.")
    object: str = Field(description="What it says it is or is related to, as it is written.")
    subject_name: str = Field(description="The entity that it is about: its name in any spelling.")
    object_name: str = Field(description="The entity at its other end.")
    turns: list[str] = Field(description="Ids of the turns that say so, in the order of writing.")
    position: int = Field(description="The ledger position at which it was stated first.")
    version: int = Field(
        description="The ledger position at which what turns say of it, or a ruling about it, "
        "changed last; what If-Match wants."
    )
    state: FactState = Field(
        default=FactState.CURRENT,
        description="How it stands now. current: nothing took its place. superseded: another did. "
        "disputed: another says it holds in its place, and nothing tells which. ended: it is over, "
        "and nothing took its place. planned: it begins later.",
    )
    valid_from: datetime | None = Field(
        default=None, description="When its last interval begins in the world; null is open."
    )
    valid_to: datetime | None = Field(
        default=None,
        description="When that ends, not included; null is open. One that never held ends when it "
        "begins.",
    )
    intervals: list[IntervalInfo] = Field(
        default_factory=list, description="All intervals in which it held, the first one first."
    )
    superseded_by: str | None = Field(
        default=None, description="Id of the fact that ended its last interval."
    )
    disputes: list[str] = Field(
        default_factory=list, description="Ids of the facts that say otherwise, and none is ahead."
    )
    source: Source = Field(
        default=Source.USER, description="Who the words are from of the turn that said it last."
    )
    trust: Source = Field(
        default=Source.USER, description="The least trusted of whose words say it."
    )
    rulings: list[RulingInfo] = Field(
        default_factory=list, description="What somebody ruled about it and did not take back."
    )
    run: str | None = Field(
        default=None,
        description="The run of enrichment in which a language model read it; null where somebody "
        "stated it.",
    )


class StatedFact(FactInfo):
    """A fact as it stands after it was stated."""

    outcome: Outcome = Field(
        description="added: it was not known. extended: it was, and other turns say it too now. "
        "known: nothing of it was new."
    )


class StatedFacts(Answer):
    """The answer to a statement: every fact is durable."""

    facts: list[StatedFact] = Field(description="Each fact as it stands, as they were sent.")
    position: int = Field(description="The ledger position after it.")


class ConflictInfo(Answer):
    """What is said of one subject and relation and cannot all hold."""

    subject: str = Field(description="The entity that it is about.")
    relation: str = Field(
        description="What is said of it: the predicate, or the state that several predicates mean."
    )
    facts: list[FactInfo] = Field(description="Its sides: what holds now first, then the newest.")


class DeletedFact(Answer):
    """What a deletion removed: the fact, and none of the turns that said it."""

    id: str
    position: int = Field(description="The ledger position after it.")

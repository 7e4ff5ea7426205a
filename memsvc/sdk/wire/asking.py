"""Questions: to a space or to several, about whom, and as of when."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    BaseModel,
    Field,
    StrictBool,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from memsvc.domain.memory import Source
from memsvc.domain.recall import CONTIGUITY, MOST_HITS
from memsvc.sdk.checked import (
    MAX_BUDGET_TOKENS,
    MAX_FILTER_VALUES,
    MAX_QUESTION_CHARS,
    MAX_SPACES_ASKED,
    AsOf,
    Contiguity,
    DistinctNames,
    Hits,
    Label,
    LedgerPosition,
    MetadataFilter,
    Moment,
    Name,
    Text,
    Whole,
)
from memsvc.sdk.wire.base import HelpTime, Request

PackingOrder: TypeAlias = Literal["time", "score", "ends", "auto"]
"""How a context may be ordered."""


class BetweenFields(BaseModel):
    """What is said of a span of time, and answered."""

    since: Moment | None = Field(default=None, description="From this time on.")
    until: Moment | None = Field(default=None, description="Up to, not including, this time.")


class Between(BetweenFields, Request):
    """A span of time: from `since` up to, but not including, `until`."""


class FilterFields(BaseModel):
    """What is said of which turns may answer, and answered."""

    streams: list[Name] = Field(
        default_factory=list,
        max_length=MAX_FILTER_VALUES,
        description="In one of these streams.",
    )
    documents: list[Name] = Field(
        default_factory=list,
        max_length=MAX_FILTER_VALUES,
        description="In one of these documents.",
    )
    speakers: list[Label] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="Said by one of these."
    )
    places: list[Label] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="At one of these places."
    )
    roles: list[Label] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="In one of these roles."
    )
    sources: list[Source] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="From one of these sources."
    )
    user_id: Label | None = Field(default=None, description="About this user.")
    agent_id: Label | None = Field(default=None, description="Written by this agent.")
    metadata: MetadataFilter = Field(
        default_factory=dict, description="Top-level metadata fields and the value each must have."
    )


class Filters(FilterFields, Request):
    """Which turns may answer; all parts must hold."""


AS_OF = (
    "Answer as the space was: at this position of its ledger, or at this time. What was forgotten "
    "since stays forgotten."
)


class AnyAsk(Request):
    """What a question holds, however many spaces it goes to."""

    question: Annotated[Text, StringConstraints(max_length=MAX_QUESTION_CHARS)]
    k: Hits = Field(
        default=10,
        description="How many hits at most. auto: as many as stand out from those after them, "
        f"{MOST_HITS} at most.",
    )
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
    order: PackingOrder = Field(
        default="time",
        description="How the context is ordered. time: as things happened. score: the best hit "
        "first, each followed by what stands beside it. ends: the best hits at both ends, the "
        "weakest in the middle. auto: time where the question wants a moment, an order, a list or "
        "a summary, or speaks of a time; else ends.",
    )
    repeat: StrictBool = Field(
        default=False,
        description="Have the context say all it has twice, within `budget_tokens`: small readers "
        "find more at the second reading.",
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
    now: Moment | None = Field(
        default=None,
        description="From when the question's words tell times, as in `last week`; the clock's now "
        "if left out, or the moment that `as_of` looks back to.",
    )
    recipe: Name | None = Field(
        default=None,
        description="Which recipe ranks; see /v1/recipes. If left out, the one that the space is "
        "set to, or `default`; of several spaces the one that all are set to.",
    )
    include_archived: StrictBool = Field(
        default=False,
        description="Let turns answer too that a space's forgetting has archived.",
    )
    include_superseded: StrictBool = Field(
        default=False,
        description="Let turns answer too all of whose facts were superseded by what others say.",
    )
    rerank: StrictBool | None = Field(
        default=None,
        description="Have a reranker read the best candidates beside the question. When left out, "
        "one does if the service has one; true is refused if it has none.",
    )
    clues: HelpTime | None = Field(
        default=None,
        description="Have a language model write what else to look for, which is searched for "
        "beside the question and counts less: never, where the recall is unsure, or always. If "
        "left out, as the space is set, or the recipe. All but never are refused without a model.",
    )
    sift_facts: HelpTime | None = Field(
        default=None,
        description="Have a language model say which of the nearest facts matter; walks over the "
        "graph then start from those. never, unsure and always are as in `clues`.",
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

    spaces: DistinctNames = Field(
        min_length=1,
        max_length=MAX_SPACES_ASKED,
        description="Whom to ask; each named once.",
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

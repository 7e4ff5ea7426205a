"""When and where: which came first, where something was, what happened."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from memsvc.domain.order import DecidedBy, Match
from memsvc.domain.whereabouts import Naming
from memsvc.sdk.checked import MAX_K, MAX_NAMED_CHARS, MAX_QUESTION_CHARS, AsOf, Text, Whole
from memsvc.sdk.wire.asking import AS_OF, Between, Filters
from memsvc.sdk.wire.base import Answer, Request
from memsvc.sdk.wire.kept import TurnInfo


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


class TimelineItem(Answer):
    """Something that happened. Its `kind` says which field holds it; more kinds may come."""

    kind: Literal["turn"]
    at: datetime
    stream: str
    place: str | None = None
    turn: TurnInfo | None = Field(default=None, description="The turn, where the kind is turn.")

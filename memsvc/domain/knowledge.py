"""What is known beyond what was said: entities, facts about them, and which of them are one.

An entity is a name, as `memsvc.ingest.extract.mention.normal` gives it, that turns have; it has
no row of its own and is gone with the last turn that names it. A fact is a triple that turns say,
a merge is somebody's word that one name means what another does; one into a name that somebody
gave is a rename. An unlinking is somebody's word that a turn does not name what its text seems to.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memsvc.domain.ids import (
    FactId,
    FactKey,
    MergeId,
    Position,
    TurnId,
    TurnKey,
    UnlinkingId,
)
from memsvc.domain.relation import predicate_name
from memsvc.domain.validity import Ruling, Saying, Validity

MAX_SUBJECT_CHARS = 200
"""Of a fact's subject, and of its predicate."""

MAX_OBJECT_CHARS = 500
MAX_FACT_TURNS = 100
"""Turns that one statement of a fact may name; a fact may be said by any number."""

MAX_UNLINKED_TURNS = 100
"""Turns that one request may unlink an entity from."""

MAX_SUPERSEDED = 20
"""Facts that one statement may say it takes the place of."""

MAX_RULING_CHARS = 300
"""Of the reason for a ruling."""


@dataclass(frozen=True, slots=True)
class NewFact:
    """A triple as a caller hands it in, with the turns that say so, at least one, each once.

    It holds in the world from `valid_from` up to `valid_to`, both aware and UTC; without them from
    when each turn was said. With `replaces` it ends what else holds of that subject and relation;
    `supersedes` are facts whose place it takes.
    """

    subject: str
    predicate: str
    object: str
    turns: tuple[TurnId, ...]
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    replaces: bool = False
    supersedes: tuple[FactId, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A triple, as it was written first, and the turns that say so, in the order of writing.

    The same triple is one fact however it is spelled and however many turns say it.
    `subject_name` and `object_name` are the entities at its ends. `sayings` have what each turn
    says of when it holds; a turn may say it of several intervals. `position` is where the ledger
    entered it, `version` where its turns, or what somebody ruled about it, changed last.
    """

    key: FactKey
    id: FactId
    subject: str
    predicate: str
    object: str
    subject_name: str
    object_name: str
    sayings: tuple[Saying, ...]
    position: Position
    version: Position

    @property
    def turns(self) -> tuple[TurnId, ...]:
        """The turns that say it."""
        return tuple(dict.fromkeys(saying.turn for saying in self.sayings))

    @property
    def predicate_name(self) -> str:
        """Its predicate in every spelling."""
        return predicate_name(self.predicate)


@dataclass(frozen=True, slots=True)
class DatedFact:
    """A fact with when it held and how it stands, of all that is said of its subject.

    `rulings` are those about it that nobody took back.
    """

    fact: Fact
    validity: Validity
    rulings: tuple[Ruling, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """What is said of one subject and relation and cannot all hold, what holds now first."""

    subject: str
    relation: str
    facts: tuple[DatedFact, ...]


class Outcome(StrEnum):
    """What stating a fact did."""

    ADDED = "added"
    EXTENDED = "extended"
    """The fact was known, and other turns say it too now."""
    KNOWN = "known"
    """Nothing of it was new."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact as it stands after it was stated, and what that did."""

    fact: Fact
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Merge:
    """Somebody's word that the entity `name` is the entity `into`, until it is taken back.

    In a rename `into` is a name that somebody gave it, which no turn need write, and `spelled` is
    how they gave it; else it is None.
    """

    id: MergeId
    name: str
    into: str
    position: Position
    spelled: str | None = None

    @property
    def hangs_on(self) -> tuple[str, ...]:
        """The names that turns must write for it to stand; what was given needs nobody else."""
        return (self.name, self.into) if self.spelled is None else (self.name,)


@dataclass(frozen=True, slots=True)
class Renamed:
    """What an entity is called now, and the merge that says so.

    `merge` is None where it is called again as turns write it: an earlier rename was taken back.
    """

    name: str
    merge: Merge | None


@dataclass(frozen=True, slots=True)
class Unlinking:
    """Somebody's word that a turn does not name this, until it is taken back.

    `name` is what was found in the turn's text or in the title above it, and is looked through
    merges no further. `key` is the turn's.
    """

    id: UnlinkingId
    turn: TurnId
    key: TurnKey
    name: str
    position: Position


@dataclass(frozen=True, slots=True)
class SynonymSearch:
    """How synonyms of new names are sought, in a space that asks for it.

    They are names whose vectors have `least_cosine` or more and whose words do not tell them apart.
    What is found is a guess that ranks, and no merge. The default is calibrated for the default
    embedder (`graph.weights.LEAST_COSINE`); `memsvc eval synonyms` says what another needs.
    """

    least_cosine: float = 0.8


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity with what names it, through merges.

    `spelled` is how a turn writes the name, or how somebody gave it. `merged` are the other names
    that mean it. `turns` counts the turns that name it and `about` those that are about it; `facts`
    counts facts.
    """

    name: str
    spelled: str
    merged: Sequence[str]
    turns: int
    about: int
    facts: int


def meaning_the_same(name: str, merges: Iterable[Merge]) -> list[str]:
    """Return every name that means what this one does through merges, this one among them."""
    into = {merge.name: merge.into for merge in merges}
    means = meant(name, into)
    return sorted({means, *(each for each in into if meant(each, into) == means)})


def meant(name: str, into: Mapping[str, str]) -> str:
    """Return what a name means, through any number of merges: itself if it is in none."""
    while name in into:
        name = into[name]
    return name

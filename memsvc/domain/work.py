"""Enrichment as work to be done: jobs that a write leaves behind in its own transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from memsvc.domain.ids import SpaceKey, TurnKey
from memsvc.domain.improving import Tokens

WORKER = "worker"
"""The actor that the ledger names for what enrichment did."""


class Step(StrEnum):
    """What a job does to its turn."""

    EMBED = "embed"
    SURPRISE = "surprise"
    FACTS = "facts"
    """Embed the facts that the turn says."""
    NAMES = "names"
    """Embed what the turn names that is new, and find its synonyms."""
    NOTES = "notes"
    """Make the notes of the events that end with the turn, and link them."""
    NOTE_VECTORS = "note_vectors"
    """Embed the notes that hang on the turn."""
    EMBED_BESIDE = "embed_beside"
    """As `EMBED`, by the model beside the one that spaces are recalled by: while the model changes,
    the next one, and after the switch the one before. The three that follow are alike."""
    FACTS_BESIDE = "facts_beside"
    NAMES_BESIDE = "names_beside"
    NOTES_BESIDE = "notes_beside"
    READ_FACTS = "read_facts"
    """Have a language model read what the turn says."""
    READ_PROFILE = "read_profile"
    """Have a language model read what the turn's user says of themselves."""
    JUDGE_FACTS = "judge_facts"
    """Have a language model judge which older facts those that the turn says have ended."""
    WRITE_NOTES = "write_notes"
    """As `NOTES`, by a language model."""
    TITLE_EVENTS = "title_events"
    """Have a language model give titles to the events that end with the turn."""


BESIDE = {
    Step.EMBED: Step.EMBED_BESIDE,
    Step.FACTS: Step.FACTS_BESIDE,
    Step.NAMES: Step.NAMES_BESIDE,
    Step.NOTE_VECTORS: Step.NOTES_BESIDE,
}
"""What makes vectors of a second model, by what makes those of the first."""

BY_MODEL = (
    Step.READ_FACTS,
    Step.JUDGE_FACTS,
    Step.WRITE_NOTES,
    Step.READ_PROFILE,
    Step.TITLE_EVENTS,
)
"""Steps that ask a language model."""


@dataclass(frozen=True, slots=True)
class Job:
    """One step owed to one turn. `attempts` counts the tries so far, this one included."""

    key: int
    space: SpaceKey
    turn: TurnKey
    step: Step
    attempts: int


@dataclass(frozen=True, slots=True)
class Parked:
    """A job that failed all its tries and waits for a person, with the last reason."""

    key: int
    turn: str
    step: Step
    attempts: int
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in the whole installation. `lag_s` is the age of the oldest job, 0 for none."""

    jobs: int
    lag_s: float


@dataclass(frozen=True, slots=True)
class Backlog:
    """How far enrichment is behind in a space. `lag_s` is the age of the oldest waiting job."""

    waiting: Mapping[Step, int]
    parked: tuple[Parked, ...]
    done: int
    lag_s: float
    spent: Mapping[Step, Tokens] = field(default_factory=dict)
    """Tokens that a language model read and wrote, by what for."""
    resting_until: datetime | None = None
    """When those steps go on, where the space has spent its budget of tokens."""

"""What one unit of work changed, as the indexes in memory need to know it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from memsvc.domain.feedback import Opinion
from memsvc.domain.ids import SpaceKey
from memsvc.ports.knowledge import NoteLink, Synonym
from memsvc.ports.mentions import Mentioned
from memsvc.ports.models import Matrix
from store.traits import Traits


@dataclass(frozen=True, slots=True)
class AddedTurn:
    """A turn at the end of its stream; `until` is when it expires, by itself or by retention."""

    key: int
    stream: int
    length: int
    traits: Traits
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClosedEvent:
    """An event with the turns that begin in it, as far as they stand."""

    key: int
    turns: Sequence[int]


@dataclass(frozen=True, slots=True)
class StatedFact:
    """A fact by the names at its ends, with the turns that say it."""

    subject: str
    object: str
    turns: Sequence[int]


@dataclass(slots=True)
class Made:
    """The vectors that one model has made: of turns and facts by their keys, of names by name.

    `synonyms` has what each of these names was found to be near to by this model.
    """

    turns: list[tuple[int, Matrix]] = field(default_factory=list)
    facts: dict[int, Matrix] = field(default_factory=dict)
    names: dict[str, Matrix] = field(default_factory=dict)
    synonyms: dict[str, Sequence[Synonym]] = field(default_factory=dict)


@dataclass(slots=True)
class Delta:
    """Changes of one space between two ledger positions; filled while a unit runs.

    Applied in this order: added with their terms, mentions, moved, vectors, closed, removed, and
    then what is known.
    `mentions` holds what turns name, those included of which only that has changed; `moved` the
    turns whose place was edited, with the new one. `removed_terms` are those of removed turns, as
    far as they are known. What is known by id or name has None where it
    is gone, and `synonyms` all that a name is near to; `known_anew` means that all
    there is of that is here, and the rest is gone. `notes` have the turns that they hang on; what a
    unit touches of notes and links is read at its end (`store.remembered`). A store may keep
    vectors of two models: what a unit makes is in `made` and `note_vectors_by` by the fingerprint
    of its model, and `of_model` is what an index takes, which knows one. `purged` means that notes
    went with all their versions, `dropped` that the space is gone, or that its indexes are to be
    loaded anew. `at` is when the unit entered what it did.
    """

    space: SpaceKey
    before: int
    after: int
    added: list[AddedTurn] = field(default_factory=list)
    terms: dict[int, Sequence[str]] = field(default_factory=dict)
    mentions: dict[int, Mentioned] = field(default_factory=dict)
    facts: dict[int, StatedFact | None] = field(default_factory=dict)
    fact_vectors: dict[int, Matrix] = field(default_factory=dict)
    merges: dict[str, str | None] = field(default_factory=dict)
    synonyms: dict[str, Sequence[Synonym]] = field(default_factory=dict)
    name_vectors: dict[str, Matrix | None] = field(default_factory=dict)
    canaries: set[int] = field(default_factory=set)
    opinions: dict[int, Opinion | None] = field(default_factory=dict)
    moved: list[tuple[int, str | None]] = field(default_factory=list)
    vectors: list[tuple[int, Matrix]] = field(default_factory=list)
    closed: list[ClosedEvent] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    removed_terms: dict[int, Sequence[str]] = field(default_factory=dict)
    notes: dict[int, tuple[int, ...] | None] = field(default_factory=dict)
    note_vectors: dict[int, Matrix] = field(default_factory=dict)
    note_vectors_by: dict[str, dict[int, Matrix]] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    links: dict[str, NoteLink | None] = field(default_factory=dict)
    touched_notes: set[int] = field(default_factory=set)
    touched_links: set[str] = field(default_factory=set)
    known_anew: bool = False
    purged: bool = False
    dropped: bool = False
    at: datetime | None = None

    def made_by(self, fingerprint: str) -> Made:
        """Return what a model has made, to be added to."""
        return self.made.setdefault(fingerprint, Made())

    def of_model(self, fingerprint: str) -> "Delta":
        """Return the changes with the vectors of one model and of no other."""
        made = self.made.get(fingerprint, Made())
        return replace(
            self,
            vectors=[*self.vectors, *made.turns],
            fact_vectors={**self.fact_vectors, **made.facts},
            name_vectors={**self.name_vectors, **made.names},
            synonyms={**self.synonyms, **made.synonyms},
            note_vectors={**self.note_vectors, **self.note_vectors_by.get(fingerprint, {})},
        )


@dataclass(slots=True)
class Deltas:
    """The deltas of one unit, by space."""

    by_space: dict[SpaceKey, Delta] = field(default_factory=dict)

    def of(self, space: SpaceKey) -> Delta:
        """Return the space's delta, begun when there is none."""
        return self.by_space.setdefault(space, Delta(space=space, before=-1, after=-1))

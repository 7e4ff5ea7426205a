"""Keeping what is known: facts with the turns that say so, merges, and vectors of names.

All of it hangs on turns. Whoever deletes turns (`TurnWriter.delete`) takes along the facts that no
other turn says, with their vectors, and of every name that no turn has any more its vector, its
synonyms on both sides and the merges that hang on it (`Merge.hangs_on`). An unlinking goes with its
turn.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from graph.knowledge import KnowledgeGraph
from memsvc.domain.feedback import Opinion
from memsvc.domain.ids import (
    FactId,
    FactKey,
    MergeId,
    Position,
    RulingId,
    RunId,
    SpaceKey,
    TurnKey,
    UnlinkingId,
)
from memsvc.domain.knowledge import Fact, Merge, Unlinking
from memsvc.domain.memory import Fingerprint, Page, Standing
from memsvc.domain.note import LinkKind
from memsvc.domain.validity import Ruling
from memsvc.domain.work import Step
from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Keys, Ranked, Scores


class SayingDraft(NamedTuple):
    """That a turn says a fact, and of which interval; see `memsvc.domain.validity.Saying`."""

    turn: TurnKey
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    replaces: bool = False
    run: RunId | None = None


class FactDraft(NamedTuple):
    """A fact to be kept: its triple as written, the entities at its ends, who says so."""

    id: FactId
    subject: str
    predicate: str
    object: str
    subject_name: str
    object_name: str
    sayings: Sequence[SayingDraft]


class FactReader(Protocol):
    """Reads facts."""

    def get(
        self, space: SpaceKey, fact: FactId, *, standing: Standing | None = None
    ) -> Fact | None:
        """Return the fact of that id with the turns that stand; None when none of them does.

        Without `standing`, with every turn that has a row.
        """
        ...

    def of_ids(
        self, space: SpaceKey, ids: Sequence[FactId], *, standing: Standing | None = None
    ) -> Mapping[FactId, Fact]:
        """Return those of these facts that there are, as `get` does."""
        ...

    def by_keys(
        self, space: SpaceKey, keys: Sequence[FactKey], *, standing: Standing | None = None
    ) -> list[Fact]:
        """Return those of these facts that the space holds, in the order of writing."""
        ...

    def page(
        self,
        space: SpaceKey,
        *,
        names: Sequence[str] | None,
        turn: TurnKey | None,
        predicates: Sequence[str] | None = None,
        after: str | None,
        limit: int,
        standing: Standing | None = None,
    ) -> Page[Fact]:
        """List facts in the order of writing, each as `get` returns it.

        Those that begin or end in one of these names, that this turn says, and by one of these
        predicates, by their names, as far as asked.
        """
        ...

    def of_ends(
        self, space: SpaceKey, ends: Sequence[tuple[str, str]]
    ) -> Mapping[tuple[str, str], Sequence[Fact]]:
        """Return the facts between these pairs of subject and object, by their names."""
        ...

    def of_subjects(
        self,
        space: SpaceKey,
        subjects: Sequence[str],
        predicates: Sequence[str],
        *,
        replacing: bool,
        standing: Standing | None = None,
    ) -> list[Fact]:
        """Return the facts about any of these subjects by any of these predicates, by their names.

        With `replacing`, those alone that a turn says in the place of others. As `get` does.
        """
        ...

    def said_in(self, space: SpaceKey, run: RunId) -> list[Fact]:
        """Return the facts that turns say as a run of enrichment read them, in their order."""
        ...

    def without_vector(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> list[Fact]:
        """Return the facts that any of these turns say and that have no vector of this kind."""
        ...


class FactWriter(FactReader, Protocol):
    """Reads and changes facts. Turns name what the facts that they say name, from then on."""

    def add(
        self, space: SpaceKey, drafts: Sequence[FactDraft], *, first_position: Position
    ) -> list[Fact]:
        """Keep new facts; fact i is entered in the ledger at `first_position + i`."""
        ...

    def say(
        self, space: SpaceKey, said: Mapping[FactKey, Sequence[SayingDraft]], *, version: Position
    ) -> None:
        """Have turns say facts that are there."""
        ...

    def unsay(
        self, space: SpaceKey, said: Mapping[FactKey, Sequence[SayingDraft]], *, version: Position
    ) -> None:
        """Have turns say facts no longer, as of a position; one that none says is hidden."""
        ...

    def revise(self, space: SpaceKey, keys: Sequence[FactKey], *, version: Position) -> None:
        """Enter that what is known about facts has changed."""
        ...

    def embed(
        self, space: SpaceKey, vectors: Mapping[FactKey, Matrix], *, fingerprint: Fingerprint
    ) -> None:
        """Keep a vector, shape (1, d), of facts that have none of this fingerprint."""
        ...

    def owe_missing(
        self, fingerprint: Fingerprint, *, now: datetime, step: Step = Step.FACTS
    ) -> int:
        """Owe a step to every turn, of every space, whose facts lack a vector of this kind.

        Returns how many turns that are.
        """
        ...

    def delete(self, space: SpaceKey, facts: Sequence[FactKey]) -> None:
        """Delete facts with their vectors. What only they named is named no more."""
        ...


class RulingReader(Protocol):
    """Reads rulings, those alone that stand."""

    def of_facts(self, space: SpaceKey, facts: Sequence[FactKey]) -> list[Ruling]:
        """Return the rulings about any of these facts, in the order in which they were made."""
        ...

    def of_ids(self, space: SpaceKey, ids: Sequence[RulingId]) -> Mapping[RulingId, Ruling]:
        """Return those of these rulings that stand."""
        ...

    def made_in(self, space: SpaceKey, run: RunId) -> list[Ruling]:
        """Return the rulings that a run of enrichment made, in their order."""
        ...

    def page(self, space: SpaceKey, *, after: Position, limit: int) -> list[Ruling]:
        """Return rulings made after a ledger position, in their order."""
        ...


class RulingWriter(RulingReader, Protocol):
    """Reads and changes rulings."""

    def add(
        self, space: SpaceKey, ruling: Ruling, *, fact: FactKey, by: FactKey | None = None
    ) -> None:
        """Keep a ruling about a fact, by the keys of what it names."""
        ...

    def was_there(self, space: SpaceKey, ruling: RulingId) -> bool:
        """Tell whether there is a ruling of that id, or was one that somebody took back."""
        ...

    def retire(self, space: SpaceKey, rulings: Sequence[RulingId], *, until: Position) -> None:
        """Take rulings back, at a position of the ledger."""
        ...


class MergeReader(Protocol):
    """Reads merges."""

    def get(self, space: SpaceKey, merge: MergeId) -> Merge | None:
        """Return the merge of that id."""
        ...

    def all(self, space: SpaceKey) -> list[Merge]:
        """Return every merge in the order in which they were made; people make them by hand."""
        ...

    def replaced_by(self, space: SpaceKey, merge: MergeId) -> list[Merge]:
        """Return the merges that ended where this one was made, in the order of their making."""
        ...

    def given(self, space: SpaceKey) -> set[str]:
        """Return every name that was ever given, as it was, also those taken back."""
        ...


class MergeWriter(MergeReader, Protocol):
    """Reads and changes merges."""

    def add(self, space: SpaceKey, merge: Merge) -> None:
        """Keep a merge of a name that is in no other yet, and that closes no circle."""
        ...

    def retire(self, space: SpaceKey, merges: Sequence[MergeId], *, until: Position) -> None:
        """Take merges back, at a position of the ledger.

        Where another one takes their place, it is the position of that.
        """
        ...

    def purge(self, space: SpaceKey, spelled: Collection[str]) -> list[MergeId]:
        """Drop the renames to names given so, and all trace of them; return those that stood."""
        ...


class UnlinkingReader(Protocol):
    """Reads unlinkings, those alone that stand."""

    def get(
        self, space: SpaceKey, unlinking: UnlinkingId, *, standing: Standing
    ) -> Unlinking | None:
        """Return the unlinking of that id, if its turn stands."""
        ...

    def page(
        self,
        space: SpaceKey,
        *,
        turn: TurnKey | None,
        after: str | None,
        limit: int,
        standing: Standing,
    ) -> Page[Unlinking]:
        """List unlinkings in the order in which they were made; the cursor is a position."""
        ...


class UnlinkingWriter(UnlinkingReader, Protocol):
    """Reads and changes unlinkings."""

    def found_in(
        self, space: SpaceKey, turns: Sequence[TurnKey], names: Sequence[str]
    ) -> Mapping[TurnKey, Sequence[str]]:
        """Return which of these names the texts and titles of turns name, ascending.

        Not what is unlinked already.
        """
        ...

    def add(self, space: SpaceKey, unlinkings: Sequence[Unlinking]) -> None:
        """Keep unlinkings of what turns name; a name that none has then is let go of."""
        ...

    def retire(self, space: SpaceKey, unlinking: Unlinking, *, until: Position) -> None:
        """Take an unlinking back, at a position of the ledger."""
        ...


class Synonym(NamedTuple):
    """Another name that may mean the same, with the cosine of both."""

    name: str
    cosine: float


class NameReader(Protocol):
    """Reads the vectors of names."""

    def of_turns(self, space: SpaceKey, turns: Sequence[TurnKey]) -> list[str]:
        """Return what any of these turns names or is about, or its facts name; each once."""
        ...

    def without_vector(
        self, space: SpaceKey, names: Sequence[str], *, fingerprint: Fingerprint
    ) -> list[str]:
        """Return those of these names that have no vector of this fingerprint, in their order."""
        ...


class NameWriter(NameReader, Protocol):
    """Keeps the vectors of names, and which of them are synonyms."""

    def embed(
        self,
        space: SpaceKey,
        vectors: Mapping[str, Matrix],
        synonyms: Mapping[str, Sequence[Synonym]],
        *,
        fingerprint: Fingerprint,
    ) -> None:
        """Keep a vector, shape (1, d), of new names, and what each was found to be near to.

        One-sided: a name brings its neighbours once, when it comes.
        """
        ...

    def owe_missing(self, space: SpaceKey, *, fingerprint: Fingerprint) -> list[TurnKey]:
        """Return turns that together name everything that has no vector of this fingerprint."""
        ...


class Ends(NamedTuple):
    """The entities at the ends of some facts, by their numbers in `Mentions`, and who says each.

    All are as long as the facts asked for; `turns` has how many turns say each.
    """

    subjects: Keys
    objects: Keys
    turns: Keys


class NoteLink(NamedTuple):
    """A link between two notes, by their keys."""

    start: int
    end: int
    kind: LinkKind
    score: float


class Knowledge(Protocol):
    """What is kept in memory of a space's knowledge, as it stands at one ledger position."""

    def graph(self) -> KnowledgeGraph:
        """Return the space's graph, which is made when it is first asked for and then follows.

        Nodes: `TURN` and `FACT` by their keys, `EVENT` by its key, `ENTITY` by its number in
        `Mentions`. A turn is joined to what it names (`MENTION`) and is about (`ABOUT`), to the
        turn before it in its stream (`ADJACENCY`) and to the closed event that it begins in
        (`PART`); a fact to its ends (`MENTION`) and to the turns that say it (`PART`), its ends to
        each other (`RELATION`, for every turn that says so); names to their synonyms (`SYNONYM`).
        Merged entities are one. It must not be changed, and holds while the indexes are lent.
        """
        ...

    def nearest_facts(self, vector: Vector, *, limit: int) -> Ranked:
        """Return the facts nearest to a unit vector with their cosines, best first."""
        ...

    def ends_of(self, facts: Keys) -> Ends:
        """Return the ends of facts; every one must be known."""
        ...

    def said_by(self, turns: Sequence[int]) -> Mapping[int, Sequence[FactKey]]:
        """Return the facts that turns say, of those of these turns that say any."""
        ...

    def saying(self, fact: FactKey) -> Sequence[int]:
        """Return the turns that say a fact, ascending; none if it is not known."""
        ...

    def nearest_notes(self, vector: Vector, *, limit: int) -> Ranked:
        """Return the notes nearest to a unit vector with their cosines, best first.

        Only notes that stand and have a vector; some of their turns may have expired.
        """
        ...

    def note_cosines(self, vector: Vector, notes: Keys) -> Scores:
        """Return the cosine of each of these notes; NaN for one without a vector."""
        ...

    def notes_of(self, turns: Keys) -> list[tuple[int, ...]]:
        """Return for each of these turns the notes that hang on it, ascending."""
        ...

    def turns_of(self, notes: Keys) -> list[tuple[int, ...]]:
        """Return for each of these notes the turns that it hangs on; none for one that is gone."""
        ...

    def links_of(self, notes: Keys) -> list[list[NoteLink]]:
        """Return for each of these notes the links that start or end at it."""
        ...

    def nearest_names(self, vectors: Matrix, *, limit: int) -> list[list[Synonym]]:
        """Return for each of these unit vectors the names nearest to it, best first.

        Only names that have a vector are known here, and merged names are names of their own.
        """
        ...

    def canaries(self) -> frozenset[int]:
        """Return the keys of the turns that are canaries; none in most spaces."""
        ...

    def opinions(self) -> Mapping[int, Opinion]:
        """Return what actors say of turns, by their keys; empty in most spaces."""
        ...

    def merged(self, name: str) -> list[str]:
        """Return the names that are merged into this one, through any number of merges."""
        ...

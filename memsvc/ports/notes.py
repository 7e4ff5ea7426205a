"""Keeping notes: their versions and vectors, the links between them, and runs of enrichment.

Everything hangs on turns: whoever deletes turns (`TurnWriter.delete`) takes along the notes that
hang on any of them, and to a fixpoint what is known because of these notes (`NoteWriter.delete`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from memsvc.domain.ids import (
    EventId,
    LinkId,
    NoteId,
    NoteKey,
    Position,
    RunId,
    SpaceKey,
    TurnId,
    TurnKey,
)
from memsvc.domain.memory import Fingerprint, Page, Source, Standing
from memsvc.domain.note import Facets, Link, LinkKind, Making, Note, NoteVersion, Run
from memsvc.domain.rollback import Thing
from memsvc.domain.work import Step
from memsvc.ports.models import Matrix


class NoteDraft(NamedTuple):
    """A note to be kept. `turns` are those of which something is in it, at least one.

    `vector`, of shape (1, d), is of its content and facets together; None where it follows later.
    `made_at` is when its facets were made, where that was not now.
    """

    id: NoteId
    content: str
    facets: Facets
    turns: Sequence[TurnKey]
    event: EventId | None
    source: Source
    at: datetime
    making: Making
    vector: Matrix | None = None
    made_at: datetime | None = None


class Revision(NamedTuple):
    """Other facets for a note that stands; `vector` and `made_at` as of `NoteDraft`."""

    note: NoteKey
    facets: Facets
    making: Making
    vector: Matrix | None = None
    made_at: datetime | None = None


class LinkDraft(NamedTuple):
    """A link to be kept, between two notes that stand."""

    id: LinkId
    start: NoteKey
    end: NoteKey
    kind: LinkKind
    score: float
    making: Making


class MovedVersion(NamedTuple):
    """A version of a note on its way, with the vector that it was found by; shape (1, d)."""

    said: NoteVersion
    vector: Matrix | None = None


@dataclass(frozen=True, slots=True)
class MovedNote:
    """A note on its way from one space to another, after the turns that it hangs on.

    `versions` come oldest first and are at least one; `position` is where it stood.
    """

    id: NoteId
    content: str
    turns: tuple[TurnId, ...]
    event: EventId | None
    source: Source
    at: datetime
    versions: tuple[MovedVersion, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class NotesSought:
    """Which notes a list is about; all parts must hold, and None is no part.

    `names` are of entities that any of a note's turns names. `tag` and `keyword` are compared
    without case, `text` is folded and stands somewhere in the content.
    """

    tag: str | None = None
    keyword: str | None = None
    turn: TurnKey | None = None
    event: EventId | None = None
    names: Sequence[str] | None = None
    text: str | None = None


class NoteVectors(NamedTuple):
    """Notes by their keys, ascending, with the vector of each as it is now; shape (n, d)."""

    keys: Sequence[NoteKey]
    vectors: Matrix


class NoteReader(Protocol):
    """Reads notes that stand: not retired, and, with `standing`, all of whose turns stand."""

    def get(
        self, space: SpaceKey, note: NoteId, *, standing: Standing | None = None
    ) -> Note | None:
        """Return the note of that id."""
        ...

    def of_ids(
        self, space: SpaceKey, ids: Sequence[NoteId], *, standing: Standing | None = None
    ) -> Mapping[NoteId, Note]:
        """Return those of these notes that stand."""
        ...

    def by_keys(
        self, space: SpaceKey, keys: Sequence[int], *, standing: Standing | None = None
    ) -> list[Note]:
        """Return those of these notes that stand, in the order of the keys given."""
        ...

    def of_turns(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, standing: Standing | None = None
    ) -> list[Note]:
        """Return the notes that hang on any of these turns, in the order of writing."""
        ...

    def page(
        self,
        space: SpaceKey,
        sought: NotesSought,
        *,
        after: str | None,
        limit: int,
        standing: Standing | None = None,
    ) -> Page[Note]:
        """List notes in the order of writing."""
        ...

    def versions(self, space: SpaceKey, note: NoteKey) -> list[NoteVersion]:
        """Return all versions of a note, oldest first."""
        ...

    def moved(
        self,
        space: SpaceKey,
        *,
        after: Position,
        until: Position,
        limit: int,
        standing: Standing,
        fingerprint: Fingerprint | None,
    ) -> list[MovedNote]:
        """Return notes added after one position and up to another, with all that is kept of them.

        In the order of writing; vectors are those of this fingerprint, none for None.
        """
        ...

    def retired(self, space: SpaceKey, note: NoteId) -> NoteKey | None:
        """Return the key of a note that was taken back; None for any other."""
        ...

    def as_added(self, space: SpaceKey, ids: Sequence[NoteId]) -> Mapping[NoteId, Note]:
        """Return those of these notes that have rows with the facets that they came with."""
        ...

    def vectors(self, space: SpaceKey, *, fingerprint: Fingerprint) -> NoteVectors:
        """Return the vectors of every note that is not retired and has one of this fingerprint."""
        ...

    def made_in(self, space: SpaceKey, run: RunId) -> list[Note]:
        """Return the notes of which any version was made in a run of enrichment."""
        ...

    def vectors_at(
        self, space: SpaceKey, notes: Mapping[NoteKey, Position], *, fingerprint: Fingerprint
    ) -> Mapping[NoteKey, Matrix]:
        """Return the vectors of notes at these versions, where there are some of this kind."""
        ...

    def without_vector(
        self, space: SpaceKey, turns: Sequence[TurnKey], *, fingerprint: Fingerprint
    ) -> list[Note]:
        """Return the notes on any of these turns that have no vector of this kind as they are."""
        ...


class NoteWriter(NoteReader, Protocol):
    """Reads and changes notes. A vector changes in the unit that changes what it embeds."""

    def add(
        self,
        space: SpaceKey,
        drafts: Sequence[NoteDraft],
        *,
        first_position: Position,
        at: datetime,
        fingerprint: Fingerprint,
    ) -> list[Note]:
        """Keep new notes; note i is entered in the ledger at `first_position + i`, at this time."""
        ...

    def revise(
        self,
        space: SpaceKey,
        revisions: Sequence[Revision],
        *,
        first_position: Position,
        at: datetime,
        fingerprint: Fingerprint,
    ) -> None:
        """Put new facets in the place of the present ones, which stay as a version.

        Revision i, each of another note, is entered in the ledger at `first_position + i`.
        """
        ...

    def retire(
        self, space: SpaceKey, notes: Sequence[NoteKey], *, first_position: Position
    ) -> None:
        """Take notes back; note i until `first_position + i`. Their links are seen no more."""
        ...

    def restore(
        self,
        space: SpaceKey,
        notes: Mapping[NoteKey, Making],
        *,
        first_position: Position,
        at: datetime,
    ) -> None:
        """Have retired notes stand again as they were last, with the vectors they had."""
        ...

    def embed(
        self, space: SpaceKey, vectors: Mapping[NoteKey, Matrix], *, fingerprint: Fingerprint
    ) -> None:
        """Keep a vector, shape (1, d), of present versions that have none of this fingerprint."""
        ...

    def owe_missing(
        self, fingerprint: Fingerprint, *, now: datetime, step: Step = Step.NOTE_VECTORS
    ) -> int:
        """Owe a step to a turn of every note, of every space, without such a vector.

        Returns how many turns that are.
        """
        ...

    def delete(self, space: SpaceKey, notes: Sequence[NoteKey]) -> list[TurnKey]:
        """Purge notes with versions, vectors and links, and what is known because of them.

        Versions and links of that cause go wherever they are, and so does whatever a machine made
        of such a version later. A note left without any version goes too, and so on; another falls
        back to the last version that has nothing of it. Returns turns of notes that fell back,
        which may owe a vector.
        """
        ...


class LinkReader(Protocol):
    """Reads links that stand, between notes that stand."""

    def get(
        self, space: SpaceKey, link: LinkId, *, standing: Standing | None = None
    ) -> Link | None:
        """Return the link of that id."""
        ...

    def made_in(self, space: SpaceKey, run: RunId) -> list[Link]:
        """Return the links that were made in a run of enrichment, in the order of making."""
        ...

    def of_notes(
        self, space: SpaceKey, notes: Sequence[NoteKey], *, standing: Standing | None = None
    ) -> Mapping[NoteId, Sequence[Link]]:
        """Return the links that start or end at each of these notes, in the order of making."""
        ...

    def between(self, space: SpaceKey, start: NoteKey, end: NoteKey, kind: LinkKind) -> Link | None:
        """Return the link of this kind from one note to another."""
        ...

    def page(
        self,
        space: SpaceKey,
        *,
        note: NoteKey | None,
        after: str | None,
        limit: int,
        standing: Standing | None = None,
    ) -> Page[Link]:
        """List links in the order of making: all, or those that start or end at a note."""
        ...


class LinkWriter(LinkReader, Protocol):
    """Reads and changes links."""

    def add(
        self, space: SpaceKey, drafts: Sequence[LinkDraft], *, first_position: Position
    ) -> list[Link]:
        """Keep links; link i is entered in the ledger at `first_position + i`.

        One that was retired may come again under its id.
        """
        ...

    def retire(self, space: SpaceKey, links: Sequence[LinkId], *, first_position: Position) -> None:
        """Take links back; link i until `first_position + i`."""
        ...

    def delete(self, space: SpaceKey, links: Sequence[LinkId]) -> None:
        """Purge links, also those that were taken back."""
        ...


class RunReader(Protocol):
    """Reads runs of enrichment."""

    def get(self, space: SpaceKey, run: RunId) -> Run | None:
        """Return the run of that id."""
        ...

    def going_on(self, space: SpaceKey, *, step: str, maker: str) -> Run | None:
        """Return the run of this step with this maker that has not ended."""
        ...

    def page(self, space: SpaceKey, *, after: str | None, limit: int) -> Page[Run]:
        """List runs, the newest first; the cursor is the ledger position of a first change."""
        ...

    def made(self, space: SpaceKey, among: Sequence[RunId]) -> Mapping[RunId, Mapping[Thing, int]]:
        """Return how much of what each of these runs made stands, by kind; none is left out.

        Of a note that counts whose present version is of the run.
        """
        ...


class RunWriter(RunReader, Protocol):
    """Reads and keeps runs of enrichment."""

    def keep(self, space: SpaceKey, run: Run) -> None:
        """Keep a run as it is now, in place of what was kept of it before."""
        ...

    def undo_after(self, space: SpaceKey, to: Position, *, undone: Position, now: datetime) -> None:
        """Keep that all is as it was at `to`: later runs are taken back, and later rollbacks."""
        ...

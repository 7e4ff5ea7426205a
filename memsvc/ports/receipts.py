"""Keeping receipts, and finding what a request to forget is about."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from memsvc.domain.ids import (
    LinkId,
    NoteId,
    NoteKey,
    Position,
    ReceiptId,
    SpaceKey,
    StreamKey,
    TurnKey,
)
from memsvc.domain.memory import Page
from memsvc.domain.receipt import Receipt, Sought, Tally, Tombstone


class NotedWords(NamedTuple):
    """The words of one version of a note, also of one that was taken back.

    `texts` are its content, context and reason, `words` its keywords and tags. `turns` are all that
    it hangs on; the turn of one written outright is the note itself, and `is_turn` says that.
    `because` is the note that caused the version.
    """

    note: NoteKey
    id: NoteId
    because: NoteId | None
    is_turn: bool
    turns: tuple[TurnKey, ...]
    texts: tuple[str, ...]
    words: tuple[str, ...]


class LinkedWords(NamedTuple):
    """The reason of a link between two notes, also of one that was taken back."""

    link: LinkId
    ends: tuple[NoteKey, NoteKey]
    reason: str


class ReceiptReader(Protocol):
    """Reads receipts, and what of the forgotten is still there."""

    def get(self, space: SpaceKey, receipt: ReceiptId) -> Receipt | None:
        """Return the receipt of that id."""
        ...

    def page(self, space: SpaceKey, *, after: str | None, limit: int) -> Page[Receipt]:
        """List receipts in the order in which they were made."""
        ...

    def tombstones(self, space: SpaceKey, receipt: ReceiptId) -> list[Tombstone]:
        """Return what is left of the turns that went, in the order of writing."""
        ...

    def forgotten(self, space: SpaceKey, digests: Sequence[bytes]) -> set[bytes]:
        """Return those of these digests that a tombstone has."""
        ...

    def left(self, space: SpaceKey, gone: Sequence[Tombstone]) -> Mapping[str, int]:
        """Count by table what is still there of these turns, and what hangs on nothing."""
        ...

    def seek(self, space: SpaceKey, sought: Sought, *, after: TurnKey) -> list[TurnKey]:
        """Return the turns written after one that all parts hold of, ascending.

        Expired ones that still have rows are among them. Reads every text when one is sought.
        """
        ...

    def noted(
        self, space: SpaceKey, *, after: Position, notes: Sequence[NoteKey] | None = None
    ) -> list[NotedWords]:
        """Return the words of every version of a note that was made after a ledger position.

        Of all notes, or of these, each note's oldest first.
        """
        ...

    def linked(self, space: SpaceKey, *, after: Position) -> list[LinkedWords]:
        """Return the reasons of all links that were made after a ledger position."""
        ...

    def notes_left(
        self, space: SpaceKey, notes: Sequence[NoteId], links: Sequence[LinkId], *, until: Position
    ) -> Mapping[str, int]:
        """Count by table what is there of these notes and links from up to a position."""
        ...


class ReceiptWriter(ReceiptReader, Protocol):
    """Reads and keeps receipts, inside the unit that forgets."""

    def standing(self, space: SpaceKey) -> Tally:
        """Count what there is of everything that hangs on turns."""
        ...

    def emptied(self, space: SpaceKey, streams: Sequence[StreamKey]) -> int:
        """Count those of these streams that hold no turn."""
        ...

    def titles(self, space: SpaceKey) -> Mapping[StreamKey, str]:
        """Return the titles of streams that are no part of a document."""
        ...

    def untitle(self, space: SpaceKey, streams: Sequence[StreamKey]) -> None:
        """Take the titles of streams away; what turns are about is retitled by the caller."""
        ...

    def add(self, space: SpaceKey, receipt: Receipt, gone: Sequence[Tombstone]) -> None:
        """Keep a receipt with what is left of the turns that went."""
        ...

"""Receipts: read what was forgotten on request, and check that nothing of it is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from memsvc.app.fingerprints import receipt_digest, saying_of_words_digest, words_digest
from memsvc.app.forget_wanted import BY_WORDS
from memsvc.app.look_up import the_space
from memsvc.domain.access import Access, Role
from memsvc.domain.errors import ReceiptNotFound
from memsvc.domain.ids import LinkId, NoteId, Position, ReceiptId, SpaceKey, SpaceName, TurnId
from memsvc.domain.ledger import Change, Entry
from memsvc.domain.memory import Page, Space, pages
from memsvc.domain.recall import Filter
from memsvc.domain.receipt import Receipt, Residue, Tombstone
from memsvc.ports.indexes import Shelf
from memsvc.ports.keeping import Keeping, Reading
from memsvc.ports.world import Clock

PAGE = 2_000

DELETIONS = (Change.TURN_DELETED, Change.HELD_DELETED)

MOST_SHOWN = 100
"""Turns of the same words that a check names."""


@dataclass(frozen=True, slots=True)
class Receipts:
    """The use cases, with what they need. All raise `SpaceNotFound`."""

    keeping: Keeping
    shelf: Shelf
    clock: Clock
    beside: Shelf | None = None
    """What holds the vectors of a second model, while the embedding model changes."""

    def page(
        self, access: Access, space: SpaceName, *, after: str | None, limit: int
    ) -> Page[Receipt]:
        """List receipts in the order in which they were made."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            return reading.receipts.page(held.key, after=after, limit=limit)

    def get(self, access: Access, space: SpaceName, receipt: ReceiptId) -> Receipt:
        """Return a receipt. Raises `ReceiptNotFound`."""
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            return _the_receipt(reading, held, receipt)

    def verify(self, access: Access, space: SpaceName, receipt: ReceiptId) -> Residue:
        """Look in every store of the space for what the receipt says is gone.

        Its rows and those that hung on them, facts and names that hang on nothing, the indexes in
        memory and their copy on disk, the words by their digests, and the receipt itself by its
        entry in the ledger. Reads every text of the space. Raises `ReceiptNotFound`.
        """
        with self.keeping.read() as reading:
            held = the_space(reading, access, space, Role.READER)
            found = _the_receipt(reading, held, receipt)
            gone = reading.receipts.tombstones(held.key, receipt)
            left = dict(reading.receipts.left(held.key, gone))
            left["quarantine"] = reading.quarantine.left(held.key, [each.id for each in gone])
            left |= _left_of_notes(reading, held, found, left)
            left["receipt"] = int(not _is_entered(reading, held, found, gone))
            standing, since = self._same_words(reading, held, found, gone)
        left["words"] = 0 if BY_WORDS.isdisjoint(found.means) else len(standing)
        left |= _in_indexes(self.shelf, held.key, found, gone)
        if self.beside is not None:
            also = _in_indexes(self.beside, held.key, found, gone)
            left |= {name: count + left[name] for name, count in also.items()}
        same = [] if left["words"] else standing
        return Residue(receipt, left, tuple([*same, *since][:MOST_SHOWN]))

    def _same_words(
        self, reading: Reading, space: Space, receipt: Receipt, gone: list[Tombstone]
    ) -> tuple[list[TurnId], list[TurnId]]:
        """Return the turns with forgotten words: written before the receipt, and since."""
        by_words = not BY_WORDS.isdisjoint(receipt.means)
        digest_of = words_digest if by_words else saying_of_words_digest
        digests = {each.digest for each in gone}
        before: list[TurnId] = []
        since: list[TurnId] = []
        if digests:
            standing = space.settings.standing(self.clock.latest())
            walk = pages(
                lambda cursor: reading.turns.page(
                    space.key, Filter(), after=cursor, limit=PAGE, standing=standing
                )
            )
            for turn in (turn for page in walk for turn in page.items):
                if digest_of(turn, secret=space.secret) in digests:
                    is_later = turn.position > receipt.position
                    (since if is_later else before).append(turn.id)
        return before, since


def _in_indexes(
    shelf: Shelf, space: SpaceKey, receipt: Receipt, gone: list[Tombstone]
) -> dict[str, int]:
    """Count what is left of turns in the indexes of a space, and whether their copy has it."""
    keys = np.array([each.key for each in gone if each.key > 0], dtype=np.int64)  # not held
    with shelf.open(space) as indexes:
        vectors = indexes.vectors.cosines(np.zeros(indexes.vectors.dimension, np.float32), keys)
        left = {
            "timeline": int(indexes.timeline.knows(keys).sum()),
            "vector_index": int((~np.isnan(vectors)).sum()),
            "mention_index": int(indexes.mentions.named_by_each(keys).each.sum()),
            "note_index": sum(map(len, indexes.knowledge.notes_of(keys))),
        }
    kept = shelf.kept_at(space)
    is_old = kept is not None and bool(gone) and kept < receipt.position
    return {**left, "snapshot": int(is_old)}


def _left_of_notes(
    reading: Reading, space: Space, receipt: Receipt, left: Mapping[str, int]
) -> dict[str, int]:
    """Add what is there of notes and links that went by themselves, as the ledger names them."""
    told = _told(reading, space, receipt)
    gone = [NoteId(each.subject) for each in told if each.change is Change.NOTE_DELETED]
    unlinked = [LinkId(each.subject) for each in told if each.change is Change.LINK_RETIRED]
    found = reading.receipts.notes_left(space.key, gone, unlinked, until=receipt.position)
    return {name: left[name] + count for name, count in found.items()}


def _told(reading: Reading, space: Space, receipt: Receipt) -> Sequence[Entry]:
    limit = receipt.position - receipt.first
    return reading.ledger.page(space.key, after=receipt.first, limit=limit)


def _the_receipt(reading: Reading, space: Space, receipt: ReceiptId) -> Receipt:
    found = reading.receipts.get(space.key, receipt)
    if found is None:
        raise ReceiptNotFound(receipt)
    return found


def _is_entered(reading: Reading, space: Space, receipt: Receipt, gone: list[Tombstone]) -> bool:
    """Tell whether the ledger knows the receipt as it is, and the deletion of all that it names."""
    after = Position(receipt.position - 1)
    entries = reading.ledger.page(space.key, after=after, limit=1)
    digest = receipt_digest(receipt, secret=space.secret)
    if [(each.change, each.subject, each.digest) for each in entries] != [
        (Change.TURNS_FORGOTTEN, receipt.id, digest)
    ]:
        return False
    told = _told(reading, space, receipt)
    deleted = {each.subject for each in told if each.change in DELETIONS}
    return deleted == {each.id for each in gone}

"""Rollbacks: of edits, notes and links, to the very digest of then, or not at all."""

from random import Random

from memsvc.sdk.client import Client, Space
from memsvc.sdk.notes import LinkInfo, WrittenNote
from tests.torture.book import Book
from tests.torture.clients import in_threads, numbers
from tests.torture.examine import notes_in
from tests.torture.victim import Victim


def roll_back(victim: Victim, book: Book, chance: Random) -> None:
    """Edits of turns, notes and links, rolled back and forth, and whatever came since with them.

    A space for each, as a rollback takes back what others changed in it meanwhile. The book knows
    between which states a space is while that is asked, so that half a rollback is found.
    """

    def once(client: Client, own: Random) -> None:
        number = next(numbers)
        space = client.space(f"r{number}")
        names = [f"r{number}-{n}" for n in range(own.randint(2, 10))]
        group = book.sent(space.name, names)
        written = space.write("chat", [{"id": name, "content": name} for name in names])
        group.is_acknowledged = True
        first, other = (_note(space, book, f"n{number}{letter}") for letter in "ab")
        _refine(space, first, "before")
        link = space.links.create(first.id, other.id)
        stood = space.digest()
        for turn in written.turns:
            space.revise(turn.id, version=space.turn(turn.id).version, place="elsewhere")
        _change_notes(space, first, other, link)
        if own.random() < 0.3:
            _back_with_the_turns(space, book, number, to=stood.position, digest=stood.digest)
            return
        later = space.digest()
        for taken, left in ((stood, later), (later, stood)):
            book.between(space.name, {taken.digest, left.digest})
            done = space.rollback(taken.position, dry_run=own.random() < 0.2)
            stands = left if done.dry_run else taken
            assert space.digest().digest == stands.digest
            book.between(space.name, {stands.digest})
            if done.dry_run:
                return

    in_threads(once, victim, chance)


def _note(space: Space, book: Book, name: str) -> WrittenNote:
    group = book.sent(notes_in(space.name), [name, f"{name} turn"])
    written = space.notes.create(name)
    group.is_acknowledged = True
    return written


def _refine(space: Space, note: WrittenNote, keyword: str) -> None:
    version = space.notes.get(note.id).version
    space.notes.edit(note.id, version=version, keywords=[keyword], reason=keyword)


def _change_notes(space: Space, first: WrittenNote, other: WrittenNote, link: LinkInfo) -> None:
    """Refine both notes, take the link between them back, and link them the other way round."""
    for note in (first, other):
        _refine(space, note, "since")
    space.links.delete(link.id)
    space.links.create(other.id, first.id)


def _back_with_the_turns(space: Space, book: Book, number: int, *, to: int, digest: str) -> None:
    """Write one more note, and roll back with the turns: it is gone, and the turn that it was."""
    came = _note(space, book, f"n{number}c")
    space.links.create(came.id, next(iter(space.notes.list())).id)
    gone = book.going([f"n{number}c", f"n{number}c turn"])
    book.between(space.name, {digest, space.digest().digest})
    space.rollback(to, include_turns=True)
    assert space.digest().digest == digest
    book.between(space.name, {digest})
    book.gone(gone)

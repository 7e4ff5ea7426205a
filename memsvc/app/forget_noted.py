"""Which notes and links hold the words that a request to forget names, in any of their versions.

A note may have them where its turns do not: in a keyword, a tag, its context, or in why it was
changed. It goes as a whole; of a link whose reason has them, only the link.
"""

import re
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from memsvc.app.keep_notes import NoteWork
from memsvc.domain.ids import LinkId, NoteId, NoteKey, Position, TurnKey
from memsvc.domain.memory import NewTurn, Space
from memsvc.domain.receipt import Wanted, folded
from memsvc.ingest.extract.named import names_in
from memsvc.ports.keeping import Reading, Unit
from memsvc.ports.receipts import LinkedWords, NotedWords

START = Position(0)


@dataclass(frozen=True, slots=True)
class NotedFound:
    """The notes and links that hold the words, and what tells them.

    `turns` are the turns that notes are which were written outright: these go with them.
    """

    words: "Words"
    notes: tuple[NoteKey, ...] = ()
    turns: tuple[TurnKey, ...] = ()
    links: tuple[LinkId, ...] = ()

    def roots(self, unit: Unit, space: Space) -> list[NotedWords]:
        """Return those of the notes that are to go next, each by its first version.

        A version that another of them caused goes, or is mended, when that does; so first go those
        that have the words of themselves, and all where each has them of another.
        """
        versions: dict[NoteId, list[NotedWords]] = {}
        if self.notes:
            for each in unit.receipts.noted(space.key, after=START, notes=self.notes):
                versions.setdefault(each.id, []).append(each)
        left = {note: told for note, told in versions.items() if any(map(self.words.are_in, told))}
        roots = [told[0] for told in left.values() if self._has_them_itself(told, set(left))]
        return roots or [told[0] for told in left.values()]

    def _has_them_itself(self, told: Sequence[NotedWords], others: AbstractSet[NoteId]) -> bool:
        for version in told:
            if version.because in others - {version.id}:
                return False
            if self.words.are_in(version):
                return True
        return False


def noted_words(
    reading: Reading | Unit, space: Space, *, after: Position
) -> tuple[list[NotedWords], list[LinkedWords]]:
    """Return what there is to look through that was made after a ledger position."""
    key = space.key
    return reading.receipts.noted(key, after=after), reading.receipts.linked(key, after=after)


def seek_noted(
    noted: Sequence[NotedWords],
    linked: Sequence[LinkedWords],
    wanted: Wanted,
    *,
    names: Collection[str],
    among: AbstractSet[TurnKey] | None,
) -> NotedFound:
    """Return what holds the words; with `among`, of notes that hang on any of these turns.

    `names` are those of the subject.
    """
    words = Words(wanted, frozenset(names))
    near = [each for each in noted if among is None or not among.isdisjoint(each.turns)]
    found = [each for each in near if words.are_in(each)]
    reached = {each.note for each in near}
    return NotedFound(
        words,
        tuple(dict.fromkeys(each.note for each in found)),
        tuple(dict.fromkeys(turn for each in found if each.is_turn for turn in each.turns)),
        tuple(
            each.link
            for each in linked
            if (among is None or not reached.isdisjoint(each.ends)) and words.any_of([each.reason])
        ),
    )


def purge(work: NoteWork, roots: Sequence[NotedWords]) -> None:
    """Purge those of these notes that have not gone with turns."""
    if roots:
        left = work.unit.notes.as_added(work.space.key, [each.id for each in roots])
        work.purge({each.id: each.note for each in roots if each.id in left})


def purge_links(work: NoteWork, noted: NotedFound) -> None:
    """Purge those of the links that have not gone with notes."""
    if noted.links:
        left = {each.link for each in work.unit.receipts.linked(work.space.key, after=START)}
        work.purge_links([link for link in noted.links if link in left])


class Words:
    """What a request's subject and text look for; both must be there, wherever in one version."""

    def __init__(self, wanted: Wanted, names: frozenset[str]) -> None:
        self._text = None if wanted.text is None else folded(wanted.text)
        self._names = names if wanted.subject is not None else None
        either = "|".join(re.escape(name) for name in sorted(names))
        self._among_words = re.compile(rf"(?<!\w)(?:{either})(?!\w)") if either else None

    def are_in(self, noted: NotedWords) -> bool:
        """Tell whether a version of a note holds them."""
        return self.any_of(noted.texts, noted.words)

    def any_of(self, texts: Sequence[str], words: Sequence[str] = ()) -> bool:
        """Tell whether any text or word holds them."""
        every = [folded(each) for each in (*texts, *words)]
        if self._text is not None and not any(self._text in each for each in every):
            return False
        return self._names is None or self._named(texts, words)

    def _named(self, texts: Sequence[str], words: Sequence[str]) -> bool:
        """Texts name things as those of turns do; a keyword or tag does in small letters too."""
        assert self._names is not None  # noqa: S101  asked for only with a subject
        if self._among_words is not None and any(
            self._among_words.search(folded(each)) for each in words
        ):
            return True
        return any(not self._names.isdisjoint(_names_in(text)) for text in texts if text)


def _names_in(text: str) -> Sequence[str]:
    return names_in(NewTurn(role="note", content=text))

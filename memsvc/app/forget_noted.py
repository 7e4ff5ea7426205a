"""Which notes and links hold the words that a request to forget names, in any of their versions.

A note may have them where its turns do not: in a keyword, a tag, its context, or in why it was
changed. It goes as a whole; of a link whose reason has them, only the link.
"""

import re
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from memsvc.domain.ids import LinkId, NoteId, NoteKey, Position, TurnKey
from memsvc.domain.memory import NewTurn, Space
from memsvc.domain.receipt import Wanted, folded
from memsvc.ingest.extract.named import names_in
from memsvc.ports.keeping import Reading, Unit
from memsvc.ports.receipts import LinkedWords, NotedWords

START = Position(0)


@dataclass(frozen=True, slots=True)
class NotedFound:
    """The notes and links that hold the words.

    `turns` are the turns that notes are which were written outright: these go with them.
    """

    notes: dict[NoteId, NoteKey] = field(default_factory=dict)
    turns: tuple[TurnKey, ...] = ()
    links: tuple[LinkId, ...] = ()


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
    holds = _Words(wanted, frozenset(names))
    near = [each for each in noted if among is None or not among.isdisjoint(each.turns)]
    found = [each for each in near if holds.any_of(each.texts, each.words)]
    reached = {each.note for each in near}
    return NotedFound(
        {each.id: each.note for each in found},
        tuple(dict.fromkeys(turn for each in found if each.is_turn for turn in each.turns)),
        tuple(
            each.link
            for each in linked
            if (among is None or not reached.isdisjoint(each.ends)) and holds.any_of([each.reason])
        ),
    )


class _Words:
    """What a request's subject and text look for; both must be there, wherever in one version."""

    def __init__(self, wanted: Wanted, names: frozenset[str]) -> None:
        self._text = None if wanted.text is None else folded(wanted.text)
        self._names = names if wanted.subject is not None else None
        either = "|".join(re.escape(name) for name in sorted(names))
        self._among_words = re.compile(rf"(?<!\w)(?:{either})(?!\w)") if either else None

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

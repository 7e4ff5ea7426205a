"""Plan: what has to change so that a kept document becomes the one that was handed in.

A part is known by its name. One whose text is the same keeps every turn; of one that changed, the
paragraphs before the first difference keep theirs, and the rest is written anew, because the turns
of a stream stand in the order of writing.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeAlias

from memsvc.domain.document import About, Document, NewPart, Part
from memsvc.domain.ids import StreamKey
from memsvc.domain.ledger import canonical, digest_of
from memsvc.domain.memory import NewTurn, Source, Turn
from memsvc.ingest.extract.named import BETWEEN_TITLES
from memsvc.ports.records import MAX_TITLE

ROLE = "document"

Turns: TypeAlias = Mapping[StreamKey, Sequence[Turn]]
"""The turns of each stream that was looked at."""


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """What happens to one part. `held` is the part as it stands, if it does.

    `new` is None when nothing of it changes, and then its turns were perhaps not looked at.
    """

    name: str
    title: str | None
    stream_title: str
    held: Part | None
    new: NewPart | None
    kept: tuple[Turn, ...]
    gone: tuple[Turn, ...]
    fresh: tuple[NewTurn, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to a document: its parts in their new order, and those that go."""

    about: About
    parts: tuple[PlannedPart, ...]
    dropped: tuple[Part, ...]
    dropped_turns: tuple[Turn, ...]
    is_idle: bool

    @property
    def fresh(self) -> list[NewTurn]:
        """The turns to be written, in order."""
        return [turn for part in self.parts for turn in part.fresh]

    @property
    def gone(self) -> list[Turn]:
        """The turns to be deleted."""
        return [*self.dropped_turns, *(turn for part in self.parts for turn in part.gone)]


def plan(
    name: str,
    about: About,
    parts: Sequence[NewPart | Part],
    *,
    held: Document | None,
    turns: Turns,
    expired: Turns | None = None,
    lapses: bool = False,
    secret: bytes,
) -> Plan:
    """Compare what is handed in with what is held. A `Part` among `parts` stays as it is.

    `turns` holds those of every part that is handed in or dropped, `expired` those that have
    expired and are not yet deleted. `lapses` tells that turns of the space expire, so that what
    is missing may have; `secret` is the space's.
    """
    old = {} if held is None else {part.name: part for part in held.parts}
    expired = expired or {}
    stamped_anew = held is not None and _stamp(about) != _stamp(held.about)
    planned = tuple(
        _untouched(name, about, part)
        if isinstance(part, Part)
        else _planned(
            name,
            about,
            part,
            old.get(part.name),
            turns=turns,
            expired=expired,
            anew=stamped_anew,
            lapses=lapses,
            secret=secret,
        )
        for part in parts
    )
    names = {part.name for part in planned}
    dropped = tuple(part for part in old.values() if part.name not in names)
    is_idle = (
        held is not None
        and held.about == about
        and [part.name for part in planned] == [part.name for part in held.parts]
        and all(part.new is None for part in planned)
    )
    gone = tuple(
        turn
        for part in dropped
        for turn in (*turns[part.stream.key], *expired.get(part.stream.key, ()))
    )
    return Plan(about, planned, dropped, gone, is_idle)


def part_digest(part: NewPart, *, secret: bytes) -> bytes:
    """Return the digest of a part's text as it is kept; 32 bytes."""
    return kept_digest(text_digest(part), secret=secret)


def text_digest(part: NewPart) -> bytes:
    """Return the digest of a part's text that is the same in every space; 32 bytes, SHA-256."""
    said = {"name": part.name, "title": part.title, "paragraphs": list(part.paragraphs)}
    return hashlib.sha256(canonical(said)).digest()


def kept_digest(text: bytes, *, secret: bytes) -> bytes:
    """Return what a space keeps of a `text_digest`; without its secret, it proves nothing."""
    return digest_of({"text": text.hex()}, secret=secret)


def stream_title(name: str, about: About, title: str | None) -> str:
    """Return what a part's stream is called, for people: where in which document."""
    whole = about.title or name
    return (f"{whole}{BETWEEN_TITLES}{title}" if title else whole)[:MAX_TITLE]


def _untouched(name: str, about: About, part: Part) -> PlannedPart:
    title = stream_title(name, about, part.title)
    return PlannedPart(part.name, part.title, title, part, None, (), (), ())


def _planned(
    name: str,
    about: About,
    new: NewPart,
    held: Part | None,
    *,
    turns: Turns,
    expired: Turns,
    anew: bool,
    lapses: bool,
    secret: bytes,
) -> PlannedPart:
    title = stream_title(name, about, new.title)
    present = () if held is None else tuple(turns[held.stream.key])
    past = () if held is None else tuple(expired.get(held.stream.key, ()))
    # A paragraph that somebody forgot stays forgotten; one that lapsed is there again.
    is_full = not lapses or len(present) == len(new.paragraphs)
    is_same = held is not None and not anew and held.digest == part_digest(new, secret=secret)
    if is_same and is_full:
        return PlannedPart(new.name, new.title, title, held, None, present, (), ())
    pairs = zip(() if anew else present, new.paragraphs, strict=False)
    kept = [turn for turn, _ in takewhile(lambda pair: pair[0].content == pair[1], pairs)]
    fresh = tuple(_turn(text, about) for text in new.paragraphs[len(kept) :])
    gone = (*past, *present[len(kept) :])
    return PlannedPart(new.name, new.title, title, held, new, tuple(kept), gone, fresh)


def _turn(text: str, about: About) -> NewTurn:
    return NewTurn(
        role=ROLE, content=text, at=about.at, source=Source.DOCUMENT, metadata=about.metadata
    )


def _stamp(about: About) -> tuple[object, ...]:
    """Return what every turn of a document carries of what is said about it."""
    return (about.metadata, about.at, about.user_id, about.agent_id)

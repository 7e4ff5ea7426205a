"""Where and when: places, where something was last, and what happened between two times."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memsvc.domain.ids import Position
from memsvc.domain.memory import Turn


@dataclass(frozen=True, slots=True)
class PlaceSummary:
    """Where turns happened: how many did, and when the last of them."""

    name: str
    turns: int
    last_at: datetime


class Naming(StrEnum):
    """How a turn names a thing: its words as a phrase, or all of them somewhere."""

    PHRASE = "phrase"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A turn that names a thing and has a place."""

    turn: Turn
    place: str
    naming: Naming


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where something was last, None if it never was anywhere, and where it was before.

    Latest first, one sighting for every time that it was elsewhere.
    """

    last: Sighting | None
    earlier: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened at a time. Only turns do so far; `position` orders those of one time."""

    at: datetime
    position: Position
    turn: Turn

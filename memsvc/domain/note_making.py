"""How notes are made of events: what a space says of it, apart from notes themselves."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoteMaking:
    """How notes are made of the events that close, in a space that asks for it.

    An event of fewer than `least_tokens` tokens gets none. With `evolution`, a new note may refine
    the notes next to it.
    """

    least_tokens: int = 20
    evolution: bool = True

"""What a language model does for a space beyond what rules do, and what that may cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(hours=1)
"""What a budget is for: the tokens of this long, ending now."""


@dataclass(frozen=True, slots=True)
class Improving:
    """What a language model makes of what is written to a space, in a space that asks for it.

    `facts` are read out of turns, and with `judging` a new one may end older ones of the same
    subject; `notes` are written by the model where the space makes notes at all; `profile` reads
    what users say of themselves; `titles` are given to events that closed. `tokens_an_hour` bounds
    what is read and written for all of it together; what is over waits. None is no bound.
    """

    facts: bool = True
    judging: bool = True
    notes: bool = True
    profile: bool = True
    titles: bool = True
    tokens_an_hour: int | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens that a model read and wrote, and how often it was asked."""

    read: int = 0
    written: int = 0
    asks: int = 0

    @property
    def all(self) -> int:
        """How many there are, whichever way they went."""
        return self.read + self.written

    def __add__(self, other: "Tokens") -> "Tokens":
        """Return both together."""
        return Tokens(self.read + other.read, self.written + other.written, self.asks + other.asks)


NO_TOKENS = Tokens()


def rests_until(
    spent: Mapping[datetime, Tokens], budget: int | None, *, now: datetime
) -> datetime | None:
    """Return when there is budget again, by what was spent in each minute of the last window.

    None where there is some now.
    """
    if budget is None:
        return None
    left = sum(tokens.all for minute, tokens in spent.items() if minute > now - WINDOW)
    for minute in sorted(spent):
        if left < budget:
            break
        if minute > now - WINDOW:
            left -= spent[minute].all
            if left < budget:
                return minute + WINDOW
    return None

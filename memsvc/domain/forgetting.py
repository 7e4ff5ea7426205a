"""Forgetting, for spaces that ask for it: what says little counts less, and what is old fades.

Nothing is deleted by it. A turn that has become weak stands lower in a ranking, or is not proposed
at all; it is read, listed, exported and found by its id like any other, and is back at once when
the setting changes or a question asks for everything.
"""

from dataclasses import dataclass, field

from memsvc.domain.ids import StreamName


@dataclass(frozen=True, slots=True)
class Decay:
    """What is left of a turn's strength after a day, by its source; 1.0 keeps all of it for good.

    What is to be known next year does not fade by itself, so nothing does unless it is told to. A
    half-life of d days is 0.5 ** (1 / d): .9 halves in a week, .99 in ten.
    """

    user: float = 1.0
    agent: float = 1.0
    tool: float = 1.0
    document: float = 1.0
    untrusted: float = 1.0


@dataclass(frozen=True, slots=True)
class Forgetting:
    """How the turns of a space fade.

    `weight` is how much of a score hangs on strength: a turn of strength s keeps
    1 - weight * (1 - s) of it. Below `archive_below` a turn is not proposed. With `momentum`,
    turns that follow a telling one in its event are stronger too, each as many times less as it
    says. `streams` names those whose turns fade; None for all.
    """

    decay: Decay = field(default_factory=Decay)
    momentum: float = 0.0
    weight: float = 0.2
    archive_below: float = 0.0
    streams: tuple[StreamName, ...] | None = None

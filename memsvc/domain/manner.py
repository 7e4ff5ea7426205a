"""How a turn speaks, as far as that tells what it may answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manner:
    """How a turn speaks.

    `asks` is the share of its words, in [0, 1], that stand in questions. `prefers` says that it
    states a preference of whoever speaks, `rules` that it says how an agent is to behave from then
    on.
    """

    asks: float = 0.0
    prefers: bool = False
    rules: bool = False


PLAIN = Manner()
"""Of a turn that tells and neither prefers nor rules."""

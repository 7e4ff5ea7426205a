"""Contexts of those who pack none themselves: turns in the order of a ranking, as many as fit."""

from collections.abc import Mapping, Sequence

from memsvc.evals.datasets.dataset import Utterance
from memsvc.ports.models import Embedder

HEADER_TOKENS = 8
"""What a context says of each turn beside its text."""


def lengths_of(turns: Sequence[Utterance], *, embedder: Embedder) -> dict[str, int]:
    """Return what each turn takes of a context, in tokens."""
    return {turn.id: HEADER_TOKENS + embedder.count(turn.text) for turn in turns}


def fitting(ranked: Sequence[str], lengths: Mapping[str, int], budget: int) -> set[str]:
    """Return the turns that stand in a context of so many tokens; what is too long is left out."""
    held: set[str] = set()
    for turn in dict.fromkeys(ranked):
        if lengths[turn] <= budget:
            budget -= lengths[turn]
            held.add(turn)
    return held

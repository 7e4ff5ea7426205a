"""Where a language model's help stands in a recipe, and when a recipe wants it.

Clues are one more arm: what they propose joins the candidates, and what they say is added right
after the arms are fused, so that neighbours, streams and names build on it. Walks from kept facts
come last of what scores, before what must have the last word.
"""

from collections.abc import Iterable
from dataclasses import replace

from memsvc.domain.helping import When
from retrieval.clues import Clued, Follow
from retrieval.rerank import BEFORE
from retrieval.sifted import FromKept, SayKept
from retrieval.spread import Spread
from retrieval.stage import Part, Recipe, Stage

LAST = (Spread, *BEFORE)
"""Stages before which walks from facts have their word."""


def clued_when(recipe: Recipe) -> When:
    """Return when a recipe wants clues."""
    return next((one.when for one in recipe.stages if isinstance(one, Clued)), When.NEVER)


def sifted_when(recipe: Recipe) -> When:
    """Return when a recipe wants facts sifted."""
    return next((one.when for one in recipe.stages if isinstance(one, FromKept)), When.NEVER)


def with_help(recipe: Recipe, *, clues: When | None, facts: When | None) -> Recipe:
    """Return a recipe that is helped so; None leaves it as it is.

    A recipe that has the stages keeps them where they stand, with their weights.
    """
    stages = list(recipe.stages)
    if clues is not None:
        stages = _clued(stages, clues)
    if facts is not None:
        stages = _sifted(stages, facts)
    return replace(recipe, stages=tuple(stages))


def _clued(stages: list[Stage], when: When) -> list[Stage]:
    if when is When.NEVER:
        return [one for one in stages if not isinstance(one, (Follow, Clued))]
    if any(isinstance(one, Clued) for one in stages):
        return [replace(one, when=when) if isinstance(one, Clued) else one for one in stages]
    at = _scored_at(stages)
    return [*stages[:at], Follow(), *stages[at : at + 1], Clued(when), *stages[at + 1 :]]


def _sifted(stages: list[Stage], when: When) -> list[Stage]:
    if when is When.NEVER:
        return [one for one in stages if not isinstance(one, (SayKept, FromKept))]
    if any(isinstance(one, FromKept) for one in stages):
        return [replace(one, when=when) if isinstance(one, FromKept) else one for one in stages]
    at = _scored_at(stages)
    late = next((n for n, one in enumerate(stages) if isinstance(one, LAST)), len(stages))
    return [*stages[:at], SayKept(), *stages[at:late], FromKept(when), *stages[late:]]


def _scored_at(stages: Iterable[Stage]) -> int:
    """Return where the stage stands that gives scores."""
    return next(n for n, one in enumerate(stages) if one.part() is Part.SCORES)

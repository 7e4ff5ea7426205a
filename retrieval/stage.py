"""Stages and recipes: retrieval as values that compose and describe themselves.

A stage takes the question and the candidates so far and returns candidates. `a >> b` runs a, then
b. Running a recipe records what every stage did; nobody else writes the trace.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

from memsvc.domain.recall import StageTrace
from retrieval.pool import Ask, Pool


class Stage(Protocol):
    """One step of a recipe."""

    def describe(self) -> str:
        """Say what it does with its parameters, for instance `fuse(dense=1.0, lexical=0.8)`."""
        ...

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the candidates after this step."""
        ...

    def facts(self, pool: Pool) -> Mapping[str, Any]:
        """Return what is worth showing in a trace about the candidates it left."""
        ...


class Composable:
    """Gives stages their `>>`, and nothing to show unless they say so."""

    def __rshift__(self, following: "Stage") -> "Recipe":
        """Run this, then `following`."""
        mine = self.stages if isinstance(self, Recipe) else (self,)
        return Recipe((*mine, following))  # every Composable is a Stage

    def facts(self, pool: Pool) -> Mapping[str, Any]:  # noqa: ARG002  the port's signature
        """Show nothing."""
        return {}


@dataclass(frozen=True, slots=True)
class Recipe(Composable):
    """Stages in order."""

    stages: tuple[Stage, ...]

    def describe(self) -> list[str]:
        """Return what each stage does, in order."""
        return [stage.describe() for stage in self.stages]

    def run(self, ask: Ask) -> tuple[Pool, tuple[StageTrace, ...]]:
        """Return the candidates after the last stage, and what each stage did."""
        pool = Pool()
        trace = []
        for stage in self.stages:
            begun = perf_counter()
            pool = stage.run(ask, pool)
            took_ms = (perf_counter() - begun) * 1_000
            trace.append(StageTrace(stage.describe(), len(pool), took_ms, stage.facts(pool)))
        return pool, tuple(trace)

"""Stages and recipes: retrieval as values that compose and describe themselves.

A stage takes the question and the candidates so far and returns candidates. `a >> b` runs a, then
b. Running a recipe records what every stage did; nobody else writes the trace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple, Protocol

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

    def level(self, pools: Sequence[Pool]) -> list[Pool]:
        """Return what it left of several spaces, in their order, with scores that compare."""
        ...

    def facts(self, pool: Pool) -> Mapping[str, Any]:
        """Return what is worth showing in a trace about the candidates it left."""
        ...


class Composable:
    """Gives stages their `>>`, and scores that compare and nothing to show unless they say so."""

    def __rshift__(self, following: "Stage") -> "Recipe":
        """Run this, then `following`."""
        mine = self.stages if isinstance(self, Recipe) else (self,)
        return Recipe((*mine, following))  # every Composable is a Stage

    def level(self, pools: Sequence[Pool]) -> list[Pool]:
        """Leave them as they are."""
        return list(pools)

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

    def run(self, ask: Ask) -> "Ranking":
        """Return the candidates after the last stage, and what each stage did."""
        return self.run_together([ask])[0]

    def run_together(self, asks: Sequence[Ask]) -> "list[Ranking]":
        """Ask several spaces the same; the scores of all candidates then compare.

        Each stage runs in each space over that space's own indexes, and only then are their scores
        brought onto one scale, for the next stage to go on from there.
        """
        pools = [Pool() for _ in asks]
        traces: list[list[StageTrace]] = [[] for _ in asks]
        for stage in self.stages:
            took_ms = []
            for place, ask in enumerate(asks):
                begun = perf_counter()
                pools[place] = stage.run(ask, pools[place])
                took_ms.append((perf_counter() - begun) * 1_000)
            if len(pools) > 1:
                pools = stage.level(pools)
            for trace, pool, took in zip(traces, pools, took_ms, strict=True):
                trace.append(StageTrace(stage.describe(), len(pool), took, stage.facts(pool)))
        return [Ranking(pool, tuple(trace)) for pool, trace in zip(pools, traces, strict=True)]


class Ranking(NamedTuple):
    """What a recipe made of a question: candidates with their scores, and what each stage did."""

    pool: Pool
    trace: tuple[StageTrace, ...]

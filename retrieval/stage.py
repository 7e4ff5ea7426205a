"""Stages and recipes: retrieval as values that compose, check and describe themselves.

A stage takes the question and the candidates so far and returns candidates. `a >> b` runs a, then
b. Running a recipe records what every stage did; nobody else writes the trace.

An order in which a stage would find nothing to work on is refused when it is written down, and not
at the first question: see `Part`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from time import perf_counter
from typing import Any, NamedTuple, Protocol

from memsvc.domain.errors import GatheredTooLate, NothingGathered, NothingScored
from memsvc.domain.recall import StageTrace
from retrieval.pool import Ask, Pool


class Part(StrEnum):
    """What a stage does to candidates, which says where in a recipe it may stand."""

    GATHERS = "gathers"
    """Finds candidates. Comes first."""
    WIDENS = "widens"
    """Adds candidates to others, and drops what scores they have: before anything scores."""
    SCORES = "scores"
    """Gives candidates their first scores."""
    WEIGHS = "weighs"
    """Reads and changes scores: after what gave them."""


class Stage(Protocol):
    """One step of a recipe."""

    def part(self) -> Part:
        """Say what it does to candidates."""
        ...

    def counts(self) -> Mapping[str, float]:
        """Return how much it counts, by what it is called; of several arms, each."""
        ...

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
    """Gives stages their `>>`, and scores that compare and nothing to show unless they say so.

    A stage weighs what has been scored unless it says otherwise.
    """

    def part(self) -> Part:
        """Say that it reads scores."""
        return Part.WEIGHS

    def __rshift__(self, following: "Stage") -> "Recipe":
        """Run this, then `following`."""
        mine = self.stages if isinstance(self, Recipe) else (self,)
        return Recipe((*mine, following))  # every Composable is a Stage

    def counts(self) -> Mapping[str, float]:
        """Return its weight, if it has one."""
        weight: float | None = getattr(self, "weight", None)
        return {} if weight is None else {type(self).__name__.lower(): weight}

    def level(self, pools: Sequence[Pool]) -> list[Pool]:
        """Leave them as they are."""
        return list(pools)

    def facts(self, pool: Pool) -> Mapping[str, Any]:  # noqa: ARG002  the port's signature
        """Show nothing."""
        return {}


@dataclass(frozen=True, slots=True)
class Recipe(Composable):
    """Stages in order.

    Raises `NothingGathered`, `NothingScored` or `GatheredTooLate` where a stage could do nothing
    in its place, or would undo what another did.
    """

    stages: tuple[Stage, ...]
    about: str = field(default="", compare=False)
    """What it is for, in a sentence, where somebody is to choose it."""

    def __post_init__(self) -> None:
        """Look whether each stage finds what it works on."""
        before: set[Part] = set()
        for stage in self.stages:
            _check_place(stage, before)
            before.add(stage.part())

    def meant(self, about: str) -> "Recipe":
        """Return the recipe with what it is for."""
        return replace(self, about=about)

    def weights(self) -> dict[str, float]:
        """Return how much each of its arms and later stages counts, by what they are called."""
        return {name: weight for stage in self.stages for name, weight in stage.counts().items()}

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


def _check_place(stage: Stage, before: set[Part]) -> None:
    """Raise what is wrong with a stage after stages that do so much."""
    part, name = stage.part(), type(stage).__name__
    if part is not Part.GATHERS and Part.GATHERS not in before:
        raise NothingGathered(f"{name} has no candidates; put a Gather before it.", stage=name)
    if part is Part.WEIGHS and Part.SCORES not in before:
        raise NothingScored(f"{name} reads scores that nothing gave; Fuse before it.", stage=name)
    if part in {Part.GATHERS, Part.WIDENS} and Part.SCORES in before:
        raise GatheredTooLate(
            f"{name} adds candidates after others were scored, and would drop their scores; put "
            "it before Fuse.",
            stage=name,
        )

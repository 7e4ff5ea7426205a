"""What a language model behind a service costs whoever writes: nothing, or so it should be.

Three services in one process take turns at every write: one without a model, one whose model takes
seconds for each answer, one whose model is gone. The spaces of the last two are set to have all of
it improved, so that work for the model waits and is tried all the while.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, sleep
from typing import Any

import numpy as np
from typing_extensions import override

from memsvc.config import Settings
from memsvc.domain.errors import ModelUnavailable
from memsvc.evals.scoring.measures import Estimate, paired_difference
from memsvc.evals.speed.service import Figure, texts
from memsvc.llm.fakes import ScriptedModel
from memsvc.local import open_with
from memsvc.ports.language import Ask, LanguageModel, Reply, Unanswered
from memsvc.ports.models import Embedder
from memsvc.sdk.client import Space
from memsvc.wiring import open_service

SLOW_S = 2.0
"""How long the slow model takes for each call."""

NONE, SLOW, GONE = "no model", "a slow model", "a model that is gone"
FIRST = 10
"""Writes of each before any counts."""


class _Slow(ScriptedModel):
    """Says the least that fits, late."""

    @override
    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        sleep(SLOW_S)
        return super().replies(asks, within_s=within_s)


class _Gone(ScriptedModel):
    """Cannot be reached."""

    @override
    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        raise ModelUnavailable("The model is gone.")


@dataclass(frozen=True, slots=True)
class Behind:
    """Milliseconds of every write, in the order of writing, by what stands behind the service."""

    took_ms: Mapping[str, Sequence[float]]

    def longer(self, behind: str) -> Estimate:
        """Return how many times as long writes took as without a model: the geometric mean."""
        with_it, without = (np.log(np.array(self.took_ms[one])) for one in (behind, NONE))
        found = paired_difference(with_it, without, seed=0)
        return Estimate(*(float(np.exp(value)) for value in (found.mean, found.low, found.high)))

    def figures(self) -> list[Figure]:
        """Return the figures for a table."""
        bare = median(self.took_ms[NONE])
        found = [Figure(f"a write, {NONE}", bare, "ms")]
        for one in (SLOW, GONE):
            longer = self.longer(one)
            told = f"{NONE}, from {longer.low:.3f} to {longer.high:.3f}"
            found.append(
                Figure(f"a write, {one}", median(self.took_ms[one]), "ms", longer.mean, told)
            )
        return found

    def as_json(self) -> dict[str, Any]:
        """Return medians, and by how many times writes took longer with the interval of that."""
        return {
            "writes": len(self.took_ms[NONE]),
            "median_ms": {one: median(took) for one, took in self.took_ms.items()},
            "times_longer": {one: asdict(self.longer(one)) for one in (SLOW, GONE)},
        }


def measure_behind(
    folder: Path, *, embedder: Embedder, writes: int, progress: Callable[[str], None]
) -> Behind:
    """Write so many turns to each of the three, one after another in an order of chance."""
    models: Mapping[str, LanguageModel | None] = {NONE: None, SLOW: _Slow(), GONE: _Gone()}
    with ExitStack() as stack:
        spaces = {
            name: stack.enter_context(_space(folder / str(number), embedder, model))
            for number, (name, model) in enumerate(models.items())
        }
        took: dict[str, list[float]] = {name: [] for name in spaces}
        chance = Random(0)  # noqa: S311
        for number, text in enumerate(texts(FIRST + writes)):
            if number % 100 == 0:
                progress(f"write {number} of {FIRST + writes}")
            for name in chance.sample(list(spaces), len(spaces)):
                begun = perf_counter()
                spaces[name].write("chat", [{"content": text}])
                if number >= FIRST:
                    took[name].append((perf_counter() - begun) * 1_000)
    return Behind(took)


@contextmanager
def _space(folder: Path, embedder: Embedder, model: LanguageModel | None) -> Iterator[Space]:
    settings = Settings(data=folder, log_level="error")
    opening = partial(open_service, embedder=embedder, language_model=model)
    with open_with(settings, open_service=opening) as client:
        space = client.space("alice")
        space.write("chat", [{"content": "Hello."}])
        if model is not None:
            space.configure(version=0, improving={})
        yield space

"""How fast surprise is told of long streams, beside what the chip can do.

A model of chance in a real shape reads a batch of full windows as the service has them read. Its
rate in arithmetic is held against that of one large matrix product in the same run: the share says
how much of the chip the reading gets out. Seconds are those of `memsvc.llm.chip.timer_of`.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from random import Random
from statistics import median
from typing import Any

from memsvc.evals.speed.service import Figure
from memsvc.llm.chip import measure_chip, timer_of, work_a_token
from memsvc.llm.loading import Precision, default_device, default_precision
from memsvc.llm.made import LINES, made_surprisal
from memsvc.ports.models import Passage

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """What is read: so many tokens in windows, by a model of a form."""

    form: str
    device: str | None
    precision: Precision | None
    batch_tokens: int
    window: int


@dataclass(frozen=True, slots=True)
class SurprisalSpeed:
    """What was measured: tokens a second, and the rates in 10^12 products and sums a second."""

    form: str
    chip: str
    precision: str
    batch_tokens: int
    window: int
    tokens_a_second: float
    reading_tera: float
    matrix_tera: float

    @property
    def share(self) -> float:
        """The part of the chip's matrix rate that the reading reaches."""
        return self.reading_tera / self.matrix_tera

    def figures(self) -> list[Figure]:
        """Return the figures for a table."""
        return [
            Figure(f"{self.form} in {self.precision}: tokens read", self.tokens_a_second, "1/s"),
            Figure("its arithmetic", self.reading_tera, "T/s", self.share, "one matrix product"),
            Figure(f"matrix product on {self.chip}", self.matrix_tera, "T/s"),
        ]

    def as_json(self) -> dict[str, Any]:
        """Return all of it, with the share."""
        return {**asdict(self), "share": self.share}


def measure_surprisal(task: Task, *, progress: Callable[[str], None]) -> SurprisalSpeed:
    """Make the model, have it read, and multiply matrices before and after."""
    device = task.device or default_device()
    precision = task.precision or default_precision(device)
    progress(f"making a model of the form {task.form}")
    surprisal = made_surprisal(
        task.form,
        device=device,
        precision=precision,
        window=task.window,
        batch_tokens=task.batch_tokens,
    )
    chip = measure_chip(device, precision)
    passages, tokens = _passages(surprisal.count, task)
    progress(f"reading {tokens} tokens, {ROUNDS + 1} times")
    now, taken = timer_of(device), []
    for _ in range(ROUNDS + 1):
        begun = now()
        surprisal.of(passages)
        taken.append(now() - begun)
    after = measure_chip(device, precision)
    rate = tokens / median(taken[1:])
    return SurprisalSpeed(
        task.form,
        chip.name,
        precision,
        task.batch_tokens,
        task.window,
        rate,
        rate * work_a_token(task.form, window=task.window) / 1e12,
        max(chip.matrix_rate, after.matrix_rate) / 1e12,
    )


def _passages(count: Callable[[str], int], task: Task) -> tuple[list[Passage], int]:
    """Return streams of a window each, a batch of them in all, and how many tokens they have."""
    chance = Random(7)  # noqa: S311 - words to fill windows with
    words = " ".join(LINES).split()
    passages, tokens = [], 0
    for _ in range(max(1, task.batch_tokens // task.window)):
        text = " ".join(chance.choices(words, k=task.window))
        while (over := count(text) - (task.window - 1)) > 0:
            text = text[: -max(1, over // 2)]
        passages.append(Passage((text,)))
        tokens += count(text)
    return passages, tokens

"""How much a run of `make bench` measures, and with what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from memsvc.evals.datasets.texts import Texts
from memsvc.evals.speed.load import Scale
from memsvc.evals.speed.service import Figure, texts
from memsvc.ports.models import Embedder


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured. `sizes` are turns of the space that is recalled from, rising."""

    name: str
    writes: int
    bulk: int
    sizes: tuple[int, ...]
    real: int
    questions: int
    nodes: tuple[int, ...]
    walks: int
    load: Scale
    filled: int
    costs: int
    starts: int
    lags: int


QUICK = Extent(
    "quick",
    40,
    200,
    (1_000, 3_000),
    1_000,
    60,
    (10_000,),
    20,
    Scale(seconds=8, filled=500, idle=60, probing_s=2, later=1_000),
    500,
    60,
    1,
    20,
)
FULL = Extent(
    "full",
    200,
    1_000,
    (1_000, 10_000, 100_000),
    10_000,
    200,
    (20_000, 1_000_000),
    60,
    Scale(),
    2_000,
    300,
    3,
    60,
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run is made with: an empty folder, texts, the embedder and where its model lies.

    `exported` is None for an embedder without a model. `database` is a PostgreSQL server's URL.
    """

    data: Path
    texts: Texts
    embedder: Embedder
    exported: Path | None
    model: str
    threads: int
    database: str
    seed: int
    progress: Callable[[str], None]

    def asked(self, extent: Extent) -> list[str]:
        """Return the questions of a run."""
        return list(self.texts.questions[: extent.questions]) or texts(extent.questions)


def by_name(figures: Sequence[Figure]) -> dict[str, Figure]:
    """Return figures by what they are called."""
    return {figure.name: figure for figure in figures}

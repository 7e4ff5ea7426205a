"""What memsvc takes of a machine: a model made of measured costs, of nothing else.

The costs are those of a report of `memsvc bench all`. From them follow the cores that so many
requests a second keep busy, and the memory and disk that so many turns take. What the model leaves
out is said in docs/scale.md; how far it is off is told by `memsvc bench scale-sim`, which holds it
against the load of the same report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memsvc.domain.errors import InvalidField
from memsvc.evals.speed.costs import BULK, BULK_TURNS, LATER, RECALL, WRITE, Cost, costs_from_json

MILLION = 1_000_000
S = 1e-3
COST_PART, LOAD_PART = "What one operation costs", "Under load"
QUIET = 0.1
"""Share of the cores up to which others make little of how times are spread."""


@dataclass(frozen=True, slots=True)
class Size:
    """A space as it was measured: bytes, and the processor's milliseconds of a recall."""

    turns: int
    resident_bytes: int
    disk_bytes: int
    recall_processor_ms: float


@dataclass(frozen=True, slots=True)
class Needs:
    """What a load and so many turns keep busy."""

    cores: float
    memory_bytes: float
    disk_bytes: float


@dataclass(frozen=True, slots=True)
class Model:
    """Measured costs by operation, spaces by size, and what was measured under load.

    `cores` are those of the machine less what others used while it was loaded; `is_quiet` says
    that they used next to nothing while costs were measured.
    """

    costs: Mapping[str, Cost]
    sizes: Sequence[Size]
    cores: float
    loaded: Mapping[str, float]
    is_quiet: bool

    def disk_a_turn(self) -> float:
        """Return bytes on disk a turn: the slope between the first size and the last."""
        return self._slope("disk_bytes")

    def memory_a_turn(self) -> float:
        """Return bytes of memory a turn of a space that is open; never less than nothing."""
        return max(0.0, self._slope("resident_bytes"))

    def base_bytes(self) -> float:
        """Return the memory of a service whose spaces are all empty."""
        first = self.sizes[0]
        return first.resident_bytes - first.turns * self.memory_a_turn()

    def processor_s(self, operation: str, *, turns: int = 0) -> float:
        """Return seconds of a core that one operation takes, what follows it included.

        A recall takes more in a larger space: by the line between the sizes that were measured.
        """
        cost = self.costs[operation]
        own = (cost.processor_ms + cost.beside_ms) * S
        if operation == RECALL and turns and len(self.sizes) > 1:
            first = self.sizes[0].recall_processor_ms
            grown = max(0.0, self._slope("recall_processor_ms"))
            own *= max(1.0, (first + grown * (turns - self.sizes[0].turns)) / first)
        return own

    def needs(
        self, *, turns: int, a_space: int, writes_s: float, recalls_s: float, open_share: float
    ) -> Needs:
        """Return what so many turns in spaces of `a_space` need at these rates.

        `open_share` is the part of all turns whose spaces are open at a time: what is not asked for
        a while leaves memory.
        """
        busy = writes_s * self.processor_s(WRITE)
        busy += recalls_s * self.processor_s(RECALL, turns=a_space)
        memory = self.base_bytes() + turns * open_share * self.memory_a_turn()
        return Needs(busy, memory, turns * self.disk_a_turn())

    def _slope(self, what: str) -> float:
        first, last = self.sizes[0], self.sizes[-1]
        grown = float(getattr(last, what)) - float(getattr(first, what))
        return grown / max(1, last.turns - first.turns)


def model_of(report: Mapping[str, Any]) -> Model:
    """Read a model out of a report of `memsvc bench all`. Raises `InvalidField`."""
    try:
        costs = costs_from_json(report["costs"])
        sizes = [
            Size(one["turns"], one["resident_bytes"], one["disk_bytes"], one["recall_processor_ms"])
            for one in report["sizes"]
        ]
        [load] = [part for part in report["parts"] if part["title"] == LOAD_PART]
        [alone] = [part for part in report["parts"] if part["title"] == COST_PART]
        cores = report["machine"]["cores"] * (1.0 - load["others"])
        loaded = {row["work"]: row["ours"] for row in load["rows"]}
        missing = {WRITE, RECALL, LATER, BULK} - set(costs)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidField(
            f"This is no report of `memsvc bench all` ({error}); name one.", field="report"
        ) from error
    if missing or not sizes:
        raise InvalidField("The report lacks costs or sizes; measure anew.", field="report")
    return Model(costs, sizes, cores, loaded, is_quiet=alone["others"] <= QUIET)


def table_of_model(model: Model) -> list[list[str]]:
    """Return the model in numbers, a line an operation and a line for each of disk and memory."""
    rows = [["", "a core does", "cores for 1,000/s"]]
    for name in model.costs:
        took = model.processor_s(name)
        what = f"{name} ({BULK_TURNS} turns)" if name == BULK else name
        rows.append([what, f"{1 / took:,.0f}/s", f"{1_000 * took:,.1f}"])
    rows.append(["disk, a million turns", f"{model.disk_a_turn() * MILLION / 1e9:,.1f} GB", ""])
    rows.append(["memory, a million open", f"{model.memory_a_turn() * MILLION / 1e9:,.1f} GB", ""])
    return rows

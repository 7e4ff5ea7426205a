"""What a chip can do at most, and how much of it reading a text takes: to measure a model against.

The rate is that of one large matrix product in the same precision, measured here and now; what is
printed on a box is reached by nothing. A processor is shared with others, so there it is its own
time that counts, and not that of the clock on the wall.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time

from memsvc.llm.loading import Precision
from memsvc.llm.made import FORMS

GPU_SIDE, CPU_SIDE = 8192, 1024
"""Rows and columns of the matrices: large enough that nothing but the arithmetic counts."""

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Chip:
    """A device by name, and its measured rate in products and sums a second."""

    name: str
    matrix_rate: float


def timer_of(device: str) -> Callable[[], float]:
    """Return what tells seconds for work on a device: by the wall on a GPU, which waits for it.

    On a processor it is the time that this process had of it, spread over its threads.
    """
    import torch  # noqa: PLC0415 - takes seconds: imported when needed

    if device.startswith("cuda"):
        return perf_counter
    threads = torch.get_num_threads()
    return lambda: process_time() / threads


def chip_name(device: str) -> str:
    """Return what a GPU calls itself, or how many threads a processor uses."""
    import torch  # noqa: PLC0415 - takes seconds: imported when needed

    if device.startswith("cuda"):
        return str(torch.cuda.get_device_name())
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'s' if threads > 1 else ''}"


def measure_chip(device: str, precision: Precision) -> Chip:
    """Multiply large square matrices and return the median rate of some rounds."""
    import torch  # noqa: PLC0415 - takes seconds: imported when needed

    on_gpu = device.startswith("cuda")
    side = GPU_SIDE if on_gpu else CPU_SIDE
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    one = torch.randn(side, side, device=device, dtype=dtype)
    other = torch.randn(side, side, device=device, dtype=dtype)
    now, taken = timer_of(device), []
    for _ in range(ROUNDS):
        begun = now()
        torch.matmul(one, other)
        if on_gpu:
            torch.cuda.synchronize()
        taken.append(now() - begun)
    return Chip(chip_name(device), 2 * side**3 / median(taken))


def work_a_token(form: str, *, window: int) -> float:
    """Return the products and sums that reading one token takes, in windows that are full.

    Twice the weights that it is multiplied with (all but the table of embeddings, and the head
    once), and attention over half the window before it on average.
    """
    shape = FORMS[form]
    kept = shape.hidden // shape.heads * shape.groups
    layer = 2 * shape.hidden**2 + 2 * shape.hidden * kept + 3 * shape.hidden * shape.inner
    weights = shape.layers * layer + shape.hidden * shape.vocabulary
    attention = shape.layers * 2 * 2 * shape.hidden * window / 2
    return 2 * weights + attention

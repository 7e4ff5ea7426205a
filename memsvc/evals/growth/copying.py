"""What makes a large space of little data: copies, with vectors of their own, written at once.

A copy whose vector were that of its original would be found whenever the original is. So it is
moved aside, by a cosine that the evaluation chooses.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from memsvc.app.remember import Batch
from memsvc.domain.ids import SpaceKey, SpaceName
from memsvc.local import OWNER
from memsvc.ports.models import Vector
from memsvc.wiring import Service


def aside(vector: Vector, chance: np.random.Generator, *, cosine: float) -> Vector:
    """Return a vector of unit length at this cosine from `vector`, in a direction of chance."""
    noise = chance.normal(size=len(vector)).astype(np.float32)
    noise -= (noise @ vector) * vector
    noise /= np.linalg.norm(noise)
    return np.asarray(cosine * vector + (1 - cosine**2) ** 0.5 * noise, dtype=np.float32)


def fill(service: Service, space: SpaceName, batches: Sequence[Batch], *, writers: int) -> None:
    """Write batches, so many at a time, and let the vectors settle as a worker would."""
    with ThreadPoolExecutor(writers) as threads:
        list(threads.map(partial(service.remember, OWNER, space), batches))
    key = SpaceKey(service.inspect.space(OWNER, space).space.key)
    with service.shelf.open(key):
        pass
    while service.shelf.tend():
        pass

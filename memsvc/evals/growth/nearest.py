"""The vectors of a filled space, searched by ours and by bare peers in turns.

All have the same vectors, one a turn, and are asked the same questions; what each finds is held
against comparing everything.
"""

import statistics
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from memsvc.config import Settings
from memsvc.domain.ids import SpaceKey, SpaceName
from memsvc.evals.growth.scale import DEPTH, Search, recall_of
from memsvc.evals.peers.vectors import peers_over
from memsvc.evals.scoring.measures import estimate
from memsvc.evals.speed.alternating import alternated
from memsvc.local import OWNER
from memsvc.ports.models import Embedder, Matrix, Vector
from memsvc.ports.vectors import Keys, VectorIndex
from memsvc.wiring import open_service

OURS = "memsvc"
WARMING = 10


def measure_nearest(
    data: Path, space: SpaceName, questions: Matrix, *, embedder: Embedder, seed: int
) -> list[Search]:
    """Open the filled space in this process; return ours first, then every peer's."""
    with open_service(Settings(data=data), embedder=embedder) as service:
        key = SpaceKey(service.inspect.space(OWNER, space).space.key)
        with service.shelf.open(key):
            pass
        while service.shelf.tend():  # what the worker of a running service does beside requests
            pass
        with service.shelf.open(key) as indexes:
            everybody = indexes.timeline.keys_at(np.arange(indexes.timeline.size))
            means = indexes.vectors.means(everybody)
            held = np.any(means, axis=1)
            keys, matrix = everybody[held], means[held]
            ways: dict[str, Callable[[Vector], Keys]] = {OURS: partial(_ours, indexes.vectors)}
            ways |= {
                peer.name: peer.search
                for peer in peers_over(keys, matrix, k=DEPTH, approximate=True)
            }
            return _searched(ways, keys, matrix, questions, seed=seed)


def _ours(index: VectorIndex, question: Vector) -> Keys:
    return index.search(question, k=DEPTH).keys


def _searched(
    ways: Mapping[str, Callable[[Vector], Keys]],
    keys: Keys,
    matrix: Matrix,
    questions: Matrix,
    *,
    seed: int,
) -> list[Search]:
    asked = list(questions)
    alternated(ways, asked[:WARMING])
    took = alternated(ways, asked)
    found = {
        name: [recall_of(search(one), keys, matrix @ one) for one in asked]
        for name, search in ways.items()
    }
    return [
        Search(
            name, statistics.median(took[name]) * 1e3, estimate(np.array(found[name]), seed=seed)
        )
        for name in ways
    ]

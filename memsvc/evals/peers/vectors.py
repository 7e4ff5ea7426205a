"""Plain ways of finding the nearest vectors, to stand beside ours in one run.

Each is given the same vectors and asked the same questions. What is not installed is left out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import faiss
import numpy as np

from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Keys

CHROMA_BATCH = 5_000
CHROMA_LINKS, CHROMA_SEARCHED = 16, 100
"""Of a collection of Chroma 1.5 by default: max_neighbors; ef_construction and ef_search."""

IVF_TRAINED, IVF_LISTS = 40, 64
"""Vectors a list to learn lists from; lists that are looked into."""

HNSW_LINKS, HNSW_BUILT, HNSW_SEARCHED = 32, 80, 64


@dataclass(frozen=True, slots=True)
class Peer:
    """One of them: `search` returns the keys that it finds nearest to a question."""

    name: str
    search: Callable[[Vector], Keys]


def peers_over(keys: Keys, matrix: Matrix, *, k: int, approximate: bool = False) -> Iterator[Peer]:
    """Build each peer over the vectors and yield it, one at a time; it returns `k` keys.

    With `approximate` also those of FAISS that do not look at every vector.
    """
    yield _numpy(keys, matrix, k=k)
    yield _faiss_flat(keys, matrix, k=k)
    if approximate:
        yield _faiss_ivf(keys, matrix, k=k)
        yield _faiss_hnsw(keys, matrix, k=k)
    if find_spec("chromadb") is not None:
        yield _chroma(keys, matrix, k=k)


def missing() -> list[str]:
    """Name the peers that are not installed."""
    return [] if find_spec("chromadb") is not None else ["Chroma"]


def chroma_graph(matrix: Matrix, *, k: int) -> Callable[[Vector], list[int]]:
    """Return what finds the `k` nearest rows as a collection of Chroma does, without Chroma.

    The graph is HNSW over squared distances with Chroma's settings. Rows are added one by one, so
    that the same rows give the same graph. The empty matrix finds nothing.
    """
    index = faiss.IndexHNSWFlat(matrix.shape[1], CHROMA_LINKS)
    index.hnsw.efConstruction = CHROMA_SEARCHED
    index.hnsw.efSearch = CHROMA_SEARCHED
    for row in np.ascontiguousarray(matrix):
        index.add(row[np.newaxis])

    def search(question: Vector) -> list[int]:
        _, rows = index.search(question[np.newaxis], k)
        return [row for row in rows[0].tolist() if row >= 0]

    return search


def _numpy(keys: Keys, matrix: Matrix, *, k: int) -> Peer:
    def search(question: Vector) -> Keys:
        cosines = matrix @ question
        return keys[np.argpartition(cosines, -k)[-k:]]

    return Peer("NumPy, every vector", search)


def _faiss_flat(keys: Keys, matrix: Matrix, *, k: int) -> Peer:
    index = faiss.IndexFlatIP(matrix.shape[1])
    index.add(np.ascontiguousarray(matrix))
    return Peer("FAISS, every vector", _asking(index, keys, k=k))


def _faiss_ivf(keys: Keys, matrix: Matrix, *, k: int) -> Peer:
    """Make lists of vectors of one byte a number: four times as many as the root of the vectors."""
    lists = round(4 * len(keys) ** 0.5)
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(matrix.shape[1]),
        matrix.shape[1],
        lists,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    vectors = np.ascontiguousarray(matrix)
    index.train(vectors[: IVF_TRAINED * lists])
    index.add(vectors)
    index.nprobe = min(IVF_LISTS, lists)
    return Peer(f"FAISS, IVF+SQ8, {index.nprobe} lists", _asking(index, keys, k=k))


def _faiss_hnsw(keys: Keys, matrix: Matrix, *, k: int) -> Peer:
    index = faiss.IndexHNSWFlat(matrix.shape[1], HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction, index.hnsw.efSearch = HNSW_BUILT, HNSW_SEARCHED
    index.add(np.ascontiguousarray(matrix))
    return Peer(f"FAISS, HNSW{HNSW_LINKS}, ef {HNSW_SEARCHED}", _asking(index, keys, k=k))


def _asking(index: Any, keys: Keys, *, k: int) -> Callable[[Vector], Keys]:
    def search(question: Vector) -> Keys:
        _, rows = index.search(question[np.newaxis], k)
        nearest: Keys = keys[rows[0][rows[0] >= 0]]
        return nearest

    return search


def _chroma(keys: Keys, matrix: Matrix, *, k: int) -> Peer:
    import chromadb  # noqa: PLC0415  a peer that need not be there
    from chromadb.config import Settings  # noqa: PLC0415  the same

    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
    for earlier in client.list_collections():  # all such clients of a process share one store
        client.delete_collection(earlier.name)
    collection = client.create_collection("peers", metadata={"hnsw:space": "cosine"})
    for begin in range(0, len(keys), CHROMA_BATCH):
        part = slice(begin, begin + CHROMA_BATCH)
        collection.add(ids=[str(key) for key in keys[part].tolist()], embeddings=matrix[part])

    def search(question: Vector) -> Keys:
        found = collection.query(query_embeddings=question[np.newaxis], n_results=k)
        return np.array([int(key) for key in found["ids"][0]], dtype=np.int64)

    return Peer("Chroma, its default graph", search)

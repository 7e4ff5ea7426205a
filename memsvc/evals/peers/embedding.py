"""The bare runtime under our embedder, and the library whose models it runs: to stand beside it.

All run the same weights over the same texts, cut at the same length. The bare runtime is what
somebody would write who only wants vectors: a tokenizer, a session, batches of like length.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from memsvc.llm.embed_onnx import BATCH, INPUTS, OUTPUT
from memsvc.llm.exported import GRAPH_FILE, TOKENIZER_FILE, read
from memsvc.llm.provision import resolve
from memsvc.ports.models import Matrix

BARE = "ONNX Runtime, bare"
SPINNING = "ONNX Runtime, bare, workers that spin"
TRANSFORMERS = "sentence-transformers"


@dataclass(frozen=True, slots=True)
class EmbeddingPeer:
    """One of them; `embed` returns a vector a text, in order."""

    name: str
    embed: Callable[[Sequence[str]], Matrix]


def embedding_peers(folder: Path, model: str, *, threads: int) -> Iterator[EmbeddingPeer]:
    """Load each peer: of the exported model in `folder`, and of the published one by its name."""
    yield EmbeddingPeer(BARE, _bare(folder, threads=threads, spinning=False))
    yield EmbeddingPeer(SPINNING, _bare(folder, threads=threads, spinning=True))
    if find_spec("sentence_transformers") is not None:
        yield EmbeddingPeer(TRANSFORMERS, _transformers(model, threads=threads))


def missing() -> list[str]:
    """Name the peers that are not installed."""
    return [] if find_spec("sentence_transformers") is not None else [TRANSFORMERS]


def _bare(folder: Path, *, threads: int, spinning: bool) -> Callable[[Sequence[str]], Matrix]:
    import onnxruntime  # noqa: PLC0415  model libraries are imported when a model is opened
    from tokenizers import Tokenizer  # noqa: PLC0415  the same

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    session = onnxruntime.InferenceSession(
        str(folder / GRAPH_FILE), options, providers=["CPUExecutionProvider"]
    )
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
    tokenizer.enable_truncation(read(folder).max_tokens)
    tokenizer.enable_padding()  # to the longest of a batch: as published, all are padded to 128

    def embed(texts: Sequence[str]) -> Matrix:
        ordered = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        vectors: list[Matrix] = []
        for begin in range(0, len(texts), BATCH):
            batch = tokenizer.encode_batch([texts[i] for i in ordered[begin : begin + BATCH]])
            rows = ([one.ids for one in batch], [one.attention_mask for one in batch])
            fed = dict(zip(INPUTS, map(np.array, rows), strict=True))
            vectors.append(session.run([OUTPUT], fed)[0])
        found = np.empty((len(texts), vectors[0].shape[1]), dtype=np.float32)
        found[ordered] = np.concatenate(vectors)
        return found

    return embed


def _transformers(model: str, *, threads: int) -> Callable[[Sequence[str]], Matrix]:
    import torch  # noqa: PLC0415  takes seconds, and need not be there
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415  the same

    torch.set_num_threads(threads)
    loaded = SentenceTransformer(str(resolve(model)), device="cpu")

    def embed(texts: Sequence[str]) -> Matrix:
        found = loaded.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(found, dtype=np.float32)

    return embed

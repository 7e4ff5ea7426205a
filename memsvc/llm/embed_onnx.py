"""Embedding on the CPU: an exported model under ONNX Runtime, without torch.

What a model means is decided when it is exported (`memsvc.llm.embed_st`); here it only runs.
One query takes about a third of the time that sentence-transformers needs, and starting takes a
quarter of a second instead of five, because neither torch nor transformers is imported.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.errors import ModelMissing, ModelUnavailable
from memsvc.domain.memory import Fingerprint, Span
from memsvc.llm.exported import GRAPH_FILE, PROJECTION_FILE, TOKENIZER_FILE, Card, read
from memsvc.llm.projection import Projection, read_projection
from memsvc.llm.word_counts import counter_of
from memsvc.ports.models import Embedded, Matrix, Tokens

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

BATCH = 8
"""Texts a run. More are slower: the activations leave the processor's cache (measured)."""

INPUTS = ("input_ids", "attention_mask")
OUTPUT = "embedding"
TOKENS = "tokens"
"""The graph's second output: what the model's last layer says of each token, markers included."""


class Session(Protocol):
    """The part of `onnxruntime.InferenceSession` that is used. Safe to call from many threads."""

    def run(
        self, outputs: Sequence[str], feeds: Mapping[str, NDArray[np.int64]], /
    ) -> list[NDArray[np.float32]]:
        """Compute the named outputs."""
        ...


class OnnxEmbedder:
    """An `Embedder` over an exported model; any number of threads may use it at once.

    `cutter` cuts texts at the model's limit and adds its markers, `measurer` does neither. They
    are two because a tokenizer's limits are shared state: changed between calls, they would
    change under another thread. `failures` are the errors by which `session` says that it
    could not run. Without `projection` it tells of no tokens.
    """

    def __init__(
        self,
        session: Session,
        card: Card,
        *,
        cutter: "Tokenizer",
        measurer: "Tokenizer",
        pad_id: int,
        failures: tuple[type[Exception], ...],
        projection: Projection | None = None,
    ) -> None:
        self._session = session
        self._card = card
        self._cutter = cutter
        self._measurer = measurer
        self._counted = counter_of(measurer)
        self._pad_id = pad_id
        self._failures: tuple[type[Exception], ...] = (*failures, MemoryError)
        self._projection = projection

    @property
    def fingerprint(self) -> Fingerprint:
        """Which model, precision and dimension every vector of this embedder has."""
        return self._card.fingerprint

    @property
    def max_tokens(self) -> int:
        """The longest input, in tokens with the model's own markers."""
        return self._card.max_tokens

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a text, in order: shape (n, d) float32; (0, d) for no text.

        Raises `ModelUnavailable` when ONNX Runtime fails, which in practice is for want of memory.
        """
        vectors = np.empty((len(texts), self._card.dimension), dtype=np.float32)
        for batch, encoded in self._batches(texts):
            (vectors[batch],) = self._run(encoded, (OUTPUT,))
        return vectors

    @property
    def token_fingerprint(self) -> Fingerprint | None:
        """Which model and projection vectors of tokens are from; None for an older folder."""
        if self._projection is None:
            return None
        model = f"{self.fingerprint.model}+{self._card.sha256[PROJECTION_FILE][:8]}"
        return Fingerprint(model, "int8", self._projection.dimension)

    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return what `embed` does, and from the same run the vectors of tokens.

        Raises `ModelUnavailable` when ONNX Runtime fails.
        """
        if self._projection is None:
            return Embedded(self.embed(texts), None)
        vectors = np.empty((len(texts), self._card.dimension), dtype=np.float32)
        tokens: dict[int, Tokens] = {}
        for batch, encoded in self._batches(texts):
            vectors[batch], hidden = self._run(encoded, (OUTPUT, TOKENS))
            # Neither the model's own markers nor what fills up the batch.
            is_word = np.zeros(hidden.shape[:2], dtype=bool)
            for row, encoding in enumerate(encoded):
                is_word[row, : len(encoding.ids)] = np.array(encoding.special_tokens_mask) == 0
            read = self._projection.of(hidden[is_word])
            ends = is_word.sum(axis=1).cumsum()[:-1]
            tokens |= zip(batch, np.split(read, ends), strict=True)
        return Embedded(vectors, [tokens[place] for place in range(len(texts))])

    def tokens(self, text: str) -> Sequence[Span]:
        """Return where each token of `text` stands, in order, without the model's own markers."""
        return token_spans(self._measurer, text)

    def count(self, text: str) -> int:
        """Return how many tokens `text` has."""
        return self._counted(text)

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list["Encoding"]]]:
        encoded = self._cutter.encode_batch(list(texts))
        # Texts of like length share a batch, so that little of it is padding.
        by_length = sorted(range(len(texts)), key=lambda i: len(encoded[i].ids))
        for start in range(0, len(texts), BATCH):
            batch = by_length[start : start + BATCH]
            yield batch, [encoded[i] for i in batch]

    def _run(
        self, batch: Sequence["Encoding"], outputs: Sequence[str]
    ) -> list[NDArray[np.float32]]:
        shape = (len(batch), max(len(encoding.ids) for encoding in batch))
        ids = np.full(shape, self._pad_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for row, encoding in enumerate(batch):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        try:
            return self._session.run(outputs, dict(zip(INPUTS, (ids, mask), strict=True)))
        except self._failures as error:
            raise ModelUnavailable(
                f"ONNX Runtime could not embed {len(batch)} texts ({error}); "
                "free some memory and try again."
            ) from error


def token_spans(tokenizer: "Tokenizer", text: str) -> Sequence[Span]:
    """Return where each token of `text` stands, in characters; `tokenizer` must cut nothing."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    return [Span(start, end) for start, end in encoding.offsets]


def open_onnx(folder: Path, *, threads: int = 2, tokens: bool = True) -> OnnxEmbedder:
    """Load the model of an exported folder; one run of it uses `threads` threads.

    Without `tokens` it tells of none, as one does whose folder has no projection.

    Raises `ModelMissing` when the folder is not a whole exported model.
    """
    import onnxruntime  # noqa: PLC0415 - model libraries are imported when a model is opened

    card = read(folder)
    # ONNX Runtime has a dozen errors without a common base, and names them nowhere else.
    errors = vars(onnxruntime.capi.onnxruntime_pybind11_state).values()
    failures = tuple(e for e in errors if isinstance(e, type) and issubclass(e, Exception))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Idle workers sleep instead of spinning. Spinning is faster for one caller on idle cores (2.2
    # against 3.3 ms a query), slower for four callers (440 against 495 a second), and much slower
    # where others use the same cores (8 against 3.5 ms): a server is closer to the latter.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(
            str(folder / GRAPH_FILE), options, providers=["CPUExecutionProvider"]
        )
    except failures as error:
        raise ModelMissing(
            f"ONNX Runtime cannot load the model in {folder} ({error}); export it anew with "
            "`python -m memsvc.llm.export NAME FOLDER`, or name another in MEMSVC_EMBEDDER."
        ) from error
    cutter, measurer, pad_id = _tokenizers(folder / TOKENIZER_FILE, max_tokens=card.max_tokens)
    return OnnxEmbedder(
        session,
        card,
        cutter=cutter,
        measurer=measurer,
        pad_id=pad_id,
        failures=failures,
        projection=read_projection(folder / PROJECTION_FILE)
        if tokens and card.tells_tokens
        else None,
    )


def _tokenizers(file: Path, *, max_tokens: int) -> tuple["Tokenizer", "Tokenizer", int]:
    from tokenizers import Tokenizer  # noqa: PLC0415 - imported when a model is opened

    cutter, measurer = Tokenizer.from_file(str(file)), Tokenizer.from_file(str(file))
    # Which id pads matters to models that count positions by it; the mask hides it from others.
    pad_id = (cutter.padding or {}).get("pad_id", 0)
    # A published tokenizer.json may pad every text to 128 tokens and cut it there.
    for tokenizer in (cutter, measurer):
        tokenizer.no_padding()
    cutter.enable_truncation(max_tokens)
    measurer.no_truncation()
    return cutter, measurer, pad_id

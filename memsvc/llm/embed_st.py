"""Embedding with sentence-transformers: the way a model comes in, and the reference it is held to.

Loads any sentence-transformers model, runs it on a CPU or a GPU, and exports it once for
`memsvc.llm.embed_onnx`. Both run the same weights at the same precision, so they share a
fingerprint: a space that was embedded by one is searched by the other.

Models run in fp32, also those saved in less. Importing torch takes seconds and hundreds of
megabytes, so it is imported when a model is loaded and not before.
"""

import hashlib
import shutil
import tempfile
import threading
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import override

from memsvc.domain.errors import ModelMissing, ModelUnavailable
from memsvc.domain.memory import Fingerprint, Span
from memsvc.llm import exported
from memsvc.llm.embed_onnx import INPUTS, OUTPUT, TOKENS, open_onnx, token_spans
from memsvc.llm.projection import Hidden, Projection, learn, write_projection
from memsvc.llm.word_counts import counter_of
from memsvc.ports.models import Embedded, Matrix

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

BATCH = 32
"""Texts a run; fits a GPU's latency and does not yet hurt a CPU (measured)."""

OPSET = 17
"""The version of ONNX written: has every operator that is needed, read by every ONNX Runtime."""

AGREEMENT = 0.9999
"""The least cosine between what an export and its reference say about one text."""

PROBES = (
    "",
    "Hello.",
    "Alice moved from Lisbon to Oslo in March 2024 and took her two cats with her.",
    "Où est la gare? 東京タワーは赤い。 Привет, мир!",
    "def add(a, b):\n    return a + b  # naïve",
    "one more word " * 400,
)
"""What an export is tried on: short, long, over the limit, and in several scripts."""


class SentenceTransformerEmbedder:
    """An `Embedder` over a loaded sentence-transformers model.

    One text batch runs at a time: the library's tokenizers change shared state with every call.
    """

    def __init__(
        self, model: "SentenceTransformer", fingerprint: Fingerprint, *, measurer: "Tokenizer"
    ) -> None:
        self._model = model
        self._fingerprint = fingerprint
        self._measurer = measurer
        self._counted = counter_of(measurer)
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> Fingerprint:
        """Which model, precision and dimension every vector of this embedder has."""
        return self._fingerprint

    @property
    def max_tokens(self) -> int:
        """The longest input, in tokens with the model's own markers."""
        return max_tokens_of(self._model)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a text, in order: shape (n, d) float32; (0, d) for no text.

        Raises `ModelUnavailable` when torch fails, for instance because the GPU's memory is full.
        """
        if not texts:
            return np.empty((0, self._fingerprint.dimension), dtype=np.float32)
        try:
            with self._lock:
                return _encode(self._model, texts)
        except RuntimeError as error:
            raise ModelUnavailable(
                f"torch could not embed {len(texts)} texts ({error}); "
                "free some memory of the device and try again."
            ) from error

    @property
    def token_fingerprint(self) -> Fingerprint | None:
        """None: what makes vectors of tokens small is learned at an export."""
        return None

    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return the vectors alone. Raises `ModelUnavailable`."""
        return Embedded(self.embed(texts), None)

    def tokens(self, text: str) -> Sequence[Span]:
        """Return where each token of `text` stands, in order, without the model's own markers."""
        return token_spans(self._measurer, text)

    def count(self, text: str) -> int:
        """Return how many tokens `text` has."""
        return self._counted(text)


def load(source: Path | str, *, device: str | None = None) -> "SentenceTransformer":
    """Load a model in fp32 from a folder or the hub; `device` None takes a GPU when there is one.

    Raises `ModelMissing` when there is no such model, or none that could be fetched.
    """
    from sentence_transformers import (  # noqa: PLC0415 - takes seconds: imported when needed
        SentenceTransformer,
    )

    try:
        model = SentenceTransformer(str(source), device=device)
    except (OSError, ValueError) as error:
        raise ModelMissing(
            f"The model {str(source)!r} could not be loaded ({error}); name a folder with a "
            "sentence-transformers model, a name on the hub, or a ready ONNX folder."
        ) from error
    return model.float().eval()


def open_st(
    source: Path | str, *, name: str, device: str | None = None
) -> SentenceTransformerEmbedder:
    """Load a model and embed with it under `name`. Raises `ModelMissing`."""
    return embedder_of(load(source, device=device), name=name)


def embedder_of(model: "SentenceTransformer", *, name: str) -> SentenceTransformerEmbedder:
    """Embed with a model that is loaded, in fp32, under `name`. Raises `ModelMissing`."""
    measurer = _bare_tokenizer(model)
    dimension = _encode(model, ["."]).shape[1]
    return SentenceTransformerEmbedder(
        model,
        exported.fingerprint(name, weights=weights_of(model), dimension=dimension),
        measurer=measurer,
    )


def export_onnx(model: "SentenceTransformer", folder: Path, *, name: str) -> None:
    """Write `model` into `folder` as `memsvc.llm.exported` describes, whole or not at all.

    When another process finishes the same folder first, its work is kept and this one's dropped.
    Raises `ModelMissing` when the exported model does not say what the reference says.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the folder, because only inside one file system a rename is all or nothing.
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        reference = embedder_of(model, name=name)
        _write_graph(model, making / exported.GRAPH_FILE)
        _write_tokenizer(model, making / exported.TOKENIZER_FILE)
        if _tells_tokens(model):
            write_projection(making / exported.PROJECTION_FILE, _projection_of(model))
        exported.write_card(
            making,
            name,
            dimension=reference.fingerprint.dimension,
            max_tokens=reference.max_tokens,
            weights=weights_of(model),
        )
        _require_agreement(making, reference)
        making.chmod(0o755)  # mkdtemp's 0700 would lock out a service that runs as another user
        _publish(making, folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def weights_of(model: "torch.nn.Module") -> str:
    """Return the checksum of the model's parameters, in hex.

    Neither their order nor their names count, because libraries change both between releases.
    """
    import torch  # noqa: PLC0415 - takes seconds: imported when needed

    def digest(parameter: "torch.nn.Parameter") -> bytes:
        # By way of bytes, because numpy has no bfloat16.
        numbers = parameter.detach().cpu().flatten().view(torch.uint8).numpy().tobytes()
        return hashlib.sha256(str(tuple(parameter.shape)).encode() + numbers).digest()

    digests = sorted(digest(parameter) for parameter in model.parameters())
    return hashlib.sha256(b"".join(digests)).hexdigest()


def max_tokens_of(model: "SentenceTransformer") -> int:
    """Return the limit the model was published with; its tokenizer.json may say another."""
    limit = model.max_seq_length
    if limit is None:
        raise ModelMissing(
            "This model states no longest input (max_seq_length in sentence_bert_config.json); "
            "set it in the model's folder, or choose another model."
        )
    return int(limit)


def _encode(model: "SentenceTransformer", texts: Sequence[str]) -> Matrix:
    vectors = model.encode(
        list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
    )
    return np.asarray(vectors, dtype=np.float32)


def _bare_tokenizer(model: "SentenceTransformer") -> "Tokenizer":
    """Copy the model's tokenizer without limits; the model goes on changing its own."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - imported when a model is opened

    fast = getattr(model.tokenizer, "backend_tokenizer", None)
    if fast is None:
        raise ModelMissing(
            "This model has no fast tokenizer (tokenizer.json), so its tokens cannot be placed "
            "in the text; choose a model that has one."
        )
    copy = Tokenizer.from_str(fast.to_str())
    copy.no_padding()
    copy.no_truncation()
    return copy


def _write_tokenizer(model: "SentenceTransformer", file: Path) -> None:
    tokenizer = _bare_tokenizer(model)
    # Padding to the longest of a batch, only so that the file tells which id pads.
    tokenizer.enable_padding(pad_id=model.tokenizer.pad_token_id or 0)
    tokenizer.save(str(file))


def _features(
    model: "SentenceTransformer", input_ids: "torch.Tensor", attention_mask: "torch.Tensor"
) -> dict[str, Any]:
    """Return what all modules of the model make of token ids, the last layer's words among it."""
    import torch  # noqa: PLC0415 - takes seconds: imported when needed

    features: dict[str, Any] = {"input_ids": input_ids, "attention_mask": attention_mask}
    if "token_type_ids" in model.tokenizer.model_input_names:
        features["token_type_ids"] = torch.zeros_like(input_ids)
    found: dict[str, Any] = model(features)
    return found


def _tells_tokens(model: "SentenceTransformer") -> bool:
    """Tell whether the model has layers that say something of each token; most have."""
    import torch  # noqa: PLC0415 - takes seconds: imported when needed

    ids = torch.tensor(model.tokenizer(["one"])["input_ids"], device=model.device)
    with torch.no_grad():
        return "token_embeddings" in _features(model, ids, torch.ones_like(ids))


def _projection_of(model: "SentenceTransformer") -> Projection:
    """Learn from the model's own words what makes its vectors of tokens small."""
    import torch  # noqa: PLC0415 - takes seconds: imported when needed

    tokenizer = _bare_tokenizer(model)
    one = tokenizer.encode("a")
    words = one.special_tokens_mask.index(0)
    before, after = one.ids[:words], one.ids[words + 1 :]

    def read(texts: Sequence[Sequence[int]]) -> Hidden:
        found = []
        for start in range(0, len(texts), BATCH):
            ids = torch.tensor(
                [[*before, *text, *after] for text in texts[start : start + BATCH]],
                device=model.device,
            )
            with torch.no_grad():
                hidden = _features(model, ids, torch.ones_like(ids))["token_embeddings"]
            found.append(hidden[:, len(before) : ids.shape[1] - len(after)].cpu().numpy())
        rows = np.concatenate(found)
        return np.asarray(rows.reshape(-1, rows.shape[-1]), dtype=np.float32)

    return learn(tokenizer.get_vocab(), read, without=frozenset(model.tokenizer.all_special_ids))


def _write_graph(model: "SentenceTransformer", file: Path) -> None:
    import torch  # noqa: PLC0415 - takes seconds: imported when needed

    tells_tokens = _tells_tokens(model)

    class Whole(torch.nn.Module):
        """Token ids to unit vectors: every module of the model, its own pooling among them.

        Beside them comes what the last layer says of each token, if the model has such.
        """

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        @override
        def forward(
            self, input_ids: "torch.Tensor", attention_mask: "torch.Tensor"
        ) -> "tuple[torch.Tensor, ...]":
            """Shapes (n, tokens) and (n, tokens) int64 to (n, d) and (n, tokens, d) float32."""
            found = _features(self.model, input_ids, attention_mask)
            unit = torch.nn.functional.normalize(found["sentence_embedding"], dim=-1)
            return (unit, found["token_embeddings"]) if tells_tokens else (unit,)

    # Two texts of different lengths: traced on a batch without padding, the mask would be
    # recorded as "all true" and dropped.
    example = model.tokenizer(["a longer text for tracing", "short"], padding=True)
    inputs = tuple(torch.tensor(example[name], device=model.device) for name in INPUTS)
    outputs = (OUTPUT, TOKENS) if tells_tokens else (OUTPUT,)
    axes = {name: {0: "batch", 1: "tokens"} for name in (*INPUTS, *outputs)}
    axes[OUTPUT] = {0: "batch"}
    with warnings.catch_warnings(), torch.no_grad():
        # Tracing warns of every Python branch it passes, and torch of the path it will drop one
        # day. We keep that path because what it writes is faster, and compare the result.
        warnings.simplefilter(
            "ignore",
            torch.jit.TracerWarning,  # type: ignore[attr-defined] # public, missing from __all__
        )
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"memsvc\.|torch\.")
        warnings.filterwarnings("ignore", "Exporting aten::index operator", UserWarning)
        torch.onnx.export(
            Whole().eval(),
            inputs,
            str(file),
            dynamo=False,
            opset_version=OPSET,
            input_names=list(INPUTS),
            output_names=list(outputs),
            dynamic_axes=axes,
        )


def _require_agreement(folder: Path, reference: SentenceTransformerEmbedder) -> None:
    ours = open_onnx(folder, threads=2).embed(PROBES)
    cosine = float(np.min(np.sum(ours * reference.embed(PROBES), axis=1)))
    # Written so that a NaN fails too.
    if not cosine > AGREEMENT:
        raise ModelMissing(
            f"The exported model disagrees with sentence-transformers (cosine {cosine:.5f}); it "
            "cannot be served by ONNX Runtime, so set a device and serve it as it is."
        )


def _publish(made: Path, folder: Path) -> None:
    """Give a finished folder its name, unless a finished one has it."""
    while not exported.is_ready(folder):
        try:
            made.rename(folder)
        except OSError:
            if not folder.exists():
                raise
            _move_aside(folder)
        else:
            return


def _move_aside(folder: Path) -> None:
    """Make room where an unfinished folder stands; whoever comes second finds it gone."""
    if exported.is_ready(folder):
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        folder.rename(aside / "unfinished")
    except FileNotFoundError:
        pass
    finally:
        shutil.rmtree(aside, ignore_errors=True)

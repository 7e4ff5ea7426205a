"""Reranking with a cross-encoder: question and text read together, one score out.

A bi-encoder, as behind recall's vectors, reads each by itself; a cross-encoder (Nogueira and Cho,
arXiv:1901.04085) lets every word of the question look at every word of the text, and costs a run of
the model for each pair. So it is asked about the best candidates alone.

Runs in fp32, in process, on a CPU or a GPU. Nothing is downloaded: a model is a folder, or is in
the hub's cache already. torch is imported when a model is opened, not before.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from memsvc.domain.errors import ModelMissing, ModelUnavailable, RerankerLate
from memsvc.llm.embed_st import weights_of
from memsvc.llm.loading import source_of
from memsvc.llm.provision import short_name
from memsvc.ports.models import Worths

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

BATCH = 16
"""Pairs a run. The time is looked at between two, and a run is what a late answer still costs."""

WINDOW = 512
"""Tokens of a question and a text at most: what most cross-encoders were trained on."""

CHARS_A_TOKEN = 16
"""What is looked at of a text for each token of the window, so that one of 200,000 characters is
not cut into tokens only to be thrown away. Texts have some 4; only what hardly is one has more."""

HEAD = "ForSequenceClassification"
"""How the classes end whose files hold what makes a score of what was read. With any other the
library makes one up, and scores are chance; a language model is asked in its own way."""


class CrossEncoderReranker:
    """A `Reranker` over a loaded cross-encoder; one batch runs at a time.

    Each text is read by itself, so which others it comes with changes no score but by rounding.
    """

    def __init__(self, model: "CrossEncoder", *, fingerprint: str, window: int) -> None:
        self._model = model
        self._fingerprint = fingerprint
        self._window = window
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """Model, precision and window, for instance `ms-marco-MiniLM-L6-v2@1a2b3c4d/fp32/512`."""
        return self._fingerprint

    def scores(self, question: str, texts: Sequence[str], *, within_s: float) -> Worths:
        """Return the model's logit for each text, in their order: shape (n,) float32.

        Where question and text are too long together, the longer of the two is cut at its end.
        Raises `RerankerLate` between two runs, and `ModelUnavailable` when torch fails.
        """
        until = monotonic() + within_s
        longest = self._window * CHARS_A_TOKEN
        cut = [text[:longest] for text in texts]
        # Texts of like length share a run, so that little of it is padding.
        order = sorted(range(len(cut)), key=lambda place: (len(cut[place]), place))
        found = np.empty(len(cut), dtype=np.float32)
        for begin in range(0, len(order), BATCH):
            if monotonic() >= until:
                raise RerankerLate(within_s)
            places = order[begin : begin + BATCH]
            found[places] = self._run(question[:longest], [cut[place] for place in places])
        if not np.isfinite(found).all():
            raise ModelUnavailable(
                f"{self._fingerprint} gave scores that are no numbers; its weights are unfit, so "
                "name another model in MEMSVC_RERANKER."
            )
        return found

    def _run(self, question: str, texts: Sequence[str]) -> Worths:
        try:
            with self._lock:
                return _logits(self._model, question, texts)
        except (RuntimeError, MemoryError) as error:
            raise ModelUnavailable(
                f"torch could not read {len(texts)} texts ({error}); "
                "free some memory of the device and try again."
            ) from error


def open_cross_encoder(
    name: str, *, device: str | None = None, threads: int | None = None
) -> CrossEncoderReranker:
    """Load a cross-encoder from a folder or the hub's cache.

    `device` None takes a GPU when there is one. `threads` is what torch may use on a CPU, set for
    the whole process; None leaves it be. Raises `ModelMissing` when there is no such model here,
    its files do not hold what makes scores, it gives more than one score a text, or what would load
    it is not installed.
    """
    try:
        import torch  # noqa: PLC0415 - takes seconds: imported when needed
        import transformers  # noqa: PLC0415 - the same
        from sentence_transformers import CrossEncoder  # noqa: PLC0415 - the same
    except ImportError as error:
        raise ModelMissing(
            f"The reranker {name!r} cannot be loaded, because {error.name} is not installed; "
            "install it with `pip install 'memsvc[models]'`, or leave MEMSVC_RERANKER empty."
        ) from error
    source = source_of(name)
    quiet: Any = transformers.utils.logging  # Any, because it is not annotated
    quiet.disable_progress_bar()  # which would be drawn among the lines of our log
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        model = CrossEncoder(
            source, device=device, local_files_only=True, activation_fn=torch.nn.Identity()
        )
        model = model.float().eval()
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        why = str(error).partition("\n")[0]
        if not Path(source).is_dir():
            why = "there is no such folder, and the hub's cache does not hold it whole"
        raise _missing(name, why) from error
    _require_score(model, name=name)
    window = min(WINDOW, model.max_seq_length or WINDOW)
    model.max_seq_length = window
    fingerprint = f"{short_name(name)}@{weights_of(model)[:8]}/fp32/{window}"
    return CrossEncoderReranker(model, fingerprint=fingerprint, window=window)


def _require_score(model: "CrossEncoder", *, name: str) -> None:
    """Refuse a model whose score would be made up, or that gives no score but classes."""
    inner = model.transformers_model
    classes = getattr(getattr(inner, "config", None), "architectures", None) or ()
    if not any(each.endswith(HEAD) for each in classes):
        what = ", ".join(classes) or "of no class"
        raise _missing(name, f"its files are {what} and hold nothing that makes a score")
    if model.num_labels != 1:
        raise _missing(name, f"it gives {model.num_labels} scores a text, not one")


def _logits(model: "CrossEncoder", question: str, texts: Sequence[str]) -> Worths:
    scores = model.predict(
        [(question, text) for text in texts], batch_size=BATCH, show_progress_bar=False
    )
    return np.asarray(scores, dtype=np.float32)


def _missing(name: str, why: str) -> ModelMissing:
    return ModelMissing(
        f"The model {name!r} cannot rerank ({why}); name in MEMSVC_RERANKER a folder with a "
        "cross-encoder of one score, or one that `hf download` has fetched, or leave it empty."
    )

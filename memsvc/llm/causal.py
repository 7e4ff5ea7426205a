"""How unexpected a text is to a causal language model: -ln p of each token, teacher-forced.

The text is known, so the model reads it rather than writing any: one forward pass gives the
probability of every token at once, as in EM-LLM (arXiv 2407.09450), which cuts its events by it.
What is longer than the model's window is read in windows that overlap by half, so every token has
at least half a window before it. Where windows begin is counted from the beginning of the context,
not of what is scored: a stream scored in two calls gets the windows it would get in one.

Runs in process on a CPU (fp32) or a GPU (bf16 where it has that). Nothing is downloaded: a model is
a folder, or is in the hub's cache already. torch is imported when a model is opened, not before.
"""

import threading
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.errors import ModelMissing, ModelUnavailable
from memsvc.llm.embed_st import weights_of
from memsvc.llm.provision import short_name
from memsvc.ports.models import Passage, Surprise

if TYPE_CHECKING:
    import torch
    from tokenizers import Encoding, Tokenizer

Model: TypeAlias = Any
"""A `transformers.PreTrainedModel`, whose decorators leave nothing of its annotations."""

WINDOW = 4096
"""Tokens read at once at most: EM-LLM's local window. Attention grows with its square."""

BATCH_TOKENS = 4096
"""Tokens a run, so that short passages share one and long ones do not fill the memory."""

LOGITS = 2**25
"""Numbers that the head may put out at once: 128 MiB in fp32, whatever the vocabulary's size."""

_TOLERANCE = 0.05
"""How far logits that should be equal may lie apart, in their standard deviation, for bf16."""


class Window(NamedTuple):
    """Tokens `start` to `end` of a passage, read at once; from `scored` on they are scored."""

    start: int
    end: int
    scored: int


class CausalSurprisal:
    """A `Surprisal` over a loaded causal language model; one batch runs at a time.

    `opening` is the token that the model knows from the beginnings of texts. It stands at the head
    of every window, so that the first token of a stream is scored as a text's beginning. A model
    without one cannot be asked about that token: it is left out, here and in the text's mean.
    """

    def __init__(
        self,
        model: Model,
        tokenizer: "Tokenizer",
        *,
        fingerprint: str,
        window: int,
        opening: int | None,
        logits: int = LOGITS,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._fingerprint = fingerprint
        self._window = window
        self._opening = opening
        self._logits = logits
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        """Model, precision and window, for instance `gpt2@1a2b3c4d/fp32/1024`."""
        return self._fingerprint

    @property
    def context_tokens(self) -> int:
        """The most tokens that one is judged by."""
        return self._window - 1

    def of(self, passages: Sequence[Passage]) -> list[list[Surprise | None]]:
        """Return the surprise of every text, passage by passage, in order.

        Where a token begins is the tokenizer's word; some count the space before a word as part
        of it and some do not. Raises `ModelUnavailable` when torch fails, for instance because
        the GPU's memory is full.
        """
        read = [
            self._tokenizer.encode("".join((one.context, *one.texts)), add_special_tokens=False)
            for one in passages
        ]
        places = [
            _text_of_each_token(encoding, passage)
            for encoding, passage in zip(read, passages, strict=True)
        ]
        nats = self._nats(read, [int(np.searchsorted(place, 0)) for place in places])
        return [
            _by_text(place, costs, texts=len(passage.texts))
            for place, costs, passage in zip(places, nats, passages, strict=True)
        ]

    def _nats(self, read: Sequence["Encoding"], firsts: Sequence[int]) -> list[NDArray[np.float64]]:
        """Score the tokens of each passage from its first one of `firsts` on; NaN before that."""
        nats = [np.full(len(encoding.ids), np.nan) for encoding in read]
        # The first token of a window without an opening has nothing before it.
        least = 0 if self._opening is not None else 1
        todo = [
            (passage, window)
            for passage, encoding in enumerate(read)
            for window in windows(
                len(encoding.ids), first=max(firsts[passage], least), size=self._window
            )
        ]
        # Windows of like length share a run, so that little of it is padding.
        todo.sort(key=lambda one: (one[1].end - one[1].start, one[1].end - one[1].scored))
        for batch in _batches(todo):
            rows = [read[passage].ids[window.start : window.end] for passage, window in batch]
            wanted = [window.end - window.scored for _, window in batch]
            for (passage, window), costs in zip(batch, self._run(rows, wanted), strict=True):
                nats[passage][window.scored : window.end] = costs
        return nats

    def _run(
        self, rows: Sequence[Sequence[int]], wanted: Sequence[int]
    ) -> list[NDArray[np.float64]]:
        """Score the last `wanted` tokens of each row."""
        head = [] if self._opening is None else [self._opening]
        texts = [[*head, *row] for row in rows]
        lead = min(len(text) - 1 - last for text, last in zip(texts, wanted, strict=True))
        try:
            with self._lock:
                costs = _costs(self._model, texts, lead=lead, logits=self._logits)
        except (RuntimeError, MemoryError) as error:
            raise ModelUnavailable(
                f"torch could not score {len(rows)} texts ({error}); "
                "free some memory of the device and try again."
            ) from error
        scored = [
            costs[row, len(text) - 1 - last : len(text) - 1]
            for row, (text, last) in enumerate(zip(texts, wanted, strict=True))
        ]
        if not all(np.isfinite(one).all() for one in scored):
            raise ModelUnavailable(
                f"{self._fingerprint} gave probabilities that are no numbers; its weights or its "
                "precision are unfit, so name another model in MEMSVC_SURPRISE_MODEL."
            )
        return scored


def open_causal(
    name: str,
    *,
    device: str | None = None,
    threads: int | None = None,
    window: int = WINDOW,
    logits: int = LOGITS,
) -> CausalSurprisal:
    """Load a causal language model and its tokenizer from a folder or the hub's cache.

    `device` None takes a GPU when there is one. `threads` is what torch may use on a CPU, set for
    the whole process; None leaves it be. Raises `ModelMissing` when there is no such model here,
    it is not whole, it is not causal, or what would load it is not installed.
    """
    try:
        import torch  # noqa: PLC0415 - takes seconds: imported when needed
        import transformers  # noqa: PLC0415 - the same
    except ImportError as error:
        raise ModelMissing(
            f"The model {name!r} cannot be loaded, because {error.name} is not installed; install "
            "it with `pip install 'memsvc[models]'`, or leave MEMSVC_SURPRISE_MODEL empty."
        ) from error
    named = Path(name).expanduser()
    source = str(named.absolute()) if named.is_dir() else name
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    quiet: Any = transformers.utils.logging  # Any, because it is not annotated
    quiet.disable_progress_bar()  # which would be drawn among the lines of our log
    if threads is not None:
        torch.set_num_threads(threads)
    # A CPU is quicker in bf16 only where it multiplies that in hardware, and most do not.
    halved = device.startswith("cuda") and torch.cuda.is_bf16_supported()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(source, local_files_only=True)
        model, lacking = _model(
            source, dtype=torch.bfloat16 if halved else torch.float32, device=device
        )
    except (OSError, ValueError, RuntimeError) as error:
        why = str(error).partition("\n")[0]
        if not named.is_dir():
            why = "there is no such folder, and the hub's cache does not hold it whole"
        raise _missing(name, why) from error
    if lacking:
        raise _missing(name, f"its files lack its weights {', '.join(lacking[:3])}")
    measurer = _bare(tokenizer, name=name)
    if measurer.get_vocab_size() > model.get_input_embeddings().num_embeddings:
        raise _missing(name, "its tokenizer knows tokens that it does not")
    _require_causal(model, name=name)
    window = min(window, _longest(model) or window)
    precision = "bf16" if halved else "fp32"
    return CausalSurprisal(
        model,
        measurer,
        fingerprint=f"{short_name(name)}@{weights_of(model)[:8]}/{precision}/{window}",
        window=window,
        opening=_opening(model, tokenizer),
        logits=logits,
    )


def windows(count: int, *, first: int, size: int) -> Iterator[Window]:
    """Return how `count` tokens are read so that all from `first` on are scored once, in order.

    Windows hold at most `size` >= 2 tokens and begin half a window apart. None holds only tokens
    before `first`, so a long context costs one or two of them.
    """
    start = done = 0
    while done < count:
        end = min(start + size, count)
        if end > first:
            yield Window(start, end, max(done, first))
        done = end
        start += size // 2


def _batches(todo: Sequence[tuple[int, Window]]) -> Iterator[Sequence[tuple[int, Window]]]:
    """Part what is sorted by length into runs of at most `BATCH_TOKENS`, with their padding."""
    start = 0
    for end in range(1, len(todo) + 1):
        longest = todo[end][1].end - todo[end][1].start if end < len(todo) else None
        if longest is None or (end + 1 - start) * longest > BATCH_TOKENS:
            yield todo[start:end]
            start = end


def _costs(
    model: Model, texts: Sequence[Sequence[int]], *, lead: int, logits: int
) -> NDArray[np.float64]:
    """Return -ln p of each token but the first of each text, shape (texts, longest - 1).

    Those of the first `lead` are not computed; the head puts out about `logits` numbers at once.
    Texts are padded behind, where a causal model sees nothing of it; what stands there in the
    answer means nothing.
    """
    import torch  # noqa: PLC0415 - imported when the model was opened

    longest = max(map(len, texts))
    padded = torch.tensor([[*text, *[0] * (longest - len(text))] for text in texts])
    padded = padded.to(model.device)
    seen, next_ones = padded[:, :-1], padded[:, 1:]
    costs = torch.zeros(next_ones.shape, dtype=torch.float32)
    step = max(1, logits // (len(texts) * model.get_output_embeddings().weight.shape[0]))
    past: Any = None
    with torch.inference_mode():
        if lead:
            # Without the head: nobody asks for these probabilities.
            past = model.base_model(seen[:, :lead], use_cache=True).past_key_values
        for start in range(lead, longest - 1, step):
            part = slice(start, start + step)
            put_out = model(seen[:, part], past_key_values=past, use_cache=True)
            past, expected = put_out.past_key_values, put_out.logits.float()
            right = expected.gather(-1, next_ones[:, part, None]).squeeze(-1)
            costs[:, part] = (expected.logsumexp(-1) - right).cpu()
    # Rounding can bring a certain token below nothing.
    return costs.clamp_min(0.0).double().numpy()


def _text_of_each_token(encoding: "Encoding", passage: Passage) -> NDArray[np.intp]:
    """Return in which text each token begins, -1 in the context, shape (tokens,), ascending."""
    lengths = (len(text) for text in (passage.context, *passage.texts))
    starts = list(accumulate(lengths, initial=0))
    # A token without an extent, at the very end, stands for the last character before it.
    begins = np.array([min(start, starts[-1] - 1) for start, _ in encoding.offsets], dtype=np.intp)
    return np.maximum.accumulate(np.searchsorted(starts, begins, side="right")) - 2


def _by_text(
    place: NDArray[np.intp], nats: NDArray[np.float64], *, texts: int
) -> list[Surprise | None]:
    bounds = np.searchsorted(place, np.arange(texts + 1))
    parts = (nats[start:end] for start, end in pairwise(bounds))
    # Only the token that could not be asked about is NaN here.
    asked = (part[~np.isnan(part)] for part in parts)
    return [Surprise(float(one.mean()), float(one.max())) if len(one) else None for one in asked]


def _model(source: str, *, dtype: "torch.dtype", device: str) -> tuple[Model, list[str]]:
    """Load a model; also return which of its weights its files lack, which are made up then."""
    from safetensors import SafetensorError  # noqa: PLC0415 - comes with transformers
    from transformers import AutoModelForCausalLM  # noqa: PLC0415 - imported with the model

    loader: Any = AutoModelForCausalLM  # Any, because what it returns hangs on an argument
    try:
        model, loading = loader.from_pretrained(
            source, dtype=dtype, local_files_only=True, output_loading_info=True
        )
    except SafetensorError as error:
        raise OSError(f"its weights cannot be read: {error}") from error
    return model.to(device).eval(), sorted(loading["missing_keys"])


def _require_causal(model: Model, *, name: str) -> None:
    """Refuse a model that sees what follows a token, or cannot go on from what it has read."""
    import torch  # noqa: PLC0415 - imported when the model was opened

    one, other = torch.tensor([[[1, 2, 3, 4]], [[1, 2, 3, 5]]], device=model.device)
    with torch.inference_mode():
        whole, changed = model(one).logits, model(other).logits
        past = getattr(model(one[:, :3], use_cache=True), "past_key_values", None)
        if past is None:
            raise _missing(name, "it keeps nothing of what it has read")
        resumed = model(one[:, 3:], past_key_values=past, use_cache=True).logits
    apart = max((whole - changed)[:, :3].abs().max(), (whole[:, 3:] - resumed).abs().max())
    if apart > _TOLERANCE * whole.std():
        raise _missing(name, "it is not causal: what follows a token changes what it expects")


def _longest(model: Model) -> int | None:
    """Return the most tokens the model reads at once; None when it states no limit."""
    stated = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return None if stated is None else int(stated)


def _opening(model: Model, tokenizer: Any) -> int | None:
    """Return the token at the beginnings of texts: some models have one only as their end."""
    known = (tokenizer.bos_token_id, model.config.get_text_config().bos_token_id)
    return next((one for one in (*known, tokenizer.eos_token_id) if one is not None), None)


def _bare(tokenizer: Any, *, name: str) -> "Tokenizer":
    """Copy the fast tokenizer without limits, and so that no text can speak its special tokens."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - imported when a model is opened

    fast = getattr(tokenizer, "backend_tokenizer", None)
    if not isinstance(fast, Tokenizer):
        raise _missing(name, "it has no fast tokenizer (tokenizer.json)")
    copy = Tokenizer.from_str(fast.to_str())
    copy.no_padding()
    copy.no_truncation()
    copy.encode_special_tokens = True
    return copy


def _missing(name: str, why: str) -> ModelMissing:
    return ModelMissing(
        f"The model {name!r} cannot tell surprise ({why}); name in MEMSVC_SURPRISE_MODEL a folder "
        "with a causal language model and its tokenizer.json, or one that `hf download` has "
        "fetched, or leave it empty."
    )

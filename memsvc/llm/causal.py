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
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.errors import ModelMissing, ModelUnavailable
from memsvc.llm.embed_st import weights_of
from memsvc.llm.freed import keep_freed
from memsvc.llm.loading import Loaded, Model, load_causal, longest, opening
from memsvc.llm.provision import short_name
from memsvc.ports.models import Passage, Surprise

if TYPE_CHECKING:
    import torch
    from tokenizers import Encoding, Tokenizer

    from memsvc.llm.local import LocalModel

Lend: TypeAlias = Callable[[], AbstractContextManager[Loaded]]
"""Lends a model for one run, during which nobody else runs it."""

WINDOW = 4096
"""Tokens read at once at most: EM-LLM's local window. Attention grows with its square."""

BATCH_TOKENS = 4096
"""Tokens a run, so that short passages share one and long ones do not fill the memory."""

GPU_BATCH_TOKENS = 16_384
"""The same on a GPU, which is idle for a good part of smaller runs."""

LOGITS = 2**24
"""Numbers that the head may put out at once: 64 MiB in fp32, whatever the vocabulary's size."""

GPU_LOGITS = 2**27
"""The same on a GPU: some 900 rows of 150,000, which is as many as it multiplies well."""


class Window(NamedTuple):
    """Tokens `start` to `end` of a passage, read at once; from `scored` on they are scored."""

    start: int
    end: int
    scored: int


class CausalSurprisal:
    """A `Surprisal` over a causal language model, which is lent to it for each batch.

    `opening` is the token that the model knows from the beginnings of texts. It stands at the head
    of every window, so that the first token of a stream is scored as a text's beginning. A model
    without one cannot be asked about that token: it is left out, here and in the text's mean.
    `logits` and `batch_tokens` bound a run.
    """

    def __init__(
        self,
        lend: Lend,
        tokenizer: "Tokenizer",
        *,
        fingerprint: str,
        window: int,
        opening: int | None,
        logits: int,
        batch_tokens: int,
        has_plain_head: bool,
    ) -> None:
        self._lend = lend
        self._tokenizer = tokenizer
        self._fingerprint = fingerprint
        self._window = window
        self._opening = opening
        self._logits = logits
        self._batch_tokens = batch_tokens
        self._has_plain_head = has_plain_head

    @property
    def fingerprint(self) -> str:
        """Model, precision and window, for instance `gpt2@1a2b3c4d/fp32/1024`."""
        return self._fingerprint

    @property
    def context_tokens(self) -> int:
        """The most tokens that one is judged by."""
        return self._window - 1

    def count(self, text: str) -> int:
        """Return how many tokens `text` has."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

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
        for batch in _batches(todo, most=self._batch_tokens):
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
            with self._lend() as loaded:
                run = _costs if self._has_plain_head else _costs_in_steps
                costs = run(loaded.model, texts, lead=lead, logits=self._logits)
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
    logits: int | None = None,
) -> CausalSurprisal:
    """Load a causal language model and its tokenizer from a folder or the hub's cache.

    `device` None takes a GPU when there is one. `threads` is what torch may use on a CPU, set for
    the whole process; None leaves it be. Raises `ModelMissing` when there is no such model here,
    it is not whole, it is not causal, or what would load it is not installed.
    """
    try:
        loaded = load_causal(name, refused=partial(_missing, name), device=device, threads=threads)
    except ImportError as error:
        raise ModelMissing(
            f"The model {name!r} cannot be loaded, because {error.name} is not installed; install "
            "it with `pip install 'memsvc[models]'`, or leave MEMSVC_SURPRISE_MODEL empty."
        ) from error
    name = f"{short_name(name)}@{weights_of(loaded.model)[:8]}/{loaded.precision}"
    return surprisal_over(loaded, name=name, window=window, logits=logits)


def surprisal_of(model: "LocalModel") -> CausalSurprisal:
    """Have a language model of this process tell surprise too, with the weights that it has.

    They are read now, because the fingerprint names them, and given back as the model gives them
    back. Its runs and those of asks take turns. Raises `ModelUnavailable`.
    """
    with model.lent() as loaded:
        return surprisal_over(loaded, model.lent, name=model.name)


def surprisal_over(
    loaded: Loaded,
    lend: Lend | None = None,
    *,
    name: str,
    window: int = WINDOW,
    logits: int | None = None,
    batch_tokens: int | None = None,
) -> CausalSurprisal:
    """Return what tells surprise by a loaded model; `name` tells its weights and precision.

    `lend` None is for a model that nobody else runs. `logits` and `batch_tokens` None take what
    suits the model's device.
    """
    model = loaded.model
    on_gpu = model.device.type == "cuda"
    if model.device.type == "cpu":
        keep_freed()
    window = min(window, longest(model) or window)
    return CausalSurprisal(
        lend or _to_one_at_a_time(loaded),
        loaded.bare,
        fingerprint=f"{name}/{window}",
        window=window,
        opening=opening(model, loaded.told),
        logits=logits or (GPU_LOGITS if on_gpu else LOGITS),
        batch_tokens=batch_tokens or (GPU_BATCH_TOKENS if on_gpu else BATCH_TOKENS),
        has_plain_head=has_plain_head(model),
    )


def _to_one_at_a_time(loaded: Loaded) -> Lend:
    lock = threading.Lock()

    @contextmanager
    def lend() -> Iterator[Loaded]:
        with lock:
            yield loaded

    return lend


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


def _batches(
    todo: Sequence[tuple[int, Window]], *, most: int
) -> Iterator[Sequence[tuple[int, Window]]]:
    """Part what is sorted by length into runs of at most `most` tokens, with their padding."""
    start = 0
    for end in range(1, len(todo) + 1):
        longest = todo[end][1].end - todo[end][1].start if end < len(todo) else None
        if longest is None or (end + 1 - start) * longest > most:
            yield todo[start:end]
            start = end


def _costs(
    model: Model, texts: Sequence[Sequence[int]], *, lead: int, logits: int
) -> NDArray[np.float64]:
    """Return -ln p of each token but the first of each text, shape (texts, longest - 1).

    All is read in one run, and the head then takes some rows after the others, so that it puts out
    about `logits` numbers at once. It does not see the first `lead` of each text, nor the padding
    behind, of which a causal model sees nothing; what stands there in the answer means nothing.
    """
    import torch  # noqa: PLC0415 - imported when the model was opened

    seen, next_ones = _padded(model, texts)
    ends = torch.tensor([len(text) - 1 for text in texts], device=model.device)
    columns = torch.arange(seen.shape[1], device=model.device)
    wanted = (columns >= lead) & (columns < ends[:, None])
    costs = torch.zeros(next_ones.shape, dtype=torch.float32, device=model.device)
    head = model.get_output_embeddings()
    step = max(1, logits // int(head.weight.shape[0]))
    with torch.inference_mode():
        made = model.base_model(seen, use_cache=False).last_hidden_state[wanted]
        right = next_ones[wanted]
        found = [
            _nats(head(made[start : start + step]), right[start : start + step])
            for start in range(0, len(made), step)
        ]
        costs[wanted] = torch.cat(found)
    # Rounding can bring a certain token below nothing.
    return costs.clamp_min(0.0).cpu().double().numpy()


def _costs_in_steps(
    model: Model, texts: Sequence[Sequence[int]], *, lead: int, logits: int
) -> NDArray[np.float64]:
    """Return what `_costs` does, of a model that does more with logits than its head.

    It reads some columns of all texts after the others, going on from what it has read.
    """
    import torch  # noqa: PLC0415 - imported when the model was opened

    seen, next_ones = _padded(model, texts)
    costs = torch.zeros(next_ones.shape, dtype=torch.float32)
    step = max(1, logits // (len(texts) * model.get_output_embeddings().weight.shape[0]))
    past: Any = None
    with torch.inference_mode():
        if lead:
            # Without the head: nobody asks for these probabilities.
            past = model.base_model(seen[:, :lead], use_cache=True).past_key_values
        for start in range(lead, seen.shape[1], step):
            part = slice(start, start + step)
            put_out = model(seen[:, part], past_key_values=past, use_cache=True)
            past = put_out.past_key_values
            costs[:, part] = _nats(put_out.logits, next_ones[:, part]).cpu()
    return costs.clamp_min(0.0).double().numpy()


def _nats(logits: "torch.Tensor", right: "torch.Tensor") -> "torch.Tensor":
    """Return -ln p of the right one of each row of logits, which are used up.

    In fp32 and in their own place: the sum over a vocabulary is memory that moves, not arithmetic.
    """
    expected = logits.float()
    most = expected.amax(-1, keepdim=True)
    nats = (most - expected.gather(-1, right[..., None])).squeeze(-1)
    return expected.sub_(most).exp_().sum(-1).log_() + nats


def _padded(model: Model, texts: Sequence[Sequence[int]]) -> tuple["torch.Tensor", "torch.Tensor"]:
    """Return texts padded behind, without their last tokens and without their first."""
    import torch  # noqa: PLC0415 - imported when the model was opened

    longest = max(map(len, texts))
    padded = torch.tensor([[*text, *[0] * (longest - len(text))] for text in texts])
    padded = padded.to(model.device)
    return padded[:, :-1], padded[:, 1:]


def has_plain_head(model: Model) -> bool:
    """Tell whether logits are what the head makes of the last layer: some scale or bound them."""
    import torch  # noqa: PLC0415 - imported when the model was opened

    tokens = torch.tensor([[1, 2, 3]], device=model.device)
    with torch.inference_mode():
        made = getattr(model.base_model(tokens), "last_hidden_state", None)
        if made is None:
            return False
        plain, whole = model.get_output_embeddings()(made), model(tokens).logits
    return plain.shape == whole.shape and bool((plain - whole).abs().max() <= 1e-3 * whole.std())


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


def _missing(name: str, why: str) -> ModelMissing:
    return ModelMissing(
        f"The model {name!r} cannot tell surprise ({why}); name in MEMSVC_SURPRISE_MODEL a folder "
        "with a causal language model and its tokenizer.json, or one that `hf download` has "
        "fetched, or leave it empty."
    )

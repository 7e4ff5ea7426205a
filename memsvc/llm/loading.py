"""How a causal language model comes in: a folder or the hub's cache, a device, a precision.

Nothing is downloaded. A model that is not whole, that is not causal, or whose tokenizer knows more
tokens than it does is refused with the reason; what a user may do about it is the caller's to say.
torch is imported when a model is loaded, not before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from memsvc.domain.errors import ModelMissing

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

Model: TypeAlias = Any
"""A `transformers.PreTrainedModel`, whose decorators leave nothing of its annotations."""

Precision: TypeAlias = Literal["bf16", "fp32"]

Refusal: TypeAlias = Callable[[str], ModelMissing]
"""Makes of the reason why a model cannot be used the error that its user reads."""

_TOLERANCE = 0.05
"""How far logits that should be equal may lie apart, in their standard deviation, for bf16."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model on its device, with its tokenizer.

    `told` is the tokenizer as transformers gives it, which knows templates; `bare` the one inside,
    without limits, and so that no text can speak its special tokens.
    """

    model: Model
    told: Any
    bare: "Tokenizer"
    precision: Precision


def load_causal(
    name: str,
    *,
    refused: Refusal,
    device: str | None = None,
    precision: Precision | None = None,
    threads: int | None = None,
) -> Loaded:
    """Load a causal language model and its tokenizer from a folder or the hub's cache.

    `device` None takes a GPU when there is one; `precision` None takes bf16 on a GPU that has it.
    `threads` is what torch may use on a CPU, set for the whole process; None leaves it be. Raises
    what `refused` makes when there is no such model here or it cannot be used, and `ImportError`
    when what would load it is not installed.
    """
    import torch  # noqa: PLC0415 - takes seconds: imported when needed
    import transformers  # noqa: PLC0415 - the same

    source = source_of(name)
    device = device or default_device()
    quiet: Any = transformers.utils.logging  # Any, because it is not annotated
    quiet.disable_progress_bar()  # which would be drawn among the lines of our log
    if threads is not None:
        torch.set_num_threads(threads)
    precision = precision or default_precision(device)
    try:
        told = transformers.AutoTokenizer.from_pretrained(source, local_files_only=True)
        model, lacking = _model(
            source, dtype=torch.bfloat16 if precision == "bf16" else torch.float32, device=device
        )
    except (OSError, ValueError, RuntimeError) as error:
        why = str(error).partition("\n")[0]
        if not Path(source).is_dir():
            why = "there is no such folder, and the hub's cache does not hold it whole"
        raise refused(why) from error
    if lacking:
        raise refused(f"its files lack its weights {', '.join(lacking[:3])}")
    bare = bare_tokenizer(told, refused=refused)
    if bare.get_vocab_size() > model.get_input_embeddings().num_embeddings:
        raise refused("its tokenizer knows tokens that it does not")
    _require_causal(model, refused=refused)
    return Loaded(model, told, bare, precision)


def default_device() -> str:
    """Return the device of whoever names none: a GPU where there is one."""
    import torch  # noqa: PLC0415 - takes seconds: imported when needed

    return "cuda" if torch.cuda.is_available() else "cpu"


def default_precision(device: str) -> Precision:
    """Return the precision of whoever names none: bf16 on a GPU that has it.

    A CPU is quicker in bf16 only where it multiplies that in hardware, and most do not.
    """
    import torch  # noqa: PLC0415 - takes seconds: imported when needed

    return "bf16" if device.startswith("cuda") and torch.cuda.is_bf16_supported() else "fp32"


def source_of(name: str) -> str:
    """Return what transformers is to be asked for: a folder by its whole path, else the name."""
    named = Path(name).expanduser()
    return str(named.absolute()) if named.is_dir() else name


def longest(model: Model) -> int | None:
    """Return the most tokens the model reads at once; None when it states no limit."""
    stated = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return None if stated is None else int(stated)


def opening(model: Model, tokenizer: Any) -> int | None:
    """Return the token at the beginnings of texts: some models have one only as their end."""
    known = (tokenizer.bos_token_id, model.config.get_text_config().bos_token_id)
    return next((one for one in (*known, tokenizer.eos_token_id) if one is not None), None)


def bare_tokenizer(told: Any, *, refused: Refusal) -> "Tokenizer":
    """Copy the fast tokenizer without limits, and so that no text can speak its special tokens."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - imported when a model is opened

    fast = getattr(told, "backend_tokenizer", None)
    if not isinstance(fast, Tokenizer):
        raise refused("it has no fast tokenizer (tokenizer.json)")
    copy = Tokenizer.from_str(fast.to_str())
    copy.no_padding()
    copy.no_truncation()
    copy.encode_special_tokens = True
    return copy


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


def _require_causal(model: Model, *, refused: Refusal) -> None:
    """Refuse a model that sees what follows a token, or cannot go on from what it has read."""
    import torch  # noqa: PLC0415 - imported when the model was opened

    one, other = torch.tensor([[[1, 2, 3, 4]], [[1, 2, 3, 5]]], device=model.device)
    with torch.inference_mode():
        whole, changed = model(one).logits, model(other).logits
        past = getattr(model(one[:, :3], use_cache=True), "past_key_values", None)
        if past is None:
            raise refused("it keeps nothing of what it has read")
        resumed = model(one[:, 3:], past_key_values=past, use_cache=True).logits
    apart = max((whole - changed)[:, :3].abs().max(), (whole[:, 3:] - resumed).abs().max())
    if apart > _TOLERANCE * whole.std():
        raise refused("it is not causal: what follows a token changes what it expects")

"""Models of chance: real shapes with random weights, for measuring speed and for proofs.

How fast a model runs, and whether an answer fits its schema, does not hang on what it has learned.
So neither needs a download. Their words mean nothing. The tokenizer is a real one, learned here
from a few lines of our own; it writes anything in bytes, and chats in the usual form.
"""

from dataclasses import dataclass
from typing import Any

from memsvc.domain.errors import ModelMissing
from memsvc.llm.causal import CausalSurprisal, surprisal_over
from memsvc.llm.loading import (
    Loaded,
    Precision,
    bare_tokenizer,
    default_device,
    default_precision,
)
from memsvc.llm.local import LocalModel
from memsvc.llm.vocabulary import words_of

TOKENS = 600
"""Tokens that the tokenizer learns at most: those of all bytes, and what comes often."""

END, BEGIN = "<|im_end|>", "<|im_start|>"

TEMPLATE = (
    "{%- if tools %}{{- '<|im_start|>system\\n# Tools\\n' }}{%- for tool in tools %}"
    "{{- tool | tojson }}{{- '\\n' }}{%- endfor %}{{- '<|im_end|>\\n' }}{%- endif %}"
    "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content }}"
    "{%- if message.tool_calls %}{%- for call in message.tool_calls %}"
    '{{- \'\\n<tool_call>\\n{"name": "\' + call.function.name + \'", "arguments": \' }}'
    "{{- call.function.arguments | tojson }}{{- '}\\n</tool_call>' }}"
    "{%- endfor %}{%- endif %}{{- '<|im_end|>\\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)
"""The form of chats that many small models share (ChatML), with calls between tags."""

LINES = (
    "Alice moved to Oslo in March and took her two cats with her.",
    "The cats did not enjoy the journey; the train was late and cold.",
    "Bob repairs bicycles in a small shop near the harbour, and so does his brother.",
    'She asked: "When did you see the harbour last?" He said: "In 2024, on the 3rd of May."',
    '{"name":"Alice","kind":"person","place":"Oslo","when":"2024-05-03","tags":["cats","train"]}',
    '{"title":"The journey","score":0.75,"reason":"said so","older":null,"holds":true}',
)
"""What the tokenizer learns from."""


@dataclass(frozen=True, slots=True)
class Form:
    """The numbers of a model's shape: those of Qwen 2.5, and of SmolLM2 for 0.1b."""

    hidden: int
    layers: int
    heads: int
    groups: int
    inner: int
    vocabulary: int
    is_tied: bool = True
    spread: float = 0.02


FORMS = {
    "tiny": Form(64, 2, 4, 2, 128, 1024, spread=0.2),
    "30m": Form(384, 8, 6, 2, 1024, 32_000),
    "0.1b": Form(576, 30, 9, 3, 1536, 49_152),
    "0.5b": Form(896, 24, 14, 2, 4864, 151_936),
    "1.5b": Form(1536, 28, 12, 2, 8960, 151_936),
    "3b": Form(2048, 36, 16, 2, 11_008, 151_936),
    "7b": Form(3584, 28, 28, 4, 18_944, 152_064, is_tied=False),
}


def made_surprisal(
    form: str,
    *,
    device: str | None = None,
    precision: Precision | None = None,
    window: int = 4096,
    batch_tokens: int | None = None,
) -> CausalSurprisal:
    """Return a `Surprisal` over a model of chance. Raises `ModelMissing`, for want of torch."""
    loaded = made(form, device=device, precision=precision, positions=window)
    return surprisal_over(
        loaded,
        name=f"{form}@chance/{loaded.precision}",
        window=window,
        batch_tokens=batch_tokens,
    )


def made_local(
    form: str,
    *,
    device: str | None = None,
    precision: Precision | None = None,
    positions: int = 8192,
    seed: int = 0,
) -> LocalModel:
    """Return a `LanguageModel` over a model of chance. Raises `ModelMissing`, for want of torch."""
    loaded = made(form, device=device, precision=precision, positions=positions)
    words = words_of(loaded.told, loaded.model.config, refused=_refused)
    return LocalModel(words, lambda: loaded, name=f"{form}-of-chance", seed=seed)


def made(
    form: str,
    *,
    device: str | None = None,
    precision: Precision | None = None,
    positions: int = 4096,
    seed: int = 7,
) -> Loaded:
    """Make a model with its tokenizer; `form` is a name of `FORMS`. Raises `ModelMissing`."""
    try:
        import torch  # noqa: PLC0415 - takes seconds: imported when needed
        from transformers import Qwen2Config, Qwen2ForCausalLM  # noqa: PLC0415 - the same
    except ImportError as error:
        raise _refused(f"{error.name} is not installed") from error

    device = device or default_device()
    precision = precision or default_precision(device)
    told = made_tokenizer()
    shape = FORMS[form]
    configured: Any = Qwen2Config  # Any, because its annotations lack what all of them take
    config = configured(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.groups,
        max_position_embeddings=positions,
        tie_word_embeddings=shape.is_tied,
        initializer_range=shape.spread,
        bos_token_id=told.eos_token_id,
        eos_token_id=told.eos_token_id,
    )
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16 if precision == "bf16" else torch.float32)
    try:
        with torch.random.fork_rng(), torch.device(device):
            torch.manual_seed(seed)
            model: Any = Qwen2ForCausalLM(config)
    finally:
        torch.set_default_dtype(before)
    return Loaded(model.eval(), told, bare_tokenizer(told, refused=_refused), precision)


def made_tokenizer() -> Any:
    """Learn a byte-level BPE from `LINES`, as transformers wraps it, with a template for chats."""
    from tokenizers import (  # noqa: PLC0415 - imported when a model is made
        Tokenizer,
        decoders,
        models,
        pre_tokenizers,
        trainers,
    )
    from transformers import PreTrainedTokenizerFast  # noqa: PLC0415 - the same

    learned = Tokenizer(models.BPE())
    learned.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    learned.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=TOKENS,
        special_tokens=[END, BEGIN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learned.train_from_iterator(LINES, trainer)
    fast: Any = PreTrainedTokenizerFast  # Any, because it is not annotated
    return fast(tokenizer_object=learned, eos_token=END, chat_template=TEMPLATE)


def _refused(why: str) -> ModelMissing:
    return ModelMissing(f"No model can be made ({why}); install `pip install 'memsvc[llm]'`.")

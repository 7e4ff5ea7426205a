"""Models with random weights: real modules, built, exported and run in a moment."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

WORDS = ("hello", "world", "one", "more", "word", "alice", "cats", "a", "b", ".", ",", "?", "!")


def tiny_model(*, pooling: str = "mean") -> "SentenceTransformer":
    """Build a BERT of two small layers over a few words, 16 numbers a vector, 32 tokens at most."""
    import torch  # noqa: PLC0415 - takes seconds: imported only by tests that need it
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - the same
    from sentence_transformers.sentence_transformer import modules  # noqa: PLC0415 - the same
    from transformers import BertConfig, BertModel, BertTokenizer  # noqa: PLC0415 - the same

    with tempfile.TemporaryDirectory() as folder:
        vocabulary = Path(folder) / "vocab.txt"
        vocabulary.write_text(
            "\n".join(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS)), encoding="utf-8"
        )
        with torch.random.fork_rng():
            torch.manual_seed(7)
            config = BertConfig(
                vocab_size=len(WORDS) + 5,
                hidden_size=16,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=32,
                max_position_embeddings=64,
            )
            BertModel(config).save_pretrained(folder)
        BertTokenizer(vocab=str(vocabulary)).save_pretrained(folder)
        transformer = modules.Transformer(folder, max_seq_length=32)
    return SentenceTransformer(
        modules=[transformer, modules.Pooling(16, pooling_mode=pooling)], device="cpu"
    )


CORPUS = (
    "Alice moved to Oslo in March and took her two cats with her.",
    "The cats did not enjoy the journey; the train was late and cold.",
    "Bob repairs bicycles in a small shop near the harbour, and so does his brother.",
)
"""What the tokenizer of `tiny_causal` has learned from; it can write anything else in bytes."""

END_OF_TEXT = "<|endoftext|>"


def tiny_causal(folder: Path, *, positions: int = 64, opening: bool = True) -> Path:
    """Write a GPT-2 of two small layers and its byte-level BPE into a folder, and return it.

    Its weights are ten times as large as at the start of a training, so that what it expects
    depends on all it has read. Without `opening` it has no token for where texts begin.
    """
    import torch  # noqa: PLC0415 - takes seconds: imported only by tests that need it
    from transformers import GPT2Config, GPT2LMHeadModel  # noqa: PLC0415 - the same

    beginning = 0 if opening else None
    config = GPT2Config(
        vocab_size=_write_bpe(folder, opening=opening),
        n_positions=positions,
        n_embd=32,
        n_layer=2,
        n_head=2,
        initializer_range=0.2,
        bos_token_id=beginning,
        eos_token_id=beginning,
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        GPT2LMHeadModel(config).save_pretrained(folder)
    return folder


def tiny_sliding(folder: Path) -> Path:
    """Write a Mistral of two small layers, each of which looks four tokens back, and return it."""
    import torch  # noqa: PLC0415 - takes seconds: imported only by tests that need it
    from transformers import MistralConfig, MistralForCausalLM  # noqa: PLC0415 - the same

    config = MistralConfig(
        vocab_size=_write_bpe(folder, opening=True),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=4096,
        sliding_window=4,
        initializer_range=0.2,
        bos_token_id=0,
        eos_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        MistralForCausalLM(config).save_pretrained(folder)
    return folder


def _write_bpe(folder: Path, *, opening: bool) -> int:
    """Train a byte-level BPE on `CORPUS`, write it, and return how many tokens it knows."""
    from tokenizers import (  # noqa: PLC0415 - imported only by tests that need it
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
        vocab_size=320,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learned.train_from_iterator(CORPUS, trainer)
    end = END_OF_TEXT if opening else None
    fast: Any = PreTrainedTokenizerFast  # Any, because it is not annotated
    fast(tokenizer_object=learned, bos_token=end, eos_token=end).save_pretrained(folder)
    return learned.get_vocab_size()


def tiny_cross_encoder(folder: Path, *, labels: int = 1, positions: int = 64) -> Path:
    """Write a BERT of two small layers that scores pairs of texts into a folder, and return it.

    Its vocabulary is that of `tiny_model`. Its weights are ten times as large as at the start of a
    training, so that its scores depend on what it reads.
    """
    import torch  # noqa: PLC0415 - takes seconds: imported only by tests that need it
    from transformers import (  # noqa: PLC0415 - the same
        BertConfig,
        BertForSequenceClassification,
        BertTokenizer,
    )

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text(
        "\n".join(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS)), encoding="utf-8"
    )
    shaped: Any = BertConfig  # Any, because its annotations lack what all configurations take
    config = shaped(
        vocab_size=len(WORDS) + 5,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=positions,
        initializer_range=0.2,
        num_labels=labels,
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizer(vocab=str(vocabulary), model_max_length=positions).save_pretrained(folder)
    return folder

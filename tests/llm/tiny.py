"""A sentence-transformers model with random weights: real modules, exported in a moment."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

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

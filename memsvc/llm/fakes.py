"""Plain twins of the models, for tests: small, the same everywhere, and checkable by hand."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from memsvc.domain.memory import Fingerprint, Span
from memsvc.ports.models import Matrix, Vector

_TOKEN = re.compile(r"\w+|[^\w\s]")


class HashingEmbedder:
    """An `Embedder` whose vectors count words: each lower-case word adds one to one number.

    The number is chosen by the word's hash, so texts that share words are alike and texts that
    share none are at right angles, unless two of their words happen to meet in one number. Counts
    have no sign: words that meet can never cancel each other out.
    """

    max_tokens = 256

    def __init__(self, dimension: int = 64) -> None:
        self._dimension = dimension

    @property
    def fingerprint(self) -> Fingerprint:
        """`hashing/fp32/64` for dimension 64."""
        return Fingerprint("hashing", "fp32", self._dimension)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a text, in order: shape (n, d) float32; (0, d) for no text."""
        vectors = [self._vector(text) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(len(texts), self._dimension)

    def tokens(self, text: str) -> Sequence[Span]:
        """Return where each word and each sign of punctuation stands."""
        return [Span(*match.span()) for match in _TOKEN.finditer(text)]

    def _vector(self, text: str) -> Vector:
        # A text without a word is represented by the empty word: a unit vector all the same.
        words = _TOKEN.findall(text.lower())[: self.max_tokens] or [""]
        vector = np.zeros(self._dimension, dtype=np.float32)
        for word in words:
            vector[self._place(word)] += 1.0
        unit: Vector = vector / np.linalg.norm(vector)
        return unit

    def _place(self, word: str) -> int:
        # Not hash(): that one differs from process to process.
        return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big") % (
            self._dimension
        )

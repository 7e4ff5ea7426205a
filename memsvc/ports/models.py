"""Models that the service runs. Today: text in, vectors out."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.memory import Fingerprint, Span

Vector: TypeAlias = NDArray[np.float32]
"""Shape (d,), unit length."""

Matrix: TypeAlias = NDArray[np.float32]
"""Shape (n, d), rows of unit length."""


class Embedder(Protocol):
    """Turns texts into unit vectors whose inner product says how alike they are."""

    @property
    def fingerprint(self) -> Fingerprint:
        """Which model, precision and dimension every vector of this embedder has."""
        ...

    @property
    def max_tokens(self) -> int:
        """The longest input, in tokens with the model's own markers; the rest would be cut off."""
        ...

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a text, in order: shape (n, d) float32; (0, d) for no text.

        A text over `max_tokens` is represented by its beginning: callers cut first. Raises
        `ModelUnavailable` when the model cannot be run now.
        """
        ...

    def tokens(self, text: str) -> Sequence[Span]:
        """Return where each token of `text` stands, in order, without the model's own markers."""
        ...

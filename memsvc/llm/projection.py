"""How a model's vectors of tokens are made small enough to be kept: 128 numbers of a byte each.

What the last layer says of a token has a part that all tokens share, which tells nothing: its mean
is taken off. What is left is brought to unit length and then to the directions in which tokens
differ most, which are found once, when a model is exported, and belong to it. Both are learned
from the model's own vocabulary in a fixed, mixed order, a few wordpieces a text, so that they
depend on the model alone and on nobody's words. On LoCoMo that is as good as to learn them from
conversations (docs/decisions/0068).
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.models import Matrix, Tokens

DIMENSION = 128
"""Directions kept of 384: half of them find one answer in two hundred less on LoCoMo."""

MOST = 8_192
"""Wordpieces learned from: twenty for each number of a direction."""

TOGETHER = 16
"""Wordpieces a text. Alone, a word stands beside nothing but the model's markers, which is not how
words stand; in pairs it is little better."""

UNUSED = "[unused"
"""How BERT calls the thousand places of its vocabulary that stand for nothing."""

HIGHEST = 127
"""The number that stands for 1 in a byte."""

Hidden: TypeAlias = NDArray[np.float32]
"""Shape (n, d): what the last layer says of n tokens."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A mean, shape (d,), and directions, shape (d, c), by which vectors of tokens become small."""

    mean: NDArray[np.float32]
    directions: NDArray[np.float32]

    @property
    def dimension(self) -> int:
        """How many numbers a vector has afterwards."""
        return int(self.directions.shape[1])

    def of(self, hidden: Hidden) -> Tokens:
        """Return unit vectors of tokens in bytes, shape (n, c)."""
        small = _unit(_unit(hidden - self.mean) @ self.directions)
        return np.rint(small * HIGHEST).astype(np.int8)


def learned(hidden: Hidden, *, dimension: int = DIMENSION) -> Projection:
    """Return the mean of tokens and the directions in which they differ most from it."""
    mean = hidden.mean(axis=0)
    around = _unit(hidden - mean).astype(np.float64)
    _, directions = np.linalg.eigh(around.T @ around)
    return Projection(mean, directions[:, ::-1][:, :dimension].astype(np.float32))


def learn(
    vocabulary: Mapping[str, int],
    read: Callable[[Sequence[Sequence[int]]], Hidden],
    *,
    without: frozenset[int],
) -> Projection:
    """Learn from a model's vocabulary: ids by wordpiece, but for those of its own markers.

    `read` returns what the last layer says of each wordpiece of some texts of one length.
    """
    named = (piece for piece in vocabulary if not piece.startswith(UNUSED))
    mixed = sorted(named, key=lambda piece: hashlib.sha256(piece.encode()).digest())
    ids = [vocabulary[piece] for piece in mixed if vocabulary[piece] not in without][:MOST]
    whole = max(len(ids) // TOGETHER, 1)
    texts = [ids[start : start + TOGETHER] for start in range(0, whole * TOGETHER, TOGETHER)]
    return learned(read(texts))


def write_projection(file: Path, projection: Projection) -> None:
    """Write the mean and below it the directions: shape (1 + c, d)."""
    np.save(file, np.vstack([projection.mean, projection.directions.T]).astype(np.float32))


def read_projection(file: Path) -> Projection:
    """Return what `write_projection` wrote."""
    rows = np.load(file, allow_pickle=False)
    return Projection(rows[0], np.ascontiguousarray(rows[1:].T))


def _unit(vectors: Matrix) -> Matrix:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Matrix = vectors / np.maximum(lengths, 1e-12)
    return unit

"""Unit vectors in a byte a number: how vectors are kept once they have settled.

A number is a whole count of steps, 126 of them from zero to `limit`, which is the largest number
that the vectors had when the codes began. A quarter of the bytes, and a cosine is off by some
.0007 (all-MiniLM-L6-v2; docs/decisions/0098). One step for all numbers of all vectors, and not one
a vector, so that products of codes rank as cosines do and a graph can be built of them.

126 is even, so that a half is a whole count and the corners that tests are made of are exact.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.models import Matrix, Vector
from memsvc.ports.vectors import Scores

Codes = NDArray[np.uint8]
"""Counts of steps, each 128 higher than it is: FAISS's `QT_8bit_direct_signed`; shape (n, d)."""

STEPS = 126
ZERO = 128

ROOM = 1.1
"""How far beyond `limit` a number may lie and be cut off: a cosine is off by .002 then. What lies
farther asks for codes of another limit."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How long a step is: `limit` / 126."""

    limit: float

    @classmethod
    def of(cls, vectors: Matrix) -> Self:
        """Return the finest scale on which these vectors lie."""
        return cls(float(np.abs(vectors).max(initial=0.0)) or 1.0)

    def holds(self, vectors: Matrix) -> bool:
        """Tell whether these vectors lie on the scale, but for what may be cut off."""
        return bool(np.abs(vectors).max(initial=0.0) <= self.limit * ROOM)

    def counted(self, vectors: Matrix) -> Matrix:
        """Return the vectors in steps, shape (n, d): what FAISS is given to keep."""
        steps = np.clip(np.rint(vectors * (STEPS / self.limit)), -STEPS, STEPS)
        return np.ascontiguousarray(steps, dtype=np.float32)

    def vectors(self, codes: Codes) -> Matrix:
        """Return what codes stand for; of unit length but for a ten-thousandth."""
        steps = steps_of(codes)
        steps /= np.float32(STEPS)
        steps *= np.float32(self.limit)
        return steps

    def cosines(self, codes: Codes, query: Vector) -> Scores:
        """Return the cosine of each code with a query that is not rounded, shape (n,)."""
        steps = codes.astype(np.float32) @ query - np.float32(ZERO) * query.sum()
        return np.asarray(steps / np.float32(STEPS) * np.float32(self.limit), dtype=np.float32)


def steps_of(codes: Codes) -> Matrix:
    """Return the counts of steps that codes stand for, shape (n, d)."""
    steps = codes.astype(np.float32)
    steps -= ZERO
    return steps


def rounded(query: Vector) -> Matrix:
    """Return a question for FAISS to compare codes with, shape (1, d), in whole steps of its own.

    Where the processor multiplies bytes FAISS cuts fractions off, and elsewhere it does not: whole
    numbers are the same everywhere. Answers are scored anew by the question itself.
    """
    longest = float(np.abs(query).max(initial=0.0)) or 1.0
    return np.asarray(np.rint(query * (STEPS / longest)), dtype=np.float32)[np.newaxis]

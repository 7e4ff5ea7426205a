"""What a model has read before, kept for the next chat that begins alike.

Chats of one purpose share their instructions, and each turn of a talk begins with all before it.
Keys and values of such a beginning are the same whatever follows, so they are computed once. The
store is one for all, bounded in bytes, and the one used longest ago goes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

LEAST = 16
"""Tokens from which on a beginning is worth a run of the model and a place in the store."""

Past: TypeAlias = Any
"""A `transformers.Cache`: what a model has read of each of some rows."""

Layers: TypeAlias = "Sequence[tuple[torch.Tensor, torch.Tensor]]"
"""Keys and values of each layer, shape (1, heads, tokens, size)."""


@dataclass(frozen=True, slots=True)
class _Kept:
    tokens: NDArray[np.int64]
    layers: Layers
    size: int


class Prefixes:
    """Beginnings of chats with what the model made of them; not for several threads at once."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: list[_Kept] = []

    def longest(self, tokens: Sequence[int]) -> tuple[int, Layers]:
        """Return how many of the first tokens are known, and what was made of those and more."""
        wanted = np.asarray(tokens, dtype=np.int64)
        lengths = [common([one.tokens, wanted]) for one in self._kept]
        if not lengths or max(lengths) < LEAST:
            return 0, ()
        place = int(np.argmax(lengths))
        found = self._kept.pop(place)
        self._kept.append(found)
        return lengths[place], found.layers

    def keep(self, tokens: Sequence[int], past: Past) -> None:
        """Keep what was made of `tokens`, the first that each row of `past` read, from its first.

        What begins it needs no place of its own from then on.
        """
        kept = np.asarray(tokens, dtype=np.int64)
        if len(kept) < LEAST or not is_plain(past):
            return
        layers = [
            (
                layer.keys[:1, :, : len(kept)].clone(),
                layer.values[:1, :, : len(kept)].clone(),
            )
            for layer in past.layers
        ]
        size = sum(each.nbytes for pair in layers for each in pair)
        if size > self._most_bytes:
            return
        self._kept = [one for one in self._kept if common([one.tokens, kept]) < len(one.tokens)]
        self._kept.append(_Kept(kept, layers, size))
        while sum(one.size for one in self._kept) > self._most_bytes:
            del self._kept[0]

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return sum(one.size for one in self._kept)

    def clear(self) -> None:
        """Forget all."""
        self._kept = []


def common(rows: Sequence[NDArray[np.int64]]) -> int:
    """Return with how many equal tokens all rows begin."""
    shortest = min(map(len, rows))
    first = rows[0][:shortest]
    alike = np.ones(shortest, dtype=bool)
    for row in rows[1:]:
        alike &= row[:shortest] == first
    return shortest if alike.all() else int(alike.argmin())


def is_plain(past: Past) -> bool:
    """Tell whether each layer keeps all that it read, so that a part of it can be taken out.

    Layers that look back a few thousand tokens only, or keep a state, do not.
    """
    from transformers.cache_utils import DynamicLayer  # noqa: PLC0415 - loaded with the model

    return all(type(layer) is DynamicLayer for layer in past.layers)


def spread(layers: Layers, length: int, *, rows: int) -> Past:
    """Return a past in which each of some rows has read the first `length` tokens of `layers`."""
    from transformers import DynamicCache  # noqa: PLC0415 - loaded with the model

    past = DynamicCache()
    for place, (keys, values) in enumerate(layers):
        past.update(
            keys[:, :, :length].expand(rows, -1, -1, -1),
            values[:, :, :length].expand(rows, -1, -1, -1),
            place,
        )
    return past

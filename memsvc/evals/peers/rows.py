"""What rows beside ours share: the turns that they rank, and texts embedded many at a time."""

from collections.abc import Sequence

import numpy as np

from memsvc.evals.progress import Progress
from memsvc.ports.models import Embedder, Matrix

Ranked = dict[str, list[list[str]]]
"""For each row's name the turns that it ranked, one list a question."""

FILLING = 100
"""Turns of a ranking: enough to fill the largest context on chats of short turns."""

EMBEDDED_AT_ONCE = 256


def embedded(texts: Sequence[str], what: str, *, embedder: Embedder, progress: Progress) -> Matrix:
    """Embed many texts, and tell how far it is; shape (n, d)."""
    parts = [embedder.embed([])]
    for begin in range(0, len(texts), EMBEDDED_AT_ONCE):
        progress(what, begin, len(texts))
        parts.append(embedder.embed(texts[begin : begin + EMBEDDED_AT_ONCE]))
    return np.concatenate(parts)

"""A service for one evaluation: in process, over a directory that is gone afterwards.

It is the service as users get it. Two things are added to it: recipes that only the evaluation
asks for, and an embedder that remembers, because haystacks repeat their sessions and baselines
read the very texts that the service does.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from typing_extensions import override

from memsvc.config import Settings
from memsvc.domain.memory import Fingerprint, Span
from memsvc.local import open_with
from memsvc.ports.language import LanguageModel
from memsvc.ports.models import Embedded, Embedder, Matrix, Tokens, Vector
from memsvc.sdk.client import Client
from memsvc.wiring import open_service
from retrieval.stage import Recipe

KEPT = 200_000
"""Vectors remembered: 300 MB of 384 dimensions; texts after that are embedded each time."""

ROOM = {"max_turn_chars": 10_000_000, "max_body_bytes": 256 * 1024**2}
"""BEAM has an answer of 348,469 characters, which a service refuses unless it is told otherwise."""

KEPT_WITH_TOKENS = 40_000
"""Texts whose vectors of tokens are remembered too: 200 MB of turns of a chat."""


class Around:
    """An `Embedder` around another, which says what it does not say itself."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    @property
    def fingerprint(self) -> Fingerprint:
        """The embedder's own."""
        return self._embedder.fingerprint

    @property
    def max_tokens(self) -> int:
        """The embedder's own."""
        return self._embedder.max_tokens

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return what the embedder says of each text."""
        return self._embedder.embed(texts)

    @property
    def token_fingerprint(self) -> Fingerprint | None:
        """The embedder's own."""
        return self._embedder.token_fingerprint

    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return what the embedder says of each text and of its tokens."""
        return self._embedder.embed_with_tokens(texts)

    def tokens(self, text: str) -> Sequence[Span]:
        """Return the embedder's own tokens."""
        return self._embedder.tokens(text)

    def count(self, text: str) -> int:
        """Return the embedder's own number of tokens."""
        return self._embedder.count(text)


class Remembering(Around):
    """An `Embedder` that embeds a text once. Threads may meet here: the worst is twice."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(embedder)
        self._vectors: dict[str, Vector] = {}
        self._tokens: dict[str, Tokens] = {}

    @override
    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return what the embedder said of each text, asking it for those that are new."""
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        fresh = dict(zip(new, self._embedder.embed(new), strict=True))
        room = max(KEPT - len(self._vectors), 0)
        self._vectors.update(list(fresh.items())[:room])
        rows = [fresh[text] if text in fresh else self._vectors[text] for text in texts]
        return np.stack(rows) if rows else self._embedder.embed([])

    @override
    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return what the embedder said of each text, asking it for those that are new."""
        if self.token_fingerprint is None:
            return Embedded(self.embed(texts), None)
        new = [text for text in dict.fromkeys(texts) if text not in self._tokens]
        fresh = self._embedder.embed_with_tokens(new)
        kept = dict(zip(new, fresh.tokens or (), strict=True))
        room = max(KEPT_WITH_TOKENS - len(self._tokens), 0)
        self._tokens.update(list(kept.items())[:room])
        self._vectors.update(zip(list(kept)[:room], fresh.vectors, strict=False))
        made = dict(zip(new, fresh.vectors, strict=True))
        rows = [made[text] if text in made else self._vectors[text] for text in texts]
        return Embedded(
            np.stack(rows) if rows else fresh.vectors,
            [kept[text] if text in kept else self._tokens[text] for text in texts],
        )


@contextmanager
def passing_service(
    settings: Settings,
    *,
    embedder: Embedder,
    recipes: Mapping[str, Recipe],
    language_model: LanguageModel | None = None,
) -> Iterator[Client]:
    """Lend a client of a service over an empty directory, with these recipes and this embedder.

    Its language model is that of the settings unless another is given.
    """
    with tempfile.TemporaryDirectory(prefix="memsvc-eval-") as folder:
        opened = partial(
            open_service, embedder=embedder, recipes=recipes, language_model=language_model
        )
        own = settings.model_copy(update={"data": Path(folder), **ROOM})
        with open_with(own, open_service=opened) as client:
            yield client

"""Models that the service runs: texts in; vectors, surprise or an order among them out."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.memory import Fingerprint, Span

Vector: TypeAlias = NDArray[np.float32]
"""Shape (d,), unit length."""

Matrix: TypeAlias = NDArray[np.float32]
"""Shape (n, d), rows of unit length."""


Tokens: TypeAlias = NDArray[np.int8]
"""Shape (m, c): one vector a token, in order; its numbers are those of a unit vector times 127."""


class Embedded(NamedTuple):
    """What one reading of texts gives: a vector a text, and of each text a vector a token.

    `tokens` is None where the model tells of none.
    """

    vectors: Matrix
    tokens: Sequence[Tokens] | None


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

    @property
    def token_fingerprint(self) -> Fingerprint | None:
        """Which model, precision and dimension every vector of a token has; None without any."""
        ...

    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return what `embed` does, and from the same reading a vector for each token.

        Tokens are those of `tokens`, as far as the model reads; a text without words has none.
        """
        ...

    def tokens(self, text: str) -> Sequence[Span]:
        """Return where each token of `text` stands, in order, without the model's own markers."""
        ...

    def count(self, text: str) -> int:
        """Return how many tokens `text` has: as many as `tokens`, but none is placed for it."""
        ...


class Passage(NamedTuple):
    """Consecutive texts of one stream, and what stands before the first of them.

    They are read as one text, joined as they are: who wants a line between two of them ends the
    first with it. `context` may be the end of what stands before, and is empty at the stream's
    beginning.
    """

    texts: Sequence[str]
    context: str = ""


class Surprise(NamedTuple):
    """How unexpected a text was to a model that had read all before it, in nats a token.

    `mean` and `most` are over the text's tokens, each -ln p(token | what stands before it) >= 0.
    """

    mean: float
    most: float


class Surprisal(Protocol):
    """Tells how unexpected each text of a stream is, given everything before it."""

    @property
    def fingerprint(self) -> str:
        """Which model, precision and window made a score; scores of two are not compared."""
        ...

    @property
    def context_tokens(self) -> int:
        """The most tokens that one is judged by; what stands further before is not seen.

        Each is judged by at least half as many, where there are so many before it.
        """
        ...

    def of(self, passages: Sequence[Passage]) -> list[list[Surprise | None]]:
        """Return the surprise of every text, passage by passage, in order.

        A text's tokens are those that begin in it; None where none does, as in an empty text.
        What the first token of a stream costs is the adapter's to say. Passages know nothing of
        each other. Raises `ModelUnavailable` when the model cannot be run now.
        """
        ...


Worths: TypeAlias = NDArray[np.float32]
"""Shape (n,): finite, higher is better; they compare within one call and nowhere else."""


class Reranker(Protocol):
    """Tells how well each of a few texts answers a question, having read them beside it.

    Whether it reads each text by itself or all of them as one list is its own matter, so all are
    handed over in one call and their scores compare only there.
    """

    @property
    def fingerprint(self) -> str:
        """Which model, precision and window read the texts."""
        ...

    def scores(self, question: str, texts: Sequence[str], *, within_s: float) -> Worths:
        """Return one score a text, in their order: shape (n,) float32; (0,) for no text.

        What is longer than the model's window is read from its beginning, as far as it fits.
        Raises `RerankerLate` when `within_s` seconds are not enough, as soon as it notices: an
        adapter looks between two runs of its model, so who cannot wait for a run does not wait in
        the same thread (`memsvc.llm.in_time`). Raises `ModelUnavailable` when the model cannot be
        run now.
        """
        ...

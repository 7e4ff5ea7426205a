"""Plain twins of the models, for tests: small, the same everywhere, and checkable by hand."""

import hashlib
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from typing_extensions import override

from memsvc.domain.errors import RerankerLate
from memsvc.domain.memory import Fingerprint, Span
from memsvc.ports.models import Embedded, Matrix, Passage, Surprise, Tokens, Vector, Worths

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

    @property
    def token_fingerprint(self) -> Fingerprint | None:
        """None: it tells of none."""
        return None

    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return the vectors alone."""
        return Embedded(self.embed(texts), None)

    def tokens(self, text: str) -> Sequence[Span]:
        """Return where each word and each sign of punctuation stands."""
        return [Span(*match.span()) for match in _TOKEN.finditer(text)]

    def count(self, text: str) -> int:
        """Return how many tokens `text` has."""
        return len(_TOKEN.findall(text))

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


class HashingTokens(HashingEmbedder):
    """The same with a vector for each word: 127 at the word's own number, and 0 elsewhere.

    So two words are alike by 1 if they are the same, and by 0 if they are not.
    """

    @property
    @override
    def token_fingerprint(self) -> Fingerprint:
        """`hashing/int8/64` for dimension 64."""
        return Fingerprint("hashing", "int8", self._dimension)

    @override
    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return a vector a text and a vector a word."""
        return Embedded(self.embed(texts), [self._words(text) for text in texts])

    def _words(self, text: str) -> Tokens:
        words = _TOKEN.findall(text.lower())[: self.max_tokens]
        vectors = np.zeros((len(words), self._dimension), dtype=np.int8)
        vectors[np.arange(len(words)), [self._place(word) for word in words]] = 127
        return vectors


class CountingSurprisal:
    """A `Surprisal` that expects a word as often as it came among the words just before.

    Of n words before, v of them distinct, a word that came c times has the probability
    (c + 1) / (n + v + 1), and all new words together 1 / (n + v + 1). So the first word of a
    stream is new for certain and surprises nobody: 0 nats.
    """

    def __init__(self, *, context_tokens: int = 256) -> None:
        self._context_tokens = context_tokens

    @property
    def fingerprint(self) -> str:
        """`counting/exact/256` for 256 words of context."""
        return f"counting/exact/{self._context_tokens}"

    @property
    def context_tokens(self) -> int:
        """How many words before a word are counted."""
        return self._context_tokens

    def of(self, passages: Sequence[Passage]) -> list[list[Surprise | None]]:
        """Return the surprise of every text, passage by passage, in order."""
        return [self._one(passage) for passage in passages]

    def _one(self, passage: Passage) -> list[Surprise | None]:
        found = list(_TOKEN.finditer("".join((passage.context, *passage.texts))))
        words = [match.group().lower() for match in found]
        # Where each text begins; those that are empty begin where the next one does.
        starts = list(accumulate((len(text) for text in passage.texts), initial=0))
        texts: list[list[float]] = [[] for _ in passage.texts]
        for place, match in enumerate(found):
            text = bisect_right(starts, match.start() - len(passage.context)) - 1
            if text >= 0:
                texts[text].append(self._nats(words, place))
        return [Surprise(math.fsum(one) / len(one), max(one)) if one else None for one in texts]

    def _nats(self, words: Sequence[str], place: int) -> float:
        before = Counter(words[max(0, place - self._context_tokens) : place])
        return -math.log((before[words[place]] + 1) / (before.total() + len(before) + 1))


class OverlapReranker:
    """A `Reranker` that counts how many of the question's words stand among a text's first ones.

    A word counts once, in any case. `runs` holds how many texts each call brought.
    """

    def __init__(self, *, window: int = 256) -> None:
        self._window = window
        self.runs: list[int] = []

    @property
    def fingerprint(self) -> str:
        """`overlap/exact/256` for a window of 256 words."""
        return f"overlap/exact/{self._window}"

    def scores(self, question: str, texts: Sequence[str], *, within_s: float) -> Worths:
        """Return how many words each text shares with the question, shape (n,) float32."""
        if within_s <= 0:
            raise RerankerLate(within_s)
        self.runs.append(len(texts))
        wanted = set(_TOKEN.findall(question.lower()))
        shared = (wanted & set(_TOKEN.findall(text.lower())[: self._window]) for text in texts)
        return np.array([len(words) for words in shared], dtype=np.float32)

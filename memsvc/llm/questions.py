"""Questions on their way into the embedder: those that come at once are read in one run.

A question is a dozen tokens, for which a model's weights are fetched from memory as for a long
text: eight read together take three quarters of the processor that they take one by one. Nobody
waits for others to come. But while as many runs go on as the cores can take, whoever comes waits,
and is read with all who came meanwhile; more runs at once would only take the cores from each
other.

What was read is remembered for a while, since people and agents ask again: by the digest of the
text and not by the text, within a bound of bytes, and only in memory.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence
from hashlib import blake2b
from threading import Event, Lock

from memsvc.domain.errors import ModelUnavailable
from memsvc.domain.memory import Fingerprint, Span
from memsvc.ports.models import Embedded, Embedder, Matrix

TOGETHER = 8
"""Questions in one run; more are no faster each."""

REMEMBERED_BYTES = 4 * 1024**2
"""Some thousand questions, each a vector and the vectors of its dozen tokens."""


class _Asked:
    """A question that waits to be read, or for its turn to read those that wait."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.news = Event()
        self.leads = False
        self.read: Embedded | None = None


class Questions:
    """An `Embedder` around another, for questions; any number of threads may ask it at once.

    At most `at_once` runs go on. Everything but a single text with its tokens goes straight to the
    embedder.
    """

    def __init__(self, embedder: Embedder, *, at_once: int) -> None:
        self._embedder = embedder
        self._free = at_once
        self._waiting: deque[_Asked] = deque()
        self._guard = Lock()
        self._remembered: OrderedDict[bytes, Embedded] = OrderedDict()
        self._bytes = 0

    @property
    def fingerprint(self) -> Fingerprint:
        """The embedder's own."""
        return self._embedder.fingerprint

    @property
    def token_fingerprint(self) -> Fingerprint | None:
        """The embedder's own."""
        return self._embedder.token_fingerprint

    @property
    def max_tokens(self) -> int:
        """The embedder's own."""
        return self._embedder.max_tokens

    @property
    def nbytes(self) -> int:
        """Bytes that what is remembered takes."""
        return self._bytes

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return what the embedder says of each text."""
        return self._embedder.embed(texts)

    def tokens(self, text: str) -> Sequence[Span]:
        """Return where the embedder's tokens stand."""
        return self._embedder.tokens(text)

    def count(self, text: str) -> int:
        """Return how many tokens the embedder counts."""
        return self._embedder.count(text)

    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        """Return what the embedder does; of one text alone, read with others or remembered.

        Read with others a vector may differ in its last digit. Nobody may write into what comes
        back. Raises `ModelUnavailable`.
        """
        if len(texts) != 1:
            return self._embedder.embed_with_tokens(texts)
        [text] = texts
        key = self._key(text)
        with self._guard:
            if key in self._remembered:
                self._remembered.move_to_end(key)
                return self._remembered[key]
        read = self._read(text)
        self._remember(key, read)
        return read

    def _read(self, text: str) -> Embedded:
        mine = _Asked(text)
        with self._guard:
            self._waiting.append(mine)
            mine.leads = self._free > 0
            self._free -= mine.leads
        if not mine.leads:
            mine.news.wait()
        if mine.leads:
            self._lead(mine)
        # Whose run came to nothing asks alone, and is told what is wrong.
        return mine.read or self._embedder.embed_with_tokens([text])

    def _lead(self, mine: _Asked) -> None:
        """Read this question with those that wait; then it is the next one's turn."""
        with self._guard:
            self._waiting.remove(mine)
            others = [self._waiting.popleft() for _ in range(min(TOGETHER - 1, len(self._waiting)))]
        together = [mine, *others]
        try:
            read = self._embedder.embed_with_tokens([one.text for one in together])
            for place, one in enumerate(together):
                one.read = _alone(read, place)
        except ModelUnavailable:
            if not others:
                raise
        finally:
            with self._guard:
                following = self._waiting[0] if self._waiting else None
                if following is None:
                    self._free += 1
                else:
                    following.leads = True
            for one in others if following is None else [*others, following]:
                one.news.set()

    def _remember(self, key: bytes, read: Embedded) -> None:
        with self._guard:
            if key in self._remembered:
                return
            self._remembered[key] = read
            self._bytes += _size(read)
            while self._bytes > REMEMBERED_BYTES:
                _, gone = self._remembered.popitem(last=False)
                self._bytes -= _size(gone)

    def _key(self, text: str) -> bytes:
        read_by = f"{self.fingerprint.text}\n{self.token_fingerprint}\n"
        return blake2b((read_by + text).encode(errors="surrogatepass"), digest_size=16).digest()


def _alone(read: Embedded, place: int) -> Embedded:
    """Return what was read of one of several texts, as a copy that keeps no other in memory."""
    vectors = read.vectors[place : place + 1].copy()
    tokens = None if read.tokens is None else [read.tokens[place].copy()]
    for each in (vectors, *(tokens or ())):
        each.flags.writeable = False
    return Embedded(vectors, tokens)


def _size(read: Embedded) -> int:
    return read.vectors.nbytes + sum(each.nbytes for each in read.tokens or ())

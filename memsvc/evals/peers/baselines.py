"""Plain ways of finding turns, to stand beside the product in the same run.

They share nothing with `retrieval` but the embedder and the words, so that a mistake there cannot
hide in its own yardstick. Everything is scored exactly, every turn of a conversation at once.

- `dense`: cosine of the question and "speaker: text".
- `bm25`: Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) over
  the same text, k1 = 1.2, b = 0.75, idf as in Lucene, English function words left out.
- `rrf`: both, fused by reciprocal rank with k = 60 (Cormack et al., SIGIR 2009).
- `convex`: min-max cosine plus 0.4 of min-max BM25, for passages, which no neighbour explains.
- `floor`: the weighted sum of min-max scores that the project's first experiments ended with: dense
  1.0, dense with the turn before 0.5, BM25 0.8, BM25 with both neighbours 0.4; then 0.3 of the
  better neighbour's score; then 0.4 of the mean of the session's three best. The neighbours' BM25
  is over the three texts joined.
- `floor:stored`: the same, from what a write has stored anyway: the neighbours' BM25 is the turn's
  own score plus half of each neighbour's.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.models import Embedder, Matrix, Vector

Scores: TypeAlias = NDArray[np.float64]
"""One number a turn, higher is better; shape (n,)."""

Streams: TypeAlias = NDArray[np.int64]
"""Which stream each turn is in; turns of one stream stand together, in order; shape (n,)."""

Terms: TypeAlias = Callable[[str], Sequence[str]]

K1 = 1.2
B = 0.75
RRF_K = 60
CONVEX_WORDS = 0.4
SESSION_BEST = 3

FUNCTION_WORDS = (
    "i me my myself we our ours ourselves you your yours yourself yourselves he him his himself "
    "she her hers herself it its itself they them their theirs themselves what which who whom "
    "this that these those am is are was were be been being have has had having do does did doing "
    "a an the and but if or because as until while of at by for with about against between into "
    "through during before after above below to from up down in out on off over under again "
    "further then once here there when where why how all any both each few more most other some "
    "such no nor not only own same so than too very can will just should now"
)
"""English words that say how, not what. With them in, the question's "what did" and "when" count:
BM25 then loses three to four points of recall on LoCoMo and would be too easy a yardstick."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The turns of one conversation, ready to be scored."""

    vectors: Matrix
    terms: Sequence[Sequence[str]]
    streams: Streams


def content_words(terms: Terms) -> Terms:
    """Return the same tokeniser without English function words."""
    dropped = frozenset(terms(FUNCTION_WORDS))
    return lambda text: [term for term in terms(text) if term not in dropped]


def corpus_of(
    texts: Sequence[str], streams: Sequence[int], *, embedder: Embedder, terms: Terms
) -> Corpus:
    """Embed and tokenise the turns of one conversation."""
    return Corpus(
        vectors=embedder.embed(texts),
        terms=[terms(text) for text in texts],
        streams=np.array(streams, dtype=np.int64),
    )


def rankings(
    corpus: Corpus, questions: Sequence[str], *, embedder: Embedder, terms: Terms
) -> Iterator[dict[str, NDArray[np.int64]]]:
    """Yield for each question what each baseline ranks, best first, as numbers of turns."""
    lexical = Bm25(corpus.terms)
    joined = Bm25(list(joined_terms(corpus)))
    before = with_before(corpus.vectors, corpus.streams)
    for text, vector in zip(questions, embedder.embed(questions), strict=True):
        asked = terms(text)
        dense, bm25 = cosines(corpus.vectors, vector), lexical.scores(asked)
        readings = {"dense": dense, "before": cosines(before, vector), "bm25": bm25}
        around = half_of_neighbours(bm25, corpus.streams)
        yield {
            "dense": best_first(dense),
            "bm25": best_first(bm25),
            "rrf": best_first(reciprocal_rank(dense, bm25)),
            "convex": best_first(convex(dense, bm25)),
            "floor": best_first(
                floor(**readings, around=joined.scores(asked), streams=corpus.streams)
            ),
            "floor:stored": best_first(floor(**readings, around=around, streams=corpus.streams)),
        }


class Bm25:
    """BM25 over some documents, each given by its terms.

    Lengths count beside `usual_length`, or beside their own mean.
    """

    def __init__(
        self, documents: Sequence[Sequence[str]], *, usual_length: float | None = None
    ) -> None:
        self._count = len(documents)
        lengths = np.array([len(terms) for terms in documents], dtype=np.float64)
        usual = max(lengths.mean(), 1.0) if usual_length is None else usual_length
        self._norms = K1 * (1 - B + B * lengths / usual)
        self._postings = _postings(documents)

    def scores(self, terms: Iterable[str]) -> Scores:
        """Return every document's sum over the question's distinct terms."""
        total = np.zeros(self._count)
        for term in dict.fromkeys(terms):
            if term in self._postings:
                holders, counts = self._postings[term]
                frequency = len(holders)
                idf = np.log(1 + (self._count - frequency + 0.5) / (frequency + 0.5))
                total[holders] += idf * counts * (K1 + 1) / (counts + self._norms[holders])
        return total


def floor(
    *, dense: Scores, before: Scores, bm25: Scores, around: Scores, streams: Streams
) -> Scores:
    """Mix four readings of every turn, then lean on the neighbours and on the session."""
    mixed = min_max(dense) + 0.5 * min_max(before) + 0.8 * min_max(bm25) + 0.4 * min_max(around)
    leaning = mixed + 0.3 * np.maximum(*neighbours(mixed, streams))
    return leaning + 0.4 * session_means(leaning, streams)


def convex(dense: Scores, bm25: Scores) -> Scores:
    """Mix meaning and words, both stretched to [0, 1]."""
    mixed: Scores = min_max(dense) + CONVEX_WORDS * min_max(bm25)
    return mixed


def cosines(vectors: Matrix, vector: Vector) -> Scores:
    """Return the cosine of every turn to one unit vector."""
    return (vectors @ vector).astype(np.float64)


def with_before(vectors: Matrix, streams: Streams) -> Matrix:
    """Return each turn's vector averaged with the one before it in its stream, at unit length."""
    mixed = vectors.copy()
    follows = np.flatnonzero(streams[1:] == streams[:-1]) + 1
    mixed[follows] += vectors[follows - 1]
    unit: Matrix = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return unit


def half_of_neighbours(scores: Scores, streams: Streams) -> Scores:
    """Return each turn's score plus half of both neighbours'."""
    left, right = neighbours(scores, streams)
    return scores + 0.5 * (left + right)


def neighbours(scores: Scores, streams: Streams) -> tuple[Scores, Scores]:
    """Return the scores of the turns before and after each turn; 0 at a stream's ends."""
    left, right = np.zeros_like(scores), np.zeros_like(scores)
    together = streams[1:] == streams[:-1]
    left[1:][together] = scores[:-1][together]
    right[:-1][together] = scores[1:][together]
    return left, right


def session_means(scores: Scores, streams: Streams) -> Scores:
    """Return for each turn the mean of its stream's three best scores, or of all when fewer."""
    means = np.zeros_like(scores)
    for stream in np.unique(streams):
        inside = streams == stream
        means[inside] = np.sort(scores[inside])[-SESSION_BEST:].mean()
    return means


def reciprocal_rank(*arms: Scores) -> Scores:
    """Fuse arms by the sum of 1 / (60 + rank), ranks from 1."""
    fused: Scores = np.sum([1 / (RRF_K + 1 + np.argsort(best_first(arm))) for arm in arms], axis=0)
    return fused


def min_max(scores: Scores) -> Scores:
    """Stretch scores to [0, 1]; all 0 when they are all alike."""
    span = np.ptp(scores)
    return (scores - scores.min()) / span if span else np.zeros_like(scores)


def best_first(scores: Scores) -> NDArray[np.int64]:
    """Return the numbers of the turns by falling score, ties by number."""
    return np.argsort(-scores, kind="stable").astype(np.int64)


def joined_terms(corpus: Corpus) -> Iterator[list[str]]:
    """Yield each turn's terms with those of its neighbours in the stream."""
    last = len(corpus.terms) - 1
    for here, stream in enumerate(corpus.streams):
        around = range(max(here - 1, 0), min(here + 1, last) + 1)
        yield [t for near in around if corpus.streams[near] == stream for t in corpus.terms[near]]


def _postings(
    documents: Sequence[Sequence[str]],
) -> Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    holders: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, terms in enumerate(documents):
        for term, count in Counter(terms).items():
            holders[term].append((number, count))
    return {
        term: (np.array([n for n, _ in held]), np.array([c for _, c in held], dtype=np.float64))
        for term, held in holders.items()
    }

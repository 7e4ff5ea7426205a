"""Late interaction: a question compared with turns word by word, by what the model says of each.

The vector of a whole turn is a mean over its words, in which the one word that the question asks
about weighs little. Here each word of the question looks for the one word of the turn that is
nearest to it in meaning, as ColBERT does (arXiv 2004.12832); what they find is weighed by how rare
the question's words are. The words are those of the pass that made the turn's own vector: a model
that was never trained for it, less what all its words have in common, finds more on conversations
than any other arm (docs/decisions/0068).

A word that a turn's neighbour holds counts for the turn too, as far as the turn is short: in a
conversation the question often stands one turn before the answer. So words that stand apart are
found together, which sums over whole turns (`retrieval.arms`) do not see. A neighbour is heard
where it is one of those that are read, as nearly all that have something to say are.

Vectors are bytes and stay whole numbers until the last step: sums of products of bytes are exact in
float32, so no order of adding them up changes an answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from memsvc.domain.memory import Span
from memsvc.ports.indexes import NOBODY, Numbers, Timeline
from memsvc.ports.models import Tokens
from memsvc.ports.tokens import TokensOf
from memsvc.ports.vectors import Keys, Scores
from retrieval.bm25 import Weighed, idf
from retrieval.pool import NO_KEYS, Ask, Pool
from retrieval.stage import Composable, Part
from retrieval.stages import Fuse, levelled

ARM = "tokens"

CHANCE = 0.2
"""Cosine below which two words have nothing in common; .1 to .35 do as well."""

AROUND = 0.9
"""How much of a word counts that stands in a turn beside this one."""

SHORT = 40
"""Terms up to which a turn is short enough for its neighbours' words to count in full."""

LEAST_AROUND = 0.2
"""Share of a neighbour's words from which on it is read: beside turns of 200 terms it is not."""

BEST = 300
"""Candidates that are read, the best by the other arms. With 150 LoCoMo finds one answer in a
hundred less, with 400 none more (docs/decisions/0075)."""

LONGEST = 40_000
"""Terms of candidates that are read together, the best first: long messages are a thousand each."""

HIGHEST = 127
"""The number that stands for 1 in a vector's byte."""

AT_ONCE = 1_024
"""Tokens that are compared together: what they are widened to stays in the processor's cache."""


@dataclass(frozen=True, slots=True)
class TokensAsked:
    """What a question asks word by word: shapes (m, c) and (m,), and how turns' words are read.

    Words that tell nothing are not among them.
    """

    vectors: Tokens
    weights: NDArray[np.float32]
    of: Callable[[Keys], TokensOf]


@dataclass(frozen=True, slots=True)
class QuestionTokens:
    """The tokens of a question that tell something, and of which term each is a part."""

    vectors: Tokens
    terms: tuple[str, ...]

    def weighed(self, by_term: Mapping[str, Weighed], timeline: Timeline) -> NDArray[np.float32]:
        """Return how much each counts in a space: more, the fewer of its turns hold the term.

        A term that none holds counts most: what means the same may stand there all the same.
        """
        held = [len(by_term[term].places) if term in by_term else 0 for term in self.terms]
        return np.array([idf(count, of=len(timeline)) for count in held], dtype=np.float32)


def question_tokens(
    text: str, spans: Sequence[Span], tokens: Tokens, terms_of: Callable[[str], Sequence[str]]
) -> QuestionTokens | None:
    """Return the tokens that stand in words with a term; None where there are none.

    `spans` say where the tokens stand, as far as the model read; `terms_of` returns no term for a
    word that says nothing of what is asked for.
    """
    told = [next(iter(terms_of(_word(text, span))), None) for span in spans[: len(tokens)]]
    kept = [place for place, term in enumerate(told) if term is not None]
    if not kept:
        return None
    return QuestionTokens(tokens[kept], tuple(term for term in told if term is not None))


def _word(text: str, span: Span) -> str:
    """Return the whole word that a token is a part of."""
    start, end = span.start, span.end
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return text[start:end]


class ByToken:
    """The arm: what the question's words find in a turn and beside it."""

    name = ARM
    silence = 0.0

    def propose(self, ask: Ask, limit: int) -> Keys:  # noqa: ARG002  the port's signature
        """Propose nothing: it reads what others propose."""
        return NO_KEYS

    def trust(self, ask: Ask, keys: Keys) -> Scores:  # noqa: ARG002  the port's signature
        """Return 1 for every turn."""
        return np.ones(len(keys), dtype=np.float32)

    def score(self, ask: Ask, keys: Keys) -> Scores:
        """Return from 0 to 1 how much of the question stands in each turn, by weight of its words.

        `keys` ascend. NaN for a turn without vectors of tokens, and for all where nothing is asked.
        """
        asked = ask.tokens
        if asked is None or len(keys) == 0:
            return np.full(len(keys), np.nan, dtype=np.float32)
        lengths = ask.indexes.timeline.lengths(keys)
        share = AROUND * np.minimum(1.0, SHORT / np.maximum(lengths, 1)).astype(np.float32)
        beside = _beside(ask, keys, share >= LEAST_AROUND)
        wanted = keys
        if ask.among is not None:  # a filter chooses who answers, and not who is heard
            wanted = np.union1d(keys, beside[beside != NOBODY])
        read = asked.of(wanted)
        found = _nearest(asked.vectors, read)
        own = _rows(found, read.keys, keys)
        near = np.maximum(*(_rows(found, read.keys, side, missing=0.0) for side in beside))
        together = np.maximum(own, share[:, np.newaxis] * near)  # NaN where the turn's own are
        scores = together @ asked.weights / asked.weights.sum()
        return np.asarray(scores, dtype=np.float32)


def _beside(ask: Ask, keys: Keys, counted: NDArray[np.bool_]) -> Numbers:
    """Return the turns before and after each of these, as far as they count; shape (2, n).

    What the question may not see has no word in it either, but for a filter, which chooses answers.
    """
    beside = np.stack(ask.indexes.timeline.neighbours(keys))
    hidden = np.isin(beside, ask.without) if len(ask.without) else np.False_
    return np.where(counted & ~hidden, beside, NOBODY)


def _nearest(question: Tokens, read: TokensOf) -> NDArray[np.float32]:
    """Return how near the nearest word of each turn is to each of the question's, over chance.

    Shape (turns, words of the question); 0 for a turn without words.
    """
    found = np.zeros((len(read.keys), len(question)), dtype=np.float32)
    spoken = np.flatnonzero(read.counts)
    if len(spoken) == 0:
        return found
    starts = (np.cumsum(read.counts) - read.counts)[spoken]
    asked = question.T.astype(np.float32)
    products = np.empty((len(read.vectors), len(question)), dtype=np.float32)
    for begin in range(0, len(products), AT_ONCE):
        part = slice(begin, begin + AT_ONCE)
        np.matmul(read.vectors[part].astype(np.float32), asked, out=products[part])
    found[spoken] = np.maximum.reduceat(products, starts, axis=0) / np.float32(HIGHEST**2)
    return np.asarray(np.maximum(found - CHANCE, 0.0) / (1 - CHANCE), dtype=np.float32)


def _rows(
    found: NDArray[np.float32], held: Keys, wanted: Keys, *, missing: float = np.nan
) -> NDArray[np.float32]:
    """Return the row of each wanted key, among ascending keys; `missing` for those not held."""
    rows = np.full((len(wanted), found.shape[1]), missing, dtype=np.float32)
    if len(held):
        places = np.minimum(held.searchsorted(wanted), len(held) - 1)
        there = held[places] == wanted
        rows[there] = found[places[there]]
    return rows


@dataclass(frozen=True, slots=True)
class FuseByToken(Composable):
    """Fuse the other arms, read the best of what they find word by word, and weigh that in.

    Where any of those has no vectors of tokens (an older model, a backlog, the setting off), their
    order would say who has been read and not who answers. Then `otherwise` is all there is.
    """

    others: Fuse
    weight: float
    otherwise: Fuse
    most: int = BEST
    """Candidates that are read."""

    @property
    def whole(self) -> Fuse:
        """The fusion of all arms."""
        return Fuse((*self.others.weights, (ByToken(), self.weight)))

    @override
    def part(self) -> Part:
        """Say that it gives scores."""
        return Part.SCORES

    @override
    def counts(self) -> Mapping[str, float]:
        """Return the weight of each arm."""
        return self.whole.counts()

    def describe(self) -> str:
        """Name the arms with their weights, and those without vectors of tokens."""
        return f"{self.whole.describe()}, without tokens {self.otherwise.describe()}"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the candidates with their fused scores."""
        if ask.tokens is None or len(pool) == 0:
            return self.otherwise.run(ask, pool)
        fused = self.others.run(ask, pool)
        read = _best(ask, fused, self.most)
        scores = np.full(len(pool), np.nan, dtype=np.float32)
        scores[read] = ByToken().score(ask, pool.keys[read])
        if np.isnan(scores[read]).any():
            return self.otherwise.run(ask, pool)
        together = fused.plus(ARM, scores, np.zeros(len(pool), dtype=np.float32))
        return levelled([together], [self.whole])[0]

    @override
    def level(self, pools: Sequence[Pool]) -> list[Pool]:
        """Fuse anew with one 0 and one 1 for all spaces, of each arm in those that have it.

        Where only some have vectors of tokens, each keeps the weights that hold for it.
        """
        fusions = [self.whole if ARM in pool.arms else self.otherwise for pool in pools]
        return levelled(pools, fusions)

    @override
    def facts(self, pool: Pool) -> Mapping[str, Any]:
        """Show the highest score that each arm gave."""
        return self.whole.facts(pool)


def _best(ask: Ask, pool: Pool, most: int) -> Numbers:
    """Return the places of the best candidates so far, ascending, no more than may be read."""
    order = pool.best_first()[:most]
    lengths = np.cumsum(ask.indexes.timeline.lengths(pool.keys[order]))
    return np.sort(order[: max(1, int(np.searchsorted(lengths, LONGEST)))])

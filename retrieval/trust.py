"""Trust: what untrusted sources say counts a little less, and none of them alone fills an answer.

Three factors, each bounded, which together are what an untrusted turn keeps of its score:

    class      1 - `share`, for every untrusted turn: below a trusted one of like relevance
    many       MANY, for a turn of a source that has `most` of the first ten already: its stream,
               user and agent are its source, and so is whoever says nearly the same. Where
               nothing else answers a quarter as well, it stays
    repeats    REPEATS, for a turn that says the question again nearly word for word and is alone
               with what it says beside that: no trusted candidate says it too

The last is what texts look like that are written to be found by one question: the attack of
PoisonedRAG (arXiv:2402.07867) puts the question before its claim. Nothing here needs a model, and
nothing of it is run in a space that never held an untrusted turn. What it is worth, and what it
costs clean texts of untrusted sources, is in docs/decisions/0058.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memsvc.domain.admission import FIRST_HITS
from memsvc.domain.memory import Source
from memsvc.ports.indexes import Numbers
from memsvc.ports.lexicon import Postings
from memsvc.ports.vectors import Keys
from retrieval.pool import Ask, Pool
from retrieval.stage import Composable

ARM = "trust"
"""What this is called in a hit's `why`; its score is what the turn keeps."""

MANY = 0.25
REPEATS = 0.25

ALIKE = 0.7
"""The cosine from which two untrusted texts count as one source that says it twice."""

LOOKED_AT = 40
"""Best candidates among which question-repeating texts are sought, as many as rows are read for."""

LEAST_TERMS = 3
"""A shorter question is repeated by whoever answers it."""

NEARLY = 0.9
"""The share of the question's terms that a text must have to say the question again."""

SPREAD = 1.5
"""How many times as many terms the run may have in which it says it."""

CLAIM = 3
"""Rarest terms of a text, beside the question's, that stand for what it claims."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Distrust:
    """How far untrusted turns of one space are trusted; `terms_of` reads the terms of turns."""

    share: float
    most: int | None
    terms_of: Callable[[Keys], Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Trust(Composable):
    """Let untrusted turns count less, none of their sources alone, and repeaters of the question.

    Only in recipes of questions to a space that holds untrusted turns.
    """

    def describe(self) -> str:
        """Say so."""
        return "trust(untrusted turns, as the space admits them)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Take off each untrusted turn's score what it is not trusted for."""
        if ask.distrust is None or len(pool) == 0:
            return pool
        places = ask.indexes.timeline.places(pool.keys)
        untrusted = ask.indexes.traits.sources(places) == list(Source).index(Source.UNTRUSTED)
        if not untrusted.any():
            return pool
        kept = np.where(untrusted, 1.0 - ask.distrust.share, 1.0)
        if ask.distrust.share > 0:
            kept[_repeating(ask, pool, untrusted)] *= REPEATS
        if ask.distrust.most is not None:
            kept[_over(ask, pool, untrusted, kept, most=ask.distrust.most)] *= MANY
        said = np.where(untrusted, kept, np.nan).astype(np.float32)
        return pool.plus(ARM, said, ((kept - 1.0) * pool.score).astype(np.float32))


def _over(
    ask: Ask, pool: Pool, untrusted: Mask, kept: NDArray[np.float64], *, most: int
) -> list[int]:
    """Return the candidates that are more of one untrusted source than the first ten may have.

    Where nobody knows who wrote a text, anybody may open as many streams as they like: texts that
    say nearly the same are of one source, whatever streams they stand in.
    """
    order = np.lexsort((pool.keys, -(pool.score * kept)))[:LOOKED_AT]
    places = ask.indexes.timeline.places(pool.keys[order])
    streams = ask.indexes.timeline.streams_at(places)[:, np.newaxis]
    owners = np.concatenate([streams, ask.indexes.traits.owners(places)], axis=1)
    means = ask.indexes.vectors.means(pool.keys[order])
    counted: list[int] = []
    over: list[int] = []
    first = 0
    for number, place in enumerate(order.tolist()):
        if first == FIRST_HITS:
            break
        if untrusted[place]:
            same = (owners[counted] == owners[number]).all(axis=1)
            same |= means[counted] @ means[number] >= ALIKE
            if same.sum() >= most:
                over.append(place)
                continue
            counted.append(number)
        first += 1
    return over


def _repeating(ask: Ask, pool: Pool, untrusted: Mask) -> list[int]:
    """Return the untrusted candidates that repeat the question and are alone with their claim."""
    asked = list(dict.fromkeys(ask.terms))
    if len(asked) < LEAST_TERMS or ask.distrust is None:
        return []
    best = pool.best_first()[:LOOKED_AT]
    timeline = ask.indexes.timeline
    places = timeline.places(pool.keys[best])
    held = sum(_among(ask.postings[term], places) for term in asked if term in ask.postings)
    looked_at = best[untrusted[best] & (np.asarray(held) >= NEARLY * len(asked))]
    if len(looked_at) == 0:
        return []
    trusted = places[~untrusted[best]]
    texts = ask.distrust.terms_of(pool.keys[looked_at])
    return [
        place
        for place, terms in zip(looked_at.tolist(), texts, strict=True)
        if says_again(terms, asked) and _is_alone(ask, terms, set(asked), trusted)
    ]


def says_again(terms: Sequence[str], asked: Sequence[str]) -> bool:
    """Tell whether a run of terms, not much longer than the question, has nearly all of its."""
    wanted = set(asked)
    width = round(SPREAD * len(asked))
    needed = NEARLY * len(wanted)
    inside: Counter[str] = Counter()
    for number, term in enumerate(terms):
        if term in wanted:
            inside[term] += 1
        if number >= width and terms[number - width] in wanted:
            inside[terms[number - width]] -= 1
        if sum(count > 0 for count in inside.values()) >= needed:
            return True
    return False


def _is_alone(ask: Ask, terms: Sequence[str], asked: set[str], trusted: Numbers) -> bool:
    """Tell whether no trusted candidate has the rarest terms that a text adds to the question."""
    added = [term for term in dict.fromkeys(terms) if term not in asked]
    postings = ask.indexes.lexicon.postings(added)
    added.sort(key=lambda term: (len(postings[term].places) if term in postings else 0, term))
    claim = [postings[term] for term in added[:CLAIM] if term in postings]
    if not claim:
        return False  # it adds nothing
    says_it = np.ones(len(trusted), dtype=np.bool_)
    for each in claim:
        says_it &= _among(each, trusted)
    return not says_it.any()


def _among(postings: Postings, places: Numbers) -> Mask:
    return np.isin(places, postings.places)

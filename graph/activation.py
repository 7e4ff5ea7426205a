"""Entities that a question reaches without naming them, by the sentences that lead there.

LinearRAG (arXiv 2510.10114) goes from the entities that a question names over the sentences that
name those, each opened as far as it is near to the question, to what these sentences name besides:

    a_t = max( M^T ( sigma_q o (M a_(t-1)) ), a_(t-1) )

M joins sentences to entities and has 0 and 1; sigma_q is the cosine of question and sentence; the
products are taken by maximum, as a sentence is as good as the best entity that leads to it. Three
things prune the rounds: what falls below `LEAST` goes no further, of an entity's sentences only
the nearest are read, and no sentence is read twice. An entity's *tier* is the round in which it
was reached, from 1 for those that the question names.

From there PageRank starts on entities, by their activation, and on passages (`from_activation`):

    seed(p) = W_p ( lambda minmax(dense(p)) + ln(1 + sum_e a_e ln(1 + N_e) / L_e) )

with N_e how often the passage names e, and L_e its tier. LinearRAG tunes lambda, the least and the
number of sentences for each data set; here is one setting for all, which does
best on MuSiQue and HotpotQA together. Whatever plays the sentences'
part may be larger, such as turns. Sentences, entities and passages are plain numbers.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from graph.naming import Naming, Numbers, Scores
from graph.seeds import NOWHERE, Start, stretched

ROUNDS = 2
"""Rounds of reading sentences: hops over which what is asked may lie."""

LEAST = 0.4
"""Activation with which an entity still leads on, and below which none is reached."""

SENTENCES = 1
"""Sentences that are read of each entity in a round: those nearest to the question."""

BY_MEANING = 1.5
"""What nearness weighs beside what passages name: lambda. With least, rounds and sentences, a
setting that LinearRAG's code has besides those for single data sets."""

PASSAGE_SHARE = 0.05
"""What a passage weighs beside an entity: W_p."""


class Activated(NamedTuple):
    """Entities that were reached: distinct, ascending, with activation and tier; shape (n,)."""

    entities: Numbers
    activation: Scores
    tiers: Numbers

    @property
    def start(self) -> Start:
        """The entities as seeds, by their activation."""
        return Start(self.entities, self.activation)


class Counts(NamedTuple):
    """How often passages name entities: a row for each pair that does; all of shape (m,)."""

    passages: Numbers
    entities: Numbers
    counts: Numbers


def activated(
    asked: Start,
    sentences: Naming,
    near: Callable[[Numbers], Scores],
    *,
    rounds: int = ROUNDS,
    least: float = LEAST,
    most: int = SENTENCES,
) -> Activated:
    """Return the entities that a question reaches from those that it names, these among them.

    `sentences` tells which sentences name an entity and what each names; `near` returns the cosine
    of each of some sentences with the question, below 0 counting as 0. It is asked at most once
    for an entity, and only about its own sentences that have not been read.
    """
    strength = dict(zip(asked.numbers.tolist(), asked.weights.tolist(), strict=True))
    tier = dict.fromkeys(strength, 1)
    read: set[int] = set()
    leading = dict(strength)
    for round_ in range(rounds):
        reached: dict[int, float] = {}
        for entity, activation in sorted(leading.items(), key=lambda pair: (-pair[1], pair[0])):
            if activation < least:
                break
            for sentence, cosine in _nearest(entity, sentences, near, read=read, most=most):
                read.add(sentence)
                arriving = activation * cosine
                for other in sentences.named_by_each(np.array([sentence])).numbers.tolist():
                    reached[other] = max(reached.get(other, 0.0), arriving)
        leading = {
            entity: arriving
            for entity, arriving in reached.items()
            if arriving >= least and arriving > strength.get(entity, 0.0)
        }
        strength |= leading
        tier = dict.fromkeys(leading, round_ + 2) | tier
    entities = sorted(strength)
    return Activated(
        np.array(entities, dtype=np.int64),
        np.array([strength[entity] for entity in entities], dtype=np.float64),
        np.array([tier[entity] for entity in entities], dtype=np.int64),
    )


def from_activation(
    found: Activated,
    passages: Numbers,
    cosines: Scores,
    counts: Counts,
    *,
    by_meaning: float = BY_MEANING,
    share: float = PASSAGE_SHARE,
) -> Start:
    """Return the passages that walks start from: by nearness, and by what they name of `found`.

    `passages` are distinct and ascend, `cosines` are as long and stretched to [0, 1] here. Rows of
    `counts` whose passage or entity is not among them count nothing.
    """
    if len(passages) == 0:
        return NOWHERE
    named = np.zeros(len(passages))
    if len(found.entities):
        entity, passage = (
            _places(found.entities, counts.entities),
            _places(passages, counts.passages),
        )
        kept = (entity >= 0) & (passage >= 0)
        entity, passage = entity[kept], passage[kept]
        gain = found.activation[entity] * np.log1p(counts.counts[kept]) / found.tiers[entity]
        np.add.at(named, passage, gain)
    weights = share * (by_meaning * stretched(cosines) + np.log1p(named))
    some = weights > 0
    return Start(passages[some], weights[some])


def _nearest(
    entity: int,
    sentences: Naming,
    near: Callable[[Numbers], Scores],
    *,
    read: set[int],
    most: int,
) -> list[tuple[int, float]]:
    """Return an entity's sentences that are nearest to the question, of those not read yet."""
    naming = sentences.naming_each(np.array([entity])).numbers.tolist()
    unread = [each for each in naming if each not in read]
    if not unread:
        return []
    places = np.array(unread, dtype=np.int64)
    cosines = near(places)
    best = np.lexsort((places, -cosines))[:most]
    pairs = zip(places[best].tolist(), cosines[best].tolist(), strict=True)
    return [(sentence, cosine) for sentence, cosine in pairs if cosine > 0]


def _places(ascending: Numbers, wanted: Numbers) -> Numbers:
    """Return where each wanted number stands among ascending ones; -1 for one that does not."""
    at = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    found: Numbers = np.where(ascending[at] == wanted, at, -1)
    return found

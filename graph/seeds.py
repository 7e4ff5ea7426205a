"""Where the walks of a question start: from what it finds without any graph to restart weights.

Personalized PageRank is only as good as its seeds. Here are the published ways to choose them, over
plain numbers, and one of our own beside them:

- `from_facts` and `from_meaning` are HippoRAG 2's (arXiv 2502.14802): the ends of the facts that
  are nearest to the question, each damped by how many passages name it, and every passage by its
  nearness, a twentieth of that. Its language model, which sifts the facts, is left out: it added
  .7 points of the 12.5 that linking facts did.
- `from_names` takes the names that the question itself holds, which needs no model. What few
  passages name says more than what many do, and a name that a passage is *about* says most.
- `from_best` takes the turns that meaning and words together rank first, as `graph.bridges` does:
  each counts half of the one before.

`graph.activation` has LinearRAG's. All of them give a `Start`; `together` adds some up, `weighted`
scales one, and `as_nodes` makes of it what `KnowledgeGraph.rank` takes. Nothing here is read or
written, and the order in which things are given decides nothing.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.model import Node, NodeKind
from graph.naming import Naming, Numbers, Scores

FACTS = 5
"""Facts that a question is linked to."""

ENTITIES = 5
"""Entities that walks start from, of those at the facts' ends."""

PASSAGES = 200
"""Passages that walks start from. HippoRAG 2 starts from all of them, and then no walk stays near:
those after the 200 nearest share next to nothing of the weight, and would all have to be read."""

PASSAGE_SHARE = 0.05
"""What the nearest passage weighs beside a fact that is just what is asked and has rare ends."""

HALVED = 0.5
"""What the next best turn weighs beside the one before it."""

ABOUT, NAMED = 1.0, 0.5
"""For a name that some turn is about, and for one that is only named, both over the square root
of how many are, or name it."""

Ends: TypeAlias = NDArray[np.int64]
"""The two entities that each fact joins; shape (n, 2)."""


class Start(NamedTuple):
    """Where walks start: distinct numbers, ascending, each with a weight above zero.

    Only the ratios of the weights matter to a walk. Both arrays have shape (n,), n may be 0.
    """

    numbers: Numbers
    weights: Scores


class Named(NamedTuple):
    """A known entity that the question names; `sure` is from above 0 to 1."""

    entity: int
    sure: float


NOWHERE = Start(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float64))


def from_facts(
    scores: Scores, ends: Ends, passages: Ends, *, most: int = FACTS, kept: int = ENTITIES
) -> Start:
    """Return the entities at the ends of the facts nearest to the question.

    `scores` has shape (n,), how near each fact is: of all facts, or, from an index, of the nearest
    and then stretched by the caller (`stretched` is what is used here). `passages` has the shape
    of `ends`, how many passages name each. A fact gives each of its ends its score over that
    number, and an end of several of the `most` best facts has their mean; the `kept` best remain.
    """
    return from_linked(stretched(scores), ends, passages, most=most, kept=kept)


def from_linked(
    nearness: Scores, ends: Ends, passages: Ends, *, most: int = FACTS, kept: int = ENTITIES
) -> Start:
    """Return the same where it is known how near each fact is, from 0 to 1, as of some of many."""
    best = np.lexsort((np.arange(len(nearness)), -nearness))[:most]
    given = nearness[best, None] / np.maximum(passages[best], 1)
    entities, place = np.unique(ends[best], return_inverse=True)
    place = place.reshape(-1)
    sums = np.zeros(len(entities))
    np.add.at(sums, place, given.reshape(-1))
    return _strongest(entities, sums / np.bincount(place, minlength=len(entities)), kept)


def from_names(asked: Sequence[Named], naming: Naming, *, most: int = ENTITIES) -> Start:
    """Return the entities that the question names, the rarer the heavier.

    One that turns are about weighs `ABOUT` over the square root of how many are; another weighs
    `NAMED` over that of how many name it. What nobody names is left out, and an entity that comes
    more than once counts once, by the surest.
    """
    sure: dict[int, float] = {}
    for one in asked:
        sure[one.entity] = max(one.sure, sure.get(one.entity, 0.0))
    entities = np.array(sorted(sure), dtype=np.int64)
    _, about, sizes = naming.naming_each(entities)
    which = np.repeat(np.arange(len(entities)), sizes)
    subjects = np.bincount(which[about], minlength=len(entities))
    by_naming = np.where(sizes > 0, NAMED / np.maximum(sizes, 1) ** 0.5, 0.0)
    by_subject = np.where(subjects > 0, ABOUT / np.maximum(subjects, 1) ** 0.5, 0.0)
    sureness = np.array([sure[entity] for entity in entities.tolist()], dtype=np.float64)
    return _strongest(entities, sureness * np.maximum(by_naming, by_subject), most)


def from_meaning(
    passages: Numbers, cosines: Scores, *, most: int = PASSAGES, share: float = PASSAGE_SHARE
) -> Start:
    """Return the passages nearest to the question, by `share` of their cosine stretched to [0, 1].

    `passages` are distinct, `cosines` as long: of all, or of the nearest that an index gives. The
    stretching is over those given, so that the last one of them weighs nothing.
    """
    return weighted(_strongest(passages, stretched(cosines), most), share)


def from_best(turns: Numbers, scores: Scores, *, most: int = FACTS) -> Start:
    """Return the `most` best of these distinct turns: 1 for the first, half for each one after.

    Of equal scores the lower number goes first. A turn with a score of 0 or less is none.
    """
    order = np.lexsort((turns, -scores))[:most]
    chosen = order[scores[order] > 0]
    return _strongest(turns[chosen], HALVED ** np.arange(len(chosen), dtype=np.float64), most)


def weighted(start: Start, weight: float) -> Start:
    """Return the same numbers, each weighing `weight` times as much; none when that is 0."""
    return Start(start.numbers, start.weights * weight) if weight > 0 else NOWHERE


def together(*parts: Start) -> Start:
    """Return all numbers of all parts, with what they weigh in all of them."""
    numbers, place = np.unique(
        np.concatenate([NOWHERE.numbers, *(part.numbers for part in parts)]), return_inverse=True
    )
    weights = np.zeros(len(numbers))
    np.add.at(weights, place, np.concatenate([NOWHERE.weights, *(part.weights for part in parts)]))
    return Start(numbers, weights)


def as_nodes(start: Start, kind: NodeKind) -> dict[Node, float]:
    """Return the weights by node, all of one kind, for `KnowledgeGraph.rank`; join some by `|`."""
    pairs = zip(start.numbers.tolist(), start.weights.tolist(), strict=True)
    return {Node(kind, number): weight for number, weight in pairs}


def stretched(scores: Scores) -> Scores:
    """Return scores from 0 to 1; all are 1 when they are alike.

    As in HippoRAG 2's own code: a single fact that is found is as near as can be.
    """
    if len(scores) == 0 or (span := float(np.ptp(scores))) == 0.0:
        return np.ones(len(scores))
    found: Scores = (scores - scores.min()) / span
    return found


def _strongest(numbers: Numbers, weights: Scores, most: int) -> Start:
    """Return the `most` heaviest, ties by number, in ascending order."""
    best = np.lexsort((numbers, -weights))[:most]
    chosen = best[weights[best] > 0]
    chosen = chosen[np.argsort(numbers[chosen])]
    return Start(numbers[chosen].astype(np.int64), weights[chosen].astype(np.float64))

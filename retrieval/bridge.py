"""Two hops as stages of a recipe: what the question's names and the best turns' names lead to.

The rule is `graph.bridges`; here it is fed with what a recall has at hand. `Reach` runs it early,
over a plain mixture of meaning and words, and adds the turns it leads to, so that every arm scores
them beside the others. `Bridge` runs it at the end, over the finished scores, and adds its worth.

Only turns that may answer take part, at both ends and in between: a path over a turn that a filter
leaves out, or one that has expired, would tell of it. A question that names nothing that the space
knows is left as it is; then nothing here is run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from graph.bridges import NONE, WALKED, Bridged, Own, bridged, own_of
from graph.naming import NamedEach, Numbers, Weights
from graph.naming import Scores as Worth
from graph.paths import COMMONEST, tells
from memsvc.ports.vectors import Keys, Scores
from retrieval.arms import Dense
from retrieval.bm25 import parts
from retrieval.pool import Ask, Pool, Ways, lookup
from retrieval.stage import Composable, Part
from retrieval.stages import min_max

ARM = "bridges"
"""What these stages are called in a hit's `why`."""

WORDS = 0.4
"""What words count beside meaning where there is no other score yet."""

LOOKED_AT = 10
"""Best candidates of which one must be about something of its own."""

UNKNOWN = -1
"""The number of no name: nobody names it."""

MOST_NAMED = 500
"""Turns that may name something. What more than that name favours each of them next to nothing,
and bridges nothing; to look them all up would make a recall as slow as the space is large."""


@dataclass(frozen=True, slots=True)
class Reach(Composable):
    """Add the turns to which names lead."""

    limit: int

    @override
    def part(self) -> Part:
        """Say that it adds candidates."""
        return Part.WIDENS

    def describe(self) -> str:
        """Say so, and how many it may add."""
        return f"reach(turns by what the best ones name; {self.limit} at most)"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Return the candidates with those turns."""
        if not ask.named or len(pool) == 0:
            return pool
        if not _leads_on(ask, pool.keys):  # nor then do the best of them
            return pool
        evidence = Evidence.of(ask, pool)
        words = min_max(lookup(ask.matching, pool.keys))
        mixed = (evidence.meaning(pool.keys) + WORDS * words) / (1 + WORDS)
        if not _leads_on(ask, _best(pool.keys, mixed)):
            return pool
        naming = _AmongThose(ask)
        found = bridged(pool.keys, mixed, _own(ask), naming=naming, evidence=evidence)
        worth = found.named + found.bridged
        new = np.flatnonzero(pool.places_of(found.turns) < 0)
        best = new[np.lexsort((found.turns[new], -worth[new]))[: self.limit]]
        return pool.with_keys(found.turns[best])


@dataclass(frozen=True, slots=True)
class Bridge(Composable):
    """Favour the turns to which names lead.

    `weight` is the score that stands for certainty, and what a sure path from the best turn adds
    when `path` is 1; `step` is what one step of a walk adds beside it.
    """

    weight: float
    path: float = 1.0
    step: float = WALKED

    def describe(self) -> str:
        """Name the weight."""
        return f"bridge(what names lead to x {self.weight})"

    def run(self, ask: Ask, pool: Pool) -> Pool:
        """Add to each candidate's score what names add, or take back."""
        if not ask.named or len(pool) == 0:
            return pool
        if not leads_on(ask, pool):
            return pool
        found = bridged(
            pool.keys,
            pool.score.astype(np.float64) / self.weight,
            _own(ask),
            naming=_AmongThose(ask),
            evidence=Evidence.of(ask, pool),
            walking=self.step,
        )
        found = replace(found, bridged=self.path * found.bridged)
        return _with_ways(pool, found, weight=self.weight)

    @override
    def level(self, pools: Sequence[Pool]) -> list[Pool]:
        """Count what names add in a space as far as its best turn is as good as the best of all.

        The best turn of a space that knows little of the matter is a seed like any other there,
        and what it names would be worth as much as what the best turn of all names.
        """
        return levelled(pools, ARM)

    @override
    def facts(self, pool: Pool) -> Mapping[str, Any]:
        """Show how many candidates it reached by names."""
        return {} if pool.ways is None else {"reached": int((pool.ways.entity != NONE).sum())}


class _AmongThose:
    """Who names what, among the turns that may answer and stand."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._mentions = ask.indexes.mentions
        self._looked_up = {one.entity for one in ask.named}  # whoever names them
        self._is_open = ask.is_open

    def named_by_each(self, turns: Numbers) -> NamedEach:
        found = self._mentions.named_by_each(turns)
        self._looked_up.update(found.numbers[found.about].tolist())
        return found

    def naming_each(self, entities: Numbers) -> NamedEach:
        counts = self._mentions.count_each(entities)
        connects = (counts > 1) & (counts <= (COMMONEST if self._is_open else MOST_NAMED))
        looked_up = np.array([entity in self._looked_up for entity in entities.tolist()], np.bool_)
        wanted = np.where(looked_up, counts <= MOST_NAMED, connects)
        found = self._mentions.naming_each(np.where(wanted, entities, UNKNOWN))
        if self._is_open:
            return found
        kept = self._ask.answering(found.numbers)
        whose = np.repeat(np.arange(len(entities)), found.each)[kept]
        each = np.bincount(whose, minlength=len(entities))
        return NamedEach(found.numbers[kept], found.about[kept], each)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a question finds in turns without any names.

    `cosines` are those of the candidates and `lowest` and `span` how they lie, `highest` is their
    highest BM25.
    """

    ask: Ask
    pool: Pool
    cosines: Scores
    lowest: float
    span: float
    highest: float

    @classmethod
    def of(cls, ask: Ask, pool: Pool) -> "Evidence":
        """Return what a question finds in candidates."""
        cosines = pool.arms.get(Dense.name)
        if cosines is None:
            cosines = Dense().score(ask, pool.keys)
        known = cosines[~np.isnan(cosines)]
        lowest = float(known.min(initial=np.inf))
        return cls(
            ask,
            pool,
            cosines,
            lowest=lowest,
            span=max(float(known.max(initial=-np.inf)) - lowest, 0.0),
            highest=float(lookup(ask.matching, pool.keys).max(initial=0.0)),
        )

    def meaning(self, turns: Numbers) -> Worth:
        """Return how near each turn is in meaning, from 0 to 1 over the candidates."""
        if self.span == 0:
            return np.zeros(len(turns))
        places = self.pool.places_of(turns)
        cosines = self.cosines[places]
        new = places < 0
        if new.any():
            cosines[new] = Dense().score(self.ask, turns[new])
        stretched = np.clip((cosines - self.lowest) / self.span, 0.0, 1.0)
        return np.where(np.isnan(stretched), 0.0, stretched)

    def words(self, turns: Numbers, *, of: Sequence[int] | None = None) -> Weights:
        """Return what each term, or those of these places, adds to each turn's BM25."""
        terms = list(self.ask.by_term.values())
        chosen = terms if of is None else [terms[place] for place in of]
        found = parts(chosen, self.ask.indexes.timeline, turns)
        return found.astype(np.float64) / max(self.highest, 1e-9)


def leads_on(ask: Ask, pool: Pool) -> bool:
    """Tell whether names may lead anywhere from the best candidates; see `_leads_on`."""
    return _leads_on(ask, _best(pool.keys, pool.score))


def _leads_on(ask: Ask, keys: Keys) -> bool:
    """Tell whether something here is about what is asked, or one of these turns about anything.

    Two hops pay where turns are about what they are called, as passages are. In chats nothing is:
    names stand everywhere and lead nowhere, and on BEAM it costs .027 of recall@10 to follow them.
    """
    asked = np.array([one.entity for one in ask.named], dtype=np.int64)
    if _any_tells(ask, asked):
        return True
    found = ask.indexes.mentions.named_by_each(keys)
    return _any_tells(ask, found.numbers[found.about])


def _any_tells(ask: Ask, entities: Numbers) -> bool:
    return bool(tells(ask.indexes.mentions.count_about_each(entities)).any())


def _best(keys: Keys, scores: NDArray[np.floating[Any]]) -> Keys:
    return keys[np.argsort(-scores, kind="stable")[:LOOKED_AT]]


def _own(ask: Ask) -> Own:
    """Return what the question's own names point to, which is the same for both stages."""
    return ask.once.value("own", lambda: own_of(ask.named, _AmongThose(ask)))


def _with_ways(pool: Pool, found: Bridged, *, weight: float) -> Pool:
    """Return the candidates with what was found for them; turns that are none are left out."""
    places = np.searchsorted(found.turns, pool.keys)
    worth = (found.named + found.bridged)[places].astype(np.float32)
    said = np.where(worth == 0, np.nan, worth).astype(np.float32)
    return replace(
        pool.plus(ARM, said, np.float32(weight) * worth),
        ways=Ways(found.seed[places], found.entity[places]),
    )


def levelled(pools: Sequence[Pool], arm: str) -> list[Pool]:
    """Scale what a late arm added in each space by how good its best turn is without that.

    As a share of the best of all; see `Bridge.level`.
    """
    best = [_best_before(pool, arm) for pool in pools]
    highest = max(best, default=0.0)
    if highest <= 0:
        return list(pools)
    return [_scaled(pool, own / highest, arm) for pool, own in zip(pools, best, strict=True)]


def _best_before(pool: Pool, arm: str) -> float:
    """Return the best score without what an arm added; 0 when there is no candidate."""
    if arm not in pool.shares:
        return float(pool.score.max(initial=0.0))
    return float((pool.score - pool.shares[arm]).max(initial=0.0))


def _scaled(pool: Pool, factor: float, arm: str) -> Pool:
    if arm not in pool.shares or factor == 1:
        return pool
    share: Scores = pool.shares[arm] * np.float32(factor)
    score = pool.score - pool.shares[arm] + share
    return replace(pool, shares={**pool.shares, arm: share}, score=score)

"""Candidates on their way through a recipe, as flat arrays side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graph.bridges import Asked as Named
from graph.why import Path
from memsvc.domain.asking import TimeAsked, Wanted
from memsvc.ports.indexes import Numbers, SpaceIndexes
from memsvc.ports.lexicon import Postings
from memsvc.ports.models import Vector
from memsvc.ports.vectors import Keys, Ranked, Scores
from retrieval.bm25 import Weighed
from retrieval.once import Once
from retrieval.strength import Fading

if TYPE_CHECKING:  # their stages are written over the pool
    from retrieval.tokens import TokensAsked
    from retrieval.trust import Distrust

NO_KEYS: Keys = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as the stages see it, with what they may look at.

    `vector` is None when no model could be run; dense arms then have nothing to say. `matching`
    holds the BM25 score of every turn that shares a term with the question, keys ascending;
    `matching_streams` the same of whole streams, by their numbers. `terms` are the question's, and
    `postings` where they stand, for arms that make texts of their own of the turns.
    `among`, ascending, restricts who may answer; neighbours outside it still count as context.
    So do those in `without`, which may not answer either: few, since they are passed over last.
    `fading` says how turns fade in a space that asked for it; those that it archives may not
    answer, and nobody knows beforehand how many they are.
    `wants_latest` is true where the question asks how something stands now.
    `distrust` says how far untrusted turns are trusted, in a space that ever held one.
    `times` are those that the question speaks of, `wanted` the kinds of answer that it wants.
    `tokens` are its words as the model reads them, None where there is no model that tells them.
    `clues` are further questions that a model wrote beside this one, as they are asked of the same
    turns, and `kept` the facts that it says matter, by their keys, with how near they are to the
    question from 0 to 1; both are empty where no model was asked.
    `by_term` holds what each term adds to `matching`, and `named` what the question names of what
    turns name, with places among those terms. `once` keeps what several stages ask for.
    """

    vector: Vector | None
    indexes: SpaceIndexes
    matching: Ranked
    matching_streams: Ranked
    terms: Sequence[str]
    postings: Mapping[str, Postings]
    among: Keys | None = None
    without: Keys = field(default_factory=lambda: NO_KEYS)
    by_term: Mapping[str, Weighed] = field(default_factory=dict)
    named: tuple[Named, ...] = ()
    fading: Fading | None = None
    wants_latest: bool = False
    distrust: "Distrust | None" = None
    times: tuple[TimeAsked, ...] = ()
    wanted: frozenset[Wanted] = frozenset()
    tokens: "TokensAsked | None" = None
    clues: tuple["Ask", ...] = ()
    kept: Mapping[int, float] = field(default_factory=dict)
    once: Once = field(default_factory=Once, compare=False, repr=False)

    @property
    def archives(self) -> bool:
        """True where turns may be too weak to answer."""
        return self.fading is not None and self.fading.how.archive_below > 0

    def may_answer(self, keys: Keys) -> Keys:
        """Return those of these turns that are not left out; an arm heeds `among` by itself."""
        if len(self.without):
            keys = keys[~np.isin(keys, self.without)]
        if self.fading is not None and self.archives:
            keys = keys[~self.fading.archives(self.indexes, keys)]
        return keys

    @property
    def is_open(self) -> bool:
        """True when every turn may answer."""
        return self.among is None and len(self.without) == 0 and not self.archives

    def answering(self, keys: Keys) -> NDArray[np.bool_]:
        """Tell which of these turns, all of which stand, may answer by all that is asked."""
        through = self.lets_through(keys)
        if self.fading is not None and self.archives:
            through &= ~self.fading.archives(self.indexes, keys)
        return through

    def lets_through(self, keys: Keys) -> NDArray[np.bool_]:
        """Tell which of these turns the question may see, as an answer or beside one."""
        passing = ~np.isin(keys, self.without) if len(self.without) else np.ones(len(keys), bool)
        return passing if self.among is None else passing & np.isin(keys, self.among)


@dataclass(frozen=True, slots=True)
class Ways:
    """By which names each candidate was reached: from turn `seed` over `entity`.

    From the question itself where `seed` is `graph.bridges.NONE`; by no name where both are.
    """

    seed: Keys
    entity: Numbers


@dataclass(frozen=True, slots=True)
class Near:
    """Candidates that may speak of the same thing: their cosines by two keys, the lower first.

    With `exchange`, the newer of two that do is ranked above the older. `also` are candidates that
    are to be read for that, however far below the best they stand.
    """

    pairs: Mapping[tuple[int, int], float]
    exchange: bool
    also: Keys = field(default_factory=lambda: NO_KEYS)


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidate turns, keys ascending and distinct, with what is known of each.

    `arms` holds each arm's own scores, NaN where it has nothing to say; `shares` what each arm
    or later stage added to `score`; `trust` how far an arm's word counted for each, where that was
    asked; `ways` by which names each was reached; `paths` how walks came to some, by key; `near`
    which two may speak of the same thing, where that was asked. All arrays are as long as `keys`.
    """

    keys: Keys = field(default_factory=lambda: NO_KEYS)
    arms: Mapping[str, Scores] = field(default_factory=dict)
    shares: Mapping[str, Scores] = field(default_factory=dict)
    score: Scores = field(default_factory=lambda: np.empty(0, dtype=np.float32))
    trust: Mapping[str, Scores] = field(default_factory=dict)
    ways: Ways | None = None
    paths: Mapping[int, Path] = field(default_factory=dict)
    near: Near | None = None

    def __len__(self) -> int:
        """Return how many candidates there are."""
        return len(self.keys)

    def with_keys(self, keys: Keys) -> "Pool":
        """Add candidates. Scores given so far are dropped: score after gathering."""
        return Pool(keys=np.union1d(self.keys, keys).astype(np.int64))

    def plus(
        self, name: str, scores: Scores, share: Scores, *, trust: Scores | None = None
    ) -> "Pool":
        """Record an arm's scores and add its share to every candidate's score."""
        share = share.astype(np.float32, copy=False)
        return Pool(  # as `replace` would, in a fifth of the time: a recall does so fifteen times
            self.keys,
            {**self.arms, name: scores},
            {**self.shares, name: share},
            self.score + share if len(self.score) else share,
            self.trust if trust is None else {**self.trust, name: trust},
            self.ways,
            self.paths,
            self.near,
        )

    def places_of(self, keys: Keys) -> Keys:
        """Return where each key stands in the pool, -1 for those that do not."""
        if len(self) == 0:
            return np.full(len(keys), -1, dtype=np.int64)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self) - 1)
        return np.where(self.keys[places] == keys, places, -1)

    def best_first(self) -> Keys:
        """Return the places of the candidates in order of score; ties by key, oldest first."""
        return np.lexsort((self.keys, -self.score))


def lookup(ranked: Ranked, keys: NDArray[np.signedinteger[Any]]) -> Scores:
    """Return the score that each key has in `ranked`, whose keys ascend; 0 where it has none."""
    if len(ranked.keys) == 0:
        return np.zeros(len(keys), dtype=np.float32)
    places = np.minimum(np.searchsorted(ranked.keys, keys), len(ranked.keys) - 1)
    found = ranked.keys[places] == keys
    return np.where(found, ranked.scores[places], 0.0).astype(np.float32)

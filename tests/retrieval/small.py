"""A space small enough to check by hand, over the store's own indexes.

Turns are numbered 1, 2, 3 in the order given; each is a stream's number and a text, whose terms
are its words between spaces. No rows are needed: retrieval sees indexes and postings alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from typing_extensions import override

from graph.bridges import Asked
from graph.knowledge import KnowledgeGraph
from memsvc.domain.ids import Position
from memsvc.domain.manner import PLAIN, Manner
from memsvc.domain.memory import Source
from memsvc.llm.fakes import HashingEmbedder
from memsvc.ports.indexes import SpaceIndexes
from memsvc.ports.lexicon import Postings
from memsvc.ports.mentions import Mentioned
from memsvc.ports.vectors import Keys, Scores
from retrieval.arms import Trusted
from retrieval.bm25 import bm25_of_streams, summed, weighed
from retrieval.pool import NO_KEYS, Ask, Pool
from store.drawn import Drawing
from store.episodes import EpisodeColumns
from store.inverted import InvertedFile
from store.knowing import Knowing
from store.known import SpaceKnowledge
from store.mentions import MentionColumns, TurnMentions
from store.tables import EPOCH, MICROSECOND
from store.timeline import ArrayTimeline
from store.traits import TraitColumns, Traits, packed
from store.vectors.faiss_flat import FlatIndex

EMBEDDER = HashingEmbedder()


class SmallSpace:
    """Turns with their indexes; `unembedded` names the numbers of those without a vector.

    They happened at these `moments`, or `at` one time, a microsecond apart; their `sources`,
    `roles` and `manners` come round and round.
    `named` and `subjects` say by number what turns name and what they are about, a word each.
    """

    def __init__(
        self,
        *turns: tuple[int, str],
        unembedded: Sequence[int] = (),
        at: datetime = EPOCH,
        moments: Sequence[datetime] | None = None,
        sources: Sequence[Source] = (Source.USER,),
        roles: Sequence[str] = ("user",),
        manners: Sequence[Manner] = (PLAIN,),
        named: Mapping[int, Sequence[str]] | None = None,
        subjects: Mapping[int, Sequence[str]] | None = None,
    ) -> None:
        self.timeline = ArrayTimeline()
        self.lexicon = InvertedFile()
        self.traits = TraitColumns()
        self.episodes = EpisodeColumns()
        self.mentions = MentionColumns()
        self.knowing = Knowing.empty(EMBEDDER.fingerprint.dimension)
        self.vectors = FlatIndex(EMBEDDER.fingerprint.dimension)
        self.streams = list(dict.fromkeys(stream for stream, _ in turns))
        self._texts = dict(enumerate((text for _, text in turns), start=1))
        for key, (stream, text) in enumerate(turns, start=1):
            place = self.timeline.append(key, stream=stream, length=len(text.split()))
            self.lexicon.append(place, text.split())
            source = sources[place % len(sources)]
            happened = moments[key - 1] if moments else at + key * MICROSECOND
            role, manner = roles[place % len(roles)], packed(manners[place % len(manners)])
            self.traits.append(
                Traits(happened, role, source.value, None, None, None, None, manner=manner)
            )
            self.episodes.append()
            self.mentions.append(
                place, Mentioned((named or {}).get(key, ()), (subjects or {}).get(key, ()))
            )
            if key not in unembedded:
                self.vectors.add(keys(key), EMBEDDER.embed([text]))

    @property
    def indexes(self) -> SpaceIndexes:
        return SpaceIndexes(
            self.vectors,
            self.timeline,
            self.lexicon,
            self.traits,
            self.episodes,
            (mentions := TurnMentions(self.mentions, self.timeline)),
            SpaceKnowledge(self.knowing, mentions, self.draw),
            Position(len(self._texts)),
        )

    def draw(self) -> KnowledgeGraph:
        return Drawing(self.timeline, self.mentions, self.episodes, self.knowing).draw().graph

    @property
    def postings(self) -> Mapping[str, Postings]:
        return self.lexicon.postings(
            [term for text in self._texts.values() for term in text.split()]
        )

    def forget(self, key: int) -> None:
        """Take a turn out of the indexes; its postings stay, as in a read that began before."""
        self.mentions.remove(int(self.timeline.places(keys(key))[0]))
        self.timeline.remove(key)
        self.vectors.remove(keys(key))

    def ask(
        self,
        question: str,
        *,
        among: Keys | None = None,
        without: Keys = NO_KEYS,
        without_model: bool = False,
    ) -> Ask:
        """Ask by words between spaces, each of which counts as a name if it is one."""
        terms = question.split()
        by_term = weighed(terms, self.postings, self.timeline)
        places = {term: place for place, term in enumerate(by_term)}
        numbers = {term: self.indexes.mentions.number_of(term) for term in dict.fromkeys(terms)}
        return Ask(
            vector=None if without_model else EMBEDDER.embed([question])[0],
            indexes=self.indexes,
            matching=summed(by_term, self.timeline),
            matching_streams=bm25_of_streams(terms, self.postings, self.timeline),
            terms=terms,
            postings=self.postings,
            among=among,
            without=without,
            by_term=by_term,
            named=tuple(
                Asked(number, 1.0, (places[term],) if term in places else ())
                for term, number in numbers.items()
                if number is not None
            ),
        )


@dataclass(frozen=True, slots=True)
class FixedArm(Trusted):
    """An arm that says what it was told to say."""

    name: str
    proposes: tuple[int, ...] = ()
    says: Mapping[int, float] = field(default_factory=dict)
    silence: float = np.nan

    def propose(self, ask: Ask, limit: int) -> Keys:  # noqa: ARG002  the port's signature
        return keys(*self.proposes[:limit])

    def score(self, ask: Ask, keys: Keys) -> Scores:  # noqa: ARG002  the same
        return scores(*(self.says.get(key, np.nan) for key in keys.tolist()))


class DoubtedArm(FixedArm):
    """An arm whose word counts half for turn 1."""

    @override
    def trust(self, ask: Ask, keys: Keys) -> Scores:
        return np.where(keys == 1, 0.5, 1.0).astype(np.float32)


def keys(*numbers: int) -> Keys:
    return np.array(numbers, dtype=np.int64) if numbers else NO_KEYS


def scores(*numbers: float) -> Scores:
    return np.array(numbers, dtype=np.float32)


def pool_of(scored: Mapping[int, float]) -> Pool:
    """Return candidates that one arm has scored."""
    held = scores(*scored.values())
    return Pool(keys=keys(*scored)).plus("first", held, held)

"""A question made ready for the indexes of any space: its vector, its terms, what it names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import NamedTuple

import numpy as np

from graph.bridges import Asked as Named
from memsvc.app.happened import EPOCH, MICROSECOND
from memsvc.domain.asking import BesideEvent, TimeAsked, Wanted
from memsvc.domain.ids import SpaceKey
from memsvc.domain.memory import Fingerprint, Source, Space
from memsvc.domain.recall import Filter, Question
from memsvc.domain.validity import Interval
from memsvc.ingest.asking.when import speaks_of_time, times_of
from memsvc.ingest.extract.asked import asked_names
from memsvc.ingest.extract.mention import normal
from memsvc.ingest.latest import Wish
from memsvc.ports.indexes import SpaceIndexes
from memsvc.ports.keeping import Reading
from memsvc.ports.lexicon import Analyzer, Places, Postings
from memsvc.ports.models import Vector
from memsvc.ports.tokens import TokensOf
from memsvc.ports.vectors import Keys
from retrieval.bm25 import Weighed, bm25_of_streams, summed, weighed
from retrieval.once import Once
from retrieval.pool import NO_KEYS, Ask
from retrieval.strength import Fading
from retrieval.tokens import ARM as TOKENS_ARM
from retrieval.tokens import QuestionTokens, TokensAsked
from retrieval.trust import Distrust

DENSE_ARMS = ("dense", "dense_before")


class Clue(NamedTuple):
    """A further question, read as the first is; its vector is None without a model."""

    vector: Vector | None
    terms: Sequence[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question ready for any space; its vector is None without a model.

    So are its tokens, also where the model tells of none; they are `token_fingerprint`'s.

    `wish` is what it wants the latest of, if it asks how something stands now; `wanted` are the
    kinds of answer that it wants.

    What has expired by `now` may not answer, nor what its space's forgetting has archived, unless
    the question includes that. Nor may echoes, whose originals do.

    `clues` and `kept` are what a model said: what else to look for, and which facts matter by their
    keys with how near they are.
    """

    vector: Vector | None
    tokens: QuestionTokens | None
    terms: Sequence[str]
    question: Question
    analyzer: Analyzer
    now: datetime
    wish: Wish | None
    wanted: frozenset[Wanted] = frozenset()
    token_fingerprint: Fingerprint | None = None
    clues: tuple[Clue, ...] = ()
    kept: Mapping[int, float] = field(default_factory=dict)

    def of(self, reading: Reading, space: Space, indexes: SpaceIndexes) -> Ask:
        """Return what a recipe needs to ask one space, the clues beside the question included."""
        ask = self._of(reading, space, indexes)
        if not self.clues:
            return ask
        echoes = self._echoes(ask.indexes)
        return replace(ask, clues=tuple(_clue_of(ask, clue, echoes) for clue in self.clues))

    def _of(self, reading: Reading, space: Space, indexes: SpaceIndexes) -> Ask:
        echoes = self._echoes(indexes)
        postings = _apart_from(indexes.lexicon.postings(self.terms), echoes)
        gone = indexes.timeline.expired(self.now)
        without = np.union1d(gone, indexes.timeline.keys_at(echoes))
        canaries = np.array(sorted(indexes.knowledge.canaries()), dtype=np.int64)
        if len(canaries):
            unnamed = _unnamed(canaries, postings, indexes)
            without = np.union1d(without, unnamed)
            # Not even the means by which all others are weighed may know of them.
            indexes = indexes._replace(timeline=indexes.timeline.hiding(unnamed))
        indexes = indexes._replace(timeline=indexes.timeline.for_one_recall())
        by_term = weighed(self.terms, postings, indexes.timeline)
        return Ask(
            vector=self.vector,
            indexes=indexes,
            matching=summed(by_term, indexes.timeline),
            matching_streams=bm25_of_streams(self.terms, postings, indexes.timeline),
            terms=self.terms,
            postings=postings,
            among=_among(reading, space.key, indexes, self.question.where),
            without=without,
            fading=self._fading(reading, space, indexes),
            wants_latest=self.wish is not None,
            distrust=self._distrust(reading, space, indexes),
            by_term=by_term,
            named=tuple(self._named(indexes, list(by_term))),
            times=self._times(indexes),
            wanted=self.wanted,
            tokens=self._tokens(reading, space, indexes, by_term),
            kept=self.kept,
        )

    def _tokens(
        self,
        reading: Reading,
        space: Space,
        indexes: SpaceIndexes,
        by_term: Mapping[str, Weighed],
    ) -> TokensAsked | None:
        """Return the question's words with their weight in the space, and how turns' are read."""
        fingerprint = self.token_fingerprint
        if self.tokens is None or fingerprint is None:
            return None

        def of(keys: Keys) -> TokensOf:
            return reading.tokens.of(space.key, keys.tolist(), fingerprint=fingerprint)

        weights = self.tokens.weighed(by_term, indexes.timeline)
        return TokensAsked(self.tokens.vectors, weights, of)

    def _times(self, indexes: SpaceIndexes) -> tuple[TimeAsked, ...]:
        """Return the times that the question speaks of, as the space may know of them."""
        if not speaks_of_time(self.question.text):
            return ()
        standing = np.flatnonzero(indexes.timeline.stands_at(np.arange(indexes.timeline.size)))
        if len(standing) == 0:
            return ()
        newest = _moment(int(indexes.traits.at(standing).max()))
        times = times_of(self.question.text, self.question.now or self.now, newest=newest)
        beside = (self._beside(indexes, found) for found in times.beside)
        return (*times.asked, *filter(None, beside))

    def _beside(self, indexes: SpaceIndexes, told: BesideEvent) -> TimeAsked | None:
        """Return the time beside the turn that most of all names what happened, if any does."""
        terms = self.analyzer.asked(told.event)
        postings = indexes.lexicon.postings(terms)
        naming = summed(weighed(terms, postings, indexes.timeline), indexes.timeline)
        if len(naming.keys) == 0:
            return None
        [place] = indexes.timeline.places(naming.keys[[int(np.argmax(naming.scores))]])
        at = _moment(int(indexes.traits.at(np.array([place]))[0]))
        try:
            return TimeAsked(Interval(at + told.since, at + told.until), told.words)
        except OverflowError:  # beside a turn that is dated at an end of the calendar
            return None

    def _echoes(self, indexes: SpaceIndexes) -> Places:
        """Return where turns stand that only repeat another, if that may answer in their place.

        Where a filter chooses who may answer, it may choose the echo and not the original; then
        both are gathered, and meet in one hit.
        """
        if not self.question.where.is_open:
            return NO_KEYS
        return indexes.traits.echoes()

    def _fading(self, reading: Reading, space: Space, indexes: SpaceIndexes) -> Fading | None:
        """Say how the space's turns fade; rows are asked only where it names streams."""
        how = space.settings.forgetting
        if how is None:
            return None
        faded = None
        if how.streams is not None:
            faded = indexes.timeline.numbers_of(reading.streams.named(space.key, how.streams))
        if self.question.include_archived:
            how = replace(how, archive_below=0.0)
        return Fading(how, self.now, faded)

    def _distrust(self, reading: Reading, space: Space, indexes: SpaceIndexes) -> Distrust | None:
        """Say how far untrusted turns are trusted; None where there are none, or as all others."""
        if not indexes.traits.holds(Source.UNTRUSTED):
            return None
        how = space.settings.admitting
        if how.distrust == 0 and how.most_of_one_source is None:
            return None

        def terms_of(keys: Keys) -> list[Sequence[str]]:
            found = {turn.key: turn for turn in reading.turns.by_keys(space.key, keys.tolist())}
            return [
                self.analyzer.terms(found[key].content) if key in found else ()
                for key in keys.tolist()
            ]

        return Distrust(how.distrust, how.most_of_one_source, terms_of)

    def _named(self, indexes: SpaceIndexes, terms: Sequence[str]) -> Iterator[Named]:
        """Yield what the question names of what turns name, but for those who speak there.

        Everybody names a speaker, so such a name leads anywhere. With them LoCoMo, whose questions
        name a speaker nearly all, would lose (docs/decisions/0031).
        """
        mentions = indexes.mentions
        speakers = cache(lambda: _speakers(indexes))  # few questions hold a name that is known
        for found in asked_names(
            self.question.text,
            known=lambda name: mentions.knows(name) and name not in speakers(),
            subject=mentions.is_subject,
        ):
            number = mentions.number_of(found.name)
            if number is not None:
                inside = set(self.analyzer.terms(found.name))
                places = tuple(place for place, term in enumerate(terms) if term in inside)
                yield Named(number, found.sure, places)

    @property
    def missing_arms(self) -> tuple[str, ...]:
        """The arms that have nothing to say without a model."""
        if self.vector is not None:
            return ()
        return DENSE_ARMS if self.token_fingerprint is None else (*DENSE_ARMS, TOKENS_ARM)


def _clue_of(ask: Ask, clue: Clue, echoes: Places) -> Ask:
    """Return a clue as it is asked of the turns that may answer the question, and of no others.

    It names nothing, and speaks of no time: it is a model's, and may be wrong.
    """
    timeline = ask.indexes.timeline
    postings = _apart_from(ask.indexes.lexicon.postings(clue.terms), echoes)
    by_term = weighed(clue.terms, postings, timeline)
    return replace(
        ask,
        vector=clue.vector,
        matching=summed(by_term, timeline),
        matching_streams=bm25_of_streams(clue.terms, postings, timeline),
        terms=clue.terms,
        postings=postings,
        by_term=by_term,
        named=(),
        times=(),
        wanted=frozenset(),
        wants_latest=False,
        tokens=None,
        kept={},
        once=Once(),
    )


def _moment(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND


def _apart_from(postings: Mapping[str, Postings], echoes: Places) -> Mapping[str, Postings]:
    """Leave out what echoes hold, so that a word is no less rare for having been repeated.

    Nor do they lend anything to what stands beside them, or to their streams.
    """
    if not len(echoes):
        return postings
    kept = {term: ~np.isin(found.places, echoes) for term, found in postings.items()}
    return {
        term: Postings(found.places[kept[term]], found.counts[kept[term]])
        for term, found in postings.items()
        if kept[term].any()
    }


def _among(reading: Reading, space: SpaceKey, indexes: SpaceIndexes, where: Filter) -> Keys | None:
    """Return the turns that the filter lets through, ascending; None for all.

    Rows are asked only for what the indexes do not hold.
    """
    if where.is_open:
        return None
    timeline, rest = indexes.timeline, where.beyond_traits
    keys = timeline.keys_at(np.flatnonzero(indexes.traits.matching(where)))
    return keys if rest.is_open else np.intersect1d(keys, reading.turns.keys_where(space, rest))


def _unnamed(canaries: Keys, postings: Mapping[str, Postings], indexes: SpaceIndexes) -> Keys:
    """Return the canaries that hold no word of the question."""
    named = [indexes.timeline.keys_at(one.places) for one in postings.values()]
    return np.setdiff1d(canaries, np.concatenate(named)) if named else canaries


def _speakers(indexes: SpaceIndexes) -> set[str]:
    """Return the names of those who speak in a space, whole and by their words."""
    whole = {normal(speaker) for speaker in indexes.traits.speakers()}
    return whole.union(*(name.split(" ") for name in whole))

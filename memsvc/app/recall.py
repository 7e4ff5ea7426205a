"""Recall: a question in, ranked hits and a packed context out, each hit with its reason."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import structlog

from memsvc.app.arrange import order_for
from memsvc.app.asked import Asked
from memsvc.app.beside import passages_of
from memsvc.app.enough import relevant
from memsvc.app.event_hits import event_hits
from memsvc.app.helping import NO_HELP, Help, Helping, Opened, helped, unhelped
from memsvc.app.hits import Finder, Room, turn_hits
from memsvc.app.laps import Laps
from memsvc.app.look_up import known_recipe
from memsvc.app.note_hits import note_hits
from memsvc.app.pack import Packed, Passage, pack
from memsvc.app.profile import Profiles
from memsvc.app.reranking import Rereading, unread
from memsvc.app.stated_hits import found_hits, unwanted_beside
from memsvc.app.within import Within
from memsvc.domain.access import Access, Role
from memsvc.domain.asking import Understanding
from memsvc.domain.errors import ModelUnavailable, PositionNotReached, SpaceNotFound
from memsvc.domain.ids import SpaceName
from memsvc.domain.memory import Space
from memsvc.domain.profile import PROFILE_TOKENS, ProfileWanted
from memsvc.domain.recall import Kind, Question, Recalled, RecallPart
from memsvc.ingest.asking.wanted import wanted_of
from memsvc.ingest.latest import wish_of
from memsvc.ports.indexes import Shelf, SpaceIndexes
from memsvc.ports.keeping import Keeping
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder, Vector
from memsvc.ports.world import Clock
from retrieval.feedback import Judged
from retrieval.holding import holding
from retrieval.pool import Ask
from retrieval.rerank import with_reranker
from retrieval.stage import Ranking, Recipe
from retrieval.stages import Strength
from retrieval.tokens import QuestionTokens, question_tokens
from retrieval.trust import Trust

log = structlog.get_logger(__name__)

POLL_S = 0.02

DEFAULT = "default"
"""The recipe of a question that names none, to a space that is set to none."""

PROFILE_SHARE = 0.5
"""Of the budget that a profile may take at most, so that hits find room."""

FINDERS: Mapping[Kind, Finder] = {
    Kind.TURN: turn_hits,
    Kind.EVENT: event_hits,
    Kind.NOTE: note_hits,
}
"""How candidates become hits."""


@dataclass(frozen=True, slots=True)
class Recall:
    """The use case, with what it needs."""

    keeping: Keeping
    shelf: Shelf
    embedder: Embedder
    analyzer: Analyzer
    recipes: Mapping[str, Recipe]
    profiles: Profiles
    rereading: Rereading
    helping: Helping
    clock: Clock
    wait_limit_s: float
    at_work: AbstractContextManager[object]
    """Held while spaces are searched: it lets in as many recalls at once as the cores can take.

    Searching is a thousand short steps, each of which lets go of the interpreter's lock and wants
    it back. With sixteen threads at it, a recall takes a third more of the processor.
    """

    def __call__(
        self,
        access: Access,
        space: SpaceName,
        question: Question,
        *,
        recipe: str | None = None,
        min_position: int | None = None,
    ) -> Recalled:
        """Answer the question from one space, by its own recipe where none is named.

        Without a working model the words alone answer, and `missing_arms` says so. Raises
        `SpaceNotFound`, `InvalidField` for an unknown recipe, `NoReranker` and `NoLanguageModel`
        where one is asked for and none is set up, and `PositionNotReached` when `min_position` has
        not been applied within the wait.
        """
        access.require(Role.READER, space=space)
        self.refuse_unmet(question, recipe)
        laps = Laps()
        asked = self.asked(question)
        laps.end(RecallPart.EMBED)

        @contextmanager
        def looked_for() -> Iterator[tuple[Recipe, Sequence[Room]]]:
            with self._room(space, min_position, asked) as (held, room):
                yield self.recipe_for([held], question, named=recipe)[1], [room]

        help_ = self.help_with(question, [space], recipe, opened=looked_for)
        asked = help_.added_to(asked)
        reread = self.rereading(question, opened=looked_for)
        laps.end(RecallPart.HELP)
        asked = self.still(asked)
        with self._room(space, min_position, asked) as (held, room):
            name, chosen = self.recipe_for([held], question, named=recipe)
            help_ = self.told_of(help_, chosen)
            laps.end(RecallPart.UNDERSTAND)
            [(pool, trace)] = ranked(with_reranker(chosen, reread), [room.ask])
            holds = holding(room.ask, pool)
            laps.end(RecallPart.STAGES)
            finder = FINDERS[question.kind]
            hits, stated = found_hits(finder, room, pool, question, now=asked.now)
            if question.k is None:
                hits, of_relevance = relevant(hits)
                stated = (*stated, of_relevance)
            passages = passages_of(
                room,
                hits,
                alone=question.contiguity == 0,
                unwanted=unwanted_beside(room, question, now=asked.now),
            )
            before, taken = self._profile(held, room, question)
        laps.end(RecallPart.ROWS)
        left = replace(question, budget_tokens=question.budget_tokens - taken)
        packed = self.packed(passages, left)
        laps.end(RecallPart.PACK)
        return Recalled(
            hits=tuple(passage.hit for passage in passages),
            context=before + packed.text,
            context_tokens=taken + packed.tokens,
            context_turns=packed.turns,
            position=room.ask.indexes.position,
            recipe=name,
            trace=(*help_.trace, *trace, *stated),
            holds=holds,
            missing_arms=(*asked.missing_arms, *help_.missing, *unread(reread)),
            understood=Understanding(room.ask.times),
            reranking=None if reread is None else reread.reranking,
            helping=help_.told,
            took_s=laps.took_s,
        )

    def refuse_unmet(self, question: Question, recipe: str | None) -> None:
        """Refuse what this service cannot do for a question.

        Raises `InvalidField` for a recipe that is not known, `NoReranker` and `NoLanguageModel`.
        """
        if recipe is not None:
            known_recipe(recipe, self.recipes)
        self.rereading.wants(question)
        self.helping.refuse(question)

    def help_with(
        self, question: Question, spaces: Sequence[SpaceName], named: str | None, *, opened: Opened
    ) -> Help:
        """Return what a language model says of a question, where that is wanted.

        Raises `SpaceNotFound`.
        """
        if not self.helping.may(question):
            return NO_HELP
        with self.keeping.read() as reading:
            held = [(name, reading.spaces.find(name)) for name in spaces]
        for name, space in held:
            if space is None:
                raise SpaceNotFound(name)
        found = [space for _, space in held if space is not None]
        _, recipe = self.recipe_for(found, question, named=named)
        return self.helping(question, recipe, opened=opened)

    def told_of(self, help_: Help, recipe: Recipe) -> Help:
        """Return the help with a word on what a recipe wants where there is no model."""
        return unhelped(recipe) if self.helping.writer is None else help_

    def recipe_for(
        self, spaces: Sequence[Space], question: Question, *, named: str | None
    ) -> tuple[str, Recipe]:
        """Return by which recipe these spaces are asked, by its name and as it is to be helped."""
        name = self.recipe_of(spaces, named=named)
        return name, helped(self.recipes[name], question, [one.settings for one in spaces])

    def recipe_of(self, spaces: Iterable[Space], *, named: str | None) -> str:
        """Return which recipe asks these spaces: the one that is named, or that all are set to.

        The default where they differ, and for one that an import brought and that is not known.
        """
        if named is not None:
            return named
        own = {space.settings.recipe or DEFAULT for space in spaces}
        return next(iter(own)) if len(own) == 1 and own <= self.recipes.keys() else DEFAULT

    def asked(self, question: Question) -> Asked:
        """Return the question as every space's indexes can be asked it; it is embedded once."""
        terms = self.analyzer.asked(question.text)
        vector, tokens = self._read(question.text, frozenset(terms))
        return Asked(
            vector,
            tokens,
            terms,
            question,
            analyzer=self.analyzer,
            now=self.clock.latest(),
            wish=wish_of(question.text),
            wanted=wanted_of(question.text),
            token_fingerprint=self.embedder.token_fingerprint,
        )

    def still(self, asked: Asked) -> Asked:
        """Return the question as of now: while texts were read, something may have expired."""
        return replace(asked, now=self.clock.latest())

    def deadline(self) -> float:
        """Return when to give up waiting for positions."""
        return time.monotonic() + self.wait_limit_s

    def ready(self, name: SpaceName, min_position: int | None, *, deadline: float) -> Space:
        """Return the space once its indexes are loaded and have applied `min_position`.

        Raises `SpaceNotFound`, and `PositionNotReached` after the deadline.
        """
        while True:
            with self.keeping.read() as reading:
                space = reading.spaces.find(name)
            if space is None:
                raise SpaceNotFound(name)
            with self.shelf.open(space.key, at_least=space.position) as indexes:
                reached = indexes.position
            if min_position is None or reached >= min_position:
                return space
            if time.monotonic() > deadline:
                raise PositionNotReached(
                    f"Position {min_position} was asked for and {reached} is applied; "
                    "ask again, or without min_position."
                )
            time.sleep(POLL_S)

    @contextmanager
    def opened(self, name: SpaceName) -> Iterator[tuple[Space, SpaceIndexes]]:
        """Lend the space with its indexes. Raises `SpaceNotFound`."""
        space = self.ready(name, None, deadline=self.deadline())
        with self.shelf.open(space.key, at_least=space.position) as indexes:
            yield space, indexes

    @contextmanager
    def _room(
        self, name: SpaceName, min_position: int | None, asked: Asked
    ) -> Iterator[tuple[Space, Room]]:
        """Lend the space, as it is asked.

        Its indexes are lent to whoever searches and not to who waits for that, since a write is
        applied when nobody has them.
        """
        held = self.ready(name, min_position, deadline=self.deadline())
        with (
            self.at_work,
            self.shelf.open(held.key, at_least=held.position) as indexes,
            self.keeping.read() as reading,
        ):
            ask = asked.of(reading, held, indexes)
            yield held, Room(reading, held.key, name, ask, asked.wish)

    def packed(self, passages: Sequence[Passage], question: Question) -> Packed:
        """Return the context of the hits and what stands beside them, within the budget."""
        return pack(
            passages,
            budget_tokens=question.budget_tokens,
            contiguity=question.contiguity,
            order=order_for(question.text, question.order),
            repeat=question.repeat,
            count=self.embedder.count,
        )

    def _profile(self, space: Space, room: Room, question: Question) -> tuple[str, int]:
        """Return what the context begins with where that is asked for, and its length."""
        if not question.include_profile:
            return "", 0
        now = self.clock.latest()
        inside = Within(
            space.key, room.ask.indexes, room.reading, now, space.settings.standing(now)
        )
        budget = min(PROFILE_TOKENS, int(PROFILE_SHARE * question.budget_tokens))
        return self.profiles.block(inside, ProfileWanted(budget, question.where.user_id))

    def _read(
        self, text: str, terms: frozenset[str]
    ) -> tuple[Vector | None, QuestionTokens | None]:
        """Return the question's vector, and its tokens that are a part of these terms."""
        try:
            found = self.embedder.embed_with_tokens([text])
        except ModelUnavailable:
            log.warning("recall.without_vectors")
            return None, None
        vector: Vector = found.vectors[0]
        if found.tokens is None:
            return vector, None

        def terms_of(word: str) -> list[str]:
            return [term for term in self.analyzer.terms(word) if term in terms]

        spans = self.embedder.tokens(text)
        return vector, question_tokens(text, spans, found.tokens[0], terms_of)


def ranked(recipe: Recipe, asks: Sequence[Ask]) -> list[Ranking]:
    """Run a recipe in one or several spaces.

    Where one of them has feedback that moves hits; where one of them forgets, strength comes after
    it; where one of them holds untrusted turns, trust comes last.
    """
    if any(ask.indexes.knowledge.opinions() for ask in asks):
        recipe = recipe >> Judged()
    if any(ask.fading is not None for ask in asks):
        recipe = recipe >> Strength()
    if any(ask.distrust is not None for ask in asks):
        recipe = recipe >> Trust()
    return recipe.run_together(asks)

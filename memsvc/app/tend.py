"""Tend: keep what is derived in step with how the service is set up now.

When the language, the model or the rules of extraction have changed since the last start, terms,
mentions or manners are made anew, and turns and facts without a vector of the present model are
owed one, as are names in spaces that ask for synonyms. So are turns without vectors of tokens where
the model tells them. All that is found out by comparing names, so
that a start with nothing to do costs five look-ups.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import structlog

from memsvc.app.compare import owe_names
from memsvc.app.owe_vectors import owe_vectors
from memsvc.app.remember import ANSWERS_KEPT
from memsvc.domain.ids import SpaceKey
from memsvc.domain.memory import Fingerprint, Page, Turn, pages
from memsvc.domain.recall import Filter
from memsvc.domain.work import Step
from memsvc.ingest import manner
from memsvc.ingest.compose import said
from memsvc.ingest.extract.named import RULES, names_in, subjects_of
from memsvc.ports.keeping import Keeping, Unit
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.mentions import Mentioned
from memsvc.ports.world import Clock

log = structlog.get_logger(__name__)

PAGE = 1_000
LEXICON = "lexicon"
EMBEDDER = "embedder"
MENTIONS = "mentions"
MANNERS = "manners"
TOKENS = "tokens"
NO_TOKENS = ""


@dataclass(frozen=True, slots=True)
class Tend:
    """The use cases, with what they need."""

    keeping: Keeping
    analyzer: Analyzer
    clock: Clock

    def at_start(self, fingerprint: Fingerprint, *, tokens: Fingerprint | None) -> None:
        """Bring lexicon, mentions and vectors in step with the present settings."""
        present = NO_TOKENS if tokens is None else tokens.text
        with self.keeping.read() as reading:
            lexicon = reading.rules.get(LEXICON)
            embedder = reading.rules.get(EMBEDDER)
            mentions = reading.rules.get(MENTIONS)
            manners = reading.rules.get(MANNERS)
            told = reading.rules.get(TOKENS) or NO_TOKENS
        if lexicon != self.analyzer.fingerprint:
            self.rebuild_lexicon()
        if mentions != RULES:
            self.rebuild_mentions()
        if manners != manner.RULES:
            self.rebuild_manners()
        if embedder != fingerprint.text:
            owed = self.keeping.write(lambda unit: self._owe_vectors(unit, fingerprint))
            log.info("embedder.changed", fingerprint=fingerprint.text, owed=owed)

        if told != present:
            owed = self.keeping.write(lambda unit: self._owe_tokens(unit, tokens))
            log.info("tokens.changed", fingerprint=present, owed=owed)

    def _owe_tokens(self, unit: Unit, tokens: Fingerprint | None) -> int:
        unit.rules.put(TOKENS, NO_TOKENS if tokens is None else tokens.text)
        return 0 if tokens is None else unit.tokens.owe_missing(tokens, now=self.clock.now())

    def rebuild_lexicon(self) -> int:
        """Make the terms of every turn anew from its row; return how many turns."""

        def work(unit: Unit) -> int:
            walk = pages(lambda cursor: unit.spaces.page(among=None, after=cursor, limit=PAGE))
            count = sum(self._reindex(unit, space.key) for page in walk for space in page.items)
            unit.rules.put(LEXICON, self.analyzer.fingerprint)
            return count

        count = self.keeping.write(work)
        log.info("lexicon.rebuilt", turns=count, rules=self.analyzer.fingerprint)
        return count

    def rebuild_mentions(self) -> int:
        """Find anew what every turn names, a page of turns a unit; return how many turns.

        Should it be cut short, the next start begins again.
        """
        count = self._walk(self._name_page)
        self.keeping.write(lambda unit: unit.rules.put(MENTIONS, RULES))
        log.info("mentions.rebuilt", turns=count, rules=RULES)
        return count

    def rebuild_manners(self) -> int:
        """Tell anew how every turn speaks, a page of turns a unit; return how many turns."""
        count = self._walk(self._tell_page)
        self.keeping.write(lambda unit: unit.rules.put(MANNERS, manner.RULES))
        log.info("manners.rebuilt", turns=count, rules=manner.RULES)
        return count

    def _walk(self, of_page: Callable[[SpaceKey, str | None], Page[Turn]]) -> int:
        """Make something of every turn, a page a unit; return how many turns."""
        with self.keeping.read() as reading:
            walk = pages(lambda cursor: reading.spaces.page(among=None, after=cursor, limit=PAGE))
            spaces = [space.key for page in walk for space in page.items]
        return sum(len(page.items) for space in spaces for page in pages(partial(of_page, space)))

    def _tell_page(self, space: SpaceKey, cursor: str | None) -> Page[Turn]:
        def work(unit: Unit) -> Page[Turn]:
            page = unit.turns.page(space, Filter(), after=cursor, limit=PAGE)
            told = {turn.key: manner.manner_of(turn.content, role=turn.role) for turn in page.items}
            unit.turns.set_manners(space, told)
            return page

        return self.keeping.write(work)

    def _name_page(self, space: SpaceKey, cursor: str | None) -> Page[Turn]:
        def work(unit: Unit) -> Page[Turn]:
            page = unit.turns.page(space, Filter(), after=cursor, limit=PAGE)
            titles = unit.streams.titles(space, sorted({turn.stream for turn in page.items}))
            mentioned = {
                turn.key: Mentioned(names_in(turn), subjects_of(titles.get(turn.stream)))
                for turn in page.items
            }
            unit.mentions.replace(space, mentioned)
            owe_names(unit, unit.spaces.of(space), mentioned, now=self.clock.now())
            return page

        return self.keeping.write(work)

    def after_change_of(self, makers: Mapping[Step, str]) -> None:
        """Owe anew what was taken back by its run, where another model or prompt would make it.

        `makers` has the present one of each step. What is the same as at the last start is not
        looked at.
        """
        if not makers:
            return
        with self.keeping.read() as reading:
            known = {step: reading.rules.get(_rule_of(step)) for step in makers}
        changed = {step: maker for step, maker in makers.items() if known[step] != maker}
        if not changed:
            return

        def work(unit: Unit) -> int:
            owed = 0
            for step, maker in changed.items():
                now = self.clock.now()
                owed += unit.tallies.owe_undone_of_others(step, maker=maker, now=now)
                unit.rules.put(_rule_of(step), maker)
            return owed

        owed = self.keeping.write(work)
        log.info("makers.changed", steps=sorted(step.value for step in changed), owed=owed)

    def drop_old_answers(self) -> int:
        """Drop answers to Idempotency-Keys that are past their time."""
        before = self.clock.now() - ANSWERS_KEPT
        return self.keeping.write(lambda unit: unit.answers.drop_before(before))

    def _reindex(self, unit: Unit, space: SpaceKey) -> int:
        unit.terms.remove_all(space)
        count = 0
        for page in pages(
            lambda cursor: unit.turns.page(space, Filter(), after=cursor, limit=PAGE)
        ):
            terms = {turn.key: self.analyzer.terms(said(turn)) for turn in page.items}
            unit.terms.add(space, terms)
            unit.turns.set_lengths(space, {key: len(own) for key, own in terms.items()})
            count += len(terms)
        return count

    def _owe_vectors(self, unit: Unit, fingerprint: Fingerprint) -> int:
        owed = owe_vectors(unit, fingerprint, now=self.clock.now())
        unit.rules.put(EMBEDDER, fingerprint.text)
        return owed


def _rule_of(step: Step) -> str:
    """Return under which name the store knows the maker of a step."""
    return f"maker of {step}"

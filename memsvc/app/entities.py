"""Entities: what turns name, with who names it and what is said about it.

An entity is a name as `memsvc.ingest.extract.mention.normal` gives it, and what people merged into
it. It has no row of its own, so everything here is looked up: who names it in memory, the names in
order and the facts in rows, and how it is spelled in one of the turns that name it, unless somebody
gave it its name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from memsvc.app.chronicle import Chronicle
from memsvc.app.within import Within, within
from memsvc.domain.access import Access
from memsvc.domain.errors import EntityNotFound
from memsvc.domain.ids import SpaceKey, SpaceName, TurnKey
from memsvc.domain.knowledge import DatedFact, Entity
from memsvc.domain.memory import Page, Standing, Turn
from memsvc.ingest.extract.mention import normal
from memsvc.ingest.extract.named import spelling
from memsvc.ports.indexes import Shelf
from memsvc.ports.keeping import Keeping, Reading
from memsvc.ports.vectors import Keys
from memsvc.ports.world import Clock

SHOWN = 100
"""Turns, and facts, of one entity that are shown."""

LONGEST_LISTED = 1_000
"""Characters of a name that a list shows: longer ones are addresses, which fit into no request."""

MOST_PASSED = 5_000
"""Names that one page looks at; where most are merged, or gone with what expired, it is shorter."""


@dataclass(frozen=True, slots=True)
class EntityDetail:
    """An entity, with the newest turns that name it and the first facts about it."""

    entity: Entity
    turns: tuple[Turn, ...]
    facts: tuple[DatedFact, ...]


@dataclass(frozen=True, slots=True)
class _Named:
    """A name with all that mean it, and the turns that stand and name it, ascending."""

    name: str
    merged: Sequence[str]
    keys: Keys
    about: int
    newest: int
    """The turn in which its spelling is looked for: one that names it in its text, if any does."""


@dataclass(frozen=True, slots=True)
class Entities:
    """The use cases, with what they need. Both raise `SpaceNotFound`."""

    keeping: Keeping
    shelf: Shelf
    clock: Clock

    def page(
        self, access: Access, space: SpaceName, *, prefix: str, after: str | None, limit: int
    ) -> Page[Entity]:
        """List entities by name; the cursor is a name.

        The order of names holds while turns are written: what comes in between is shown or was
        passed, and nothing comes twice. Merged names stand under what they mean.
        """
        begins = normal(prefix)
        if prefix and not begins:
            return Page((), None)
        found: list[_Named] = []
        cursor, passed, is_more = after or "", 0, True
        with within(
            access, space, keeping=self.keeping, shelf=self.shelf, clock=self.clock
        ) as inside:
            gone = inside.indexes.timeline.expired(inside.now)
            while is_more and len(found) < limit and passed < MOST_PASSED:
                names = inside.reading.entities.names(
                    inside.key,
                    prefix=begins,
                    after=cursor,
                    longest=LONGEST_LISTED,
                    limit=limit - len(found) + 1,
                )
                looked_at = names[: limit - len(found)]
                is_more = len(looked_at) < len(names)
                passed += len(looked_at)
                cursor = looked_at[-1] if looked_at else cursor
                every = [(name, _named(inside, name, gone=gone)) for name in looked_at]
                found += [one for name, one in every if one is not None and one.name == name]
        with self.keeping.read() as reading:
            entities = _Rows(reading, inside.key, inside.standing).told(found)
        return Page(tuple(entities), cursor if is_more else None)

    def get(self, access: Access, space: SpaceName, name: str) -> EntityDetail:
        """Return an entity by any spelling of it or of what is merged into it.

        With up to `SHOWN` of the newest turns that name it and as many facts. Raises
        `EntityNotFound`.
        """
        with within(
            access, space, keeping=self.keeping, shelf=self.shelf, clock=self.clock
        ) as inside:
            gone = inside.indexes.timeline.expired(inside.now)
            named = _named(inside, normal(name), gone=gone)
        if named is None:
            raise EntityNotFound(name)
        newest = named.keys[::-1][:SHOWN].tolist()
        with self.keeping.read() as reading:
            [entity] = _Rows(reading, inside.key, inside.standing).told([named])
            turns = reading.turns.by_keys(inside.key, newest)
            facts = reading.facts.page(
                inside.key,
                names=(named.name, *named.merged),
                turn=None,
                after=None,
                limit=SHOWN,
                standing=inside.standing,
            )
            held = reading.spaces.of(inside.key)
            dated = Chronicle(reading, held, inside.now).dated(facts.items)
        return EntityDetail(entity, tuple(turns), tuple(dated))


def _named(inside: Within, name: str, *, gone: Keys) -> _Named | None:
    """Return what a name means; None where no turn that stands names it."""
    mentions, knowledge = inside.indexes.mentions, inside.indexes.knowledge
    number = mentions.number_of(name)
    if number is None:
        return None
    keys, about = mentions.naming(number)
    if len(gone):
        stay = ~np.isin(keys, gone)
        keys, about = keys[stay], about[stay]
    if len(keys) == 0:
        return None
    meant = mentions.name_of(number)
    in_text = keys[~about]
    newest = int((in_text if len(in_text) else keys)[-1])
    return _Named(meant, knowledge.merged(meant), keys, int(about.sum()), newest)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What rows know of entities, when the indexes have been given back."""

    reading: Reading
    space: SpaceKey
    standing: Standing

    def told(self, found: Sequence[_Named]) -> list[Entity]:
        """Return entities with their spellings and how many facts are about each."""
        every = [name for one in found for name in (one.name, *one.merged)]
        facts = self.reading.entities.facts_of(self.space, every, standing=self.standing)
        several = [name for one in found for name in one.merged]
        standing = self.reading.entities.named(self.space, several, standing=self.standing)
        merges = self.reading.merges.all(self.space) if several else ()
        given = {one.into: one.spelled for one in merges if one.spelled and one.name in standing}
        spelled = self._spellings(found) | given
        return [
            Entity(
                name=one.name,
                spelled=spelled.get(one.name, one.name),
                merged=[name for name in one.merged if name in standing],
                turns=len(one.keys),
                about=one.about,
                facts=len({key for name in (one.name, *one.merged) for key in facts.get(name, ())}),
            )
            for one in found
        ]

    def _spellings(self, found: Sequence[_Named]) -> dict[str, str]:
        """Return how a turn writes each name, where the one looked at does."""
        reading, several = self.reading, [one.name for one in found if one.merged]
        own = reading.entities.newest_naming(self.space, several, standing=self.standing)
        looked_at = {one.name: own.get(one.name, TurnKey(one.newest)) for one in found}
        keys = list(dict.fromkeys(looked_at.values()))
        turns = {turn.key: turn for turn in reading.turns.by_keys(self.space, keys)}
        streams = sorted({turn.stream for turn in turns.values()})
        titles = reading.streams.titles(self.space, streams)
        spelled = {}
        for one in found:
            turn = turns.get(looked_at[one.name])
            if turn is not None:
                names = (one.name, *one.merged)
                spelled[one.name] = spelling(names, turn.content, title=titles.get(turn.stream))
        return {name: written for name, written in spelled.items() if written is not None}

"""Recall together: one question to several spaces, one list of hits and one context back.

Each space is asked over its own indexes, with its own word statistics, and no index ever holds two
of them. The recipe's stages bring the candidates' scores onto one scale as they go (see
`Stage.level`), because a score within one space says nothing beside one of another.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from memsvc.app.asked import Asked
from memsvc.app.beside import passages_of
from memsvc.app.enough import relevant
from memsvc.app.hits import Room
from memsvc.app.laps import Laps
from memsvc.app.pack import Passage
from memsvc.app.recall import FINDERS, Recall, ranked
from memsvc.app.reranking import unread
from memsvc.app.stated_hits import found_hits, unwanted_beside
from memsvc.domain.access import Access, Role
from memsvc.domain.asking import Understanding
from memsvc.domain.ids import SpaceName
from memsvc.domain.memory import Space
from memsvc.domain.recall import Hit, Question, RecalledTogether, RecallPart
from memsvc.ports.indexes import SpaceIndexes
from retrieval.holding import holding, surest
from retrieval.rerank import with_reranker
from retrieval.stage import Recipe


@dataclass(frozen=True, slots=True)
class _Opened:
    """A space whose indexes are lent."""

    name: SpaceName
    space: Space
    indexes: SpaceIndexes


@dataclass(frozen=True, slots=True)
class RecallTogether:
    """The use case: the recall of one space, and its steps taken in several."""

    recall: Recall

    def __call__(
        self,
        access: Access,
        spaces: Sequence[SpaceName],
        question: Question,
        *,
        recipe: str | None = None,
        min_positions: Mapping[SpaceName, int] | None = None,
    ) -> RecalledTogether:
        """Answer the question from all these spaces, or from none.

        Turns of two spaces that say the same are two hits: they are two memories. Of equal hits the
        one of the space named first comes first. Raises what `Recall` raises, for the first of the
        spaces that gives cause; one that the key may not see is one that does not exist.
        """
        for space in spaces:
            access.require(Role.READER, space=space)
        self.recall.refuse_unmet(question, recipe)
        laps = Laps()
        asked = self.recall.asked(question)
        laps.end(RecallPart.EMBED)
        least = min_positions or {}

        @contextmanager
        def looked_for() -> Iterator[tuple[Recipe, Sequence[Room]]]:
            with self._rooms(spaces, least, asked, recipe) as ((_, found_by), rooms):
                yield found_by, rooms

        help_ = self.recall.help_with(question, spaces, recipe, opened=looked_for)
        asked = help_.added_to(asked)
        reread = self.recall.rereading(question, opened=looked_for)
        laps.end(RecallPart.HELP)
        asked = self.recall.still(asked)
        with self._rooms(spaces, least, asked, recipe) as ((name, chosen), rooms):
            help_ = self.recall.told_of(help_, chosen)
            laps.end(RecallPart.UNDERSTAND)
            rankings = ranked(with_reranker(chosen, reread), [room.ask for room in rooms])
            holds = surest(
                holding(room.ask, ranking.pool)
                for room, ranking in zip(rooms, rankings, strict=True)
            )
            laps.end(RecallPart.STAGES)
            found = [
                found_hits(FINDERS[question.kind], room, ranking.pool, question, now=asked.now)
                for room, ranking in zip(rooms, rankings, strict=True)
            ]
            hits = [hit for of_room, _ in found for hit in of_room]
            hits.sort(key=lambda hit: -hit.score)
            del hits[question.most :]
            if question.k is None:
                hits, _ = relevant(hits)
            passages = _passages(rooms, hits, question, now=asked.now)
        laps.end(RecallPart.ROWS)
        packed = self.recall.packed(passages, question)
        laps.end(RecallPart.PACK)
        return RecalledTogether(
            hits=tuple(passage.hit for passage in passages),
            context=packed.text,
            context_tokens=packed.tokens,
            context_turns=packed.turns,
            positions={room.name: room.ask.indexes.position for room in rooms},
            recipe=name,
            traces={
                room.name: (*help_.trace, *ranking.trace, *stated)
                for room, ranking, (_, stated) in zip(rooms, rankings, found, strict=True)
            },
            holds=holds,
            missing_arms=(*asked.missing_arms, *help_.missing, *unread(reread)),
            understood={room.name: Understanding(room.ask.times) for room in rooms},
            reranking=None if reread is None else reread.reranking,
            helping=help_.told,
            took_s=laps.took_s,
        )

    @contextmanager
    def _rooms(
        self,
        spaces: Sequence[SpaceName],
        min_positions: Mapping[SpaceName, int],
        asked: Asked,
        recipe: str | None,
    ) -> Iterator[tuple[tuple[str, Recipe], list[Room]]]:
        """Lend all the spaces, as they are asked, with the recipe that asks them and its name."""
        with (
            self._opened(spaces, min_positions) as opened,
            self.recall.keeping.read() as reading,
        ):
            held = [one.space for one in opened]
            yield (
                self.recall.recipe_for(held, asked.question, named=recipe),
                [
                    Room(
                        reading,
                        one.space.key,
                        one.name,
                        asked.of(reading, one.space, one.indexes),
                        asked.wish,
                    )
                    for one in opened
                ],
            )

    @contextmanager
    def _opened(
        self, spaces: Sequence[SpaceName], min_positions: Mapping[SpaceName, int]
    ) -> Iterator[list[_Opened]]:
        """Lend the indexes of all the spaces at once.

        First each is made ready by itself, because loading one or waiting for a position takes
        time, in which the lent indexes of the others would hold up the writer. Then they are lent
        together in the order of their keys, so that two such recalls never wait for each other.
        """
        deadline = self.recall.deadline()
        held = {
            name: self.recall.ready(name, min_positions.get(name), deadline=deadline)
            for name in spaces
        }
        with ExitStack() as stack:
            stack.enter_context(self.recall.at_work)
            lent = {
                space.key: stack.enter_context(
                    self.recall.shelf.open(space.key, at_least=space.position)
                )
                for space in sorted(held.values(), key=lambda space: space.key)
            }
            yield [_Opened(name, held[name], lent[held[name].key]) for name in spaces]


def _passages(
    rooms: Sequence[Room], hits: Sequence[Hit], question: Question, *, now: datetime
) -> list[Passage]:
    """Return the hits of all spaces, in their order, each with what stands beside it in its own."""
    made = {
        room.name: iter(
            passages_of(
                room,
                [hit for hit in hits if hit.space == room.name],
                alone=question.contiguity == 0,
                before_the_title=f"{room.name} / ",
                unwanted=unwanted_beside(room, question, now=now),
            )
        )
        for room in rooms
    }
    return [next(made[hit.space]) for hit in hits]

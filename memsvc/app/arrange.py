"""Arrange: the order in which the items of a context stand.

Readers answer questions about time better where things stand as they happened (EM-LLM,
arXiv:2407.09450), and others where the best does not stand in the middle of a long context, where
it is overlooked: so the best hits may stand at both ends (Long-Context LLMs Meet RAG,
arXiv:2410.05983). Which of the two a question needs can be read off its words.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from memsvc.domain.asking import Wanted
from memsvc.domain.ids import SpaceName
from memsvc.domain.memory import Turn
from memsvc.domain.recall import ContextOrder
from memsvc.ingest.asking.wanted import wanted_of
from memsvc.ingest.asking.when import speaks_of_time

IN_TIME = frozenset({Wanted.MOMENT, Wanted.ORDER, Wanted.MANY, Wanted.SUMMARY})
"""What is answered from several turns in a row, or from when they were said."""


@dataclass(frozen=True, slots=True)
class Item:
    """A turn as it stands in a context.

    `rank` is that of the hit that brought it, from 0 among the hits that stand there. `tokens` is
    how long it is, its head included.
    """

    turn: Turn
    line: str
    space: SpaceName
    rank: int
    is_hit: bool
    tokens: int


def order_for(question: str, asked: ContextOrder) -> ContextOrder:
    """Return the order in which a context is to be: the one asked for, or what the question needs.

    By time where it wants a moment, an order, a list or a summary, or speaks of a time; else with
    the best at both ends.
    """
    if asked is not ContextOrder.AUTO:
        return asked
    is_of_time = speaks_of_time(question) or not IN_TIME.isdisjoint(wanted_of(question))
    return ContextOrder.TIME if is_of_time else ContextOrder.ENDS


def arranged(items: Iterable[Item], order: ContextOrder) -> list[Item]:
    """Return the items in that order, which is none to be chosen yet."""
    return sorted(items, key=_BY[order])


def _by_time(item: Item) -> tuple[Any, ...]:
    return item.turn.at, item.space, item.turn.position


def _by_score(item: Item) -> tuple[Any, ...]:
    return item.rank, not item.is_hit, *_by_time(item)


def _by_ends(item: Item) -> tuple[Any, ...]:
    """Put the first, third, fifth hit at the front, the second, fourth, sixth at the end.

    What stands beside a hit stands nearer to the middle than the hit does.
    """
    if item.rank % 2 == 0:
        return False, *_by_score(item)
    return True, -item.rank, item.is_hit, *_by_time(item)


_BY: dict[ContextOrder, Callable[[Item], tuple[Any, ...]]] = {
    ContextOrder.TIME: _by_time,
    ContextOrder.SCORE: _by_score,
    ContextOrder.ENDS: _by_ends,
}

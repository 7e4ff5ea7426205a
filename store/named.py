"""Which names there are in a space, by its rows, and letting go of those that nobody names.

A turn names what its text does (`mentions`), but for what people say it does not
(`store.linked`), and what the facts name that it says.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, delete, func, select, union

from memsvc.domain.ids import SpaceKey
from memsvc.ports.knowledge import Synonym
from memsvc.ports.mentions import Mentioned
from store.batches import batched
from store.delta import Deltas
from store.history import stands
from store.linked import COUNTS, WITH_UNLINKINGS, is_linked
from store.tables import fact_turns, facts, mentions, merges, name_vectors, synonyms, turns

ROWS_AT_ONCE = 4_096
BETWEEN = "\n"
"""Stands in no name."""

_NAMES = func.aggregate_strings(
    case((mentions.c.about.is_(False) & COUNTS, mentions.c.name)), BETWEEN
)
_SUBJECTS = func.aggregate_strings(case((mentions.c.about & COUNTS, mentions.c.name)), BETWEEN)


def mentioned_by(
    connection: Connection, space: SpaceKey, among: Select[tuple[int]] | None = None
) -> Iterator[tuple[int, Mentioned]]:
    """Yield what turns name and are about, ascending by turn: those of `among`, or all.

    One that names nothing is passed over, unless it would but for what people say.
    """
    by_facts = _named_by_facts(connection, space, among)
    rows = connection.execute(
        select(mentions.c.turn, _NAMES.label("names"), _SUBJECTS.label("subjects"))
        .select_from(WITH_UNLINKINGS)
        .where(mentions.c.space == space, *_inside(mentions.c.turn, among))
        .group_by(mentions.c.turn)
        .order_by(mentions.c.turn),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    waiting = sorted(by_facts)[::-1]
    for row in rows:
        while waiting and waiting[-1] < row.turn:
            turn = waiting.pop()
            yield turn, Mentioned(by_facts[turn])
        names = _split(row.names)
        if waiting and waiting[-1] == row.turn:
            names = list(dict.fromkeys([*names, *by_facts[waiting.pop()]]))
        yield row.turn, Mentioned(names, _split(row.subjects))
    for turn in reversed(waiting):
        yield turn, Mentioned(by_facts[turn])


def names_of(connection: Connection, space: SpaceKey, among: Select[tuple[int]]) -> list[str]:
    """Return what turns name or are about, or their facts name, each once, ascending."""
    ends = (
        select(column)
        .join(
            fact_turns, (fact_turns.c.space == facts.c.space) & (fact_turns.c.fact == facts.c.key)
        )
        .where(facts.c.space == space, fact_turns.c.turn.in_(among), stands(fact_turns))
        for column in (facts.c.subject_name, facts.c.object_name)
    )
    by_text = select(mentions.c.name).where(
        mentions.c.space == space, mentions.c.turn.in_(among), is_linked()
    )
    found = union(by_text, *ends)
    return sorted(connection.execute(found).scalars())


def these_turns(space: SpaceKey, keys: Sequence[int]) -> Select[tuple[int]]:
    """Select those of these turns that the space holds."""
    return select(turns.c.key).where(turns.c.space == space, turns.c.key.in_(keys))


def let_go(connection: Connection, deltas: Deltas, space: SpaceKey, names: Collection[str]) -> None:
    """Drop vectors, synonyms and merges of those of these names that nobody names any more.

    To be called when what named them is gone from `mentions` and `facts`, or unlinked. A rename
    into such a name stays: somebody gave it, whoever wrote it since.
    """
    for part in batched(sorted(names)):
        held = _kept(connection, space, part)
        gone = held - _named(connection, space, held) if held else held
        if gone:
            _drop(connection, deltas, space, sorted(gone))


def _named_by_facts(
    connection: Connection, space: SpaceKey, among: Select[tuple[int]] | None
) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(
        select(fact_turns.c.turn, facts.c.subject_name, facts.c.object_name)
        .join(facts, facts.c.key == fact_turns.c.fact)
        .where(fact_turns.c.space == space, stands(fact_turns), *_inside(fact_turns.c.turn, among))
        .order_by(fact_turns.c.turn, fact_turns.c.fact)
    ):
        found[row.turn].extend((row.subject_name, row.object_name))
    return {turn: list(dict.fromkeys(names)) for turn, names in found.items()}


def _kept(connection: Connection, space: SpaceKey, names: Iterable[str]) -> set[str]:
    """Return those of these names of which more is kept than who names them."""
    among = list(names)
    columns = (name_vectors.c.name, synonyms.c.name, synonyms.c.other, merges.c.name, merges.c.into)
    return {
        name
        for column in columns
        for name in connection.execute(
            select(column).where(column.table.c.space == space, column.in_(among)).distinct()
        ).scalars()
    }


def _named(connection: Connection, space: SpaceKey, names: Collection[str]) -> set[str]:
    columns: tuple[tuple[Any, ...], ...] = (
        (mentions.c.name, is_linked()),
        (facts.c.subject_name,),
        (facts.c.object_name,),
    )
    return {
        name
        for column, *which in columns
        for name in connection.execute(
            select(column)
            .where(column.table.c.space == space, column.in_(names), *which)
            .distinct()
        ).scalars()
    }


def _drop(connection: Connection, deltas: Deltas, space: SpaceKey, gone: list[str]) -> None:
    delta = deltas.of(space)
    near = (synonyms.c.space == space) & (synonyms.c.other.in_(gone))
    bereft = connection.execute(select(synonyms.c.name).where(near).distinct()).scalars().all()
    is_given = merges.c.spelled.is_not(None)
    untied = (merges.c.space == space) & (
        merges.c.name.in_(gone) | (merges.c.into.in_(gone) & ~is_given)
    )
    apart = connection.execute(select(merges.c.name).where(untied, stands(merges))).scalars().all()
    for table, which in (
        (synonyms, near | ((synonyms.c.space == space) & synonyms.c.name.in_(gone))),
        (name_vectors, (name_vectors.c.space == space) & name_vectors.c.name.in_(gone)),
        (merges, untied),
    ):
        connection.execute(delete(table).where(which))
    delta.merges.update(dict.fromkeys(apart))
    delta.synonyms.update(dict.fromkeys(gone, ()))
    delta.name_vectors.update(dict.fromkeys(gone))
    left = [name for name in bereft if name not in set(gone)]
    delta.synonyms.update(dict.fromkeys(left, ()))
    for made in delta.made.values():
        for name in gone:
            made.names.pop(name, None)
            made.synonyms.pop(name, None)
    near_by = select(synonyms.c.fingerprint).where(synonyms.c.space == space).distinct()
    for model in connection.execute(near_by.where(synonyms.c.name.in_(left))).scalars().all():
        of_model = (synonyms.c.fingerprint == model, synonyms.c.name.in_(left))
        delta.made_by(model).synonyms.update(synonyms_of(connection, space, *of_model))


def synonyms_of(
    connection: Connection, space: SpaceKey, *which: ColumnElement[bool]
) -> dict[str, tuple[Synonym, ...]]:
    """Return what names are near to, of those names that are near to any."""
    found: dict[str, list[Synonym]] = defaultdict(list)
    for row in connection.execute(
        select(synonyms)
        .where(synonyms.c.space == space, *which)
        .order_by(synonyms.c.name, synonyms.c.cosine.desc(), synonyms.c.other)
    ):
        found[row.name].append(Synonym(row.other, row.cosine))
    return {name: tuple(near) for name, near in found.items()}


def _inside(column: Any, among: Select[tuple[int]] | None) -> tuple[ColumnElement[bool], ...]:
    return () if among is None else (column.in_(among),)


def _split(text: str | None) -> list[str]:
    return text.split(BETWEEN) if text else []

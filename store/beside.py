"""Vectors of two models beside each other: what one has made is owed to the other.

While the embedding model changes, whatever gets a vector of one model, by whichever way it came,
owes that of the other in the same commit. So nothing that is written meanwhile is missed, and a
unit that was begun by the model before the switch and committed after it is caught up as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, exists, func, select

from memsvc.domain.reembedding import Reembedding
from memsvc.domain.work import BESIDE, Step
from store.batches import batched
from store.delta import Delta
from store.history import stands
from store.linked import is_linked
from store.noted import present
from store.outbox import owe
from store.tables import (
    embeddings,
    fact_turns,
    fact_vectors,
    mentions,
    name_vectors,
    note_turns,
    note_vectors,
    note_versions,
    turns,
)


@dataclass(slots=True)
class Models:
    """Which models units of work make vectors of, by their fingerprints.

    `present` is what spaces are recalled by, None where nobody has said; `beside` the other one,
    None for none. The writer's own: changed in a unit, so that every unit after it knows.
    """

    present: str | None = None
    beside: str | None = None

    def follow(self, change: Reembedding) -> None:
        """Owe what a change of models asks for; what is dropped is owed no more."""
        is_on = change.dropped is None and change.ended_at is None
        self.present = change.present.fingerprint
        self.beside = change.beside.fingerprint if is_on else None

    def other(self, fingerprint: str) -> str | None:
        """Return the model that is owed what this one has made; None for nobody.

        What any other than the present one has made is owed to that: a request that was begun by
        the model before a switch may write after it.
        """
        return self.beside if fingerprint == self.present else self.present


def owe_the_other(connection: Connection, delta: Delta, models: Models) -> None:
    """Owe the vectors of the other model for all that a unit has made of either."""
    if delta.at is None:
        return
    for fingerprint in {*delta.made, *delta.note_vectors_by}:
        other = models.other(fingerprint)
        if other is None:
            continue
        made = delta.made_by(fingerprint)
        notes = sorted(delta.note_vectors_by.get(fingerprint, ()))
        for step, lacking in (
            (Step.EMBED, _turns(delta.space, [turn for turn, _ in made.turns], other)),
            (Step.FACTS, _facts(delta.space, list(made.facts), other)),
            (Step.NAMES, _names(delta.space, list(made.names), other)),
            (Step.NOTE_VECTORS, _notes(delta.space, notes, other)),
        ):
            theirs = step if other == models.present else BESIDE[step]
            for each in lacking:
                owe(connection, theirs, each, now=delta.at)


_Lacking = list[Select[tuple[int, int]]]


def _turns(space: int, keys: Sequence[int], model: str) -> _Lacking:
    has_one = exists().where(
        embeddings.c.space == turns.c.space,
        embeddings.c.turn == turns.c.key,
        embeddings.c.fingerprint == model,
    )
    which = select(turns.c.space, turns.c.key.label("turn")).where(turns.c.space == space, ~has_one)
    return [which.where(turns.c.key.in_(part)) for part in batched(keys)]


def _facts(space: int, keys: Sequence[int], model: str) -> _Lacking:
    has_one = exists().where(
        fact_vectors.c.space == fact_turns.c.space,
        fact_vectors.c.fact == fact_turns.c.fact,
        fact_vectors.c.fingerprint == model,
    )
    which = select(fact_turns.c.space, fact_turns.c.turn).where(
        fact_turns.c.space == space, ~has_one, stands(fact_turns)
    )
    return [which.where(fact_turns.c.fact.in_(part)) for part in batched(keys)]


def _names(space: int, names: Sequence[str], model: str) -> _Lacking:
    """Select a turn for each name. One that only facts name is left to who owes all that lacks."""
    has_one = exists().where(
        name_vectors.c.space == mentions.c.space,
        name_vectors.c.name == mentions.c.name,
        name_vectors.c.fingerprint == model,
    )
    which = (
        select(mentions.c.space, func.min(mentions.c.turn).label("turn"))
        .where(mentions.c.space == space, ~has_one, is_linked())
        .group_by(mentions.c.space, mentions.c.name)
    )
    return [which.where(mentions.c.name.in_(part)) for part in batched(names)]


def _notes(space: int, keys: Sequence[int], model: str) -> _Lacking:
    has_one = exists().where(
        note_vectors.c.space == note_versions.c.space,
        note_vectors.c.note == note_versions.c.note,
        note_vectors.c.version == note_versions.c.position,
        note_vectors.c.fingerprint == model,
    )
    which = (
        select(note_turns.c.space, func.min(note_turns.c.turn).label("turn"))
        .join(
            note_versions,
            (note_versions.c.space == note_turns.c.space)
            & (note_versions.c.note == note_turns.c.note),
        )
        .where(note_turns.c.space == space, present(), ~has_one)
        .group_by(note_turns.c.space, note_turns.c.note)
    )
    return [which.where(note_turns.c.note.in_(part)) for part in batched(keys)]

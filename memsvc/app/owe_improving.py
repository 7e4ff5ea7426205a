"""Owing what a language model is to make of turns, in a space that asks for it."""

from collections.abc import Sequence
from datetime import datetime

from memsvc.domain.memory import Source, Space, Turn
from memsvc.domain.work import Step
from memsvc.ports.keeping import Unit


def owe_reading(unit: Unit, space: Space, turns: Sequence[Turn], *, now: datetime) -> None:
    """Owe turns that were just written what a model is to read in them.

    Not those that an agent wrote back: they are no evidence.
    """
    improving = space.settings.improving
    if improving is None:
        return
    own = [turn for turn in turns if turn.echo_of is None]
    if improving.facts:
        unit.outbox.put(space.key, Step.READ_FACTS, [turn.key for turn in own], now=now)
    if improving.profile:
        users = [turn.key for turn in own if turn.source is Source.USER]
        unit.outbox.put(space.key, Step.READ_PROFILE, users, now=now)


def owe_unread(unit: Unit, space: Space, *, before: Space, now: datetime) -> None:
    """Owe it to what was written before the space asked for it, too; once for each turn."""
    wanted, was = space.settings.improving, before.settings.improving
    if wanted is None:
        return
    if wanted.facts and (was is None or not was.facts):
        unit.tallies.owe_unmarked(space.key, Step.READ_FACTS, now=now)
    if wanted.profile and (was is None or not was.profile):
        unit.tallies.owe_unmarked(space.key, Step.READ_PROFILE, now=now)


def noting_step(space: Space) -> Step:
    """Return which step makes the notes of a space that makes notes."""
    improving = space.settings.improving
    by_model = improving is not None and improving.notes
    return Step.WRITE_NOTES if by_model else Step.NOTES
